"""A fake embedder whose vectors depend on the text, and short ways to make documents.

Words become seeded random unit vectors (from their own hash and that of their character runs), texts become
sums of them: texts that share words are near each other, and inflected forms are nearer than strangers.
"""

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from corpus.arrivals import Arrival, arrivals
from corpus.ingest import Ingest, Outcome, PassageIndex, Progress
from corpus.models import Content, Document, Metadata, Passage
from corpus.split import split
from corpus.web.fetch import Fetched
from vectorstore.embedder import LowerStates, PassageEncoding, QueryEncoding
from vectorstore.geometry import Array, Role, unit
from vectorstore.lexical import fold

HIDDEN, REDUCED = 96, 32
MOST_TOKENS = 200
RUN = 3
WORD = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+")


class FakeEmbedder:
    """A `PassageEmbedder` without a model.

    `encoded` counts the passages it was given. `delay` seconds pass for each; the passage after `fails_after`
    others raises RuntimeError.
    """

    def __init__(self, stamp: str = "fake/1", *, delay: float = 0.0, fails_after: int | None = None) -> None:
        self._stamp = stamp
        self.delay = delay
        self.fails_after = fails_after
        self.encoded = 0

    @property
    def stamp(self) -> str:
        return self._stamp

    def encode_query(self, text: str, language: str) -> QueryEncoding:
        vector, states, _ = _encode(text)
        return QueryEncoding(vector, states, np.full(len(states), 1 / max(len(states), 1), np.float32))

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Iterator[PassageEncoding]:
        for text, _ in zip(texts, languages, strict=True):
            if self.fails_after is not None and self.encoded >= self.fails_after:
                raise RuntimeError("the fake embedder fails here")
            time.sleep(self.delay)
            self.encoded += 1
            yield PassageEncoding(*_encode(text))

    def encode_lower(self, texts: Sequence[str], role: Role) -> list[LowerStates]:
        return []


class RecordingIndex(PassageIndex):
    """An index that only remembers: version and passages by document."""

    def __init__(self) -> None:
        self.passages: dict[str, tuple[int, tuple[Passage, ...]]] = {}
        self.calls: list[list[str]] = []
        self.fails = False

    def replace(self, documents, progress=lambda _done, _of: None):  # type: ignore[no-untyped-def]
        self.calls.append([document.id for document, _ in documents])
        if self.fails:
            raise RuntimeError("the fake index fails here")
        for done, (document, passages) in enumerate(documents, start=1):
            self.passages[document.id] = document.version, passages
            progress(done, len(documents))

    def remove(self, document_id: str) -> None:
        if self.fails:
            raise RuntimeError("the fake index fails here")
        self.passages.pop(document_id, None)

    def held(self) -> set[tuple[str, int]]:
        return {(document_id, version) for document_id, (version, _) in self.passages.items()}


def add_files(ingest: Ingest, paths: Sequence[Path], progress: Progress = lambda *_: None) -> list[Outcome]:
    """Files on their way in; none of them is at a web address."""
    return ingest.add(arrivals(paths, _not_fetched), progress)


def add_bytes(ingest: Ingest, data: bytes, name: str) -> Outcome:
    """One file on its way in, by its content."""
    (outcome,) = ingest.add([Arrival(name, name, data)])
    return outcome


def _not_fetched(address: str) -> Fetched:
    raise AssertionError(f"{address} was fetched")


def make_document(
    text: str, id: str = "note", *, language: str = "fr", version: int = 1, title: str = "Note"
) -> Document:
    """A document as the library gives it."""
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(Metadata(id=id, title=title, language=language), version, Content(text), sha256)


def with_passages(*documents: Document) -> list[tuple[Document, tuple[Passage, ...]]]:
    """What `HybridIndex.replace` takes."""
    return [(document, split(document)) for document in documents]


def make_file(text: str, id: str, *, language: str = "fr", **more: str) -> bytes:
    """A curated document."""
    head = {"id": id, "title": f"Titre de {id}", "language": language} | more
    lines = "\n".join(f"{key}: {value}" for key, value in head.items())
    return f"---\n{lines}\n---\n\n{text}\n".encode()


def _encode(text: str) -> tuple[Array, Array, np.ndarray]:
    """The vector of a text, its token states and their offsets."""
    found = list(WORD.finditer(text))[:MOST_TOKENS]
    states = np.zeros((len(found), HIDDEN), np.float32)
    for row, match in enumerate(found):
        states[row] = _state(fold(match[0]))
    offsets = np.array([match.span() for match in found], np.int32).reshape(-1, 2)
    vector = states.sum(axis=0) if len(found) else _seeded(f"nothing:{text}")
    return unit(vector), unit(states[:, :REDUCED]), offsets


@cache
def _state(word: str) -> Array:
    runs = [word[start : start + RUN] for start in range(len(word) - RUN + 1)]
    return unit(_seeded(word) + sum((_seeded(run) for run in runs), np.zeros(HIDDEN, np.float32)) / RUN)


@cache
def _seeded(text: str) -> Array:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return unit(np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal(HIDDEN))


def forget_chroma_clients() -> None:
    """Let the next store open its files as a new process would: Chroma keeps one client a path."""
    from chromadb.api.shared_system_client import SharedSystemClient

    for system in list(SharedSystemClient._identifier_to_system.values()):
        system.stop()
        for part in system._instances.values():
            if session := getattr(part, "_session", None):
                session.close()  # of HTTP, which `stop` leaves open
    SharedSystemClient.clear_system_cache()
