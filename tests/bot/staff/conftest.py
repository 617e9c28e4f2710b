"""A desk over a small real corpus: library, index and Chroma are real, the embedder ranks by words."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.models import Account
from corpus.errors import UnreadableFile
from corpus.web.fetch import Fetched
from tests.fakes import FakeEmbedder, make_file

if TYPE_CHECKING:
    from bot.staff.desk import Desk

EDITOR, VIEWER = Account("leila", "editor"), Account("omar", "viewer")
LIGHTHOUSE = "Le phare de Kervran mesure 43 mètres de haut. Il fut allumé en 1887 par Odile Kervran."


class FakeFetcher:
    """The web as a dictionary: addresses that are not in it cannot be reached."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self.pages:
            raise UnreadableFile(f"{url}: cannot be reached", code="address_unreachable", address=url)
        return Fetched(self.pages[url], "page.html", url, "text/html")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "phare.md").write_bytes(make_file(LIGHTHOUSE, "phare", publisher="Ouest", date="2024-05-01"))
    (documents / "prix.md").write_bytes(make_file("Le prix de la Lanterne revint à Ana Sol.", "prix"))
    return Settings(data_dir=tmp_path / "data", documents_dir=documents, watch_dir=tmp_path / "watched")


@pytest.fixture
def fetcher() -> FakeFetcher:
    return FakeFetcher()


@pytest.fixture
def desk(settings: Settings, fetcher: FakeFetcher) -> "Desk":
    """Prepared, with nothing running in the background: `desk.clerk.work()` does what there is to do."""
    from bot.staff.desk import Desk

    assistant = Assistant(settings, FakeEmbedder())
    assert assistant.prepare() == []
    return Desk(assistant, fetcher=fetcher)
