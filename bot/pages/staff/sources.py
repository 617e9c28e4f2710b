"""What the corpus is kept in step with: the watched folder and addresses, what a run would do, and what it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from bot.errors import NotAllowed
from bot.pages import markup
from bot.pages.staff import working
from bot.pages.staff.accounts import editor
from bot.pages.staff.findings import told
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.phrases import say_to_staff, staff_keys
from bot.settings import Settings
from bot.staff.drafts import Problem
from bot.staff.following import SOURCES, Following, Report, Source
from corpus.errors import CorpusError
from corpus.following.sync import Synced
from corpus.library import Entry

Field = Annotated[str, Form()]
PAGE = f"{STAFF}/sources"
LISTED = 200  # of one kind; the rest are counted
MOST_CHARACTERS = 2_000  # of an address that comes back in its field
NOTED = ("duplicate", "stays_removed")
"""Reasons to leave something as it is that staff want to know of."""
KINDS = ("added", "changed", "removed", "failed", "noted")


class DocumentList(Protocol):
    """The documents by name, withdrawn ones too."""

    def entries(self) -> Sequence[Entry]: ...


class FollowingDesk(Protocol):
    """What the page needs of the desk."""

    @property
    def following(self) -> Following: ...

    @property
    def documents(self) -> DocumentList: ...

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item; `document` is an id with a page, or empty."""

    key: str
    document: str
    title: str
    reason: Markup | None


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one kind; `more` are not listed."""

    kind: str
    count: int
    outcomes: tuple[Outcome, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.outcomes)


@dataclass(frozen=True, slots=True)
class Told:
    """A report in words; `changes` says whether anything is added, changed or removed."""

    source: Source
    at: str
    stopped: Markup | None
    to_confirm: int
    groups: tuple[Group, ...]
    unchanged: int

    @property
    def changes(self) -> bool:
        return any(group.kind in ("added", "changed", "removed") for group in self.groups)


def router(desk: FollowingDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/sources")

    @router.get("")
    def sources(request: Request) -> Response:
        return _sources(request, desk)

    @router.get("/status")
    def status(request: Request) -> Response:
        return working.status(request, desk.following.task)

    @router.post("/look")
    def look(request: Request) -> Response:
        return _started(request, desk, dry_run=True)

    @router.post("/run")
    def run(request: Request, folder: Field = "", addresses: Field = "") -> Response:
        given = {"folder": folder, "addresses": addresses}
        return _started(request, desk, confirmed={source: _number(given[source]) for source in SOURCES})

    @router.post("/watch")
    def watch(request: Request, address: Field = "") -> Response:
        try:
            desk.following.watch(editor(request), address)
        except NotAllowed:
            raise
        except CorpusError as error:
            return _sources(request, desk, error, address=address[:MOST_CHARACTERS])
        return redirect(f"{PAGE}", done="address_watched")

    @router.post("/unwatch")
    def unwatch(request: Request, address: Field = "") -> Response:
        desk.following.unwatch(editor(request), address)
        return redirect(f"{PAGE}", done="address_unwatched")

    return router


def tell(report: Report, language: str, titles: Mapping[str, str]) -> Told:
    """A report in `language`; `titles` of documents are by id."""
    groups = []
    for kind in KINDS:
        entries = [entry for entry in report.synced if _kind(entry) == kind]
        if entries:
            shown = tuple(_outcome(entry, language, titles) for entry in entries[:LISTED])
            groups.append(Group(kind, len(entries), shown))
    stopped = report.stopped
    return Told(
        source=report.source,
        at=report.at,
        stopped=_reason(stopped.code, stopped.reason, stopped.values, language) if stopped else None,
        to_confirm=report.to_confirm,
        groups=tuple(groups),
        unchanged=sum(_kind(entry) == "unchanged" for entry in report.synced),
    )


def _started(
    request: Request, desk: FollowingDesk, *, dry_run: bool = False, confirmed: Mapping[Source, int] | None = None
) -> Response:
    try:
        desk.following.start(editor(request), dry_run=dry_run, confirmed=confirmed)
    except CorpusError as error:
        if error.code != "sync_running":
            raise
        return redirect(PAGE, problem="sync_running")
    return redirect(PAGE)


def _sources(request: Request, desk: FollowingDesk, error: CorpusError | None = None, **context: Any) -> Response:
    language, following = request.state.language, desk.following
    titles = {entry.metadata.id: entry.metadata.title for entry in desk.documents.entries()}
    task = following.task
    watched, unread = _addresses(following, language)
    reports = following.last
    last = {source: tell(reports[source], language, titles) if source in reports else None for source in SOURCES}
    return render(
        request,
        "sources.html",
        status=422 if error else 200,
        error=problem_text(error, language) if error else "",
        folder=str(following.folder) if following.folder else "",
        numbers={source: following.number(source) for source in SOURCES},
        addresses=[
            (one, _link(one.address), _document(following.documents("addresses").get(one.address, ""), titles))
            for one in watched
        ],
        unread=unread,
        failures=_failures(last["addresses"]),
        last=last,
        looked=[tell(report, language, titles) for report in following.looked],
        running=bool(task and not task.ended),
        minutes=desk.settings.watch_minutes,
        may_fetch=desk.settings.fetch_addresses,
        file=str(desk.settings.watch_addresses or ""),
        **({"address": ""} | context),
        **working.shown(task, language),
    )


def _addresses(following: Following, language: str) -> tuple[list[Any], str]:
    """The watched addresses, and why those of the file are not among them."""
    try:
        return following.addresses(), ""
    except CorpusError as error:
        return following.added(), problem_text(error, language)


def _failures(report: Told | None) -> dict[str, Markup | None]:
    """Why an address could not be taken over the last time."""
    groups = report.groups if report else ()
    return {outcome.key: outcome.reason for group in groups if group.kind == "failed" for outcome in group.outcomes}


def _kind(entry: Synced) -> str:
    return "noted" if entry.result == "unchanged" and entry.code in NOTED else entry.result


def _outcome(entry: Synced, language: str, titles: Mapping[str, str]) -> Outcome:
    document, title = _document(entry.document_id, titles)
    reason = _reason(entry.code, entry.reason, entry.values, language) if entry.reason else None
    return Outcome(markup.visible(entry.key), document, title, reason)


def _document(document_id: str, titles: Mapping[str, str]) -> tuple[str, str]:
    """The id of a document that has a page, and what to call it."""
    known = document_id in titles
    return document_id if known else "", markup.visible(titles.get(document_id, document_id))


def _reason(code: str, reason: str, values: Mapping[str, object], language: str) -> Markup:
    """Why, in words; what the quality gate found by its names."""
    found = str(values.get("findings", ""))
    if found:
        codes = [name.strip() for name in found.split(",")]
        values = {**values, "findings": ", ".join(_named(name, language) for name in codes)}
    if code == "unreadable":
        values = {**values, "reason": working.in_english(markup.visible(reason))}
    return told(Problem(code, reason, values), language)


def _named(code: str, language: str) -> str:
    key = f"named_{code}"
    return say_to_staff(key, language) if key in staff_keys() else code


def _link(address: str) -> Markup:
    return Markup(markup.outside_link(address, markup.isolated(address)))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
