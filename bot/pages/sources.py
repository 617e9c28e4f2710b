"""Permalinks: `GET /sources/{id}/{version}` shows a stored version with a passage marked in it; without a version,
the current one.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.assistant import Assistant
from bot.pages.passage import passage_page
from bot.pages.skeleton import error_page
from bot.pages.visitor import language_of
from bot.phrases import say
from corpus.errors import UnknownDocument
from corpus.models import DOCUMENT_ID, Span

VERSIONS = 1_000_000  # more than any document has, and a number that SQLite can hold


def sources_router(assistant: Assistant) -> APIRouter:
    """The routes of the sources, for `assistant`."""
    router = APIRouter()

    @router.get("/sources/{document_id}", response_class=HTMLResponse)
    def current(request: Request, document_id: str) -> HTMLResponse:
        return source(request, document_id, "")

    @router.get("/sources/{document_id}/{version}", response_class=HTMLResponse)
    def source(request: Request, document_id: str, version: str, start: str = "", end: str = "") -> HTMLResponse:
        language = language_of(request, assistant.settings.language)
        number = _number(version) if version else None
        wrong = bool(version) and (number is None or not 0 < number <= VERSIONS)
        if wrong or not DOCUMENT_ID.fullmatch(document_id):
            return _unknown(language)
        try:
            view = assistant.document(document_id, number)
        except UnknownDocument:
            return _unknown(language)
        passage = _span(start, end, len(view.document.text))
        misplaced = passage is None and bool(start or end)
        html = passage_page(view, language, passage, misplaced=misplaced)
        return HTMLResponse(html, status_code=404 if misplaced else 200)

    return router


def _unknown(language: str) -> HTMLResponse:
    return HTMLResponse(error_page(say("document_not_found", language), language), status_code=404)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _span(start: str, end: str, length: int) -> Span | None:
    """The passage that an address names; None when it names none or one outside of the text."""
    first, last = _number(start), _number(end)
    if first is None or last is None or not first < last <= length:
        return None
    return Span(first, last)
