"""Hits to quotes: which sentences answer, which are only related, or nothing. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.models import Quote
from bot.refusal import Refusal
from vectorstore.fusion import Hit
from vectorstore.lexical import terms

MOST = 4  # quotes of one answer
CANDIDATES = 16  # sentences looked at for differing values
RELATED = 3
OWN_LANGUAGE = 2.0  # a sentence in the asker's language may score this much less than one in another
CLOSE = 1.2  # a further quote may score this much less than the best one
ALIKE = 0.75  # share of common terms from which two sentences say the same in the same words
FAR = 0.5  # share of the threshold below which nothing related is offered either

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
    confidence: float
    """That of the best sentence."""


def choose(hits: Sequence[Hit], language: str, refusal: Refusal, admit: Admit = lambda _quote, _hit: True) -> Choice:
    """Choose the sentences to show for a question in `language`; `admit` says which can answer at all."""
    scored = _scored(hits, language, refusal)
    ranked = sorted(scored, key=lambda entry: (-entry[0], entry[1].key))
    quotes = [quote for _, quote, _ in ranked]
    if not quotes:
        return Choice((), (), (), 0.0)
    threshold = refusal.threshold(language)
    confidence = quotes[0].score
    sure = [(score, quote) for score, quote, hit in ranked if quote.score >= threshold and admit(quote, hit)]
    if not sure:
        near = [quote for quote in quotes if quote.score >= threshold * FAR]
        return Choice((), (), tuple(distinct(near))[:RELATED], confidence)
    best = sure[0][0]
    close = [quote for score, quote in sure if score >= best - CLOSE]
    return Choice(tuple(distinct(close))[:MOST], tuple(q for _, q in sure[:CANDIDATES]), (), confidence)


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


def _scored(hits: Sequence[Hit], language: str, refusal: Refusal) -> Iterator[tuple[float, Quote, Hit]]:
    for hit in hits:
        passage = hit.passage
        for sentence in hit.sentences:
            yield (
                sentence.score + (OWN_LANGUAGE if passage.language == language else 0.0),
                Quote(
                    passage.document_id,
                    passage.version,
                    sentence.span,
                    passage.sentence_text(sentence.span),
                    passage.language,
                    refusal.confidence(language, hit, sentence),
                ),
                hit,
            )
