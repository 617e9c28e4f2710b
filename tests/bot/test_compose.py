"""From what was found for the parts of a question to one answer, over a library and the gate."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.compose import QUOTES_A_PART, QUOTES_A_VALUE, Part, compose
from bot.disagreement import Group
from bot.models import Answer, Quote
from bot.phrases import say
from bot.quotes import Choice
from bot.verify import Gate
from corpus.library import Library
from corpus.models import Content, Metadata, Span

TEXTS = {
    "one": "Le phare a été allumé en 1898. Il mesure 41 mètres. Son gardien vit seul.",
    "two": "Le phare de Brumont mesure 43 mètres. La lampe est neuve.",
    "three": "Selon la mairie, le phare mesure 43 mètres de haut.",
    "four": "La tour du phare mesure bien 43 mètres, escalier compris.",
    "five": "On donne 43 mètres au phare dans tous les guides.",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library.sqlite")
    for id, text in TEXTS.items():
        made.save(text.encode(), f"{id}.txt", Metadata(id=id, title=id, language="fr", publisher=id), Content(text))
        made.mark(id, "ready")
    return made


@pytest.fixture
def gate(library: Library) -> Gate:
    return Gate(library)


def quote(id: str, words: str, span: str = "") -> Quote:
    """The quote of `words`, which stand in the text, with the answer marked at `span`."""
    start = TEXTS[id].index(words)
    marked = Span(words.index(span), words.index(span) + len(span)) if span else None
    return Quote(id, 1, Span(start, start + len(words)), words, "fr", 0.9, marked)


def found(*quotes: Quote) -> Choice:
    return Choice(quotes, quotes, ())


def nothing(*related: Quote) -> Choice:
    return Choice((), (), related)


def composed(gate: Gate, *parts: Part) -> Answer:
    return compose("la question", "la question complète", "fr", parts, gate)


def documents(answer: Answer) -> Sequence[str]:
    return [citation.document_id for citation in answer.citations]


LIT = quote("one", "Le phare a été allumé en 1898.")
ALONE = quote("one", "Son gardien vit seul.")
LOW = quote("one", "Il mesure 41 mètres.", "41 mètres")
HIGH = [
    quote("two", "Le phare de Brumont mesure 43 mètres.", "43 mètres"),
    quote("three", TEXTS["three"], "43 mètres"),
    quote("four", TEXTS["four"], "43 mètres"),
    quote("five", TEXTS["five"], "43 mètres"),
]
LAMP = quote("two", "La lampe est neuve.")
GROUPS = (Group("41 mètres", (LOW,)), Group("43 mètres", (HIGH[0],)))


def test_quotes_that_answer_become_verified_citations_in_order(gate: Gate) -> None:
    answer = composed(gate, Part("Quand ?", found(LIT, LAMP)))
    assert (answer.status, answer.question, answer.asked) == ("answered", "la question", "la question complète")
    assert [(c.number, c.quote, c.verified) for c in answer.citations] == [(1, LIT.text, True), (2, LAMP.text, True)]
    assert answer.related == () and answer.missing == () and answer.disagreement == ()


def test_the_value_that_is_asked_for_is_marked(gate: Gate) -> None:
    answer = composed(gate, Part("En quelle année le phare a-t-il été allumé ?", found(LIT, ALONE)))
    spans = [c.answer_span and c.quote[slice(*c.answer_span)] for c in answer.citations]
    assert spans == ["1898", None]


def test_nothing_is_marked_for_a_question_of_another_kind(gate: Gate) -> None:
    answer = composed(gate, Part("Qui a allumé le phare ?", found(LIT)))
    assert answer.citations[0].answer_span is None


def test_a_quote_of_two_parts_has_one_number(gate: Gate) -> None:
    answer = composed(gate, Part("Quand ?", found(LIT, LAMP)), Part("Où ?", found(LAMP, ALONE)))
    assert [c.quote for c in answer.citations] == [LIT.text, LAMP.text, ALONE.text]
    assert [c.number for c in answer.citations] == [1, 2, 3]


def test_each_part_of_several_shows_few_quotes(gate: Gate) -> None:
    quotes = (LIT, ALONE, LAMP)
    assert len(composed(gate, Part("Quand ?", found(*quotes))).citations) == len(quotes)
    answer = composed(gate, Part("Quand ?", found(*quotes)), Part("Où ?", found(*HIGH)))
    assert len(answer.citations) == 2 * QUOTES_A_PART


def test_a_part_without_quotes_is_missing(gate: Gate) -> None:
    answer = composed(gate, Part("Quand ?", found(LIT)), Part("À quel prix ?", nothing(LAMP)))
    assert (answer.status, answer.missing) == ("partial", ("À quel prix ?",))
    assert documents(answer) == ["one"] and answer.related == ()
    assert say("partial", "fr", part="À quel prix ?") in answer.answer


def test_a_part_whose_quotes_were_all_shown_before_is_not_missing(gate: Gate) -> None:
    answer = composed(gate, Part("Quand ?", found(LIT)), Part("Où ?", found(LIT)))
    assert (answer.status, answer.missing, len(answer.citations)) == ("answered", (), 1)


def test_a_refusal_shows_what_is_near_and_cites_nothing(gate: Gate) -> None:
    answer = composed(gate, Part("À quel prix ?", nothing(LAMP, LIT)))
    assert (answer.status, answer.citations, answer.missing) == ("not_found", (), ())
    assert [(c.number, c.quote) for c in answer.related] == [(1, LAMP.text), (2, LIT.text)]
    assert LAMP.text not in answer.answer


def test_what_is_near_two_parts_is_shown_once(gate: Gate) -> None:
    answer = composed(gate, Part("À quel prix ?", nothing(LAMP)), Part("Pour qui ?", nothing(LAMP, LIT)))
    assert [c.quote for c in answer.related] == [LAMP.text, LIT.text]
    assert answer.status == "not_found"


def test_without_anything_near_the_bot_says_what_it_is_for(gate: Gate) -> None:
    answer = composed(gate, Part("À quel prix ?", nothing()))
    assert answer.related == () and say("scope", "fr") in answer.answer


def test_differing_values_are_positions_that_point_at_citations(gate: Gate) -> None:
    answer = composed(gate, Part("Combien mesure-t-il ?", found(LOW, HIGH[0]), GROUPS))
    assert answer.status == "disputed"
    assert [(p.value, p.citations) for p in answer.disagreement] == [("41 mètres", (1,)), ("43 mètres", (2,))]
    assert [c.quote[slice(*c.answer_span)] for c in answer.citations if c.answer_span] == ["41 mètres", "43 mètres"]


def test_a_value_shows_few_documents_each_once(gate: Gate) -> None:
    again = replace(HIGH[0], span=Span(0, 8), text=TEXTS["two"][:8], answer_span=None)
    groups = (Group("41 mètres", (LOW,)), Group("43 mètres", (HIGH[0], again, *HIGH[1:])))
    answer = composed(gate, Part("Combien ?", found(LOW, *HIGH), groups))
    assert len(answer.disagreement[1].citations) == QUOTES_A_VALUE
    assert documents(answer) == ["one", "two", "three", "four"]
    assert answer.citations[1].quote == HIGH[0].text


def test_a_missing_part_beside_differing_values_makes_the_answer_partial(gate: Gate) -> None:
    answer = composed(
        gate, Part("Combien mesure-t-il ?", found(LOW, HIGH[0]), GROUPS), Part("À quel prix ?", nothing())
    )
    assert (answer.status, answer.missing) == ("partial", ("À quel prix ?",))
    assert len(answer.disagreement) == 2
    assert say("disputed", "fr") in answer.answer


WRONG = {
    "other words": replace(LIT, text="Le phare a été allumé en 1899."),
    "another place": replace(LIT, span=Span(1, 31)),
    "beyond the end": replace(LIT, span=Span(60, 900)),
    "an unknown document": replace(LIT, document_id="six"),
    "an unknown version": replace(LIT, version=2),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_quote_that_is_not_in_the_library_is_withdrawn(gate: Gate, wrong: str) -> None:
    answer = composed(gate, Part("Quand ?", found(WRONG[wrong], LAMP)))
    assert [(c.number, c.quote) for c in answer.citations] == [(1, LAMP.text)]
    assert composed(gate, Part("Quand ?", found(WRONG[wrong]))).status == "not_found"
    assert composed(gate, Part("Quand ?", nothing(WRONG[wrong]))).related == ()


def test_a_removed_document_is_withdrawn(library: Library, gate: Gate) -> None:
    library.mark("one", "removed")
    assert documents(composed(gate, Part("Quand ?", found(LIT, LAMP)))) == ["two"]


def test_one_value_left_by_the_gate_is_no_disagreement(library: Library, gate: Gate) -> None:
    library.mark("one", "removed")
    answer = composed(gate, Part("Combien mesure-t-il ?", found(LOW, HIGH[0]), GROUPS))
    assert (answer.status, answer.disagreement) == ("answered", ())
    assert documents(answer) == ["two"]


def test_a_part_whose_only_quote_is_withdrawn_is_missing(gate: Gate) -> None:
    answer = composed(gate, Part("Quand ?", found(WRONG["other words"])), Part("Et la lampe ?", found(LAMP)))
    assert (answer.status, answer.missing) == ("partial", ("Quand ?",))
