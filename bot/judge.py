"""Judges: does a sentence support a claim, contradict it, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

Stance = Literal["supports", "contradicts", "neither"]
STANCES: tuple[Stance, ...] = get_args(Stance)
LAYERS = 3  # of the embedding model's upper ones
WEIGHTS = Path(__file__).parent / "weights" / "judge.safetensors"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities that a sentence supports a claim, contradicts it, or does neither; they add up to 1."""

    supports: float
    contradicts: float
    neither: float

    @property
    def stance(self) -> Stance:
        """The most probable of the three; "neither" where two are equal."""
        best = max(self.supports, self.contradicts, self.neither)
        if best in (self.neither,) or self.supports == self.contradicts:
            return "neither"
        return "supports" if best == self.supports else "contradicts"


class Judge(Protocol):
    """What is asked of a model that judges."""

    @property
    def stamp(self) -> str:
        """The model's name and a hash of its weights."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """A judgement for each pair of a claim and a sentence, in order."""
