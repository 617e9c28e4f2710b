"""The staff area over real accounts, a real audit log and a clock that tests turn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.audit import Audit
from tests.bot.pages.staff.browsing import Desk, browser, logged_in
from tests.bot.staff.clock import PASSWORD, Clock, quick_hasher

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """A desk with the editor `amina` and the viewer `victor`."""
    accounts = Accounts(tmp_path / "accounts.sqlite", now=clock, hasher=quick_hasher())
    accounts.create("amina", PASSWORD, "editor")
    accounts.create("victor", PASSWORD, "viewer")
    return Desk(accounts, Audit(tmp_path / "audit.sqlite", now=clock), Settings(data_dir=tmp_path))


@pytest.fixture
def site(desk: Desk) -> Any:
    """The application with the staff area alone."""
    from fastapi import FastAPI

    from bot.pages.staff.router import mount_staff

    app = FastAPI(openapi_url=None)
    mount_staff(app, desk)
    return app


@pytest.fixture
def visitor(site: Any) -> "TestClient":
    """A browser without a session."""
    return browser(site)


@pytest.fixture
def editor(site: Any) -> "TestClient":
    """A browser in which `amina` is logged in."""
    return logged_in(browser(site), "amina")


@pytest.fixture
def viewer(site: Any) -> "TestClient":
    """A browser in which `victor` is logged in."""
    return logged_in(browser(site), "victor")
