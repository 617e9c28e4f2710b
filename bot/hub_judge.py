"""A judge over any natural-language-inference classifier of `transformers`.

In: pairs of a claim and a sentence. Out: probabilities that the sentence (the premise) supports the claim (the
hypothesis), contradicts it, or neither. What the model's outputs mean is told from their names alone.
"""

import re
from collections.abc import Sequence

import numpy as np

from bot.hub_models import HubModel, Numbers, Task
from bot.judge import Judgement, Stance

TASK = Task(
    setting="BOT_JUDGE_MODEL",
    auto_class="AutoModelForSequenceClassification",
    outputs=("logits",),
    description="a natural-language-inference classifier",
    most_tokens=512,
)
CHARACTERS = 8_000  # more never fits
STANCES: tuple[Stance, ...] = ("supports", "contradicts", "neither")
NAMES: dict[Stance, re.Pattern[str]] = {
    "supports": re.compile(r"entail|support"),
    "contradicts": re.compile(r"contradict|refut"),
    "neither": re.compile(r"neutral$|neither$|nei$|not ?enough ?info|not ?entail"),
}
EXPECTED = 'labels named "entailment", "neutral" and "contradiction", or "entailment" and "not_entailment"'
SILENT = Judgement(supports=0.0, contradicts=0.0, neither=1.0)


class HubJudge:
    """A `Judge` over a folder or a hub name; loaded at first use, any thread may call.

    Raises StorageError when the model cannot be used or its labels do not say what they mean.
    """

    def __init__(self, model: str, *, threads: int = 1) -> None:
        self._model = HubModel(model, TASK, threads=threads)

    @property
    def stamp(self) -> str:
        """The model's name and the first 16 hex digits of the SHA-256 of its weights."""
        self._columns()
        return self._model.stamp

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """A judgement for each pair of a claim and a sentence, in order.

        A blank claim or sentence says nothing: "neither" for certain. Of a pair that is too long the end of the
        longer text is not read.
        """
        said = [number for number, pair in enumerate(pairs) if all(text.strip() for text in pair)]
        if not said:
            return [SILENT] * len(pairs)
        columns = self._columns()
        outputs = self._model.forward([self._row(*pairs[number]) for number in said])
        judgements = [SILENT] * len(pairs)
        for number, (logits,) in zip(said, outputs, strict=True):
            judgements[number] = Judgement(**_probabilities(logits, columns))
        return judgements

    def _row(self, claim: str, sentence: str) -> dict[str, list[int]]:
        premise, hypothesis = sentence[:CHARACTERS], claim[:CHARACTERS]
        encoded = self._model.encode(premise, hypothesis, truncation="longest_first", max_length=self._model.length)
        (row,) = self._model.rows({name: [values] for name, values in encoded.items()})
        return row

    def _columns(self) -> dict[Stance, list[int]]:
        """Which outputs count for which stance."""
        labels = self._model.labels
        stances = {column: stance_of(label) for column, label in labels.items()}
        if None in stances.values() or not {"supports", "neither"} <= set(stances.values()):
            found = ", ".join(repr(label) for _, label in sorted(labels.items()))
            raise self._model.refuse(f"labels {found}", EXPECTED)
        return {stance: [column for column, meant in stances.items() if meant == stance] for stance in STANCES}


def stance_of(label: str) -> Stance | None:
    """What a label means, in any case and with any of ' ', '_' and '-' between its words; None when it does not say."""
    words = re.sub(r"[\s_-]+", " ", label.strip().casefold())
    return next((stance for stance, pattern in NAMES.items() if pattern.match(words)), None)


def _probabilities(logits: Numbers, columns: dict[Stance, list[int]]) -> dict[Stance, float]:
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    return {stance: float(shares[columns[stance]].sum()) for stance in STANCES}
