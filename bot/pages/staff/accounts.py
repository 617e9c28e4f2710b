"""The accounts, for editors: who has one, with which role, who is invited."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.errors import NotAllowed
from bot.pages.staff.contract import StaffDesk
from bot.pages.staff.gate import STAFF
from bot.pages.staff.login import errors
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.staff.access.credentials import AccountError, checked_role
from bot.staff.access.people import People
from bot.staff.models import ROLES, Account

Field = Annotated[str, Form()]
PAGE = f"{STAFF}/accounts"


def router(desk: StaffDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/accounts")
    people = People(desk.accounts, desk.audit)

    @router.get("")
    def accounts(request: Request) -> Response:
        return _accounts(request, desk)

    @router.post("")
    def invite(request: Request, name: Field = "", role: Field = "") -> Response:
        try:
            token = people.invite(editor(request), name, checked_role(role))
        except AccountError as error:
            return _accounts(request, desk, status=422, name=name[:200], role=role, errors=errors(request, error))
        return _accounts(request, desk, link=_address(request, token), link_for=name, link_key="invitation_link")

    @router.post("/{name}/role")
    def set_role(request: Request, name: str, role: Field = "") -> Response:
        return changed(request, "role_changed", lambda who: people.set_role(who, name, checked_role(role)))

    @router.post("/{name}/off")
    def deactivate(request: Request, name: str) -> Response:
        return changed(request, "account_off", lambda who: people.deactivate(who, name))

    @router.post("/{name}/on")
    def reactivate(request: Request, name: str) -> Response:
        return changed(request, "account_on", lambda who: people.reactivate(who, name))

    @router.post("/{name}/withdraw")
    def withdraw(request: Request, name: str) -> Response:
        return changed(request, "invitation_withdrawn", lambda who: people.withdraw_invitation(who, name))

    @router.post("/{name}/link")
    def reset_link(request: Request, name: str) -> Response:
        try:
            token = people.reset_link(editor(request), name)
        except AccountError as error:
            return _accounts(request, desk, status=422, errors={"": problem_text(error, request.state.language)})
        return _accounts(request, desk, link=_address(request, token), link_for=name, link_key="reset_link")

    def changed(request: Request, done: str, change: Callable[[Account], None]) -> Response:
        try:
            change(editor(request))
        except AccountError as error:
            return _accounts(request, desk, status=422, errors={"": problem_text(error, request.state.language)})
        return redirect(PAGE, done=done)

    return router


def editor(request: Request) -> Account:
    """The account of the request; NotAllowed unless it is an editor's."""
    account: Account = request.state.account
    if not account.may_edit:
        raise NotAllowed("Only an editor may do this.", code="editors_only")
    return account


def _accounts(request: Request, desk: StaffDesk, *, status: int = 200, **context: object) -> Response:
    editor(request)
    shown = {"name": "", "role": "viewer", "errors": {}, "link": "", "link_for": "", "link_key": ""} | context
    members, invitations = desk.accounts.members(), desk.accounts.invitations()
    return render(
        request, "accounts.html", status=status, members=members, invitations=invitations, roles=ROLES, **shown
    )


def _address(request: Request, token: str) -> str:
    """The link to send."""
    return f"{request.url.scheme}://{request.url.netloc}{STAFF}/set-up/{token}"
