"""Browsers for the staff area over a small desk."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.audit import Audit
from tests.bot.staff.clock import PASSWORD

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

ORIGIN = "http://staff.example"
SENT = {"Origin": ORIGIN, "Accept": "text/html"}
"""The headers of a browser that has no Sec-Fetch-Site."""


@dataclass(frozen=True)
class Desk:
    """What the pages about accounts need of the desk."""

    accounts: Accounts
    audit: Audit
    settings: Settings


def browser(site: Any, origin: str = ORIGIN, **headers: str) -> "TestClient":
    """A client that follows no redirect and raises no error of the server."""
    from fastapi.testclient import TestClient

    sent = SENT | {"Origin": origin} | headers
    return TestClient(site, base_url=origin, headers=sent, follow_redirects=False, raise_server_exceptions=False)


def logged_in(client: "TestClient", name: str) -> "TestClient":
    """`client`, after `name` logged in."""
    response = client.post("/staff/login", data={"name": name, "password": PASSWORD})
    assert response.status_code == 303, response.text
    return client
