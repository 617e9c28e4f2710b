"""Lower states kept in a folder: in order, computed once, never those of other texts."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from bot.training import states
from bot.training.states import Text, lower_states
from tests.bot.lower import HIDDEN, LowerEmbedder
from vectorstore.embedder import SentenceTransformerEmbedder

TEXTS: list[Text] = [
    ("query", "Who closed the harbour?"),
    ("passage", "The harbour was closed."),
    ("passage", ""),
    ("query", "谁关闭了港口𠀀？"),
    ("query", "The harbour was closed."),
    ("passage", "Ships went to Ceuta, to Tangier, and to many other harbours."),
    ("passage", "It opened again \ud800."),
    ("query", "The harbour was closed."),
]


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "SHARD", 3)


def computed(embedder: LowerEmbedder, folder: Path, texts: list[Text]) -> tuple[dict[Text, states.Encoded], list[str]]:
    said: list[str] = []
    return lower_states(texts, cast(SentenceTransformerEmbedder, embedder), folder, said.append), said


def agree(found: dict[Text, states.Encoded], texts: list[Text]) -> None:
    """Each text has its own states and vector."""
    plain = LowerEmbedder()
    assert found.keys() == set(texts)
    for (_, text), (lower, vector) in found.items():
        expected = plain.lower(text)
        assert np.array_equal(lower.states, expected.states)
        assert lower.states.dtype == np.float16 and lower.states.shape[1] == HIDDEN
        assert np.array_equal(lower.pieces, expected.pieces)
        assert np.array_equal(lower.offsets, expected.offsets)
        assert np.array_equal(vector, plain.encode_query(text, "und").vector)


def test_each_text_has_its_states(tmp_path: Path) -> None:
    found, said = computed(LowerEmbedder(), tmp_path / "states", TEXTS)
    agree(found, TEXTS)
    assert len(list((tmp_path / "states").iterdir())) == len(said) == 3
    assert said[-1] == "lower states: 7 of 7 texts"


def test_states_are_computed_once(tmp_path: Path) -> None:
    first = LowerEmbedder()
    computed(first, tmp_path, TEXTS)
    assert sorted(text for _, texts in first.raws for text in texts) == sorted(text for _, text in set(TEXTS))
    second = LowerEmbedder()
    found, said = computed(second, tmp_path, TEXTS[::-1])
    agree(found, TEXTS)
    assert not second.raws and not said


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    class Interrupted(LowerEmbedder):
        def raw(self, texts, role, threads=0):  # type: ignore[no-untyped-def]
            if len(self.raws) >= 4:  # two files, each with both roles
                raise KeyboardInterrupt
            return super().raw(texts, role, threads)

    with pytest.raises(KeyboardInterrupt):
        computed(Interrupted(), tmp_path, TEXTS)
    assert len(list(tmp_path.iterdir())) == 2
    second = LowerEmbedder()
    found, said = computed(second, tmp_path, TEXTS)
    agree(found, TEXTS)
    assert len(said) == 1
    assert sum(len(texts) for _, texts in second.raws) == 1


def test_an_unfinished_file_is_ignored(tmp_path: Path) -> None:
    computed(LowerEmbedder(), tmp_path, TEXTS)
    for file in list(tmp_path.iterdir()):
        file.with_suffix(".unfinished").write_bytes(file.read_bytes()[:100])
        file.unlink()
    second = LowerEmbedder()
    found, said = computed(second, tmp_path, TEXTS)
    agree(found, TEXTS)
    assert len(said) == 3
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("query", "Rabat")], [("passage", "Rabat")]),
        ([("query", "ab"), ("query", "c")], [("query", "a"), ("query", "bc")]),
        ([("query", "Rabat")], [("query", "Rabat"), ("passage", "Rabat")]),
        ([("query", "Rabat")], [("query", "Rabat ")]),
    ],
)
def test_other_texts_are_not_taken_for_these(tmp_path: Path, one: list[Text], other: list[Text]) -> None:
    computed(LowerEmbedder(), tmp_path, one)
    second = LowerEmbedder()
    found, said = computed(second, tmp_path, other)
    agree(found, other)
    assert second.raws and len(said) == 1


def test_no_texts(tmp_path: Path) -> None:
    assert computed(LowerEmbedder(), tmp_path, []) == ({}, [])
