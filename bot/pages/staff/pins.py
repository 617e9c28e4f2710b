"""Pinned answers: their list, and the form in which quotes are chosen for a question.

A form sends addresses of quotes, `document:version:start:end`, and never their words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from bot.assistant import Assistant
from bot.errors import NotAllowed
from bot.models import Citation, Quote
from bot.pages.markup import permalink, written_in
from bot.pages.staff.accounts import editor
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.pages.staff.uploads import Sent, field, number_of
from bot.phrases import language_name
from bot.pins import MOST_CHARACTERS, MOST_QUOTES, MOST_WORDINGS, Pin, moved
from bot.staff.models import Account
from bot.staff.pinned import PinnedAnswers
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Span

PAGE = f"{STAFF}/pins"
Address = tuple[str, int, int, int]
WRONG_FIELD = {
    "pin_wordings": "wordings",
    "pin_exists": "wordings",
    "pin_expired": "expires_on",
    "pin_bad_date": "expires_on",
    "pin_quotes": "quotes",
    "pin_quote_gone": "quotes",
}
"""The field that a problem is about; the rest stand above the form."""
MOST_SENT = MOST_QUOTES + 1  # one more than can be pinned, so that it is said


class PinsDesk(Protocol):
    """What the pages about pinned answers need of the desk."""

    @property
    def assistant(self) -> Assistant: ...

    @property
    def pinned(self) -> PinnedAnswers: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A pin with its state (`shown`, `expired` or `broken`); a quote that may not be shown has no citation."""

    pin: Pin
    state: str
    quotes: tuple[tuple[Quote, Citation | None], ...]
    movable: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it is filled in: `question` is what quotes are searched by, `pin_id` is 0 for a new pin."""

    pin_id: int = 0
    question: str = ""
    wordings: str = ""
    chosen: tuple[Address, ...] = ()
    expires_on: str = ""
    note: str = ""


def router(desk: PinsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/pins")

    @router.get("")
    def pins(request: Request) -> Response:
        return _list(request, desk)

    @router.get("/new")
    def new(request: Request, question: str = "") -> Response:
        editor(request)
        question = " ".join(question.split())
        return _form(request, desk, Filled(question=question, wordings=question))

    @router.post("")
    def create(request: Request, form: Sent) -> Response:
        return _sent(request, desk, _filled(form, 0), form)

    @router.get("/{pin_id}")
    def pin(request: Request, pin_id: str, question: str = "") -> Response:
        kept = desk.pinned.get(number_of(pin_id))
        return _form(request, desk, replace(_of(kept), question=question))

    @router.post("/{pin_id}")
    def change(request: Request, pin_id: str, form: Sent) -> Response:
        return _sent(request, desk, _filled(form, desk.pinned.get(number_of(pin_id)).id), form)

    @router.post("/{pin_id}/move")
    def move(request: Request, pin_id: str) -> Response:
        return done(request, "pin_moved", lambda who: desk.pinned.move(who, number_of(pin_id)))

    @router.post("/{pin_id}/remove")
    def remove(request: Request, pin_id: str) -> Response:
        return done(request, "pin_removed", lambda who: desk.pinned.remove(who, number_of(pin_id)))

    def done(request: Request, what: str, act: Callable[[Account], None]) -> Response:
        try:
            act(editor(request))
        except (NotAllowed, UnknownDocument):
            raise
        except CorpusError as error:
            return _list(request, desk, error)
        return redirect(PAGE, done=what)

    return router


def _list(request: Request, desk: PinsDesk, error: CorpusError | None = None) -> Response:
    entries = [_listed(pin, desk) for pin in desk.pinned.entries()]
    return render(
        request,
        "pins.html",
        status=422 if error else 200,
        pins=entries,
        wrong=problem_text(error, request.state.language) if error else "",
        saved=request.query_params.get("done") in ("pin_saved", "pin_moved"),
        **_words(request.state.language),
    )


def _listed(pin: Pin, desk: PinsDesk) -> Listed:
    citations = {citation.address: citation for citation in desk.pinned.citations(pin)}
    state = "expired" if not pin.is_live(_today()) else "broken" if pin.broken else "shown"
    quotes = tuple((quote, citations.get(quote.key)) for quote in pin.quotes)
    return Listed(pin, state, quotes, state == "broken" and _movable(pin, desk))


def _movable(pin: Pin, desk: PinsDesk) -> bool:
    try:
        there = moved(pin, desk.assistant.library)
    except UnknownDocument:
        return False
    return there is not None and len(desk.pinned.citations(there)) == len(there.quotes)


def _sent(request: Request, desk: PinsDesk, filled: Filled, form: FormData) -> Response:
    """The form came back: to search for other quotes, or to be saved."""
    who = editor(request)
    if field(form, "do") == "search":
        return _form(request, desk, filled)
    try:
        _save(desk, who, filled)
    except NotAllowed:
        raise
    except CorpusError as error:
        return _form(request, desk, filled, error)
    return redirect(PAGE, done="pin_saved")


def _save(desk: PinsDesk, who: Account, filled: Filled) -> None:
    wordings = [line for line in filled.wordings.splitlines() if line.strip()]
    expires_on = _day(filled.expires_on)
    try:
        desk.pinned.pin(who, wordings, filled.chosen, pin_id=filled.pin_id, expires_on=expires_on, note=filled.note)
    except UnknownDocument as error:
        raise _gone() from error


def _form(request: Request, desk: PinsDesk, filled: Filled, error: CorpusError | None = None) -> Response:
    """The page of one pin; `error` is why it was not saved."""
    language = request.state.language
    errors = {WRONG_FIELD.get(error.code, ""): problem_text(error, language)} if error else {}
    candidates = None
    try:
        candidates = desk.pinned.candidates(filled.question, language) if filled.question.strip() else None
    except CorpusError as refused:
        errors["question"] = problem_text(refused, language)
    chosen = _cited(desk, filled.chosen)
    known = {citation.address for citation in chosen}
    return render(
        request,
        "pin.html",
        status=422 if errors else 200,
        filled=filled,
        listed=_listed(desk.pinned.get(filled.pin_id), desk) if filled.pin_id else None,
        chosen=chosen,
        others=[c for c in candidates.quotes if c.address not in known] if candidates else [],
        candidates=candidates,
        errors=errors,
        limits={"wordings": MOST_WORDINGS, "quotes": MOST_QUOTES, "characters": MOST_CHARACTERS},
        tomorrow=(_today() + timedelta(days=1)).isoformat(),
        **_words(language),
    )


def _cited(desk: PinsDesk, addresses: Sequence[Address]) -> list[Citation]:
    """The quotes at these addresses that may be shown."""
    quotes = []
    for document_id, version, start, end in addresses:
        try:
            document = desk.assistant.library.get(document_id, version)
        except UnknownDocument:
            continue
        if 0 <= start < end <= len(document.text):
            words = document.text[start:end]
            quotes.append(Quote(document_id, version, Span(start, end), words, document.metadata.language, 1.0))
    return list(desk.assistant.gate.citations(quotes))


def _filled(form: FormData, pin_id: int) -> Filled:
    values = [value for value in form.getlist("quotes") if isinstance(value, str)]
    chosen = tuple(dict.fromkeys(_address(value) for value in values))[:MOST_SENT]
    texts = {name: field(form, name) for name in ("question", "wordings", "expires_on", "note")}
    return Filled(pin_id, chosen=chosen, **texts)


def _of(pin: Pin) -> Filled:
    """The form for a pin as it is."""
    expires_on = pin.expires_on.isoformat() if pin.expires_on else ""
    chosen = tuple(quote.key for quote in pin.quotes)
    return Filled(pin.id, "", "\n".join(pin.questions), chosen, expires_on, pin.note)


def _address(text: str) -> Address:
    """An address from the form; one that is nowhere for anything else."""
    document_id, *numbers = text.rsplit(":", 3)
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) <= 15 for n in numbers):
        return "", 0, 0, 0
    version, start, end = map(int, numbers)
    return document_id, version, start, end


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise CorpusError(
            f"found {text[:40]!r}, expected a day as 2026-01-31, or nothing", code="pin_bad_date"
        ) from error


def _gone() -> CorpusError:
    return CorpusError("a quote is no longer in the current documents: choose again", code="pin_quote_gone")


def _today() -> date:
    return datetime.now(UTC).date()


def _words(language: str) -> dict[str, Any]:
    """What the templates need to show quotes."""
    return {
        "written_in": written_in,
        "permalink": lambda citation: permalink(citation, language),
        "language_in_words": lambda code: language_name(code, language),
    }
