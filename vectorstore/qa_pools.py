"""Indexes built from question-answering sets: one a set, and one of several languages mixed."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.models import Content, Document, Metadata, Passage, Span
from corpus.split import split
from vectorstore.embedder import PassageEmbedder
from vectorstore.index import HybridIndex
from vectorstore.qa_data import QaPassage, QaQuestion, QaSet

SEED = 11
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Pool:
    """One index, and the questions asked of it with their language and the document that answers."""

    name: str
    documents: tuple[tuple[QaPassage, str, str], ...]
    """Passage, its language, and the id of its document."""
    questions: tuple[tuple[QaQuestion, str, str], ...]
    """Question, its language, and the id of the document that answers."""


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
    documents = [(parallel[chosen[n]].passages[n], parallel[chosen[n]].language, f"p{n}") for n in numbers]
    questions = []
    for data in parallel:
        position = {passage.pid: f"p{n}" for n, passage in enumerate(data.passages)}
        questions += [(q, data.language, position[q.passage.pid]) for q in data.questions]
    return [Pool(MIXED, tuple(documents), tuple(questions))]


def build(pool: Pool, embedder: PassageEmbedder, folder: Path) -> HybridIndex:
    """The index of a pool under `folder`."""
    index = HybridIndex(folder, embedder)
    documents = [document_of(passage, language, id) for passage, language, id in pool.documents]
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
    shared = [names for names, count in titles.most_common(1) if count > 1]
    return [data for data in sets if tuple(passage.title for passage in data.passages) in shared]


def document_of(passage: QaPassage, language: str, id: str) -> Document:
    """A passage of a set as a document of one passage or more."""
    title = passage.title.replace("_", " ").strip() or id
    return Document(Metadata(id, title, language), 1, Content(passage.text), "")
