"""The Chroma collection of passage vectors, embedded or on a server: ids near a vector, nothing more.

Chroma is derived: vectors and texts are kept in `vectorstore.passages`, from which a damaged or missing
collection is filled again. A collection remembers which model built it and is refused to another.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from corpus.errors import StorageError
from vectorstore.geometry import Array

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

COLLECTION = "passages"
PAGE = 5_000
# Recall@10 of .91 to 1.0 at Chroma's default of 100; unfiltered queries stay near a millisecond at 400.
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}


class ModelMismatch(StorageError):
    """The collection was built by another model."""


class ChromaStore:
    """Vectors by passage id in one collection.

    `where` is a folder (embedded) or an http address (`chroma run`).
    """

    def __init__(self, where: Path | str, stamp: str) -> None:
        self.where = where
        self.stamp = stamp
        self._client = self._connect()
        self._collection = self._open()

    def upsert(self, ids: Sequence[str], vectors: Sequence[Array]) -> None:
        """Add or replace vectors."""
        with self._failing():
            most = min(self._client.get_max_batch_size(), PAGE)
            for start in range(0, len(ids), most):
                self._collection.upsert(
                    ids=list(ids[start : start + most]),
                    embeddings=[np.asarray(v, np.float32) for v in vectors[start : start + most]],
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; an id that is not there is ignored."""
        with self._failing():
            for start in range(0, len(ids), PAGE):
                self._collection.delete(ids=list(ids[start : start + PAGE]))

    def nearest(self, vector: Array, count: int) -> list[str]:
        """At most `count` ids, nearest first."""
        with self._failing():
            if not (held := self._collection.count()):
                return []
            found = self._collection.query(
                query_embeddings=[np.asarray(vector, np.float32)],
                n_results=min(count, held),
                include=["distances"],
            )
        return list(found["ids"][0])

    def count(self) -> int:
        """How many vectors the collection says that it holds."""
        with self._failing():
            return int(self._collection.count())

    def has(self, ids: Sequence[str]) -> bool:
        """Whether the vectors of all `ids` can be read; StorageError when Chroma knows one and lost its vector."""
        if not ids:
            return True
        with self._failing():
            page = self._collection.get(ids=list(ids), include=["embeddings"])
        return len(page["ids"]) == len(ids)

    def ids(self) -> Iterator[str]:
        """Every id whose vector can really be read, page by page; StorageError when Chroma misses one."""
        for start in range(0, self.count(), PAGE):
            with self._failing():
                page = self._collection.get(limit=PAGE, offset=start, include=["embeddings"])
            vectors = page["embeddings"]
            if vectors is not None:
                yield from (i for i, v in zip(page["ids"], vectors, strict=True) if len(v))

    def clear(self) -> None:
        """Drop the collection, whatever built it, and begin an empty one."""
        try:
            self._client.delete_collection(COLLECTION)
        except Exception as error:
            if isinstance(self.where, str):
                raise StorageError(f"the Chroma server at {self.where} refused: {error}") from error
            set_aside(self.where)
            self._client = self._connect()
        self._collection = self._create()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Errors of Chroma as one of ours; it raises its own types, the Rust core's and those of HTTP."""
        try:
            yield
        except Exception as error:
            where = f"the server at {self.where}" if isinstance(self.where, str) else f"the folder {self.where.name}"
            raise StorageError(
                f"Chroma cannot read or write {where} ({str(error)[:200]}). Check that it runs, or run: reindex"
            ) from error

    def _connect(self) -> "ClientAPI":
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        try:
            if isinstance(self.where, Path):
                self.where.mkdir(parents=True, exist_ok=True)
                return chromadb.PersistentClient(str(self.where), settings=settings)
            address = urlsplit(self.where)
            ssl = address.scheme == "https"
            return chromadb.HttpClient(
                address.hostname or "localhost",
                address.port or (443 if ssl else 8000),
                ssl=ssl,
                settings=settings,
            )
        except Exception as error:
            raise StorageError(
                f"Chroma cannot be opened at {self.where} ({error}). "
                "Check BOT_CHROMA_URL, or rebuild the index with: reindex"
            ) from error

    def _open(self) -> Any:
        from chromadb.errors import NotFoundError

        try:
            with self._failing():
                collection = self._client.get_collection(COLLECTION, embedding_function=None)
        except StorageError as error:
            if isinstance(error.__cause__, NotFoundError):
                return self._create()
            raise
        built_by = (collection.metadata or {}).get("stamp")
        if built_by != self.stamp:
            raise ModelMismatch(
                f"The index was built with the model {built_by}, the settings name {self.stamp}. "
                "Restore the setting BOT_EMBEDDING_MODEL, or rebuild the index with: reindex"
            )
        return collection

    def _create(self) -> Any:
        return self._client.create_collection(
            COLLECTION,
            metadata={"stamp": self.stamp},
            configuration={"hnsw": HNSW},  # type: ignore[arg-type]
            embedding_function=None,
        )


def open_cleared(where: Path | str, stamp: str) -> ChromaStore:
    """Open an empty collection: one of another model is dropped, a damaged store set aside."""
    try:
        store = ChromaStore(where, stamp)
    except ModelMismatch:
        store = ChromaStore.__new__(ChromaStore)
        store.where, store.stamp = where, stamp
        store._client = store._connect()
    except StorageError:
        if isinstance(where, str):
            raise
        set_aside(where)
        return ChromaStore(where, stamp)
    store.clear()
    return store


def set_aside(folder: Path) -> None:
    """Keep an unreadable store for inspection and make room for a new one in its place."""
    from chromadb.api.shared_system_client import SharedSystemClient

    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    shutil.move(folder, folder.with_name(f"{folder.name}.unreadable-{now}"))
    SharedSystemClient.clear_system_cache()
