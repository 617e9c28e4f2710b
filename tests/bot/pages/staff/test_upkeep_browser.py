"""Health, sources and the dashboard in a real Chromium: a repair and a download by clicking, and nothing overflows."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.pages.staff import dashboard, health, sources
from tests.bot.pages.serving import served
from tests.bot.pages.staff.test_dashboard_pages import ask
from tests.bot.pages.staff.whole import site_of, whole_desk
from tests.bot.staff.clock import PASSWORD, Clock
from tests.bot.staff.conftest import FakeFetcher

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bot.staff.desk import Desk

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATHS = ("health", "sources", "dashboard", "dashboard?days=90", "dashboard?days=365")


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> "Desk":
    return whole_desk(tmp_path, clock, FakeFetcher(), keep_questions=400)


@pytest.fixture
def address(desk: "Desk") -> Iterator[str]:
    """The pages, served by uvicorn in a thread."""
    site = site_of(desk, [health.router, sources.router, dashboard.router])
    with served(site, static=True) as address:
        yield f"{address}/staff"


def entered(browser: "Browser", address: str, width: int, **options: Any) -> "Page":
    settings = {"locale": "fr-FR", "viewport": {"width": width, "height": 800}}
    page = browser.new_context(**(settings | options)).new_page()
    page.goto(f"{address}/login?next=/staff/health")
    page.fill("#name", "amina")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def test_nothing_overflows_and_nothing_breaks_the_policy(browser: "Browser", address: str, desk: "Desk") -> None:
    for back in range(300):
        ask(desk, back, "answered", 1 + back % 3, cited="phare")
    for width, shown in ((390, "narrow"), (1280, "wide")):
        page = entered(browser, address, width)
        complaints: list[str] = []
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.on("pageerror", lambda error, said=complaints: said.append(str(error)))
        for path in PATHS:
            page.goto(f"{address}/{path}")
            assert page.evaluate(OVERFLOW) == 0, (path, width)
        charts = page.query_selector_all("svg.chart")
        assert [shown in (chart.get_attribute("class") or "") for chart in charts] == [
            chart.is_visible() for chart in charts
        ]
        part = page.query_selector(f"svg.{shown} .part.answered")
        assert part is not None and part.evaluate("element => getComputedStyle(element).fill") != "rgb(0, 0, 0)"
        assert complaints == []
        page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_repair_and_a_backup_by_clicking(browser: "Browser", address: str, desk: "Desk", scripts: bool) -> None:
    desk.assistant.library.mark("phare", "pending")
    page = entered(browser, address, 1280, java_script_enabled=scripts)
    page.get_by_role("button", name="Terminer l’indexation").click()
    page.wait_for_selector(".flash.done", timeout=20_000)
    assert desk.assistant.library.state("phare")[1] == "ready"
    for _ in range(2 if scripts else 1):
        with page.expect_download() as download:
            page.get_by_role("button", name="Télécharger une sauvegarde").click(timeout=10_000)
        assert download.value.suggested_filename.startswith("conf-backup-")
    page.context.close()
