"""Two versions of a document beside each other: what changed in its text and in what it says about itself."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from bot.pages import markup
from bot.pages.staff.comparison import SHOWN, comparison
from bot.pages.staff.document_desk import DocumentsDesk, isolated, reading
from bot.pages.staff.rendering import render
from bot.pages.staff.uploads import number_of
from bot.phrases import language_name, say_to_staff
from bot.staff.documents import History
from corpus.errors import UnknownDocument
from corpus.library import VersionInfo

Shower = Callable[[str, str], str]
LABELS: Mapping[str, str] = {
    "title": "document_title",
    "publisher": "publisher",
    "date": "date",
    "language": "language",
    "kind": "kind",
    "url": "original",
    "digest": "digest",
    "sources": "document_sources",
    "supersedes": "document_supersedes",
}
"""The metadata that can change, each with the text that names it."""
SHOWERS: Mapping[str, Shower] = {
    "date": markup.day,
    "language": lambda code, language: escape(language_name(code, language)),
    "kind": lambda kind, language: escape(say_to_staff(f"kind_{kind}", language)),
    "digest": lambda answer, language: escape(say_to_staff(f"answer_{answer}", language)),
}
"""How values are written that are not shown as they are."""


def router(desk: DocumentsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter()

    @router.get("/compare")
    def compare(request: Request, document_id: str, old: str = "", new: str = "") -> Response:
        history = desk.documents.history(document_id)
        current = history.view.current_version
        newer = number_of(new) if new else current
        older = number_of(old) if old else max(1, newer - 1)
        return _page(request, desk, history, older, newer)

    return router


def _page(request: Request, desk: DocumentsDesk, history: History, old: int, new: int) -> Response:
    """What changes from one version to the other; UnknownDocument when one of them was never stored."""
    view, language = history.view, request.state.language
    found = {info.version: info for info in history.versions}
    if old not in found or new not in found:
        raise UnknownDocument(
            f"{view.document.id}: found versions {old} and {new}, expected 1 to {len(found)}", code="document_unknown"
        )
    everything = "all" in request.query_params
    metadata = found[new].metadata
    return render(
        request,
        "document_compare.html",
        view=view,
        metadata=metadata,
        old=found[old],
        new=found[new],
        versions=[(n, say_to_staff("version_number", language, number=n)) for n in sorted(found, reverse=True)],
        differences=_differences(found[old], found[new], language),
        comparison=comparison(desk.documents.compare(view.document.id, old, new), None if everything else SHOWN),
        restores=old == view.current_version != new and view.state != "removed",
        reads=reading(metadata.language),
        isolated=isolated,
    )


def _differences(old: VersionInfo, new: VersionInfo, language: str) -> Sequence[tuple[str, Markup, Markup]]:
    """What a citation says that is not the same: its name, as it was and as it is."""
    pairs = [(name, _value(old, name), _value(new, name)) for name in LABELS]
    return [
        (say_to_staff(LABELS[name], language), _shown(name, before, language), _shown(name, after, language))
        for name, before, after in pairs
        if before != after
    ]


def _value(info: VersionInfo, name: str) -> str:
    value = getattr(info.metadata, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else value or ""


def _shown(name: str, value: str, language: str) -> Markup:
    if not value:
        return Markup(escape(say_to_staff("document_nothing", language)))
    shower = SHOWERS.get(name)
    return Markup(shower(value, language)) if shower else isolated(value)
