"""Signals to one score: which passages and which of their sentences answer a question. Pure.

Signals are absolute (they do not depend on the other candidates), so that scores of different questions
compare: cosine of centred vectors, late interaction of token states, and BM25 over words and over character
runs on a scale from 0 to 1. Words cannot match across languages: a passage in another language than the
question's is weighed by weights of its own, so that no language drowns another. The weights are fitted by
`python -m vectorstore.fit_ranking` and kept in `ranking.json`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from corpus.models import Passage, Span
from vectorstore.embedder import QueryEncoding
from vectorstore.geometry import Array
from vectorstore.passages import TokenStates

COMMITTED = Path(__file__).with_name("ranking.json")
PASSAGE_SIGNALS = ("dense", "words", "grams", "late")
SENTENCE_SIGNALS = ("late", "words")
ROUNDING = 1 - 1e-6  # the mean of equal weights may come out above them
UNSEEN = -0.2  # late interaction of a sentence that lies beyond the model's length

Signals = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear weights of the signals for one case: question and passage in one language, or in two."""

    passage: Mapping[str, float]
    sentence: Mapping[str, float]
    base: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit; `score` ranks sentences of all hits of one question."""

    span: Span
    score: float
    signals: Signals
    answer: Span | None = None
    """The words that answer, relative to the sentence, where a reader marked them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with its sentences in their order in the text."""

    passage: Passage
    score: float
    signals: Signals
    sentences: tuple[ScoredSentence, ...]
    terms: frozenset[str] = frozenset()
    """The terms of the passage and of its document's title."""


@cache
def weights(path: Path = COMMITTED) -> dict[str, Weights]:
    """The fitted weights for "same" and "other" language."""
    cases = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return {case: Weights(**values) for case, values in cases.items()}


def case_of(question_language: str, passage: Passage) -> str:
    """Which weights hold for this passage."""
    return "same" if passage.language == question_language else "other"


def passage_score(signals: Signals, case: Weights) -> float:
    """The score of a passage."""
    return case.base + sum(weight * signals[name] for name, weight in case.passage.items())


def sentence_score(passage: float, signals: Signals, case: Weights) -> float:
    """The score of a sentence in a passage of that score."""
    return passage + sum(weight * signals[name] for name, weight in case.sentence.items())


@dataclass(frozen=True, slots=True)
class Met:
    """How well the tokens of a question are met by those of a text.

    `late` is the average of their greatest similarities, weighted (ColBERT's MaxSim); `least` that of the
    worse half of the tokens that matter, so that a name or a fact which is missing shows.
    """

    late: float
    least: float


def late_interaction(query: QueryEncoding, states: TokenStates, spans: Sequence[Span]) -> tuple[Met, list[Met]]:
    """How a question is met in a passage, and in each span of it (relative to the passage)."""
    if not len(query.tokens) or not len(states.tokens):
        return Met(0.0, 0.0), [Met(UNSEEN, UNSEEN)] * len(spans)
    similar: Array = query.tokens @ states.tokens.T
    found = []
    for span in spans:
        inside = (states.offsets[:, 1] > span.start) & (states.offsets[:, 0] < span.end)
        inside &= states.offsets[:, 1] > states.offsets[:, 0]
        found.append(_met(query, similar[:, inside]) if inside.any() else Met(UNSEEN, UNSEEN))
    return _met(query, similar), found


def _met(query: QueryEncoding, similar: Array) -> Met:
    best = similar.max(axis=1)
    mattering = np.sort(best[query.weights >= query.weights.mean() * ROUNDING])
    worse = mattering[: (len(mattering) + 1) // 2]
    return Met(float(query.weights @ best), float(worse.mean()))


def cosine(left: Array, right: Array) -> float:
    """Similarity of two unit vectors."""
    return float(np.dot(left, right))
