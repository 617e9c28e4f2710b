"""The web application: `create_app` puts the pages and the HTTP interface together. Nothing happens at import."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks
    from starlette.requests import HTTPConnection
    from starlette.responses import Response
    from starlette.types import Scope

    from bot.assistant import Assistant
    from bot.staff.desk import Desk

MOST_BYTES = 1_000_000
"""Of a body; documents that staff add are larger."""
STAFF = "/staff"
STATIC = Path(__file__).parent / "bot" / "pages" / "static"
GRADIO = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "50",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000",
}
MESSAGES = {403: "error_refused", 404: "page_not_found", 405: "page_not_found", 413: "error_too_large"}
FONTS = ("system-ui", "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "sans-serif")


def create_app(assistant: "Assistant | None" = None, desk: "Desk | None" = None) -> "FastAPI":
    """The application over `assistant`, by default one made from the settings; with `desk`, the staff area too.

    The work of the desk in the background lasts as long as the application is served.
    """
    os.environ.update(GRADIO)  # read by Gradio when it is imported, just below
    from fastapi import FastAPI
    from starlette.staticfiles import StaticFiles

    from bot.pages.api import api_router
    from bot.pages.public import public_page
    from bot.pages.sources import sources_router
    from bot.pages.staff.router import mount_staff

    if assistant is None:
        assistant = _assistant()
        desk = _desk(assistant)
    lifespan = partial(_working, desk=desk)
    app = FastAPI(title="confbot", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=lifespan)
    _protect(app, assistant.settings.language)
    app.mount("/page", StaticFiles(directory=STATIC))
    app.include_router(api_router(assistant))
    app.include_router(sources_router(assistant))
    if desk:
        mount_staff(app, desk)  # before the chat, which answers every other address
    _mount(app, public_page(assistant), assistant.settings.language)
    return app


def _assistant() -> "Assistant":
    from bot.assistant import Assistant
    from bot.settings import Settings

    return Assistant(Settings())


def _desk(assistant: "Assistant") -> "Desk":
    from bot.staff.desk import Desk

    return Desk(assistant)


@asynccontextmanager
async def _working(_app: "FastAPI", desk: "Desk | None") -> AsyncIterator[None]:
    """The desk works while the application is served."""
    if desk:
        desk.start()
    yield
    if desk:
        desk.stop()


def _protect(app: "FastAPI", language: str) -> None:
    """Headers, the limit on bodies, no other origin, and errors in the visitor's language."""
    from starlette.exceptions import HTTPException
    from starlette.middleware.cors import CORSMiddleware

    from bot.pages.guard import BodyLimit, SecurityHeaders, secure

    def too_large(scope: "Scope") -> "Response":
        from starlette.requests import HTTPConnection

        return _error(HTTPConnection(scope), 413, language)

    async def refused(request: Any, error: Any) -> "Response":
        return _error(request, error.status_code, language)

    async def broken(request: Any, error: Any) -> "Response":
        logging.getLogger(__name__).error("A page failed", exc_info=error)
        response = _error(request, 500, language)
        secure(response.headers)  # this handler stands outside of the middleware
        return response

    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(BodyLimit, most=MOST_BYTES, refusal=too_large, exempt=(STAFF,))
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, broken)


def _error(request: "HTTPConnection", status: int, default: str) -> "Response":
    """An error in the visitor's language: JSON for programs, a page for browsers."""
    from starlette.responses import HTMLResponse

    from bot.pages.api import problem
    from bot.pages.skeleton import error_page
    from bot.pages.visitor import language_of
    from bot.phrases import say

    language = language_of(request, default)
    key = MESSAGES.get(status, "error_internal")
    message = say(key, language, maximum=MOST_BYTES)
    if request.scope["path"].startswith(("/api/", "/gradio_api/")):
        return problem(status, message)
    return HTMLResponse(error_page(message, language), status_code=status)


def _mount(app: "FastAPI", blocks: "Blocks", language: str) -> None:
    """The chat at "/", behind the list of the routes that it needs."""
    import gradio as gr
    from starlette.routing import Mount

    from bot.pages.guard import OpenRoutes
    from bot.pages.shell import Shell

    fonts = [gr.themes.Font(name) for name in FONTS]
    theme = gr.themes.Base(font=fonts, font_mono=[gr.themes.Font("monospace")])
    mount = partial(gr.mount_gradio_app, app, blocks, path="/", footer_links=[], run_history=False)
    mount(theme=theme, show_error=False, max_file_size=1, ssr_mode=False, mcp_server=False, pwa=False)
    blocks.has_launched = True  # else its check of file paths is skipped
    route = app.routes[-1]
    if not isinstance(route, Mount):
        raise TypeError(f"routes: found {type(route).__name__} last, expected the mount of the chat")
    route.app = Shell(OpenRoutes(route.app), language)
