"""Pinned answers: which questions have one, what breaks it, where it may be moved, and that it passes the gate."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.models import Quote
from bot.pins import MOST_CHARACTERS, MOST_QUOTES, MOST_WORDINGS, Pin, Pins, moved, pinned_answer, verify, wording_key
from bot.verify import Gate
from corpus.errors import CorpusError, UnknownDocument
from corpus.library import Library
from corpus.models import Content, Metadata, Span

TODAY = date(2024, 11, 10)
TEXT = "Le phare mesure 43 mètres. Il fut allumé en 1887. Il est rouge."
LIT = "Il fut allumé en 1887."
ASKED = "Quand fut-il allumé ?"
WORDINGS = Path(__file__).parent / "staff" / "wordings.jsonl"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.sqlite")
    store(library, TEXT)
    return library


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "pins.sqlite")


def store(library: Library, text: str, id: str = "phare") -> None:
    library.save(text.encode(), f"{id}.md", Metadata(id=id, title="Phare", language="fr"), Content(text))
    library.mark(id, "ready")


def quote(words: str = LIT, *, version: int = 1, text: str = TEXT) -> Quote:
    start = text.index(words)
    return Quote("phare", version, Span(start, start + len(words)), words, "fr", 1.0)


def pin(*questions: str, id: int = 0, quotes: tuple[Quote, ...] = (), expires_on: date | None = None) -> Pin:
    return Pin(id, questions or (ASKED,), quotes or (quote(),), expires_on, "", "leila", "")


def reasons(pins: Pins, library: Library) -> list[str]:
    verify(pins, Gate(library), library)
    return [pin.broken for pin in reversed(pins.all())]


# Which questions have a pin


@pytest.mark.parametrize(
    ("pinned", "asked"),
    [
        (ASKED, "  QUAND fut il ALLUME"),
        ("How many people came?", "how many PEOPLE came"),
        ("كم عدد المشاركين في المؤتمر؟", "كم عدد المشاركين فى المؤتمر"),
        ("¿Cuántos países asistieron?", "cuantos paises asistieron"),
        ("Сколько ещё стран?", "сколько еще стран"),
        ("2024年有多少人？", " 2024 年 有多少人?"),
        ("Où sont les 65 000 € ?", "ou sont les ٦٥٠٠٠ €"),
    ],
)
def test_a_question_is_found_however_it_is_typed(pins: Pins, pinned: str, asked: str) -> None:
    id = pins.save(pin(pinned), TODAY)
    found = pins.find(asked, TODAY)
    assert found is not None and found.id == id and found.questions == (pinned,)


@pytest.mark.parametrize(
    "asked",
    [
        "Quand fut-il éteint ?",
        "Quand fut allumé ?",
        "Quand fut-il allumé en 1887 ?",
        "allumé",
        "",
        "?",
        "\x00",
        "x" * 10**6,
    ],
)
def test_another_question_has_none(pins: Pins, asked: str) -> None:
    pins.save(pin(), TODAY)
    assert pins.find(asked, TODAY) is None


def test_no_question_of_one_fact_is_taken_for_one_of_another() -> None:
    rows = [json.loads(line) for line in WORDINGS.read_text(encoding="utf-8").splitlines()]
    facts: dict[str, set[str]] = {}
    for row in rows:
        facts.setdefault(wording_key(row["question"]), set()).add(row["fact"])
    assert len(rows) > 300 and all(len(each) == 1 for each in facts.values())


def test_a_wording_belongs_to_one_live_pin(pins: Pins) -> None:
    old = pins.save(pin(expires_on=TODAY + timedelta(days=1)), TODAY)
    with pytest.raises(CorpusError) as caught:
        pins.save(pin("Autre chose ?", "quand fut il allume"), TODAY)
    assert caught.value.code == "pin_exists"
    assert pins.save(pin(id=old), TODAY) == old, "it may keep its own"
    pins.save(pin(id=old, expires_on=TODAY + timedelta(days=1)), TODAY)
    tomorrow = TODAY + timedelta(days=1)
    new = pins.save(pin(), tomorrow)
    found = pins.find(ASKED, tomorrow)
    assert found is not None and found.id == new != old


def test_of_eight_who_pin_one_question_at_once_one_succeeds(pins: Pins) -> None:
    def save(_: int) -> str:
        try:
            return str(pins.save(pin(), TODAY))
        except CorpusError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(save, range(8)))
    assert sorted(results) == ["1", *["pin_exists"] * 7]


def test_a_pin_that_is_gone_cannot_be_changed_and_its_question_is_still_answered(pins: Pins) -> None:
    id = pins.save(pin(), TODAY)
    pins.remove(id)
    for gone in (id, id + 1, -1, 10**30):
        with pytest.raises(UnknownDocument) as caught:
            pins.save(pin(id=gone), TODAY)
        assert caught.value.code == "pin_unknown"
    assert pins.find(ASKED, TODAY) is None and pins.all() == []


def test_finding_goes_on_while_pins_come_and_go(pins: Pins) -> None:
    def change(_: int) -> None:
        for _ in range(15):
            pins.remove(pins.save(pin(), TODAY))

    def find(_: int) -> None:
        for _ in range(60):
            found = pins.find(ASKED, TODAY)
            assert found is None or found.questions == (ASKED,)

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(change, 0), *(pool.submit(find, n) for n in range(3))]
        assert [result.result() for result in results] == [None] * 4


def test_what_cannot_be_pinned(pins: Pins) -> None:
    many = tuple(f"Question {n} ?" for n in range(MOST_WORDINGS + 1))
    cases = [
        ("pin_wordings", pin("?!", " ")),
        ("pin_wordings", pin(*many)),
        ("pin_wordings", pin("x" * (MOST_CHARACTERS + 1))),
        ("pin_quotes", replace(pin(), quotes=())),
        ("pin_quotes", pin(quotes=(quote(),) * (MOST_QUOTES + 1))),
        ("pin_expired", pin(expires_on=TODAY)),
    ]
    for code, wrong in cases:
        with pytest.raises(CorpusError) as caught:
            pins.save(wrong, TODAY)
        assert caught.value.code == code
    assert pins.all() == []


def test_everything_comes_back_as_it_was_kept(pins: Pins) -> None:
    kept = pin(
        ASKED, "'); DROP TABLE pins; --", quotes=(quote(), quote("Il est rouge.")), expires_on=TODAY + timedelta(days=9)
    )
    id = pins.save(kept, TODAY)
    found = pins.get(id)
    assert replace(found, id=0, created_at="") == kept and found.created_at.endswith("+00:00")


# What breaks a pin, and where it may be moved


def test_a_pin_says_why_it_is_broken_and_comes_back(pins: Pins, library: Library) -> None:
    pins.save(pin(quotes=(quote("Il est rouge."), quote())), TODAY)
    assert reasons(pins, library) == [""]
    library.withdraw_passage("phare", 1, Span(0, 10), "faux")
    assert reasons(pins, library) == [""], "another passage"
    library.withdraw_passage("phare", 1, quote().span, "faux")
    assert reasons(pins, library) == ["withdrawn"] and pins.find(ASKED, TODAY) is None
    assert pins.broken() == [ASKED] and pins.find(ASKED, TODAY, broken=True) is not None
    library.reinstate_passage("phare", 1, quote().span)
    assert reasons(pins, library) == [""] and pins.find(ASKED, TODAY) is not None
    library.mark("phare", "removed", reason="faux")
    assert reasons(pins, library) == ["withdrawn"]
    store(library, f"Un ajout. {TEXT}")
    assert reasons(pins, library) == ["replaced"], "even where a passage of the old version is withdrawn"


def test_words_that_are_not_in_the_text_break_a_pin(pins: Pins, library: Library) -> None:
    pins.save(pin(quotes=(replace(quote(), text="Il fut allumé en 1888."),)), TODAY)
    pins.save(pin("Autre ?", quotes=(replace(quote(), document_id="absent"),)), TODAY)
    assert reasons(pins, library) == ["changed", "withdrawn"]


@pytest.mark.parametrize(
    ("text", "words", "movable"),
    [
        (f"Un ajout. {TEXT}", LIT, True),
        (f"Un ajout. {TEXT}", f"{LIT} Il est rouge.", True),
        (f"{TEXT} {LIT}", LIT, False),
        ("Le phare mesure 43 mètres. Il fut allumé en 1888.", LIT, False),
        ("Le phare est haut. On a dit à tort : « Il fut allumé en 1887. » Il est rouge.", LIT, False),
        ("Le phare est haut. لم يشارك المغرب في المؤتمر. شكرا.", "يشارك المغرب في المؤتمر.", False),
    ],
)
def test_a_pin_moves_to_the_same_whole_sentences_standing_once(
    library: Library, text: str, words: str, movable: bool
) -> None:
    old = words if words in TEXT else LIT
    stale = replace(quote(old), text=words)
    store(library, text)
    found = moved(pin(quotes=(stale,)), library)
    assert (found is not None) == movable
    if found:
        (there,) = found.quotes
        assert there.version == 2 and there.span.of(text) == words
        assert len(Gate(library).citations(found.quotes)) == 1


def test_nothing_moves_by_itself(pins: Pins, library: Library) -> None:
    pins.save(pin(), TODAY)
    store(library, f"Un ajout. {TEXT}")
    assert reasons(pins, library) == ["replaced"]
    assert pins.get(1).quotes == (quote(),) and pins.find(ASKED, TODAY) is None


# The answer


def test_the_answer_is_made_of_the_quotes_through_the_gate(library: Library) -> None:
    kept = pin("When was it lit?", quotes=(quote("Il est rouge."), quote()))
    answer = pinned_answer("When was it lit?", "en", kept, Gate(library))
    assert answer is not None and answer.pinned and answer.status == "answered" and answer.language == "en"
    assert [c.quote for c in answer.citations] == ["Il est rouge.", LIT]
    assert all(c.verified and TEXT[c.start : c.end] == c.quote for c in answer.citations)
    assert f"“{LIT}” [2]" in answer.answer
    assert [c.quote[slice(*c.answer_span)] for c in answer.citations if c.answer_span] == ["1887"]
    assert answer.to_json()["pinned"] is True


def test_there_is_no_answer_when_one_quote_fails(library: Library) -> None:
    kept = pin(quotes=(quote(), quote("Il est rouge.")))
    with closing(sqlite3.connect(library.path)) as db:
        db.execute("UPDATE versions SET text = replace(text, 'rouge', 'blanc')")
        db.commit()
    assert pinned_answer(ASKED, "fr", kept, Gate(library)) is None
