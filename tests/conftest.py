"""What many tests share: the real model, unpacked once, and a clean environment."""

import os
from pathlib import Path

import pytest

from vectorstore import bundled_model
from vectorstore.embedder import SentenceTransformerEmbedder

os.environ["HF_HUB_OFFLINE"] = "1"  # before any library of theirs is imported

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("BOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the bundled model is unpacked: that of the repository when it is there."""
    own = ROOT / "data" / "models"
    folder = own if own.is_dir() else tmp_path_factory.mktemp("models")
    bundled_model.ensure_unpacked(folder)
    return folder


@pytest.fixture(scope="session")
def real_embedder(models: Path) -> SentenceTransformerEmbedder:
    """The bundled model, loaded once."""
    return SentenceTransformerEmbedder(None, models, threads=1)


@pytest.fixture(scope="session")
def documents_folder() -> Path:
    """The curated documents."""
    return ROOT / "corpus" / "documents"
