"""Gradio's own document, made ours on its way out: language, title, styles, and a nonce for its scripts.

With the nonce, the policy refuses every script that stands in markup (a handler in an attribute too).
Gradio's HTML component builds functions from its own template, hence 'unsafe-eval'.
"""

import re
import secrets
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.pages.markup import written_in
from bot.pages.skeleton import ASSETS
from bot.pages.visitor import known
from bot.phrases import say

THEIRS = re.compile(
    r'\s*(<base [^>]*>|<meta\s+(property|name)="(og|twitter):[^>]*>|<link rel="manifest"[^>]*>)', re.DOTALL
)
ROOT = re.compile(r'<html\s+lang="en"')


def policy(nonce: str) -> str:
    """The Content-Security-Policy of a page of Gradio."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def dressed(document: str, language: str, nonce: str, *, first: str) -> str:
    """Gradio's index page in `language`; hidden until the labels are, unless that is `first` (the built-in)."""
    waiting = "" if language == first else " data-waiting"
    title, summary = escape(say("app_title", language)), escape(say("app_subtitle", language))
    head = (
        f'<title>{title}</title><meta name="description" content="{summary}">'
        f'<meta property="og:title" content="{title}"><meta property="og:description" content="{summary}">{ASSETS}'
    )
    without = f'<noscript><p class="problem">{escape(say("noscript", language))}</p></noscript>'
    document = THEIRS.sub("", ROOT.sub(f"<html {written_in(language)}{waiting}", document, count=1))
    document = document.replace("</head>", f"{head}</head>", 1).replace("<gradio-app", f"{without}<gradio-app", 1)
    return document.replace("<script", f'<script nonce="{nonce}"')


class Shell:
    """Wraps a mounted Gradio app; only `GET /` is read whole and changed."""

    def __init__(self, app: ASGIApp, language: str) -> None:
        self.app, self.language = app, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        request = HTTPConnection(scope)
        language = known(request.query_params.get("lang")) or self.language
        await self.app({**scope, "headers": plain}, receive, self._dressing(send, language))

    def _dressing(self, send: Send, language: str) -> Send:
        held: list[Message] = []
        body = bytearray()

        async def dressing(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            nonce = secrets.token_urlsafe(16)
            page = dressed(body.decode("utf-8"), language, nonce, first=self.language).encode("utf-8")
            headers = MutableHeaders(scope=held[0])
            headers["Content-Length"] = str(len(page))
            headers["Content-Security-Policy"] = policy(nonce)
            headers["Cache-Control"] = "no-store"
            await send(held[0])
            await send({"type": "http.response.body", "body": page})

        return dressing
