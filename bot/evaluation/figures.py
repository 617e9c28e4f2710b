"""Sums of one row of the table, the area under the ROC curve, and SQuAD's F1 of words. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.sentences import DENSE

Row = dict[str, Any]
ARTICLES = {
    "en": r"\b(?:a|an|the)\b",
    "fr": r"\b(?:le|la|les|un|une|des|du|au|aux)\b|\b[ld](?=['’])",
    "es": r"\b(?:el|la|los|las|un|una|unos|unas)\b",
}
"""What does not count in comparing words, as in SQuAD's script for English and its like for other languages."""


@dataclass(slots=True)
class Tally:
    """Sums of one line of the table."""

    questions: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    confidences: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)
    """By the name of the column: confidence, and whether there was an answer."""
    right_decisions: list[tuple[bool, bool]] = field(default_factory=list)
    """Whether there was an answer, and whether one was given."""

    def add(self, **found: float) -> None:
        """Count a question with its figures."""
        self.questions += 1
        self.also(**found)

    def also(self, **found: float) -> None:
        """Count figures that not every question has."""
        for name, value in found.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def confidence(self, name: str, confidence: float, *, answerable: bool) -> None:
        """Count a confidence for the area under the curve of a column."""
        self.confidences.setdefault(name, []).append((confidence, answerable))

    def row(self) -> Row:
        """The averages."""
        row: Row = {"questions": self.questions}
        row |= {name: round(total / self.counts[name], 3) for name, total in self.sums.items()}
        row |= {name: auroc(pairs) for name, pairs in self.confidences.items()}
        if self.right_decisions:
            refused = [answered for answerable, answered in self.right_decisions if not answerable]
            kept = [answered for answerable, answered in self.right_decisions if answerable]
            row["unanswerable_refused"] = round(1 - sum(refused) / max(len(refused), 1), 3)
            row["answerable_answered"] = round(sum(kept) / max(len(kept), 1), 3)
        return row


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def auroc(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """The probability that a positive has the higher score; None without both kinds."""
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    labels = [positive for _, positive in pairs]
    if len(set(labels)) < 2:
        return None
    return round(float(roc_auc_score(labels, [score for score, _ in pairs])), 3)


def words_f1(marked: str, answers: Sequence[str], language: str) -> float:
    """The greatest F1 of the words of `marked` and those of an answer (SQuAD; of characters in Chinese)."""
    return max((_f1(_words(marked, language), _words(answer, language)) for answer in answers), default=0.0)


def _f1(marked: Sequence[str], answer: Sequence[str]) -> float:
    common = sum((Counter(marked) & Counter(answer)).values())
    if not common:
        return float(not marked and not answer)
    precision, recall = common / len(marked), common / len(answer)
    return 2 * precision * recall / (precision + recall)


def _words(text: str, language: str) -> list[str]:
    folded = re.sub(ARTICLES[language], " ", text.casefold()) if language in ARTICLES else text.casefold()
    plain = "".join(" " if c in "'’-" else c for c in folded if c in "'’-" or unicodedata.category(c)[0] not in "PS")
    if language in DENSE:
        return [c for c in plain if not c.isspace()]
    return plain.split()
