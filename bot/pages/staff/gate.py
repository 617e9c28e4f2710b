"""The door of the staff area: nothing behind it sees a request that may not come in, nor a byte of its body.

Wraps the application that is mounted at `/staff`. A request without a session may only log in or use a link; one
that changes something must come from our own pages; a viewer changes nothing but their own password. The account
goes into `scope["state"]`. Forms, and nothing of what they mean, are bounded here.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.pages.staff import language as languages
from bot.staff.access.accounts import Accounts

STAFF = "/staff"
LOGIN = f"{STAFF}/login"
HOME = f"{STAFF}/documents"
COOKIE = "staff_session"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # a link that works once stays here, and forms still name their origin
    "X-Robots-Tag": "noindex, nofollow",
}

# Paths below /staff.
OPEN = re.compile(r"/login|/set-up/[^/]+")
OWN = frozenset({"/password", "/log-out"})
"""What a viewer may send."""
SAFE = ("GET", "HEAD")
FORM_BYTES = 2_000_000
OPEN_BYTES = 64_000
UPLOADS: Mapping[str, int] = {"/inbox/upload": 300_000_000, "/inbox/paste": 9_000_000}

NEXT = re.compile(r"/staff/[\w.~!$&'()*+,;=:@%/?-]*", re.ASCII)
NEXT_CHARACTERS = 2_000


class StaffGate:
    """Guards `app` with the sessions of `accounts`; `refusal` makes the page for a status from a request."""

    def __init__(
        self, app: ASGIApp, accounts: Accounts, *, language: str, refusal: Callable[[Request, int], Response]
    ) -> None:
        self.app, self.accounts, self.language, self.refusal = app, accounts, language, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        await self._recognise(scope, request)
        send = _dressing(request, send)
        refused = _refused(request, path)
        if refused == 401:
            await self._unknown(request)(scope, receive, send)
        elif refused:
            await self.refusal(request, refused)(scope, receive, send)
        else:
            await self.app(scope, self._still(request, _counted(receive, _most(path))), send)

    def _still(self, request: Request, receive: Receive) -> Receive:
        """`receive`, which ends in a refusal when the account was changed while the body came in, however slowly."""
        if request.method in SAFE or request.state.account is None:
            return receive

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body"):
                now = await run_in_threadpool(self.accounts.account_of, request.state.session)
                if now != request.state.account:
                    raise HTTPException(403 if now else 401)
            return message

        return checked

    async def _recognise(self, scope: Scope, request: Request) -> None:
        """Put the account, the cookie it came with, and the language where pages find them."""
        cookie = request.cookies.get(COOKIE, "")
        account = await run_in_threadpool(self.accounts.account_of, cookie) if cookie else None
        scope["state"] = {
            **scope.get("state", {}),
            "account": account,
            "session": cookie if account else "",
            "language": languages.staff_language(request, self.language),
        }

    def _unknown(self, request: Request) -> Response:
        """A browser that opens a page is sent to log in; anything else is told that it must."""
        if request.method != "GET" or not wants_page(request):
            return self.refusal(request, 401)
        query = request.scope["query_string"].decode("latin-1")
        wanted = quote(request.scope["path"]) + (f"?{query}" if query else "")
        address = f"{LOGIN}?{urlencode({'next': wanted})}" if local(wanted) else LOGIN
        return RedirectResponse(address, status_code=303)


def wants_page(request: HTTPConnection) -> bool:
    """Whether a browser shows the answer."""
    return "text/html" in request.headers.get("accept", "")


def local(address: str) -> str | None:
    """`address` when it is a page of the staff area: where to go after logging in."""
    if len(address) > NEXT_CHARACTERS or not NEXT.fullmatch(address):
        return None
    path = unquote(address.partition("?")[0])
    return None if ".." in path or "//" in path or "\\" in path else address


def keep_session(request: Request, response: Response, cookie: str) -> Response:
    """`response`, with the cookie of a new session.

    SameSite=Lax and not Strict, so that a link in a letter opens the page and not the door again; what changes
    something is held off by its origin.
    """
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, cookie, path=STAFF, httponly=True, samesite="lax", secure=secure)
    return response


def same_origin(headers: Headers) -> bool:
    """Whether a request comes from our own pages: browsers say so, or name the page it comes from."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    source, host = headers.get("origin") or headers.get("referer") or "", headers.get("host", "")
    try:
        return bool(host) and urlsplit(source).netloc.lower() == host.lower()
    except ValueError:
        return False


def _refused(request: Request, path: str) -> int:
    """The status of a request that may not come in; 0 when it may."""
    account, changes, is_open = request.state.account, request.method not in SAFE, bool(OPEN.fullmatch(path))
    declared = request.headers.get("content-length", "0")
    if changes and not same_origin(request.headers):
        return 403
    if account is None and not is_open:
        return 401
    if changes and not is_open and path not in OWN and not account.may_edit:
        return 403
    readable = declared.isdecimal() and len(declared) <= 15
    return 0 if readable and int(declared) <= _most(path) else 413


def _most(path: str) -> int:
    small = path in OWN or OPEN.fullmatch(path)
    return OPEN_BYTES if small else UPLOADS.get(path, FORM_BYTES)


def _counted(receive: Receive, most: int) -> Receive:
    """`receive`, for bodies whose length was not declared, or declared wrongly."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(413)
        return message

    return counted


def _dressing(request: Request, send: Send) -> Send:
    """`send`, with the headers of the staff area and the language that was chosen."""
    chosen = languages.asked(request)

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if chosen and chosen != request.cookies.get(languages.COOKIE):
                headers.append("Set-Cookie", _language_cookie(request, chosen))
        await send(message)

    return dressed


def _language_cookie(request: Request, chosen: str) -> str:
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{languages.COOKIE}={chosen}; Path={STAFF}; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"
