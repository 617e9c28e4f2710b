"""The bot's own words around quotes, in six languages."""

from dataclasses import replace

import pytest

from bot import frame
from bot.frame import MARKS
from bot.languages import LANGUAGES
from bot.models import Citation, Position
from bot.phrases import format_date, say

HOSTILE = [
    "« Déjà » cité, et “twice”.",
    "<b>gras</b> & [1] {part} %s",
    "قال: «نعم» 2024",
    "Une ligne\u00a0; une autre\u202f!",
    "trailing space ",
    "e\u0301 \ufdfa 😀",
]


def citation(number: int = 1, quote: str = "Une phrase.", **more: object) -> Citation:
    made = Citation(
        number=number,
        document_id=f"note-{number}",
        version=1,
        title=f"Titre {number}",
        publisher=f"Éditeur {number}",
        date="2031-06-05",
        language="fr",
        kind="press",
        digest=False,
        url=None,
        page=None,
        start=0,
        end=len(quote),
        quote=quote,
        answer_span=None,
        verified=True,
        score=0.9,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_every_language_has_its_quotation_marks() -> None:
    assert set(MARKS) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("quote", HOSTILE)
def test_a_quote_stands_untouched_between_the_marks(language: str, quote: str) -> None:
    opening, closing = MARKS[language]
    assert frame.quoted(citation(3, quote), language) == f"{opening}{quote}{closing} [3]"


def test_a_language_without_marks_of_its_own_gets_the_english_ones() -> None:
    assert frame.quoted(citation(1, "Ein Satz."), "de") == "“Ein Satz.” [1]"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_is_an_introduction_and_the_quotes(language: str) -> None:
    citations = [citation(1), citation(2, "Une autre.")]
    lines = frame.answer(citations, [], [], language).split("\n")
    assert lines[0] == say("answered_many", language, sources=2)
    assert lines[1:] == [frame.quoted(c, language) for c in citations]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sources_are_counted_not_quotes(language: str) -> None:
    twice = [citation(1), citation(2, document_id="note-1")]
    assert frame.introduction(twice, language) == say("answered_one", language)
    assert frame.introduction([*twice, citation(3)], language) == say("answered_many", language, sources=2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_differing_values_come_with_publisher_and_date(language: str) -> None:
    citations = [citation(1), citation(2, date=None), citation(3, publisher="")]
    positions = [Position("4 200", (1, 2)), Position("3,900", (3,))]
    lines = frame.answer(citations, positions, [], language).split("\n")
    day = format_date("2031-06-05", language)
    assert lines[0] == say("disputed", language)
    told = [
        say("disputed_line", language, value="4 200", publisher="Éditeur 1", date=day),
        say("disputed_line", language, value="4 200", publisher="Éditeur 2", date=say("undated", language)),
        say("disputed_line", language, value="3,900", publisher="Titre 3", date=day),
    ]
    assert lines[1:4] == [f"{line} [{number}]" for number, line in enumerate(told, start=1)]
    assert lines[4:] == [frame.quoted(c, language) for c in citations]


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_without_an_answer_come_last_as_they_were_asked(language: str) -> None:
    missing = ["combien {x} a coûté ?", "%s"]
    lines = frame.answer([citation()], [], missing, language).split("\n")
    assert lines[-2:] == frame.missing_lines(missing, language)
    assert all(part in line for part, line in zip(missing, lines[-2:], strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_says_what_the_bot_is_for_only_far_from_everything(language: str) -> None:
    near, far = frame.not_found(language, related=True), frame.not_found(language, related=False)
    assert near.split("\n") == [say("not_found", language), say("not_found_note", language)]
    assert far == f"{near}\n{say('scope', language)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_quotes_stand_between_quotation_marks(language: str) -> None:
    """Apart from the scope, which another organiser words."""
    opening, closing = (mark.strip() for mark in MARKS[language])
    said = frame.not_found(language, related=True) + frame.answer(
        [citation(1, "X"), citation(2, "Y")], [Position("1", (1,)), Position("2", (2,))], ["z"], language
    )
    assert said.count(opening) == said.count(closing) == 2
