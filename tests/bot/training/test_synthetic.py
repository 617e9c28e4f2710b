"""Made claims: sentences changed by rules in six languages, and what follows for their stance."""

import re
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.training.synthetic import AUXILIARIES, Made, made_claims, negated, renamed, renumbered, shortened
from tests.bot.training import tiny_sets
from tests.bot.training.tiny_sets import PARTS, PLACES, TITLES, texts, title_in, write, write_qa
from vectorstore.qa_data import part_of

LANGUAGES = sorted(AUXILIARIES)
STOPS = "。.!?؟"
SEPARATORS = re.compile(r"[,;،؛，；]")
ALPHABET = "abcdé ,;.0123456789AÉ，；。是有没不isкбыл كان،؛\n\U00020000"


def is_beginning(claim: str, sentence: str) -> bool:
    """Whether a claim is the first clauses of a sentence, or all of it."""
    one, other = (SEPARATORS.sub(",", text.strip().rstrip(STOPS)) for text in (claim, sentence))
    return other.startswith(one)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_negated_sentence_has_one_word_more_or_another(language: str) -> None:
    seen = set()
    for seed, text in enumerate(tiny_sets.texts(language, 0) * 8):
        if (claim := negated(text, language, Random(seed))) is None:
            continue
        assert claim != text
        assert 0 < abs(len(claim) - len(text)) < 8
        assert SequenceMatcher(None, claim, text, autojunk=False).ratio() > 0.9
        seen.add(claim)
    assert len(seen) >= 2


@pytest.mark.parametrize(
    ("language", "text", "claims"),
    [
        ("en", "The harbour is open.", {"The harbour is not open."}),
        ("fr", "Le port est ouvert.", {"Le port n'est pas ouvert."}),
        ("fr", "Les quais furent noyés.", {"Les quais ne furent pas noyés."}),
        ("es", "El puerto está abierto.", {"El puerto no está abierto."}),
        ("ru", "Порт был открыт.", {"Порт не был открыт."}),
        ("ar", "كان الميناء مفتوحا.", {"لم يكن الميناء مفتوحا."}),
        ("ar", "تم إغلاق الميناء.", {"لم يتم إغلاق الميناء."}),
        ("ar", "يمكن دخول الميناء.", {"لا يمكن دخول الميناء."}),
        ("zh", "这里有港口。", {"这里没有港口。"}),
        ("zh", "这是港口。", {"这不是港口。"}),
        ("en", "It is open and was full.", {"It is not open and was full.", "It is open and was not full."}),
    ],
)
def test_how_a_sentence_is_negated(language: str, text: str, claims: set[str]) -> None:
    assert {negated(text, language, Random(seed)) for seed in range(20)} == claims


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_an_auxiliary_nothing_is_negated(language: str) -> None:
    assert negated("Rabat 1997, 𠀀.", language, Random(1)) is None


def test_part_of_a_word_is_no_auxiliary() -> None:
    assert negated("This island washes ashore.", "en", Random(1)) is None
    assert negated("ربماكانت", "ar", Random(1)) is None


@settings(deadline=None, max_examples=300)
@given(
    st.text("abc .,-\n港", max_size=20),
    st.integers(0, 10**9),
    st.text("abc .,-\n港", max_size=20),
    st.integers(0, 2**32),
)
def test_another_number_is_another(before: str, number: int, after: str, seed: int) -> None:
    claim = renumbered(f"{before}{number}{after}", Random(seed))
    assert claim is not None
    assert claim.startswith(before) and claim.endswith(after)
    found = claim[len(before) : len(claim) - len(after)]
    assert int(found) != number


@settings(deadline=None, max_examples=200)
@given(st.text(ALPHABET, max_size=60), st.integers(0, 2**32))
def test_only_one_number_changes(text: str, seed: int) -> None:
    claim = renumbered(text, Random(seed))
    if claim is None:
        assert not re.search("[0-9]", text)
        return
    ours, theirs = re.findall("[0-9]+", text), re.findall("[0-9]+", claim)
    assert len(ours) == len(theirs)
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) == 1
    assert re.sub("[0-9]+", "#", text) == re.sub("[0-9]+", "#", claim)


def test_a_number_with_a_leading_nought_is_not_written_without_it() -> None:
    assert all(int(renumbered("05", Random(seed)) or 5) != 5 for seed in range(300))


def test_another_name_comes_from_the_other_text() -> None:
    text, other = "In those years Mara Lindqvist met the keeper.", "Later the captain Olav Brun met Mara and Ida."
    assert {renamed(text, other, Random(seed)) for seed in range(30)} == {
        "In those years Olav Brun met the keeper.",
        "In those years Ida met the keeper.",
    }


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("nobody is named", "the captain Olav Brun"),
        ("there Olav met Ida", "here Ida met Olav"),
        ("Olav", "there Ida"),  # what begins a sentence may be no name
        ("", ""),
    ],
)
def test_without_two_names_none_is_changed(text: str, other: str) -> None:
    assert renamed(text, other, Random(1)) is None


@settings(deadline=None, max_examples=200)
@given(st.text("abé ABÉ,.-\n", max_size=60), st.text("abé ABÉ,.-\n", max_size=60), st.integers(0, 2**32))
def test_a_renamed_text_is_another(text: str, other: str, seed: int) -> None:
    claim = renamed(text, other, Random(seed))
    assert claim is None or claim != text


@settings(deadline=None, max_examples=500)
@given(st.lists(st.text(ALPHABET, min_size=3, max_size=40), min_size=1, max_size=5), st.sampled_from(LANGUAGES))
def test_a_shortened_text_is_its_beginning(clauses: list[str], language: str) -> None:
    text = {"zh": "，", "ar": "، "}.get(language, ", ").join(clauses)
    claim = shortened(text, language, Random(len(text)))
    if claim is None:
        return
    assert claim != text
    assert is_beginning(claim, text)
    assert claim[-1] == ("。" if language == "zh" else ".")
    assert claim[-2] not in STOPS
    assert len(claim) - 1 >= (10 if language == "zh" else 25)
    assert len(claim) - 1 < len(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_one_clause_are_not_shortened(language: str) -> None:
    assert shortened("a" * 100, language, Random(1)) is None
    assert shortened("", language, Random(1)) is None


HOSTILE = {
    "digits": "7" * 20_000,
    "names": "a " + "Ab-Cd " * 3_500,
    "name": "a A" + "b-" * 10_000,
    "almost names": "a A " * 5_000,
    "commas": ", " * 10_000,
    "chinese commas": "，" * 20_000,
    "auxiliaries": "is est es был كان 是 " * 1_000,
    "spaces": " " * 20_000,
    "line ends": "\n" * 20_000,
    "letters": "a" * 20_000,
    "astral": "𠀀" * 20_000,
    "numbers": "1 " * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_runs_long(text: str) -> None:
    began = time.process_time()
    for language in LANGUAGES:
        for change in (negated, shortened):
            change(text, language, Random(1))
    renumbered(text, Random(1))
    renamed(text, text[::-1], Random(1))
    assert time.process_time() - began < 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_qa(tmp_path_factory.mktemp("qa"))


@pytest.fixture(scope="module")
def made(folder: Path) -> list[Made]:
    """Many draws: each rule is met."""
    return [one for seed in range(12) for one in made_claims(folder, seed)]


def test_the_claims_depend_on_the_seed_alone(folder: Path) -> None:
    assert made_claims(folder, 1) == made_claims(folder, 1) != made_claims(folder, 2)


def place_of(sentence: str, language: str) -> tuple[int, int] | None:
    """The article and the place in it of a sentence, told by all of it or by its beginning."""
    for number in range(len(PLACES)):
        for place, text in enumerate(texts(language, number)):
            if is_beginning(sentence, text):
                return number, place
    return None


def language_of(sentence: str) -> str:
    """The language of a sentence of the sets, or of its beginning."""
    return next(language for language in LANGUAGES if place_of(sentence, language))


def test_claims_are_of_both_kinds_all_stances_and_languages(made: list[Made]) -> None:
    assert {(one.kind, one.stance) for one in made} == {
        (kind, stance) for kind in ("translated", "changed") for stance in ("supports", "contradicts", "neither")
    }
    assert {one.language for one in made if one.kind == "changed"} == set(LANGUAGES)
    assert {one.language for one in made if one.kind == "translated"} == set(LANGUAGES) - {"fr"}


def test_no_claim_is_about_an_article_of_another_part(made: list[Made]) -> None:
    """Nor of another article at all."""
    for one in made:
        where = place_of(one.sentence, language_of(one.sentence))
        assert where is not None
        assert TITLES[where[0]] == one.key
        about = place_of(one.claim, one.language)
        assert about is None or about[0] == where[0]
        assert not any(place in one.claim for place in PLACES if place != PLACES[where[0]])
    assert {part_of(one.key) for one in made} == set(PARTS)


def relation(one: Made, sentence_language: str) -> str:
    """What the claim is to the place in the text that its sentence stands at, by the texts alone."""
    where = place_of(one.sentence, sentence_language)
    assert where is not None
    own = texts(one.language, where[0])
    if one.kind == "changed" and one.sentence not in own:
        return "whole" if one.claim == own[where[1]] else "odd"
    if is_beginning(one.claim, own[where[1]]):
        return "same"
    if is_beginning(one.claim, own[(where[1] + 1) % len(own)]):
        return "next"
    ratios = [SequenceMatcher(None, one.claim, text[: len(one.claim)], autojunk=False).ratio() for text in own]
    return "altered" if max(ratios) == ratios[where[1]] > 0.5 else "odd"


def test_a_stance_is_what_the_texts_say(made: list[Made]) -> None:
    expected: dict[str, str] = {"same": "supports", "next": "neither", "whole": "neither", "altered": "contradicts"}
    seen = set()
    for one in made:
        found = relation(one, language_of(one.sentence))
        assert expected.get(found) == one.stance, one
        seen.add(found)
    assert seen == expected.keys()


def test_translations_are_judged_across_languages(made: list[Made]) -> None:
    for one in made:
        sentence_language = language_of(one.sentence)
        assert (sentence_language != one.language) == (one.kind == "translated"), one


def test_a_claim_is_not_its_own_sentence(made: list[Made]) -> None:
    assert all(one.claim != one.sentence for one in made if one.kind == "changed")


def test_texts_translated_otherwise_than_sentence_by_sentence_are_left_out(folder: Path, tmp_path: Path) -> None:
    write_qa(tmp_path)
    rows = tiny_sets._set("zh")
    for row in rows:
        if "sentence_breaks" in row:
            row["sentence_breaks"] = row["sentence_breaks"][:2]
    write(tmp_path / "zh__xquad_r.jsonl", rows)
    found = made_claims(tmp_path, 1)
    for one in found:
        if one.kind == "translated":
            assert "zh" not in (one.language, language_of(one.sentence))


def test_the_beginning_of_an_only_sentence_is_not_neither(tmp_path: Path) -> None:
    write_qa(tmp_path)
    text = texts("fr", 0)[1]
    row = {"kind": "passage", "pid": "p", "title": title_in("train"), "text": text, "lang": "fr"}
    write(tmp_path / "fr__piaf_v1.jsonl", [row])
    found = [one for seed in range(40) for one in made_claims(tmp_path, seed) if one.language == "fr"]
    neither = [one for one in found if one.stance == "neither" and one.sentence == text]
    assert not [one for one in neither if is_beginning(one.claim, text)]


CHANGES: list[Callable[[str, Random], str | None]] = [renumbered, lambda text, random: renamed(text, text, random)]


@pytest.mark.parametrize("change", CHANGES)
def test_an_empty_text_is_not_changed(change: Callable[[str, Random], str | None]) -> None:
    assert change("", Random(1)) is None
