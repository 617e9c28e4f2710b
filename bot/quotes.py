"""Hits to quotes: which sentences answer, which are only related, or nothing. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.models import Quote
from bot.refusal import Refusal
from vectorstore.fusion import Hit
from vectorstore.lexical import terms

MOST = 4  # quotes of one answer
CANDIDATES = 24  # sentences looked at for differing values
RELATED = 3
OWN_LANGUAGE = 2.5  # a sentence in the asker's language may score this much less than one in another
CLOSE = 1.2  # a further quote may score this much less than the best one
ALIKE = 0.75  # share of common terms from which two sentences say the same in the same words
FAR = 0.4  # share of the threshold below which nothing related is offered either

Admit = Callable[[Quote, Hit], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the hits of one question amount to."""

    answering: tuple[Quote, ...]
    """Most direct first; empty when nothing answers."""
    candidates: tuple[Quote, ...]
    """All sentences that might answer, for comparing their values."""
    related: tuple[Quote, ...]
    """When nothing answers: the nearest sentences."""


def choose(hits: Sequence[Hit], language: str, refusal: Refusal, admit: Admit = lambda _quote, _hit: True) -> Choice:
    """Choose the sentences to show for a question in `language`; `admit` says which can answer at all."""
    scored = _scored(hits, language, refusal)
    ranked = sorted(scored, key=lambda entry: (-entry.score, entry.quote.key))
    if not ranked:
        return Choice((), (), ())
    sure = [entry for entry in ranked if entry.share >= 1 and admit(entry.quote, entry.hit)]
    if not sure:
        near = [entry.quote for entry in ranked if entry.share >= FAR]
        return Choice((), (), tuple(distinct(near))[:RELATED])
    close = [entry.quote for entry in sure if entry.score >= sure[0].score - CLOSE]
    return Choice(tuple(distinct(close))[:MOST], tuple(entry.quote for entry in sure[:CANDIDATES]), ())


def distinct(quotes: Sequence[Quote]) -> Iterator[Quote]:
    """Without sentences that repeat an earlier one nearly word for word."""
    seen: list[set[str]] = []
    for quote in quotes:
        words = set(terms(quote.text))
        if all(_common(words, other) < ALIKE for other in seen):
            seen.append(words)
            yield quote


def _common(left: set[str], right: set[str]) -> float:
    return len(left & right) / max(len(left | right), 1)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A sentence as a quote; `share` is its confidence over the threshold that holds for its passage."""

    score: float
    share: float
    quote: Quote
    hit: Hit


def _scored(hits: Sequence[Hit], language: str, refusal: Refusal) -> Iterator[_Scored]:
    for hit in hits:
        passage = hit.passage
        own = OWN_LANGUAGE if passage.language == language else 0.0
        for sentence in hit.sentences:
            confidence = refusal.confidence(language, hit, sentence)
            quote = Quote(
                passage.document_id,
                passage.version,
                sentence.span,
                passage.sentence_text(sentence.span),
                passage.language,
                confidence,
                sentence.answer,
            )
            yield _Scored(sentence.score + own, confidence / refusal.threshold(language, passage), quote, hit)
