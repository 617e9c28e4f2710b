"""Which reader and which judge are chosen: what a setting names, the small ones, or none."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import judge, reader
from bot.assistant import Assistant
from bot.chosen_models import chosen_judge, chosen_reader
from bot.hub_judge import HubJudge
from bot.hub_reader import HubReader
from bot.judge import Judge
from bot.reader import Reader
from bot.settings import Settings
from bot.small_models import SmallJudge, SmallReader
from corpus.models import Passage
from tests.bot.lower import STAMP, LowerEmbedder
from tests.fakes import FakeEmbedder
from vectorstore import bundled_model
from vectorstore.embedder import LowerStates, PassageEmbedder

ROOT = Path(__file__).parents[2]
UNKNOWN = "nobody/no-such-model"


def no_states(passages: Sequence[Passage]) -> list[LowerStates]:
    raise AssertionError("choosing reads nothing")


def chosen(embedder: PassageEmbedder, **settings: object) -> tuple[Reader | None, Judge | None]:
    given = Settings(**settings)  # type: ignore[arg-type]
    return chosen_reader(given, embedder, no_states), chosen_judge(given, embedder)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where the weights are looked for: two paths at which nothing is."""
    paths = tmp_path / "reader.safetensors", tmp_path / "judge.safetensors"
    monkeypatch.setattr(reader, "WEIGHTS", paths[0])
    monkeypatch.setattr(judge, "WEIGHTS", paths[1])
    return paths


@pytest.fixture
def there(weights: tuple[Path, Path]) -> None:
    for path in weights:
        path.write_bytes(b"not looked into")


@pytest.mark.usefixtures("there")
def test_a_model_that_a_setting_names_goes_before_the_small_one() -> None:
    own = chosen(LowerEmbedder(), reader_model=UNKNOWN, judge_model=UNKNOWN)
    assert isinstance(own[0], HubReader) and isinstance(own[1], HubJudge)


@pytest.mark.usefixtures("weights")
def test_a_model_that_a_setting_names_needs_neither_weights_nor_the_bundled_embedding_model() -> None:
    own = chosen(FakeEmbedder(), reader_model=UNKNOWN, judge_model=UNKNOWN)
    assert isinstance(own[0], HubReader) and isinstance(own[1], HubJudge)


@pytest.mark.usefixtures("there")
def test_one_setting_leaves_the_other_model_as_it_was() -> None:
    assert isinstance(chosen(LowerEmbedder(), reader_model=UNKNOWN)[1], SmallJudge)
    assert isinstance(chosen(LowerEmbedder(), judge_model=UNKNOWN)[0], SmallReader)


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_name_names_no_model(blank: str) -> None:
    own = chosen(LowerEmbedder(), reader_model=blank, judge_model=blank)
    assert isinstance(own[0], SmallReader) and isinstance(own[1], SmallJudge)


@pytest.mark.usefixtures("weights")
def test_without_weights_there_is_none() -> None:
    assert chosen(LowerEmbedder()) == (None, None)


def test_each_needs_its_own_weights(weights: tuple[Path, Path]) -> None:
    weights[1].write_bytes(b"not looked into")
    own = chosen(LowerEmbedder())
    assert own[0] is None and isinstance(own[1], SmallJudge)


OTHERS = [
    "fake/1",
    f"{bundled_model.NAME}/0123456789abcdef/fake",
    f"other/{STAMP}",
    f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}0/fake",
]
"""Stamps of embedding models that are not the bundled one, however near."""


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("stamp", OTHERS)
def test_over_another_embedding_model_there_is_none(stamp: str) -> None:
    assert chosen(LowerEmbedder(stamp)) == (None, None)


@pytest.mark.usefixtures("there")
def test_another_geometry_of_the_bundled_model_is_no_other_model() -> None:
    """The lower states come from below it."""
    own = chosen(LowerEmbedder(f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}/fitted-again"))
    assert isinstance(own[0], SmallReader) and isinstance(own[1], SmallJudge)


@pytest.mark.usefixtures("there")
def test_an_assistant_chooses_once_and_over_its_own_index(tmp_path: Path) -> None:
    assistant = Assistant(Settings(data_dir=tmp_path / "data"), LowerEmbedder())
    assert isinstance(assistant.reader, SmallReader) and assistant.reader is assistant.reader


LOADED = """
import sys
from pathlib import Path
from bot import judge, reader
from bot.chosen_models import chosen_judge, chosen_reader
from bot.settings import Settings
from tests.bot.lower import LowerEmbedder

reader.WEIGHTS = judge.WEIGHTS = Path(sys.argv[1])
for names in ({}, {"reader_model": "nobody/none", "judge_model": "nobody/none"}):
    settings = Settings(**names)
    assert chosen_reader(settings, LowerEmbedder(), lambda _: []) and chosen_judge(settings, LowerEmbedder())
print(*sys.modules)
"""


def test_choosing_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"not looked into")
    command = [sys.executable, "-c", LOADED, str(tmp_path / "weights.safetensors")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not {"torch", "transformers", "sentence_transformers", "safetensors"} & set(done.stdout.split())
