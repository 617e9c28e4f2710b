"""One draft: looked at, changed, and published, kept in quarantine or discarded."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.errors import NotAllowed
from bot.pages.staff.draft_page import draft_page, today
from bot.pages.staff.inbox_desk import PAGE, InboxDesk
from bot.pages.staff.rendering import redirect
from bot.pages.staff.uploads import Sent, field, number_of
from bot.staff.inbox import FIELDS
from bot.staff.models import Account
from corpus.errors import CorpusError

STAYS = ("draft_saved", "draft_released")
"""What was done when the page of the draft is shown again, and not that of the inbox."""


def _number(draft_id: str) -> int:
    return number_of(draft_id)


Number = Annotated[int, Depends(_number)]


def router(desk: InboxDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/{draft_id}")

    @router.get("")
    def preview(request: Request, number: Number) -> Response:
        return draft_page(request, desk, number)

    @router.post("")
    def revise(request: Request, number: Number, form: Sent) -> Response:
        return done(request, number, form, "draft_saved", lambda who: _revise(desk, who, number, form))

    @router.post("/publish")
    def publish(request: Request, number: Number, form: Sent) -> Response:
        return done(request, number, form, "draft_published", lambda who: _publish(desk, who, number, form))

    @router.post("/schedule")
    def schedule(request: Request, number: Number, form: Sent) -> Response:
        def act(who: Account) -> None:
            _publish(desk, who, number, form, on=_day(field(form, "on")))

        return done(request, number, form, "draft_scheduled", act)

    @router.post("/quarantine")
    def quarantine(request: Request, number: Number, form: Sent) -> Response:
        def act(who: Account) -> None:
            desk.inbox.quarantine(who, number, field(form, "note"))

        return done(request, number, form, "draft_quarantined", act)

    @router.post("/release")
    def release(request: Request, number: Number, form: Sent) -> Response:
        return done(request, number, form, "draft_released", lambda who: desk.inbox.release(who, number))

    @router.post("/retry")
    def retry(request: Request, number: Number, form: Sent) -> Response:
        return done(request, number, form, "draft_retried", lambda who: desk.inbox.retry(who, number))

    @router.post("/discard")
    def discard(request: Request, number: Number, form: Sent) -> Response:
        return done(request, number, form, "draft_discarded", lambda who: desk.inbox.discard(who, number))

    def done(request: Request, number: int, form: Sent, key: str, act: Callable[[Account], None]) -> Response:
        """Say what was done; when it cannot be done, show the page again with what was typed."""
        try:
            act(request.state.account)
        except NotAllowed:
            raise
        except CorpusError as error:
            return draft_page(request, desk, number, error=error, given=_given(form))
        return redirect(f"{PAGE}/{number}" if key in STAYS else PAGE, done=key)

    return router


def _revise(desk: InboxDesk, who: Account, number: int, form: Sent) -> None:
    """Keep what was changed in the metadata; nothing when nothing was."""
    metadata, given = desk.inbox.preview(number).draft.metadata, _given(form)
    before = {name: getattr(metadata, name, None) or "" for name in FIELDS}
    changed = {name: value for name, value in given.items() if name in FIELDS and value.strip() != before[name]}
    if changed:
        desk.inbox.revise(who, number, changed)


def _publish(desk: InboxDesk, who: Account, number: int, form: Sent, on: date | None = None) -> None:
    """Keep what was changed, and publish."""
    _revise(desk, who, number, form)
    desk.inbox.publish(who, number, on=on, reason=field(form, "reason"))


def _day(text: str) -> date:
    """A day to come."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise CorpusError(f"found {text[:20]!r}, expected a day to come", code="day_needed") from error
    if day <= today():
        raise CorpusError(f"{day} is not to come: choose a later day, or publish now", code="day_past")
    return day


def _given(form: Sent) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
