"""What protects the pages on the way in and out: headers, the size of a body, the routes that are open.

Plain ASGI, so that streamed answers stay streamed.
"""

import re
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
MOST_DIGITS = 15
"""Of a length that is declared."""
CHAT = re.compile(
    r"(GET|HEAD) /(assets|static/(js|fonts|img))/(?!.*\.\.)[\w./ -]+"
    r"|(GET|HEAD) /((gradio_api/)?theme\.css|favicon\.ico|robots\.txt)"
    r"|GET /gradio_api/(queue/data|heartbeat/\w+|startup-events)"
    r"|POST /gradio_api/(queue/join|cancel|reset)/?"
)


def secure(headers: MutableHeaders) -> None:
    """Add the headers that a response does not set itself."""
    for name, value in {"Content-Security-Policy": POLICY, **HEADERS}.items():
        headers.setdefault(name, value)


class SecurityHeaders:
    """Adds the headers of `secure` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses bodies of more than `most` bytes, but for paths that begin with one of `exempt`.

    `refusal` makes the response (413) from the scope of the request.
    """

    def __init__(
        self, app: ASGIApp, most: int, refusal: Callable[[Scope], Response], exempt: Sequence[str] = ()
    ) -> None:
        self.app, self.most, self.refusal, self.exempt = app, most, refusal, tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (self.exempt and scope["path"].startswith(self.exempt)):
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or len(declared) > MOST_DIGITS or int(declared) > self.most:
            await self.refusal(scope)(scope, receive, send)
            return
        await self.app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        """`receive`, for bodies whose length was not declared."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise HTTPException(413)
            return message

        return counted


class OpenRoutes:
    """Lets only those requests through to Gradio that the chat makes; `POST .../upload` is refused aloud."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            method, path = scope["method"], scope["path"]
            if "/upload" in path:
                raise HTTPException(403)
            if path != "/" and not CHAT.fullmatch(f"{method} {path}"):
                raise HTTPException(404)
        elif scope["type"] == "websocket":
            raise HTTPException(404)
        await self.app(scope, receive, send)
