"""Which articles train, choose and measure: translations together, withheld ones never trained on."""

import json
from collections import Counter
from pathlib import Path

import pytest

from vectorstore import qa_data
from vectorstore.qa_data import (
    ARTICLES,
    WITHHELD,
    QaPassage,
    article_of,
    fingerprint,
    part_of,
    read_sets,
)

TITLES = [f"Article_{number}" for number in range(4_000)]


def passage(title: str) -> QaPassage:
    return QaPassage("p", title, "text", drop=False)


def test_five_eighths_train_one_chooses_two_measure() -> None:
    counted = Counter(part_of(title) for title in TITLES)
    assert counted["train"] / len(TITLES) == pytest.approx(5 / 8, abs=0.03)
    assert counted["choose"] / len(TITLES) == pytest.approx(1 / 8, abs=0.03)
    assert counted["measure"] / len(TITLES) == pytest.approx(2 / 8, abs=0.03)


def test_withheld_articles_only_measure() -> None:
    assert len(WITHHELD) == 2
    assert {part_of(title) for title in WITHHELD} == {"measure"}


def test_what_is_held_out_neither_trained_nor_fitted_anything() -> None:
    found = [passage(title) for title in TITLES]
    held_out = [one for one in found if one.held_out]
    assert held_out
    assert all(part_of(one.title) == "measure" and one.half == 1 for one in held_out)
    others = [one for one in found if part_of(one.title) == "measure" and one not in held_out]
    assert all(one.half == 0 for one in others)


def test_translations_of_an_article_are_in_one_part(tmp_path: Path) -> None:
    titles = TITLES[:20]
    for language in ("ar", "en", "zh"):
        rows = [
            {"kind": "passage", "pid": f"{language}{n}", "title": title, "text": f"{language} {title} harbour"}
            for n, title in enumerate(titles)
        ]
        rows.append({"kind": "question", "question": "?", "pid": f"{language}0", "answers": [{"text": "harbour"}]})
        (tmp_path / f"{language}__set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sets = read_sets(tmp_path)
    assert len(sets) == 3
    for translations in zip(*(data.passages for data in sets), strict=True):
        assert len({(part_of(one.title), one.half, one.held_out) for one in translations}) == 1


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another file of articles, and nothing remembered of the shipped one."""
    path = tmp_path / "articles.json"
    monkeypatch.setattr(qa_data, "ARTICLES", path)
    article_of.cache_clear()
    qa_data._articles.cache_clear()
    yield path  # type: ignore[misc]
    article_of.cache_clear()
    qa_data._articles.cache_clear()


def test_a_passage_is_told_by_a_hash_of_its_text(articles: Path) -> None:
    articles.write_text(json.dumps({fingerprint("The harbour 港𠀀."): "Harbour"}))
    assert article_of("The harbour 港𠀀.") == "Harbour"
    assert article_of("The harbour 港𠀀. ") == ""
    assert article_of("") == ""


def test_without_the_file_no_article_is_known(articles: Path) -> None:
    assert not articles.exists()
    assert article_of("The harbour.") == ""


def test_the_shipped_articles() -> None:
    """Every passage has one, and each part has some."""
    known = json.loads(ARTICLES.read_text(encoding="utf-8"))
    assert all(len(name) == 8 and int(name, 16) >= 0 for name in known)
    assert all(isinstance(title, str) and title for title in known.values())
    assert {part_of(title) for title in known.values()} == {"train", "choose", "measure"}


@pytest.mark.parametrize("text", ["", "a", "港", "𠀀" * 1_000])
def test_a_fingerprint_has_eight_digits(text: str) -> None:
    assert len(fingerprint(text)) == 8
    assert fingerprint(text) != fingerprint(text + " ")
