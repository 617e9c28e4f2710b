"""Which sentences answer: above the threshold, best first, distinct, at most four; otherwise only related ones."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import refusal
from bot.models import Quote
from bot.quotes import CLOSE, FAR, MOST, OWN_LANGUAGE, RELATED, Choice, choose, distinct
from bot.refusal import Refusal, features
from corpus.models import Passage, Span
from vectorstore.fusion import Hit, ScoredSentence

THRESHOLD = 0.5
CERTAIN, SURE, UNSURE, NONE = 5.0, 0.1, -0.6, -4.0
"""The log-odds of a sentence, which the fake below makes of its signal."""

WORDS = [
    "ambassadeur",
    "budget",
    "centre",
    "délégation",
    "enquête",
    "forum",
    "groupe",
    "hôpital",
    "inspection",
    "journal",
    "laboratoire",
]


def fake_refusal(threshold: float = THRESHOLD) -> Refusal:
    """The confidence depends on `sentence_late` alone."""
    weights = {case: {"sentence_late": 1.0} for case in ("same", "other")}
    return Refusal(
        weights, {"other/same": 0.0, "other/other": 0.0}, {"other/same": threshold, "other/other": threshold}
    )


def hit(
    *sentences: tuple[str, float, float], id: str = "one", language: str = "fr", version: int = 1, start: int = 0
) -> Hit:
    """Sentences of (text, score, log-odds)."""
    spans, position = [], start
    for text, _, _ in sentences:
        spans.append(Span(position, position + len(text)))
        position += len(text) + 1
    text = " ".join(text for text, _, _ in sentences)
    passage = Passage(id, version, Span(start, start + len(text)), text, language, tuple(spans))
    scored = tuple(
        ScoredSentence(span, score, {"late": odds, "least": 0.0, "words": 0.0})
        for span, (_, score, odds) in zip(spans, sentences, strict=True)
    )
    signals = {"dense": 0.0, "words": 0.0, "grams": 0.0, "late": 0.0, "least": 0.0}
    return Hit(passage, max((s.score for s in scored), default=0.0), signals, scored)


def texts(quotes: tuple[Quote, ...]) -> list[str]:
    return [quote.text for quote in quotes]


def chosen(*hits: Hit, language: str = "fr") -> Choice:
    return choose(hits, language, fake_refusal())


def test_nothing_found() -> None:
    assert chosen() == Choice((), (), ())
    assert chosen(hit()) == Choice((), (), ())


def test_a_quote_is_an_address_into_its_document() -> None:
    found = hit(("Une phrase avant.", 1.0, NONE), ("Deux cents participants.", 3.0, CERTAIN), start=40, version=7)
    (quote,) = chosen(found).answering
    assert quote.text == "Deux cents participants."
    assert (quote.document_id, quote.version, quote.language) == ("one", 7, "fr")
    assert found.passage.sentence_text(quote.span) == quote.text
    assert quote.span == found.passage.sentences[1]
    assert quote.score == pytest.approx(0.993, abs=0.001)


def test_below_the_threshold_nothing_answers() -> None:
    choice = chosen(hit(("Une phrase voisine.", 3.0, UNSURE), ("Une autre chose encore.", 2.0, NONE)))
    assert choice.answering == choice.candidates == ()
    assert texts(choice.related) == ["Une phrase voisine."]


def test_far_from_everything_nothing_is_even_related() -> None:
    assert chosen(hit(("Une phrase.", 9.0, NONE))) == Choice((), (), ())


def test_at_the_threshold_it_answers() -> None:
    assert texts(chosen(hit(("Une phrase.", 1.0, 0.0))).answering) == ["Une phrase."]


def test_a_threshold_is_never_lowered_to_get_a_citation() -> None:
    hits = [hit((f"Le {word} est là.", 50.0 - n, UNSURE), id=f"d{n}") for n, word in enumerate(WORDS)]
    choice = choose(hits, "fr", fake_refusal())
    assert choice.answering == ()
    assert len(choice.related) == RELATED


def test_the_best_is_first_whatever_order_they_were_found_in() -> None:
    hits = [hit((f"Le {word} fut ouvert.", 3.0 + n / 10, SURE), id=f"d{n}") for n, word in enumerate(WORDS[:3])]
    for order in (hits, hits[::-1], [hits[1], hits[0], hits[2]]):
        assert texts(chosen(*order).answering) == [f"Le {word} fut ouvert." for word in WORDS[:3][::-1]]


def test_equal_scores_keep_one_order() -> None:
    hits = [hit((f"Le {word} fut ouvert.", 3.0, SURE), id=f"d{n}") for n, word in enumerate(WORDS[:4])]
    assert chosen(*hits) == chosen(*hits[::-1])


def test_at_most_four() -> None:
    hits = [hit((f"Le {word} compte {n} salles.", 3.0, CERTAIN), id=f"d{n}") for n, word in enumerate(WORDS)]
    choice = chosen(*hits)
    assert len(choice.answering) == MOST == 4
    assert len(choice.candidates) == len(WORDS)


def test_what_scores_much_less_than_the_best_is_left_out() -> None:
    choice = chosen(
        hit(("La meilleure phrase.", 5.0, CERTAIN), id="a"),
        hit(("Une autre réponse proche.", 5.0 - CLOSE + 0.1, CERTAIN), id="b"),
        hit(("Quelque chose de lointain.", 5.0 - CLOSE - 0.1, CERTAIN), id="c"),
    )
    assert texts(choice.answering) == ["La meilleure phrase.", "Une autre réponse proche."]
    assert len(choice.candidates) == 3, "values are compared among all that might answer"


def test_repetitions_are_shown_once() -> None:
    said = "La conférence de Rabat a réuni 200 participants."
    choice = chosen(
        hit((said, 5.0, CERTAIN), id="a"),
        hit((said, 4.9, CERTAIN), id="b"),
        hit(("La conférence de Rabat a réuni 200 participants hier.", 4.8, CERTAIN), id="c"),
        hit(("Le laboratoire se trouve aux Pays-Bas.", 4.7, CERTAIN), id="d"),
    )
    assert [quote.document_id for quote in choice.answering] == ["a", "d"]
    assert {quote.document_id for quote in choice.candidates} == {"a", "b", "c", "d"}


def test_the_askers_language_comes_first_when_scores_are_near() -> None:
    english = hit(("It had 200 participants.", 5.0, CERTAIN), id="a", language="en")
    french = hit(("Elle eut 200 participants.", 5.0 - OWN_LANGUAGE + 0.2, CERTAIN), id="b")
    assert chosen(english, french).answering[0].document_id == "b"
    assert chosen(english, french, language="en").answering[0].document_id == "a"


def test_what_cannot_answer_is_only_related() -> None:
    found = hit(("La France a donné 65 000 euros.", 5.0, CERTAIN))
    choice = choose([found], "fr", fake_refusal(), lambda quote, hit: "Allemagne" in quote.text)
    assert choice.answering == ()
    assert texts(choice.related) == ["La France a donné 65 000 euros."]


def test_distinct_keeps_different_values() -> None:
    quotes = [
        Quote("d", 1, Span(0, 9), text, "fr", 0.9)
        for text in (
            "Il y eut 200 participants à Rabat.",
            "La salle du forum comptait 150 places.",
            "会议在拉巴特举行。",
        )
    ]
    assert list(distinct(quotes)) == quotes
    assert list(distinct([])) == []
    assert list(distinct([quotes[0], quotes[0]])) == quotes[:1]


odds = st.floats(-6, 6)


@given(
    st.lists(st.tuples(st.sampled_from(WORDS), st.floats(-5, 30), odds), max_size=12),
    st.sampled_from(["fr", "en", "zh"]),
)
def test_rules_that_always_hold(rows: list[tuple[str, float, float]], language: str) -> None:
    hits = [hit((f"Le {word} numéro {n}.", score, odds), id=f"d{n}") for n, (word, score, odds) in enumerate(rows)]
    choice = choose(hits, language, fake_refusal())
    assert len(choice.answering) <= MOST and len(choice.related) <= RELATED
    assert all(quote.score >= THRESHOLD for quote in choice.answering + choice.candidates)
    assert not (choice.answering and choice.related)
    assert bool(choice.answering) == bool(choice.candidates)
    assert set(choice.answering) <= set(choice.candidates)
    assert all(quote.score >= THRESHOLD * FAR for quote in choice.related)


# The committed numbers


def test_the_committed_numbers_are_complete() -> None:
    numbers = refusal.load()
    for case in ("same", "other"):
        found = hit(("une phrase", 0.0, 0.0))
        assert set(numbers.weights[case]) <= set(features(found, found.sentences[0]))
        for language in ("fr", "en", "ar", "es", "ru", "zh", "other"):
            key = f"{language}/{case}"
            assert key in numbers.constants or f"other/{case}" in numbers.constants
            threshold: Mapping[str, float] = numbers.thresholds
            assert 0 < threshold.get(key, threshold[f"other/{case}"]) < 1


@pytest.mark.parametrize("language", ["fr", "en", "ar", "es", "ru", "zh", "de", "und"])
def test_confidence_lies_between_0_and_1(language: str) -> None:
    for value in (-1.0, -0.2, 0.0, 0.5, 1.0):
        found = hit(("Une phrase.", 1.0, value))
        assert 0 <= refusal.load().confidence(language, found, found.sentences[0]) <= 1
