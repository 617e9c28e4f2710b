"""The application over a fake assistant: as a client in the process, and served to a real browser."""

import gc
import shutil
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.pages.fake_assistant import FakeAssistant
from tests.bot.pages.serving import served

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from playwright.sync_api import Browser

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def application(assistant: Any, desk: Any = None) -> Any:
    """The application over `assistant`, which mostly stands in for the real one, with the staff area of `desk`.

    Gradio warns when it is imported, and leaves event loops unclosed: neither is ours to mend.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from app import create_app

        made = create_app(assistant, desk)
        gc.collect()
    return made


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="session")
def shared() -> FakeAssistant:
    """The assistant behind `client` and `site`: making the application takes seconds."""
    return FakeAssistant()


@pytest.fixture(scope="session")
def client(shared: FakeAssistant) -> "TestClient":
    from fastapi.testclient import TestClient

    return TestClient(application(shared), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def site(shared: FakeAssistant) -> Iterator[str]:
    """The address of the application, served by uvicorn in a thread."""
    with served(application(shared)) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A real Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.fail("No Chromium was found: the tests of the pages need one. `make test` installs it.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield chromium
        chromium.close()
