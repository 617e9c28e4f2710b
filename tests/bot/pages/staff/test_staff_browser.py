"""The staff area in a real Chromium: it works without a script, and nothing in it breaks its own policy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from bot.phrases import format_moment, say_to_staff
from tests.bot.pages.serving import served
from tests.bot.pages.staff.browsing import Desk
from tests.bot.staff.clock import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def address(site: Any) -> Iterator[str]:
    """The staff area, served by uvicorn in a thread."""
    with served(site, static=True) as address:
        yield address


def opened(browser: "Browser", **options: Any) -> "Page":
    settings = {"locale": "fr-FR", "timezone_id": "Asia/Tokyo", "viewport": {"width": 390, "height": 800}}
    return browser.new_context(**(settings | options)).new_page()


def enter(page: "Page", **fields: str) -> None:
    """Fill in a form and send it from the keyboard."""
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_everything_works_without_a_script(browser: "Browser", address: str, desk: Desk) -> None:
    page = opened(browser, java_script_enabled=False)
    page.goto(f"{address}/staff/accounts")
    assert page.url.startswith(f"{address}/staff/login?next=")
    enter(page, name="amina", password=PASSWORD)
    assert page.url == f"{address}/staff/accounts"
    enter(page, name="zoe")
    link = page.get_by_label(say_to_staff("invitation_link", "fr", name="zoe")).input_value()
    with page.expect_navigation():
        page.get_by_role("button", name="Se déconnecter").click()
    page.goto(link)
    enter(page, password=PASSWORD, again=PASSWORD)
    assert [member.name for member in desk.accounts.members()] == ["amina", "victor", "zoe"]
    page.goto(f"{address}/staff/audit")
    assert format_moment(desk.audit.entries(1)[0].at, "fr") in page.inner_text("table")
    page.context.close()


def test_nothing_breaks_the_policy_and_nothing_overflows(browser: "Browser", address: str, desk: Desk) -> None:
    desk.audit.record("amina", "account_invited", "long-" * 80, reason="x" * 300)
    for width in (390, 1280):
        page = opened(browser, viewport={"width": width, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.on("pageerror", lambda error, said=complaints: said.append(str(error)))
        page.goto(f"{address}/staff/login")
        enter(page, name="amina", password=PASSWORD)
        complaints.clear()  # the page of documents is not part of this site
        for path in ("accounts", "audit", "password", "accounts?lang=en"):
            page.goto(f"{address}/staff/{path}")
            assert page.evaluate(OVERFLOW) == 0, (path, width)
        assert complaints == []
        page.context.close()


def test_times_are_those_of_the_reader(browser: "Browser", address: str) -> None:
    page = opened(browser)
    page.goto(f"{address}/staff/login?next=/staff/audit")
    enter(page, name="amina", password=PASSWORD)
    assert page.inner_text("time").replace("\u202f", " ") == "1 mars 2026, 21:00"  # 12:00 UTC in Tokyo
    page.context.close()


def test_a_form_that_comes_back_starts_at_what_is_wrong(browser: "Browser", address: str) -> None:
    page = opened(browser)
    page.goto(f"{address}/staff/login?next=/staff/accounts")
    enter(page, name="amina", password=PASSWORD)
    enter(page, name="ça ne va pas")
    assert page.evaluate("document.activeElement.id") == "name"
    described = page.get_attribute("#name", "aria-describedby") or ""
    assert "2 à 40 caractères" in page.inner_text(f"#{described.split()[0]}")
    page.context.close()
