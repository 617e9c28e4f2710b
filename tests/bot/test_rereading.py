"""Hits scored again by a reader: what is read, in which order hits come, which words are marked."""

from collections.abc import Sequence

import pytest

from bot import refusal, rereading
from bot.reader import NOT_READ, SentenceReading
from bot.refusal import READ, RULE, Refusal
from bot.rereading import CHARACTERS, DENSE_CHARACTER, MOST_SURE, Weighing, reread
from corpus.models import Passage, Span
from vectorstore.fusion import Hit, ScoredSentence

EVEN = {"same": 1.0, "other": 1.0}
WEIGHING = Weighing(EVEN, EVEN, Refusal({}, {}, {}))
SIGNALS = {"dense": 0.5, "words": 0.4, "late": 0.5, "least": 0.3}
SENTENCE_SIGNALS = {"late": 0.5, "least": 0.3, "words": 0.2}


class WordReader:
    """Gives a sentence the number that it holds as its score, and marks that number."""

    stamp = "words/1"

    def __init__(self) -> None:
        self.read_texts: list[str] = []

    def read(self, question: str, language: str, passages: Sequence[Passage]) -> list[tuple[SentenceReading, ...]]:
        self.read_texts += [passage.text for passage in passages]
        return [tuple(self._sentence(passage, span) for span in passage.sentences) for passage in passages]

    def _sentence(self, passage: Passage, span: Span) -> SentenceReading:
        text = passage.sentence_text(span)
        number = next((word for word in text.split() if word.lstrip("-").isdigit()), "")
        if not number:
            return SentenceReading(span, NOT_READ, None)
        start = text.index(number)
        return SentenceReading(span, float(number), Span(start, start + len(number)))


def hit(name: str, *sentences: str, language: str = "fr", score: float = 0.0) -> Hit:
    text = " ".join(sentences)
    spans, at = [], 0
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    passage = Passage(name, 1, Span(0, len(text)), text, language, tuple(spans))
    return Hit(passage, score, SIGNALS, tuple(ScoredSentence(span, score, SENTENCE_SIGNALS) for span in spans))


def test_hits_come_in_the_order_of_what_was_read() -> None:
    hits = [hit("a", "rien ici", score=3.0), hit("b", "peut-être 1", "surtout 5"), hit("c", "non -2", score=1.0)]
    again = reread(WordReader(), "Combien ?", "fr", hits, WEIGHING)
    assert [found.passage.document_id for found in again] == ["b", "c", "a"]
    first = again[0].sentences[1]
    assert (first.score, first.signals[READ]) == (5.0, 5.0)
    assert first.answer is not None and first.answer.of("surtout 5") == "5"
    assert again[2].sentences[0].answer is None


def test_both_scores_count_as_they_are_weighed() -> None:
    weighing = Weighing({"same": 0.5, "other": 2.0}, {"same": 3.0, "other": 0.0}, WEIGHING.refusal)
    hits = [hit("a", "vaut 2", score=4.0), hit("b", "worth 2", language="en", score=4.0)]
    scores = {h.passage.language: h.sentences[0].score for h in reread(WordReader(), "q", "fr", hits, weighing)}
    assert scores == {"fr": 0.5 * 4 + 3 * 2, "en": 2 * 4}


def test_a_reader_is_not_surer_than_it_can_be() -> None:
    (found,) = reread(WordReader(), "q", "fr", [hit("a", "vaut 900", "vaut -900")], WEIGHING)
    assert [sentence.signals[READ] for sentence in found.sentences] == [MOST_SURE, -MOST_SURE]


def test_what_the_search_made_of_a_sentence_is_kept() -> None:
    own = hit("a", "vaut 1")
    (found,) = reread(WordReader(), "q", "fr", [own], WEIGHING)
    assert found.sentences[0].signals[RULE] == refusal.load().log_odds("fr", own, own.sentences[0])


@pytest.mark.parametrize(("language", "size"), [("fr", 1_000), ("zh", 400)])
def test_no_more_is_read_than_time_allows(language: str, size: int) -> None:
    reader = WordReader()
    hits = [hit(f"p{n}", "x" * size, language=language) for n in range(40)]
    again = reread(reader, "q", language, hits, WEIGHING)
    cost = size * (DENSE_CHARACTER if language == "zh" else 1)
    assert len(again) == len(reader.read_texts) == -(-CHARACTERS // cost)
    assert {h.passage.document_id for h in again} == {f"p{n}" for n in range(len(again))}


def test_one_passage_is_read_however_long_it_is() -> None:
    assert len(reread(WordReader(), "q", "fr", [hit("a", "x" * 3 * CHARACTERS)], WEIGHING)) == 1
    assert reread(WordReader(), "q", "fr", [], WEIGHING) == []


def test_the_committed_numbers_are_of_use() -> None:
    weighing = rereading.load()
    assert min(*weighing.read.values(), *weighing.found.values()) > 0
    good, bad = hit("a", "vaut 6"), hit("a", "vaut -6")
    for language in ("fr", "en", "ar", "es", "ru", "zh", "xx"):
        (yes,) = reread(WordReader(), "q", language, [good], weighing)
        (no,) = reread(WordReader(), "q", language, [bad], weighing)
        sure, unsure = (weighing.refusal.confidence(language, h, h.sentences[0]) for h in (yes, no))
        assert 0 < unsure < sure < 1
        assert 0 < weighing.refusal.threshold(language, yes.passage) < 1
