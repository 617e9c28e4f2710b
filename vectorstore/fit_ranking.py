"""Fit the weights of the ranking signals on question-answering sets.

    python -m vectorstore.fit_ranking FOLDER_OF_QA_SETS

An index is built for each set, and one in which each article of the sets that are translations of each other
stands in one language at random. Questions about articles of half 0 are searched, and the weights that rank
the right passage, then the right sentence, above the others are found (softmax regression). Written to
`ranking.json`.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.models import Content, Document, Metadata, Passage, Span
from corpus.split import split
from vectorstore import fusion
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.index import HybridIndex
from vectorstore.qa_data import QaPassage, QaQuestion, QaSet, read_sets

SEED = 11
PER_SET = 300  # questions a set and pool, so that a large set does not decide alone
HITS = 25
CASES = ("same", "other")


@dataclass(frozen=True, slots=True)
class Pool:
    """One index, and the questions asked of it with their language and the document that answers."""

    name: str
    documents: tuple[tuple[QaPassage, str, str], ...]
    """Passage, its language, and the id of its document."""
    questions: tuple[tuple[QaQuestion, str, str], ...]
    """Question, its language, and the id of the document that answers."""


def main(folder: Path, models: Path) -> None:
    embedder = SentenceTransformerEmbedder(None, models)
    sets = read_sets(folder)
    rows = [row for pool in [*single_pools(sets), *mixed_pools(sets)] for row in _rows(pool, embedder)]
    weights = _fit(rows)
    value = {"command": "python -m vectorstore.fit_ranking FOLDER_OF_QA_SETS", "weights": weights}
    fusion.COMMITTED.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(weights, indent=1))


def single_pools(sets: Sequence[QaSet]) -> list[Pool]:
    """Each set with all its passages as one index."""
    return [_single(data) for data in sets]


def mixed_pools(sets: Sequence[QaSet]) -> list[Pool]:
    """One pool of the sets that are translations of each other: each article in one language at random."""
    parallel = _parallel(sets)
    if len(parallel) < 2:
        return []
    draw = random.Random(SEED)
    numbers = range(len(parallel[0].passages))
    chosen = {number: draw.randrange(len(parallel)) for number in numbers}
    documents = [
        (parallel[chosen[n]].passages[n], parallel[chosen[n]].language, f"p{n}") for n in numbers
    ]
    questions = []
    for data in parallel:
        position = {passage.pid: f"p{n}" for n, passage in enumerate(data.passages)}
        questions += [(q, data.language, position[q.passage.pid]) for q in data.questions]
    return [Pool("mixed", tuple(documents), tuple(questions))]


def build(pool: Pool, embedder: SentenceTransformerEmbedder, folder: Path) -> HybridIndex:
    """The index of a pool under `folder`."""
    index = HybridIndex(folder, embedder)
    documents = [_document(passage, language, id) for passage, language, id in pool.documents]
    index.replace([(document, split(document)) for document in documents])
    return index


def answering(passage: Passage, question: QaQuestion) -> Iterator[Span]:
    """The sentences of a passage of the right document in which an answer begins."""
    for span in passage.sentences:
        if any(span.start <= answer.start < span.end for answer in question.answers):
            yield span


def _single(data: QaSet) -> Pool:
    names = {passage.pid: f"p{n}" for n, passage in enumerate(data.passages)}
    documents = tuple((passage, data.language, names[passage.pid]) for passage in data.passages)
    questions = tuple((q, data.language, names[q.passage.pid]) for q in data.questions)
    return Pool(data.name, documents, questions)


def _parallel(sets: Sequence[QaSet]) -> list[QaSet]:
    """The sets that have the same titles in the same order."""
    titles = Counter(tuple(p.title for p in data.passages) for data in sets)
    shared, count = titles.most_common(1)[0]
    return [d for d in sets if count > 1 and tuple(p.title for p in d.passages) == shared]


def _document(passage: QaPassage, language: str, id: str) -> Document:
    title = passage.title.replace("_", " ").strip() or id
    return Document(Metadata(id, title, language), 1, Content(passage.text), "")


@dataclass(frozen=True, slots=True)
class _Row:
    """The hits of one question: signals, case, and whether passage and sentences are right."""

    case: list[str]
    passages: list[dict[str, float]]
    right: list[bool]
    sentences: list[tuple[int, dict[str, float], bool]]


def _rows(pool: Pool, embedder: SentenceTransformerEmbedder) -> Iterator[_Row]:
    questions = [entry for entry in pool.questions if entry[0].passage.half == 0]
    random.Random(SEED).shuffle(questions)
    most = PER_SET * (5 if pool.name == "mixed" else 1)
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        for question, language, right in questions[:most]:
            row = _Row([], [], [], [])
            for hit in index.search(question.question, language, limit=HITS):
                is_right = hit.passage.document_id == right
                good = set(answering(hit.passage, question)) if is_right and question.answers else set()
                row.case.append(fusion.case_of(language, hit.passage))
                row.passages.append(dict(hit.signals))
                row.right.append(is_right)
                number = len(row.right) - 1
                row.sentences.extend((number, dict(s.signals), s.span in good) for s in hit.sentences)
            if any(row.right):
                yield row
    print(f"{pool.name}: searched", flush=True)


def _fit(rows: Sequence[_Row]) -> dict[str, Any]:
    import torch

    torch.manual_seed(SEED)
    passage = {case: torch.full((len(fusion.PASSAGE_SIGNALS),), 6.0, requires_grad=True) for case in CASES}
    sentence = {case: torch.full((len(fusion.SENTENCE_SIGNALS),), 6.0, requires_grad=True) for case in CASES}
    base = torch.zeros((), requires_grad=True)
    prepared = [_tensors(row) for row in rows]
    optimiser = torch.optim.Adam([*passage.values(), *sentence.values(), base], lr=0.3)
    for epoch in range(60):
        losses = [_loss(item, passage, sentence, base) for item in prepared]
        loss = torch.stack(losses).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1} loss {loss.item():.4f}", flush=True)
    return {
        case: {
            "passage": _named(fusion.PASSAGE_SIGNALS, passage[case]),
            "sentence": _named(fusion.SENTENCE_SIGNALS, sentence[case]),
            "base": round(float(base), 3) if case == "other" else 0.0,
        }
        for case in CASES
    }


def _named(names: Sequence[str], values: Any) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(names, values, strict=True)}


def _tensors(row: _Row) -> tuple[Any, ...]:
    import torch

    other = torch.tensor([case == "other" for case in row.case])
    signals = torch.tensor([[p[name] for name in fusion.PASSAGE_SIGNALS] for p in row.passages])
    sentences = torch.tensor([[s[name] for name in fusion.SENTENCE_SIGNALS] for _, s, _ in row.sentences])
    owner = torch.tensor([number for number, _, _ in row.sentences])
    good = torch.tensor([right for _, _, right in row.sentences])
    return other, signals, torch.tensor(row.right), sentences, owner, good


def _loss(item: tuple[Any, ...], passage: Any, sentence: Any, base: Any) -> Any:
    import torch

    other, signals, right, sentences, owner, good = item
    scores = torch.where(other, signals @ passage["other"] + base, signals @ passage["same"])
    loss = torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0)
    if good.any():
        own = torch.where(other[owner], sentences @ sentence["other"], sentences @ sentence["same"])
        total = scores[owner] + own
        loss = loss + torch.logsumexp(total, 0) - torch.logsumexp(total[good], 0)
    return loss


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "data/models"))
