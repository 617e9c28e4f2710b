"""A real desk behind the staff pages: library, index, Chroma and journal are real, the web is a dictionary."""

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from tests.bot.staff.clock import PASSWORD, Clock, quick_hasher
from tests.bot.staff.conftest import LIGHTHOUSE, FakeFetcher
from tests.fakes import FakeEmbedder, make_file

if TYPE_CHECKING:
    from bot.staff.desk import Desk


def whole_desk(folder: Path, clock: Clock, fetcher: FakeFetcher, **settings: Any) -> "Desk":
    """A desk over two documents, with the editor `amina` and the viewer `victor`, and a watched folder."""
    from bot.staff.desk import Desk

    documents = folder / "documents"
    documents.mkdir()
    (folder / "watched").mkdir(exist_ok=True)
    (documents / "phare.md").write_bytes(make_file(LIGHTHOUSE, "phare", publisher="Ouest", date="2024-05-01"))
    (documents / "prix.md").write_bytes(make_file("Le prix de la Lanterne revint à Ana Sol.", "prix"))
    given = {"data_dir": folder / "data", "documents_dir": documents, "watch_dir": folder / "watched"} | settings
    assistant = Assistant(Settings(**given), FakeEmbedder())
    assert assistant.prepare() == []
    desk = Desk(assistant, fetcher=fetcher)
    desk.accounts = Accounts(assistant.settings.data_dir / "accounts.sqlite", now=clock, hasher=quick_hasher())
    desk.accounts.create("amina", PASSWORD, "editor")
    desk.accounts.create("victor", PASSWORD, "viewer")
    return desk


def site_of(desk: "Desk", topics: Sequence[Callable[..., Any]]) -> Any:
    """An application with some pages of the staff area."""
    from fastapi import FastAPI

    from bot.pages.staff import audit, login
    from bot.pages.staff.router import mount_staff

    app = FastAPI(openapi_url=None)
    mount_staff(app, desk, (login.router, audit.router, *topics))
    return app


def words(page: str) -> str:
    """What a reader sees, with plain spaces."""
    text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(script|title)\b.*?</\1>", "", page, flags=re.DOTALL)))
    return re.sub(r"\s+", " ", text)
