"""Getting in and out: logging in, links that work once, one's own password, logging out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.pages.staff.contract import StaffDesk
from bot.pages.staff.gate import COOKIE, HOME, LOGIN, STAFF, keep_session, local
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.phrases import say_to_staff
from bot.staff.access.credentials import LEAST, MOST, AccountError
from bot.staff.access.people import People

Field = Annotated[str, Form()]

STATUSES = {"wrong_credentials": 401, "locked_out": 429, "token_invalid": 404}
FIELDS = {"bad_name": "name", "name_taken": "name", "weak_password": "password", "wrong_credentials": "old"}
"""Where each problem is shown; others stand above the form."""


def router(desk: StaffDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter()
    people = People(desk.accounts, desk.audit)

    @router.get("/login")
    def login_form(request: Request, next: str = "") -> Response:
        if request.state.account:
            return redirect(local(next) or HOME)
        return _login(request, desk, next=next)

    @router.post("/login")
    def log_in(request: Request, name: Field = "", password: Field = "", next: Field = "") -> Response:
        try:
            cookie = people.log_in(name, password, client(request))
        except AccountError as error:
            return _login(request, desk, next=next, name=name, error=error)
        return _welcome(request, desk, cookie, local(next) or HOME)

    @router.post("/log-out")
    def log_out(request: Request) -> Response:
        people.log_out(request.state.account, request.state.session)
        response = redirect(LOGIN, done="logged_out")
        response.delete_cookie(COOKIE, path=STAFF, httponly=True, samesite="lax")
        return response

    @router.get("/set-up/{token}")
    def link_form(request: Request, token: str) -> Response:
        return _link(request, desk, token)

    @router.post("/set-up/{token}")
    def use_link(request: Request, token: str, name: Field = "", password: Field = "", again: Field = "") -> Response:
        if password != again:
            return _link(request, desk, token, name=name, errors=_mismatch(request))
        try:
            cookie = people.accept(token, password, name)
        except AccountError as error:
            return _link(request, desk, token, name=name, errors=errors(request, error))
        return _welcome(request, desk, cookie, HOME)

    @router.get("/password")
    def password_form(request: Request) -> Response:
        return _password(request)

    @router.post("/password")
    def change_password(request: Request, old: Field = "", password: Field = "", again: Field = "") -> Response:
        if password != again:
            return _password(request, 422, _mismatch(request))
        try:
            cookie = people.change_password(request.state.account, old, password, client(request))
        except AccountError as error:
            return _password(request, STATUSES.get(error.code, 422), errors(request, error))
        return keep_session(request, redirect(f"{STAFF}/password", done="password_changed"), cookie)

    return router


def client(request: Request) -> str:
    """The address that the request comes from."""
    return request.client.host if request.client else ""


def errors(request: Request, error: AccountError) -> dict[str, str]:
    """What is wrong, by the field that it is about; "" is the form as a whole."""
    return {FIELDS.get(error.code, ""): problem_text(error, request.state.language)}


def _mismatch(request: Request) -> dict[str, str]:
    return {"again": say_to_staff("problem_password_mismatch", request.state.language)}


def _welcome(request: Request, desk: StaffDesk, cookie: str, address: str) -> Response:
    """Go to `address` in a new session; the one that the browser had before ends."""
    if request.state.session:
        desk.accounts.log_out(request.state.session)
    return keep_session(request, redirect(address), cookie)


def _login(
    request: Request, desk: StaffDesk, *, next: str, name: str = "", error: AccountError | None = None
) -> Response:
    problem = problem_text(error, request.state.language) if error else ""
    status = STATUSES.get(error.code, 422) if error else 200
    context = {"name": name[:200], "next": local(next) or "", "error": problem, "empty": not desk.accounts.has_any()}
    return render(request, "login.html", status=status, **context)


def _link(
    request: Request, desk: StaffDesk, token: str, *, name: str = "", errors: dict[str, str] | None = None
) -> Response:
    try:
        offer = desk.accounts.offer(token)
    except AccountError as error:
        message = problem_text(error, request.state.language)
        return render(request, "error.html", status=404, message=message, may_log_in=True)
    status = 422 if errors else 200
    limits = {"minimum": LEAST, "maximum": MOST}
    return render(request, "set_up.html", status=status, offer=offer, name=name[:200], errors=errors or {}, **limits)


def _password(request: Request, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    return render(request, "password.html", status=status, errors=errors or {}, minimum=LEAST, maximum=MOST)
