"""Fit what a reader counts beside the search, the confidence of an answer, and the threshold of each language.

    python -m bot.fit_reading SETS

SETS has the folders `qa` and `abstain` of docs/evaluation.md. Only articles count on which the reader was not trained
and which do not measure (`part_of`: "choose"). First the weights of both scores that rank the sentences that answer
above the others (softmax regression), then the confidence over that of the search alone and the reader's score;
questions that the passage about their matter leaves open are among those without an answer. Written to `reading.json`.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.chosen_models import chosen_reader
from bot.fit_refusal import CASES, Example, example_of, fit, thresholds, without_dropped
from bot.reader import Reader
from bot.refusal import READ, Refusal
from bot.rereading import COMMITTED, Weighing, reread
from bot.settings import Settings
from corpus.models import Document
from corpus.split import split
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.fusion import Hit, case_of
from vectorstore.index import HybridIndex
from vectorstore.qa_data import UNTITLED, QaPassage, QaQuestion, article_of, part_of, read_abstain, read_sets
from vectorstore.qa_pools import MIXED, SEED, Pool, answering, build, document_of, mixed_pools, single_pools

PER_SET = 80
OPEN_QUESTIONS = 200
PENALTY = 1e-3
EVEN = {"same": 1.0, "other": 1.0}
FOUND = 20


@dataclass(frozen=True, slots=True)
class Read:
    """What was found and read for one question, both scores counting alike, and the document that answers."""

    question: QaQuestion
    language: str
    hits: tuple[Hit, ...]
    id: str
    answerable: bool


def main(folder: Path, models: Path) -> None:
    embedder = SentenceTransformerEmbedder(None, models, threads=2)
    sets = read_sets(folder / "qa")
    pools = [without_dropped(pool) for pool in [*single_pools(sets), *mixed_pools(sets)]]
    read = [entry for pool in pools for entry in _read_pool(pool, embedder)]
    read += _read_open(folder / "abstain" / f"{UNTITLED}.jsonl", embedder)
    found, own = _ranking(read)
    examples = list(_examples(read, found, own))
    fitted = fit(examples)
    value = {
        "command": "python -m bot.fit_reading SETS",
        "found": found,
        "read": own,
        "weights": fitted.weights,
        "constants": fitted.constants,
        "thresholds": thresholds(examples, fitted),
    }
    COMMITTED.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(value, indent=1))


def _read_pool(pool: Pool, embedder: SentenceTransformerEmbedder) -> Iterator[Read]:
    held = {id for _, _, id in pool.documents}
    questions = [entry for entry in pool.questions if part_of(entry[0].passage.title) == "choose"]
    random.Random(SEED).shuffle(questions)
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        reader = _reader(embedder, index)
        for question, language, id in questions[: PER_SET * (2 if pool.name == MIXED else 1)]:
            hits = index.search(question.question, language, limit=FOUND)
            yield Read(question, language, _both(reader, question.question, language, hits), id, id in held)
    print(f"{pool.name}: read", flush=True)


def _read_open(file: Path, embedder: SentenceTransformerEmbedder) -> Iterator[Read]:
    """Questions over the passage about their matter, which leaves some of them open."""
    pairs = [pair for pair in read_abstain(file) if part_of(article_of(pair[1])) == "choose"]
    pairs = random.Random(SEED).sample(pairs, min(OPEN_QUESTIONS, len(pairs)))
    names = {text: f"p{n}" for n, text in enumerate(dict.fromkeys(text for _, text, _ in pairs))}
    passages = {text: QaPassage(id, "", text, drop=False) for text, id in names.items()}
    documents: dict[str, Document] = {text: document_of(passages[text], "es", id) for text, id in names.items()}
    with tempfile.TemporaryDirectory() as folder:
        index = HybridIndex(Path(folder), embedder)
        index.replace([(document, split(document)) for document in documents.values()])
        reader = _reader(embedder, index)
        for text, passage, answerable in pairs:
            ids = [piece.id for piece in split(documents[passage])]
            hits = _both(reader, text, "es", index.score(text, "es", ids))
            if not answerable:
                yield Read(QaQuestion(text, passages[passage], ()), "es", hits, "", answerable=False)
    print(f"{file.stem}: read", flush=True)


def _reader(embedder: SentenceTransformerEmbedder, index: HybridIndex) -> Reader:
    reader = chosen_reader(Settings(), embedder, index.lower_states)
    if reader is None:
        raise SystemExit("there is no reader: train one first, with python -m bot.training.train_reader")
    return reader


def _both(reader: Reader, question: str, language: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    nothing = Refusal({}, {}, {})
    return tuple(reread(reader, question, language, hits, Weighing(EVEN, EVEN, nothing)))


def _ranking(read: Sequence[Read]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of the search's score and of the reader's, for each case."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    rows = [row for entry in read if entry.answerable and (row := _row(entry))]

    def loss(weights: "np.typing.NDArray[np.float64]") -> float:
        total = PENALTY * float(((weights - 1) ** 2).sum())
        for signals, right in rows:
            scores = signals @ weights
            total += (float(np.logaddexp.reduce(scores)) - float(np.logaddexp.reduce(scores[right]))) / len(rows)
        return total

    weights = minimize(loss, np.ones(4), method="L-BFGS-B", bounds=[(0.0, None)] * 4).x
    numbers = [round(float(weight), 4) for weight in weights]
    return dict(zip(CASES, numbers[:2], strict=True)), dict(zip(CASES, numbers[2:], strict=True))


def _row(entry: Read) -> "tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.bool_]] | None":
    """For each sentence the search's score and the reader's, in the columns of its case; and whether it answers."""
    signals, right = [], []
    for hit in entry.hits:
        good = set(answering(hit.passage, entry.question)) if hit.passage.document_id == entry.id else set()
        for sentence in hit.sentences:
            read = sentence.signals[READ]
            column = CASES.index(case_of(entry.language, hit.passage))
            row = [0.0] * 4
            row[column], row[2 + column] = sentence.score - read, read
            signals.append(row)
            right.append(sentence.span in good)
    return (np.asarray(signals), np.asarray(right)) if any(right) else None


def _examples(read: Sequence[Read], found: Mapping[str, float], own: Mapping[str, float]) -> Iterator[Example]:
    for entry in read:
        hits = [_weighed(hit, case_of(entry.language, hit.passage), found, own) for hit in entry.hits]
        if example := example_of(entry.question, entry.language, hits, entry.id, answerable=entry.answerable):
            yield example


def _weighed(hit: Hit, case: str, found: Mapping[str, float], own: Mapping[str, float]) -> Hit:
    sentences = tuple(
        replace(s, score=found[case] * (s.score - s.signals[READ]) + own[case] * s.signals[READ]) for s in hit.sentences
    )
    return replace(hit, sentences=sentences)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "data/models"))
