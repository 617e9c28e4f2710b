"""The staff area: the pages of every topic behind the gate, mounted at `/staff`.

A topic is a module here with `router(desk) -> APIRouter`. Its routes are written below `/staff`
(`@router.get("/documents")`), its links in full (`/staff/documents`).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse

from bot.pages.staff import accounts, audit, dashboard, documents, health, inbox, login, pins, questions, sources
from bot.pages.staff.failures import HANDLERS, refusal
from bot.pages.staff.gate import HOME, STAFF, StaffGate

if TYPE_CHECKING:
    from bot.staff.desk import Desk

TOPICS: "Sequence[Callable[[Desk], APIRouter]]" = (
    login.router,
    documents.router,
    inbox.router,
    sources.router,
    questions.router,
    pins.router,
    dashboard.router,
    health.router,
    accounts.router,
    audit.router,
)
"""Each says in a contract of its own what it needs of the desk."""


def mount_staff(app: FastAPI, desk: "Desk", topics: "Sequence[Callable[[Desk], APIRouter]]" = TOPICS) -> None:
    """Add the staff area to `app`; before anything is mounted at "/"."""
    inner = staff_app(desk, topics)
    app.add_api_route(STAFF, _home, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount(STAFF, StaffGate(inner, desk.accounts, language=desk.settings.language, refusal=refusal))


def staff_app(desk: "Desk", topics: "Sequence[Callable[[Desk], APIRouter]]") -> FastAPI:
    """The pages without their gate: nothing else may serve them."""
    staff = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for kind, handler in HANDLERS.items():
        staff.add_exception_handler(kind, handler)
    staff.add_api_route("/", _home, methods=["GET", "HEAD"])
    for topic in topics:
        staff.include_router(topic(desk))
    return staff


def _home(request: Request) -> RedirectResponse:
    return RedirectResponse(HOME, status_code=303)
