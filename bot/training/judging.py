"""Pairs of a claim and a sentence to learn judging from, with what is known of the stance.

In: the folders `verdict`, `conflict` and `qa` of a folder of sets. Some sets say only that a sentence does not support
a claim, or whether two texts contradict each other: then several stances remain possible. Sets whose licence forbids
it train nothing (docs/evaluation.md names them).
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.judge import STANCES, Stance
from bot.stances import LABELS, key_of
from bot.training.states import Say, Text, lower_states
from bot.training.synthetic import made_claims
from vectorstore.embedder import LowerStates, SentenceTransformerEmbedder
from vectorstore.qa_data import Part, part_of, rows_of

READ = 600  # characters of a claim or a sentence
TRAINED = {
    "fr__rte3_fr": 1.0,
    "ru__terra": 1.0,
    "ar__ans_stance": 1.0,
    "en__fever_symmetric": 1.0,
    "en__factcheck_bench": 0.6,
    "en__pawsx": 0.6,
    "es__pawsx": 0.6,
    "fr__pawsx": 0.6,
    "zh__pawsx": 0.6,
}
"""Sets of the folder `verdict` that train, and the share of each that is used."""
CONTRADICTIONS = "fr__daccord"


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim, a sentence, and the stances that are possible."""

    set: str
    claim: str
    sentence: str
    stances: tuple[Stance, ...]
    part: Part

    @property
    def numbers(self) -> list[int]:
        """The places of the possible stances in STANCES."""
        return [STANCES.index(stance) for stance in self.stances]


def gather(folder: Path, seed: int) -> list[Judged]:
    """All pairs that train, choose, or are held out of training sets."""
    random = Random(seed)
    pairs = []
    for name, share in TRAINED.items():
        for row in rows_of(folder / "verdict" / f"{name}.jsonl"):
            if row["label"] in LABELS and random.random() < share:
                key = key_of(name, row)
                pairs.append(_judged(name, str(row["claim"]), str(row["evidence"]), LABELS[row["label"]], key))
    for row in rows_of(folder / "conflict" / f"{CONTRADICTIONS}.jsonl"):
        stances: tuple[Stance, ...] = ("contradicts",) if row["conflict"] else ("supports", "neither")
        pairs.append(_judged(CONTRADICTIONS, str(row["b"]), str(row["a"]), stances, str(row["url"])))
    for made in made_claims(folder / "qa", seed):
        pairs.append(_judged(f"made, {made.kind}", made.claim, made.sentence, (made.stance,), made.key))
    return pairs


def _judged(name: str, claim: str, sentence: str, stances: tuple[Stance, ...], key: str) -> Judged:
    return Judged(name, claim[:READ], sentence[:READ], stances, part_of(key))


def encode(
    pairs: list[Judged], embedder: SentenceTransformerEmbedder, cache: Path, say: Say, threads: int = 0
) -> dict[Text, LowerStates]:
    """The lower states of all claims and sentences."""
    texts: list[Text] = [("query", pair.claim) for pair in pairs] + [("passage", pair.sentence) for pair in pairs]
    return {text: states for text, (states, _) in lower_states(texts, embedder, cache, say, threads).items()}
