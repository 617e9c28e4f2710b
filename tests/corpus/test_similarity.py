"""Which texts share their wording: copies, excerpts, changed figures, and what only treats the same subject."""

import random
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from corpus.convert import convert
from corpus.similarity import Neighbour, containment, different_figures, neighbours, share, sketch

DOCUMENTS = Path(__file__).parents[2] / "corpus" / "documents"
RANDOM = random.Random(11)


@cache
def text_of(id: str) -> str:
    (path,) = DOCUMENTS.rglob(f"{id}.md")
    return convert(path.read_bytes(), path.name).content.text


@cache
def texts() -> tuple[tuple[str, str], ...]:
    return tuple((path.stem, text_of(path.stem)) for path in sorted(DOCUMENTS.rglob("*.md")))


def words(count: int, seed: int, vocabulary: int = 4_000) -> str:
    drawn = random.Random(seed)
    return " ".join(f"mot{drawn.randrange(vocabulary)}" for _ in range(count))


def test_a_copy_is_the_same() -> None:
    for id in ("reference-opcw-fr", "reference-opcw-ar", "peoples-daily-ambassador-essay-2025-06-13"):
        (near,) = neighbours(text_of(id), [("copy", text_of(id)), ("other", text_of("reference-opcw-en"))])
        assert (near.document_id, near.share, near.contained, near.contains) == ("copy", 1, 1, 1)
        assert not near.numbers_differ


def test_case_punctuation_line_ends_and_vowel_signs_do_not_count() -> None:
    one = "La Conférence de Rabat, ouverte le 22 octobre, a réuni deux cents participants. " * 3
    other = one.upper().replace(",", " –").replace(". ", ".\n\n")
    assert share(sketch(one), sketch(other)) == 1
    plain = "إن المؤتمر العالمي حول دور الذكاء الاصطناعي في تعزيز تنفيذ الاتفاقية"
    marked = "إِنَّ المُؤْتَمَرَ العالميّ حول دور الذكـــاء الاصطناعي في تعزيز تنفيذ الاتفاقية"
    assert share(sketch(plain), sketch(marked)) == 1


@pytest.mark.parametrize(
    ("id", "old", "new", "figures"),
    [
        ("map-express-communique-conjoint-2024-10-24", "200", "250", ("200", "250")),
        ("24saa-joint-communique-2024-10-24", "200", "٢٥٠", ("200", "250")),
        ("opcw-joint-press-release-2024-10-24", "200", "1,200", ("200", "1200")),
    ],
)
def test_a_changed_figure_is_told(id: str, old: str, new: str, figures: tuple[str, str]) -> None:
    text = text_of(id)
    assert old in text
    changed = text.replace(old, new)
    (near,) = neighbours(text, [("version", changed)])
    assert near.share > 0.8
    assert near.numbers_differ
    assert figures in near.figures


def test_the_same_number_written_otherwise_is_no_change() -> None:
    text = "Un budget de 65 000 euros : {} personnes au total ont suivi la conférence de Rabat, soit {} % du total."
    assert different_figures(text.format("1,200", "12.5"), text.format("1\u202f200", "12,5")) == ()
    assert different_figures(text.format("1,200", "12.5"), text.format("1,200", "12.6")) == (("12.5", "12.6"),)


def test_a_figure_that_was_added_is_no_change() -> None:
    text = "La conférence a réuni 200 participants venus de trente pays."
    more = f"{text} Le soir, 40 journalistes ont pu interroger les ministres."
    assert different_figures(text, more) == different_figures(more, text) == ()


def test_an_excerpt_is_contained() -> None:
    wire = words(220, seed=1)
    article = f"{words(900, seed=2)} {wire} {words(1_500, seed=3)}"
    (near,) = neighbours(wire, [("article", article), ("other", words(2_000, seed=4))])
    assert near.document_id == "article"
    assert near.contained > 0.9 and near.share < 0.2 and near.contains < 0.2
    (back,) = neighbours(article, [("wire", wire)])
    assert back.contains > 0.9 and back.contained < 0.2


def test_an_excerpt_is_found_in_a_long_text() -> None:
    wire = words(600, seed=5)
    long = f"{words(30_000, seed=6)} {wire} {words(30_000, seed=7)}"
    (near,) = neighbours(wire, [("long", long)])
    assert near.contained > 0.8 and near.share < 0.05


def test_of_a_few_words_nothing_is_said() -> None:
    assert neighbours("Un mot de bienvenue", [("long", f"Un mot de bienvenue {words(500, seed=8)}")]) == []
    assert neighbours("", [("empty", ""), ("other", "Bonjour")]) == []
    (near,) = neighbours("Bonjour à tous", [("same", "bonjour à tous !")])
    assert near.share == 1


def test_other_words_on_the_same_subject_are_not_near() -> None:
    pairs = {
        frozenset((id, near.document_id)): near
        for number, (id, text) in enumerate(texts())
        for near in neighbours(text, texts()[number + 1 :], least=0.4)
    }
    assert pairs == {}, "each of the documents was written in its own words, and many of them on one event"


def test_a_translation_is_not_near() -> None:
    for subject in ("opcw", "convention", "glossary", "sab-ai", "morocco-ai"):
        french, english, arabic = (text_of(f"reference-{subject}-{language}") for language in ("fr", "en", "ar"))
        others = [("en", english), ("ar", arabic)]
        assert all(near.closeness < 0.05 for near in neighbours(french, others, least=0))


def test_the_closest_comes_first_and_far_ones_are_left_out() -> None:
    text = words(2_000, seed=9)
    half, most = text[: len(text) // 2] + words(1_000, seed=10), text[: len(text) * 9 // 10]
    others = [("none", words(2_000, seed=12)), ("half", half), ("most", most), ("same", text)]
    assert [near.document_id for near in neighbours(text, others, least=0.3)] == ["same", "most", "half"]
    assert [near.document_id for near in neighbours(text, others, least=0.95)] == ["same", "most"]


def exact(one: str, other: str) -> float:
    left, right = ({tuple(w[i : i + 5]) for i in range(len(w) - 4)} for w in (one.split(), other.split()))
    return len(left & right) / len(left | right)


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.5, 0.8, 0.95])
def test_the_estimate_is_near_to_the_exact_share(kept: float) -> None:
    for seed in range(4):
        text = words(3_000, seed=seed)
        cut = int(len(text) * kept)
        other = text[:cut] + " " + words(int(3_000 * (1 - kept)), seed=seed + 100)
        assert share(sketch(text), sketch(other)) == pytest.approx(exact(text, other), abs=0.12)


def test_in_an_unspaced_script_runs_of_characters_are_compared() -> None:
    text = text_of("peoples-daily-ambassador-essay-2025-06-13")
    cut = text[: len(text) * 2 // 3]
    (near,) = neighbours(cut, [("whole", text)])
    assert near.contained > 0.95 and near.share == pytest.approx(2 / 3, abs=0.12)


def test_a_sketch_is_the_same_in_every_process_and_made_once() -> None:
    code = "from corpus.similarity import sketch; print(sketch('la conférence mondiale de Rabat a fini').hashes)"
    outputs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
        for _ in range(2)
    }
    assert outputs == {f"{sketch('la conférence mondiale de Rabat a fini').hashes}\n"}
    text = words(500, seed=20)
    assert sketch(text) is sketch("".join(list(text)))


def test_containment_and_share_of_nothing() -> None:
    empty, full = sketch(""), sketch(words(100, seed=21))
    assert share(empty, empty) == share(empty, full) == 0
    assert containment(empty, full) == containment(full, empty) == 0


def test_a_neighbour_checks_itself() -> None:
    assert Neighbour("id", 0.5).numbers_differ is False
    with pytest.raises(ValueError, match="from 0 to 1"):
        Neighbour("id", 1.5)


def test_a_hundred_documents_take_less_than_a_second() -> None:
    many = [(str(seed), " ".join(f"parole{RANDOM.randrange(3_000)}" for _ in range(2_800))) for seed in range(100)]
    assert all(len(text) > 28_000 for _, text in many)
    begun = time.process_time()
    assert neighbours(many[0][1], many)[0].document_id == "0"
    assert time.process_time() - begun < 1


HOSTILE = ("a", "a ", "1 ", "1.", "会", "会1", "\u064e", "م\u064e", "\n", "1 a b c ", "\ud800", "İ")


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_takes_bounded_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    neighbours(text, [("other", text + "1")])
    assert time.process_time() - begun < 5
