"""The health of the service: what the checks found, repairs, and backups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, Response
from markupsafe import Markup
from starlette.types import Receive, Scope, Send

from bot.doctor import Finding
from bot.pages.staff import working
from bot.pages.staff.accounts import editor
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import PROBLEM, redirect, render, sentence
from bot.pages.staff.sizes import size
from bot.phrases import format_moment, format_number, say_to_staff, staff_keys
from bot.settings import Settings
from bot.staff.upkeep import Upkeep, discard
from corpus.errors import CorpusError

Field = Annotated[str, Form()]
PAGE = f"{STAFF}/health"
TAGS = {"ok": "ok", "warning": "warn", "error": "bad"}
"""The class of the tag of each severity."""
WORST = ("error", "warning", "ok")
INDEX_FILE = "passages.sqlite"


class HealthDesk(Protocol):
    """What the page needs of the desk."""

    @property
    def upkeep(self) -> Upkeep: ...

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in words; `repair` is the name of the one that a button starts."""

    severity: str
    tag: str
    check: str
    text: Markup
    remedy: Markup
    repair: str


def router(desk: HealthDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/health")

    @router.get("")
    def health(request: Request, again: str = "") -> Response:
        if again:
            desk.upkeep.examined(again=True)
            return redirect(PAGE)
        return _health(request, desk)

    @router.get("/status")
    def status(request: Request) -> Response:
        return working.status(request, desk.upkeep.repair, running=desk.upkeep.examined(wait=0).running)

    @router.post("/repair")
    def repair(request: Request, action: Field = "") -> Response:
        try:
            desk.upkeep.start_repair(editor(request), action)
        except CorpusError as error:
            if error.code != "repair_running":
                raise
            return redirect(PAGE, problem="repair_running")
        return redirect(PAGE)

    @router.post("/backup")
    def backup(request: Request) -> Response:
        path = desk.upkeep.back_up(editor(request))
        name = f"conf-backup-{datetime.now(UTC):%Y-%m-%d}.zip"
        return Sending(path, filename=name, media_type="application/zip")

    return router


class Sending(FileResponse):
    """A backup that is deleted once it is sent, or when the client went away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            discard(Path(self.path))  # here and not in a thread: nothing may be awaited once the request is cancelled


def line(finding: Finding, language: str) -> Line:
    """A finding in `language`; what has no sentence is said in the English of the check itself."""
    values = {name: _shown(name, value, finding.values, language) for name, value in finding.values.items()}
    return Line(
        severity=say_to_staff(f"weight_{finding.severity}", language),
        tag=TAGS[finding.severity],
        check=check_name(finding.check, language),
        text=_said([f"health_{finding.code}", f"{PROBLEM}{finding.code}"], language, values, finding.message),
        remedy=_said(_remedies(finding), language, values, finding.remedy),
        repair=finding.action,
    )


def check_name(check: str, language: str) -> str:
    """A check in words; its own name when it has none yet."""
    key = f"check_{check}"
    return say_to_staff(key, language) if key in staff_keys() else check


def _health(request: Request, desk: HealthDesk) -> Response:
    language, examined, repair = request.state.language, desk.upkeep.examined(), desk.upkeep.repair
    last = desk.upkeep.last_backup()
    wrong = sorted((f for f in examined.findings if f.severity != "ok"), key=lambda f: WORST.index(f.severity))
    fine = [finding for finding in examined.findings if finding.severity == "ok"]
    return render(
        request,
        "health.html",
        examined=examined,
        wrong=[line(finding, language) for finding in wrong],
        fine=[(check_name(finding.check, language), line(finding, language).text) for finding in fine],
        running=bool(repair and not repair.ended),
        last=last,
        last_size=size(last.bytes, language) if last else "",
        **working.shown(repair, language),
    )


def _said(keys: Sequence[str], language: str, values: Mapping[str, object], otherwise: str) -> Markup:
    for key in keys:
        if key in staff_keys():
            try:
                return sentence(key, language, **values)
            except KeyError:  # the sentence needs a value that this finding does not carry
                continue
    return working.in_english(otherwise) if otherwise else Markup()


def _remedies(finding: Finding) -> list[str]:
    """What to do about it; a damaged index is built anew, and nothing needs to be restored."""
    key = f"remedy_{finding.code}"
    return [f"{key}_index", key] if finding.values.get("name") == INDEX_FILE else [key]


def _shown(name: str, value: object, values: Mapping[str, object], language: str) -> object:
    shower = SHOWN.get(name)
    return shower(value, values, language) if shower else value


def _documents(ids: object, values: Mapping[str, object], language: str) -> Markup:
    """Links to the documents that are named, and an ellipsis when there are more."""
    named = [str(id) for id in ids] if isinstance(ids, Sequence) else []
    links = [Markup('<a href="{}/documents/{}">{}</a>').format(STAFF, id, id) for id in named]
    return _listed(links, values)


def _questions(questions: object, values: Mapping[str, object], language: str) -> Markup:
    named = questions if isinstance(questions, Sequence) else []
    return _listed([Markup("<bdi>{}</bdi>").format(question) for question in named], values)


def _listed(parts: Sequence[Markup], values: Mapping[str, object]) -> Markup:
    count = values.get("count")
    more = ", …" if isinstance(count, int) and count > len(parts) else ""
    return Markup(", ").join(parts) + more


def _bytes(value: object, _values: Mapping[str, object], language: str) -> object:
    return size(value, language) if isinstance(value, int) else value


SHOWN: Mapping[str, Callable[[object, Mapping[str, object], str], object]] = {
    "documents": _documents,
    "questions": _questions,
    "free": _bytes,
    "least": _bytes,
    "needed": _bytes,
    "bytes": _bytes,
    "made_at": lambda value, _, language: format_moment(str(value), language),
    "check": lambda value, _, language: check_name(str(value), language),
    "seconds": lambda value, _, language: format_number(value, language) if isinstance(value, float) else value,
    "problem": lambda value, _, __: working.in_english(str(value)),
}
"""How values are written that are neither a number nor a text."""
