"""How sure it is that a sentence answers a question, and from which confidence on it is shown.

A logistic regression over the absolute signals of `vectorstore.fusion`; where a reader read the sentence, one over what
the first makes of it and the reader's log-odds. With weights for a passage in the question's language and in another,
and for each language of the question and each of the two cases a constant and a threshold.
`python -m bot.fit_refusal` fits them without a reader, `python -m bot.fit_reading` with the small one; they are kept in
`refusal.json` and `reading.json`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.models import Passage
from vectorstore.fusion import Hit, ScoredSentence, case_of

COMMITTED = Path(__file__).with_name("refusal.json")
READ, RULE = "read", "rule"  # the signals of a sentence that was read
OTHER = "other"  # languages without numbers of their own


@dataclass(frozen=True, slots=True)
class Refusal:
    """The fitted numbers."""

    weights: Mapping[str, Mapping[str, float]]
    """By case ("same", "other") and feature."""
    constants: Mapping[str, float]
    """By "LANGUAGE/CASE"."""
    thresholds: Mapping[str, float]
    """By "LANGUAGE/CASE": the confidence from which an answer is given."""

    def confidence(self, language: str, hit: Hit, sentence: ScoredSentence) -> float:
        """The probability that the sentence answers, from 0 to 1."""
        return 1 / (1 + math.exp(-self.log_odds(language, hit, sentence)))

    def log_odds(self, language: str, hit: Hit, sentence: ScoredSentence) -> float:
        """The same, as log-odds."""
        case = case_of(language, hit.passage)
        total = sum(self.weights[case].get(name, 0.0) * value for name, value in features(hit, sentence).items())
        return total + self.constants.get(f"{language}/{case}", self.constants[f"{OTHER}/{case}"])

    def threshold(self, language: str, passage: Passage) -> float:
        """The confidence from which a sentence of this passage answers a question in this language."""
        case = case_of(language, passage)
        return self.thresholds.get(f"{language}/{case}", self.thresholds[f"{OTHER}/{case}"])


def features(hit: Hit, sentence: ScoredSentence) -> dict[str, float]:
    """What the confidence is computed from: of a sentence that was read, what the search alone made of it, and the
    reader's log-odds."""
    if READ in sentence.signals:
        return {RULE: sentence.signals[RULE], READ: sentence.signals[READ]}
    return {
        "dense": hit.signals["dense"],
        "words": hit.signals["words"],
        "late": hit.signals["late"],
        "least": hit.signals["least"],
        "sentence_late": sentence.signals["late"],
        "sentence_least": sentence.signals["least"],
        "sentence_words": sentence.signals["words"],
    }


@cache
def load(path: Path = COMMITTED) -> Refusal:
    """The committed numbers."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return Refusal(values["weights"], values["constants"], values["thresholds"])
