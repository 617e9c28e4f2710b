"""Pairs to learn judging from: labels, parts, lengths."""

from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from bot.judge import STANCES
from bot.stances import LABELS
from bot.training.judging import CONTRADICTIONS, READ, TRAINED, Judged, encode, gather
from tests.bot.lower import LowerEmbedder
from tests.bot.training.tiny_sets import write, write_all
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.qa_data import part_of

WHOLE = "en__fever_symmetric"  # a set that is used whole
SHARED = "en__pawsx"  # one of which a part is used


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_all(tmp_path)


def of_set(folder: Path, name: str, rows: list[dict[str, Any]], seed: int = 1) -> list[Judged]:
    write(folder / "verdict" / f"{name}.jsonl", rows)
    return [pair for pair in gather(folder, seed) if pair.set == name]


@pytest.mark.parametrize(
    ("label", "stances"),
    [
        ("supported", {"supports"}),
        ("refuted", {"contradicts"}),
        ("nei", {"neither"}),
        ("not_supported", {"contradicts", "neither"}),
    ],
)
def test_what_a_label_leaves_possible(folder: Path, label: str, stances: set[str]) -> None:
    (pair,) = of_set(folder, WHOLE, [{"claim": "c", "evidence": "e", "label": label}])
    assert set(pair.stances) == stances
    assert {STANCES[number] for number in pair.numbers} == stances
    assert set(LABELS[label]) == stances


def test_other_labels_are_left_out(folder: Path) -> None:
    rows = [{"claim": "c", "evidence": "e", "label": label} for label in ("disputed", "", "SUPPORTED", "nei")]
    assert len(of_set(folder, WHOLE, rows)) == 1


def test_a_contradiction_is_mutual_and_the_lack_of_one_leaves_two(folder: Path) -> None:
    pairs = [pair for pair in gather(folder, 1) if pair.set == CONTRADICTIONS]
    assert [pair.stances for pair in pairs] == [("contradicts",), ("supports", "neither")] * 4
    assert (pairs[0].claim, pairs[0].sentence) == ("Un port 0.", "Le port 0.")
    assert [pair.part for pair in pairs] == [part_of(f"u{number}") for number in range(8)]


def test_every_set_trains(folder: Path) -> None:
    found = Counter(pair.set for pair in gather(folder, 1))
    assert found.keys() == {*TRAINED, CONTRADICTIONS, "made, translated", "made, changed"}
    assert all(found[name] == 16 for name, share in TRAINED.items() if share == 1)
    assert all(0 < found[name] < 16 for name, share in TRAINED.items() if share < 1)


def test_a_share_is_drawn_by_the_seed(folder: Path) -> None:
    rows = [{"claim": f"c{n}", "evidence": "e", "label": "nei"} for n in range(600)]
    once = of_set(folder, SHARED, rows)
    assert 0.5 < len(once) / 600 < 0.7
    assert once == [pair for pair in gather(folder, 1) if pair.set == SHARED]
    assert once != [pair for pair in gather(folder, 2) if pair.set == SHARED]


def test_pairs_of_one_evidence_are_in_one_part(folder: Path) -> None:
    """Of one claim in the set that checks claims against many pages."""
    pairs = gather(folder, 1)
    for pair in pairs:
        if pair.set in TRAINED:
            assert pair.part == part_of(pair.claim if "factcheck" in pair.set else pair.sentence)
    assert {pair.part for pair in pairs} == {"train", "choose", "measure"}


def test_long_texts_are_cut_but_belong_where_all_of_them_does(folder: Path) -> None:
    rows = [{"claim": "ab" * READ, "evidence": "e" * READ + str(n), "label": "nei"} for n in range(12)]
    pairs = of_set(folder, WHOLE, rows)
    assert {len(pair.claim) for pair in pairs} == {len(pair.sentence) for pair in pairs} == {READ}
    assert [pair.part for pair in pairs] == [part_of(row["evidence"]) for row in rows]
    assert len({pair.part for pair in pairs}) > 1


def test_claims_and_sentences_are_encoded_apart(folder: Path, tmp_path: Path) -> None:
    pairs, embedder = gather(folder, 1)[:40], LowerEmbedder()
    states = encode(pairs, cast(SentenceTransformerEmbedder, embedder), tmp_path / "states", lambda _: None)
    assert states.keys() == {("query", p.claim) for p in pairs} | {("passage", p.sentence) for p in pairs}
    for (_, text), found in states.items():
        assert np.array_equal(found.pieces, embedder.lower(text).pieces)
    for role, texts in embedder.raws:
        assert set(texts) <= {p.claim if role == "query" else p.sentence for p in pairs}
