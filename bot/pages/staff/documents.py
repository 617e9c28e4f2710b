"""The documents of the corpus: the list with its search and filters, on the page and as a CSV file."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.pages.staff import document as document_pages
from bot.pages.staff.document_desk import PAGE, DocumentsDesk, isolated
from bot.pages.staff.document_list import SORTS, STANDINGS, TAGS, Row, Wanted, counts, listed, page, rows
from bot.pages.staff.rendering import render
from bot.pages.staff.tables import csv_download
from bot.pages.staff.uploads import number_of
from bot.phrases import language_name, say_to_staff
from corpus.library import Entry
from corpus.models import KINDS

COLUMNS = (
    "id", "title", "publisher", "date", "language", "kind", "version", "state", "superseded_by", "changed_at", "url",
    "sha256",
)  # fmt: skip

Asked = Annotated[Wanted, Depends(Wanted.read)]


def router(desk: DocumentsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter()
    changed = LastChange(desk)

    @router.get("/documents")
    def documents(request: Request, wanted: Asked, number: str = "") -> Response:
        return _list(request, desk, wanted, number_of(number), changed)

    @router.get("/documents.csv")
    def export(wanted: Asked) -> Response:
        lines = (_line(row, changed(row.entry)) for row in listed(_rows(desk), wanted, changed))
        return csv_download(f"documents-{datetime.now(UTC):%Y-%m-%d}.csv", COLUMNS, lines)

    router.include_router(document_pages.router(desk))
    return router


class LastChange:
    """When a document got its current version, or was withdrawn (ISO 8601, UTC); what never changes is kept."""

    def __init__(self, desk: DocumentsDesk) -> None:
        self._desk = desk
        self._saved: dict[str, tuple[int, str, str]] = {}

    def __call__(self, entry: Entry) -> str:
        library, document_id = self._desk.assistant.library, entry.metadata.id
        if entry.state == "removed" and (removal := library.removal(document_id)):
            return removal.removed_at
        known = self._saved.get(document_id)
        if known is None or known[:2] != (entry.version, entry.sha256):
            saved = {info.version: info.saved_at for info in library.versions(document_id)}
            self._saved[document_id] = known = (entry.version, entry.sha256, saved[entry.version])
        return known[2]


def _rows(desk: DocumentsDesk) -> list[Row]:
    return rows(desk.documents.entries(), desk.assistant.library.superseded())


def _list(
    request: Request, desk: DocumentsDesk, wanted: Wanted, number: int, changed: Callable[[Entry], str]
) -> Response:
    language, everything = request.state.language, _rows(desk)
    found = listed(everything, wanted, changed)
    shown = page(found, number)
    return render(
        request,
        "documents.html",
        rows=[(row, changed(row.entry)) for row in shown.rows],
        tags=TAGS,
        wanted=wanted,
        total=len(everything),
        matching=len(found),
        page=shown,
        newer=_address(wanted, shown.number - 1) if shown.number > 1 else "",
        older=_address(wanted, shown.number + 1) if shown.number < shown.of else "",
        csv=_address(wanted, path=f"{PAGE}.csv"),
        states=_states(everything, language),
        languages_held=_languages(everything, wanted, language),
        kinds=[(kind, say_to_staff(f"kind_{kind}", language)) for kind in KINDS],
        sorts=[(sort, say_to_staff(f"documents_sort_{sort}", language)) for sort in SORTS],
        language_in_words=lambda code: language_name(code, language),
        isolated=isolated,
    )


def _states(found: Sequence[Row], language: str) -> list[tuple[str, str]]:
    """What can be chosen, with how many documents there are of each."""
    many = counts(found)
    return [
        (standing, say_to_staff("documents_of", language, name=name, count=many[standing]))
        for standing in STANDINGS
        if (name := say_to_staff(f"standing_{standing}", language))
    ]


def _languages(found: Sequence[Row], wanted: Wanted, language: str) -> list[tuple[str, str]]:
    codes = {row.entry.metadata.language for row in found} | ({wanted.language} if wanted.language else set())
    return sorted(((code, language_name(code, language)) for code in codes), key=lambda pair: pair[1].casefold())


def _address(wanted: Wanted, number: int = 1, *, path: str = PAGE) -> str:
    query = urlencode(wanted.query() | ({"number": str(number)} if number > 1 else {}))
    return f"{path}?{query}" if query else path


def _line(row: Row, changed_at: str) -> Sequence[object]:
    entry, metadata = row.entry, row.entry.metadata
    about = (metadata.id, metadata.title, metadata.publisher, metadata.date, metadata.language, metadata.kind)
    return (*about, entry.version, row.standing, row.superseded_by, changed_at, metadata.url, entry.sha256)
