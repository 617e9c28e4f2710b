"""Hits scored again by what a reader makes of their sentences.

The search finds and ranks by meaning and words; a reader says whether a sentence answers. Both scores count, weighed
as `python -m bot.fit_reading` found. Passages beyond what is read for one question are left out: nothing answers that
was not read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot import refusal
from bot.reader import Reader, SentenceReading
from bot.refusal import READ, RULE, Refusal
from corpus.sentences import DENSE
from vectorstore.fusion import Hit, ScoredSentence, case_of

COMMITTED = Path(__file__).with_name("reading.json")
CHARACTERS = 9_000  # read for one question: what takes a third of a second
DENSE_CHARACTER = 2.5  # how many others a character of Chinese or Japanese counts for
MOST_SURE = 12.0  # a greater log-odds says no more


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the search and the reader count, by case ("same" or "other" language), and when to refuse."""

    found: Mapping[str, float]
    read: Mapping[str, float]
    refusal: Refusal


def reread(reader: Reader, question: str, language: str, hits: Sequence[Hit], weighing: Weighing) -> list[Hit]:
    """The first hits, as many as are read, with the scores and the marked words of their sentences; best first."""
    chosen = list(_affordable(hits))
    readings = reader.read(question, language, [hit.passage for hit in chosen])
    scored = [_scored(hit, reading, language, weighing) for hit, reading in zip(chosen, readings, strict=True)]
    return sorted(scored, key=lambda hit: (-_best(hit), hit.passage.id))


def _affordable(hits: Sequence[Hit]) -> Iterator[Hit]:
    spent = 0.0
    for hit in hits:
        yield hit
        spent += len(hit.passage.text) * (DENSE_CHARACTER if hit.passage.language in DENSE else 1)
        if spent >= CHARACTERS:
            return


def _scored(hit: Hit, readings: Sequence[SentenceReading], language: str, weighing: Weighing) -> Hit:
    case = case_of(language, hit.passage)
    found, read = weighing.found[case], weighing.read[case]
    sentences = []
    for sentence, reading in zip(hit.sentences, readings, strict=True):
        sure = max(-MOST_SURE, min(MOST_SURE, reading.score))
        signals = {**sentence.signals, READ: sure, RULE: refusal.load().log_odds(language, hit, sentence)}
        sentences.append(ScoredSentence(sentence.span, found * sentence.score + read * sure, signals, reading.answer))
    return replace(hit, sentences=tuple(sentences))


def _best(hit: Hit) -> float:
    return max((sentence.score for sentence in hit.sentences), default=float("-inf"))


@cache
def load(path: Path = COMMITTED) -> Weighing:
    """The committed numbers."""
    values = json.loads(path.read_text(encoding="utf-8"))
    refusal = Refusal(values["weights"], values["constants"], values["thresholds"])
    return Weighing(values["found"], values["read"], refusal)
