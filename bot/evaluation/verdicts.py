"""Does a sentence support a claim, contradict it, or neither: the judge on sets of pairs whose stance is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.figures import Row, auroc
from bot.judge import Judge, Stance
from bot.stances import LABELS, key_of
from corpus.errors import UnreadableFile
from vectorstore.qa_data import part_of, rows_of

CONTRADICTION: dict[bool, tuple[Stance, ...]] = {True: ("contradicts",), False: ("supports", "neither")}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pair of a claim and a sentence, and the stances of which one is right."""

    claim: str
    sentence: str
    stances: tuple[Stance, ...]
    held_out: bool


def read_verdicts(path: Path) -> list[Verdict]:
    """The pairs of a file, of either shape (`evidence`, `claim`, `label`; `a`, `b`, `conflict`); empty for others."""
    rows = list(rows_of(path))
    if not rows:
        return []
    try:
        if {"evidence", "claim", "label"} <= rows[0].keys():
            return [
                Verdict(
                    str(r["claim"]), str(r["evidence"]), LABELS[r["label"]], part_of(key_of(path.stem, r)) == "measure"
                )
                for r in rows
                if r["label"] in LABELS
            ]
        if {"a", "b", "conflict"} <= rows[0].keys():
            return [
                Verdict(
                    str(r["b"]),
                    str(r["a"]),
                    CONTRADICTION[bool(r["conflict"])],
                    part_of(str(r.get("url", r["a"]))) == "measure",
                )
                for r in rows
            ]
    except (KeyError, TypeError) as error:
        raise UnreadableFile(f"{path}: a line is not as docs/evaluation.md describes ({error!r})") from error
    return []


def verdict_row(name: str, verdicts: Sequence[Verdict], judge: Judge | None) -> Row:
    """How often the judge is right; where two stances are possible, the sum of their probabilities counts."""
    row: Row = {"set": name, "part": "all", "questions": len(verdicts)}
    if judge is None or not verdicts:
        return row
    judged = judge.judge([(verdict.claim, verdict.sentence) for verdict in verdicts])
    right, scores = 0, []
    whole = {verdict.stances for verdict in verdicts}
    for verdict, found in zip(verdicts, judged, strict=True):
        best = max(whole, key=lambda stances: sum(getattr(found, stance) for stance in stances))
        right += best == verdict.stances
        scores.append((found.contradicts, verdict.stances == ("contradicts",)))
    row["judge_accuracy"] = round(right / len(verdicts), 3)
    row["contradiction_auroc"] = auroc(scores)
    return row
