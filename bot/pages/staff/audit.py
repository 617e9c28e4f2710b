"""The audit log: who did what, newest first, and as a CSV file."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.pages.staff.contract import StaffDesk
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import render
from bot.pages.staff.tables import csv_download
from bot.phrases import say_to_staff, staff_keys
from bot.staff.audit import ACTIONS, Event

PAGE = f"{STAFF}/audit"
LINES = 50
COLUMNS = ("id", "at", "actor", "action", "subject", "details", "sha256")
NAMELESS = {"": "actor_nobody", "(console)": "actor_console", "(server)": "actor_server"}
"""Actors that are no accounts."""
SPOKEN = ("role",)
"""Details whose values are words of ours: `role_editor`."""


def router(desk: StaffDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter()

    @router.get("/audit")
    def audit(
        request: Request, actor: str = "", action: str = "", before: str = "", after: str = "", check: str = ""
    ) -> Response:
        chosen = {"actor": actor, "action": action}
        events = desk.audit.entries(LINES + 1, _number(before), after=_number(after), **chosen)
        newer, older, shown = _window(events, before=before, after=after)
        language = request.state.language
        lines = [
            (event, actor_text(event.actor, language), action_text(event.action, language), details(event, language))
            for event in shown
        ]
        return render(
            request,
            "audit.html",
            lines=lines,
            actors=[(actor, actor_text(actor, language)) for actor in desk.audit.actors()],
            actions=sorted((action_text(action, language), action) for action in ACTIONS),
            chosen=chosen,
            newer=_address(chosen, after=shown[0].id) if newer else "",
            older=_address(chosen, before=shown[-1].id) if older else "",
            csv=_address(chosen, page=f"{PAGE}.csv"),
            checked=bool(check),
            damaged=desk.audit.verify() if check else None,
        )

    @router.get("/audit.csv")
    def export(request: Request, actor: str = "", action: str = "") -> Response:
        desk.audit.record(request.state.account.name, "audit_exported")
        events = desk.audit.everything(actor=actor, action=action)
        rows = ([getattr(event, name) for name in COLUMNS[:5]] + [_written(event), event.sha256] for event in events)
        return csv_download(f"audit-{datetime.now(UTC):%Y-%m-%d}.csv", COLUMNS, rows)

    return router


def actor_text(actor: str, language: str) -> str:
    """Who acted: the name of an account, or in words who has none."""
    return say_to_staff(NAMELESS[actor], language) if actor in NAMELESS else actor


def action_text(action: str, language: str) -> str:
    """What was done, in words; the name of an action that has none yet."""
    return _word(f"action_{action}", language, action)


def details(event: Event, language: str) -> list[tuple[str, str]]:
    """The details of a line as (label, value), in words where there are some."""
    items = [(name, value) for name, value in event.details.items() if value not in ("", None)]
    return [(_word(f"detail_{name}", language, name), _value(name, value, language)) for name, value in items]


def _value(name: str, value: object, language: str) -> str:
    return _word(f"{name}_{value}", language, str(value)) if name in SPOKEN else str(value)


def _word(key: str, language: str, default: str) -> str:
    return say_to_staff(key, language) if key in staff_keys() else default


def _written(event: Event) -> str:
    return "; ".join(f"{name}: {value}" for name, value in event.details.items())


def _window(events: list[Event], *, before: str, after: str) -> tuple[bool, bool, list[Event]]:
    """Whether there are newer and older lines, and those to show: one more was read than fits."""
    more = len(events) > LINES
    if _number(after) is not None:
        return more, bool(events), events[-LINES:]
    return _number(before) is not None and bool(events), more, events[:LINES]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _address(chosen: dict[str, str], *, page: str = PAGE, **position: int) -> str:
    query = urlencode({name: value for name, value in {**chosen, **position}.items() if value})
    return f"{page}?{query}" if query else page
