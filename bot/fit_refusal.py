"""Fit the confidence of an answer and the threshold of refusal, per language.

    python -m bot.fit_refusal FOLDER_OF_QA_SETS

For each set an index is built that leaves out the passages marked with `drop`, so that the questions about
them have no answer there; likewise one in which several languages are mixed. Articles of half 0 only. A
logistic regression tells the sentences that answer from the best sentences of questions without an answer;
the threshold of a language is where refusing is right equally often on both sides. Written to `refusal.json`.
"""

import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.refusal import COMMITTED, OTHER, Refusal, features
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.fusion import Hit, ScoredSentence, case_of
from vectorstore.qa_data import QaQuestion, read_sets
from vectorstore.qa_pools import MIXED, SEED, Pool, answering, build, mixed_pools, single_pools

PER_SET = 250
SHRINK = 200  # a threshold of fewer questions leans towards that of all languages
CASES = ("same", "other")


@dataclass(frozen=True, slots=True)
class Example:
    """The best sentence found for a question; `right` is None when it does not answer though another would."""

    language: str
    hit: Hit
    sentence: ScoredSentence
    answerable: bool
    right: bool | None


def main(folder: Path, models: Path) -> None:
    embedder = SentenceTransformerEmbedder(None, models)
    sets = read_sets(folder)
    pools = [without_dropped(pool) for pool in [*single_pools(sets), *mixed_pools(sets)]]
    examples = [example for pool in pools for example in _examples(pool, embedder)]
    fitted = fit(examples)
    value = {
        "command": "python -m bot.fit_refusal FOLDER_OF_QA_SETS",
        "weights": fitted.weights,
        "constants": fitted.constants,
        "thresholds": thresholds(examples, fitted),
    }
    COMMITTED.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(value, indent=1))


def without_dropped(pool: Pool) -> Pool:
    """The pool without the passages marked with `drop`; all questions stay."""
    return replace(pool, documents=tuple(entry for entry in pool.documents if not entry[0].drop))


def best_sentence(hits: Sequence[Hit]) -> tuple[Hit, ScoredSentence] | None:
    """The sentence with the highest score, and its passage."""
    pairs = [(hit, sentence) for hit in hits for sentence in hit.sentences]
    return max(pairs, key=lambda pair: pair[1].score, default=None)


def _examples(pool: Pool, embedder: SentenceTransformerEmbedder) -> Iterator[Example]:
    held = {id for _, _, id in pool.documents}
    questions = [entry for entry in pool.questions if entry[0].passage.half == 0]
    random.Random(SEED).shuffle(questions)
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        for question, language, id in questions[: PER_SET * (5 if pool.name == MIXED else 1)]:
            hits = index.search(question.question, language)
            if example := example_of(question, language, hits, id, answerable=id in held):
                yield example
    print(f"{pool.name}: searched", flush=True)


def example_of(
    question: QaQuestion, language: str, hits: Sequence[Hit], id: str, *, answerable: bool
) -> Example | None:
    """The best sentence found for a question that document `id` answers, where it is `answerable` at all."""
    if (best := best_sentence(hits)) is None:
        return None
    hit, sentence = best
    found = hit.passage.document_id == id and sentence.span in set(answering(hit.passage, question))
    return Example(language, hit, sentence, answerable, (found or None) if answerable else False)


def fit(examples: Sequence[Example]) -> Refusal:
    """The confidence that the best sentence answers, over the features that the examples have."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    used = [example for example in examples if example.right is not None]
    groups = sorted({_group(example) for example in used})
    rows = [_row(example, groups) for example in used]
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2_000, fit_intercept=False)
    model.fit(rows, [bool(example.right) for example in used])
    numbers = [round(float(x), 4) for x in model.coef_[0]]
    names = list(features(used[0].hit, used[0].sentence))
    count = len(names)
    weights = {
        case: dict(zip(names, numbers[i * count : (i + 1) * count], strict=True)) for i, case in enumerate(CASES)
    }
    constants = dict(zip(groups, numbers[2 * count :], strict=True))
    for case in CASES:
        own = [constants[group] for group in groups if group.endswith(f"/{case}")]
        constants[f"{OTHER}/{case}"] = round(sum(own) / len(own), 4)
    return Refusal(weights, constants, {})


def _row(example: Example, groups: Sequence[str]) -> list[float]:
    case = case_of(example.language, example.hit.passage)
    own_group = _group(example)
    values = list(features(example.hit, example.sentence).values())
    blank = [0.0] * len(values)
    own = [*values, *blank] if case == "same" else [*blank, *values]
    return own + [float(group == own_group) for group in groups]


def _group(example: Example) -> str:
    return f"{example.language}/{case_of(example.language, example.hit.passage)}"


def thresholds(examples: Sequence[Example], fitted: Refusal) -> dict[str, float]:
    """The confidence from which each language and case answers."""
    by_group: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for e in examples:
        pair = (fitted.confidence(e.language, e.hit, e.sentence), e.answerable)
        by_group[_group(e)].append(pair)
        by_group[f"{OTHER}/{case_of(e.language, e.hit.passage)}"].append(pair)
    found = {group: _balanced(pairs) for group, pairs in sorted(by_group.items())}
    for group, pairs in by_group.items():
        pooled = found[f"{OTHER}/{group.split('/')[1]}"]
        own = len(pairs) / (len(pairs) + SHRINK)
        found[group] = round(own * found[group] + (1 - own) * pooled, 4)
    return found


def _balanced(pairs: Sequence[tuple[float, bool]]) -> float:
    """The threshold with the highest mean of the two rates: answerable answered, unanswerable refused."""
    yes = sum(answerable for _, answerable in pairs) or 1
    no = len(pairs) - yes or 1
    answered, refused = yes, 0
    best, threshold = 0.0, 0.0
    for confidence, answerable in sorted(pairs):
        answered, refused = answered - answerable, refused + (not answerable)
        if (rate := answered / yes + refused / no) > best:
            best, threshold = rate, confidence
    return round(threshold, 4)


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    main(Path(arguments[0]), Path(arguments[1] if len(arguments) > 1 else "data/models"))
