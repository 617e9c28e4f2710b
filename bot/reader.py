"""Readers: a question and passages in, for each passage how sure it is that a sentence answers, and with which words.

A reader only ranks, marks and doubts: what is shown is still the sentence as it stands in the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.models import Passage, Span

LAYERS = 3  # of the embedding model's upper ones
NOT_READ = -30.0  # the score of a sentence that no part of was read
WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """One sentence of a passage as an answer.

    `score` is a log-odds: above 0 the sentence is held to answer. `answer` are the words that answer, relative to
    the sentence, or None when no part of it stands out.
    """

    span: Span
    score: float
    answer: Span | None


class Reader(Protocol):
    """What is asked of a model that reads."""

    @property
    def stamp(self) -> str:
        """The model's name and a hash of its weights."""

    def read(self, question: str, language: str, passages: Sequence[Passage]) -> list[tuple[SentenceReading, ...]]:
        """For each passage its sentences (`Passage.sentences`, in order) as answers to a question."""
