"""The indexed passages with their vectors and token states, in one SQLite file with an FTS5 table.

This file is the index's own truth: Chroma holds a copy of the vectors and is filled from here. Token states
are kept as int8, scaled per token by their largest component; the lower states that the reader goes on from as
float16.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.database import connect, migrate
from corpus.errors import StorageError
from corpus.models import Passage, Span
from vectorstore.embedder import LowerStates, PassageEncoding
from vectorstore.geometry import Array, unit
from vectorstore.lexical import match_any, terms

REBUILT = "it is built again from the library when the program starts"
PAGE = 500  # parameters of one statement
MIGRATIONS = (
    """
    CREATE TABLE passages (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        document_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        "start" INTEGER NOT NULL,
        text TEXT NOT NULL,
        language TEXT NOT NULL,
        sentences TEXT NOT NULL,
        terms INTEGER NOT NULL
    );
    CREATE INDEX passages_of_document ON passages (document_id, version);
    CREATE INDEX passages_by_length ON passages (terms);
    CREATE TABLE encodings (
        number INTEGER PRIMARY KEY,
        vector BLOB NOT NULL,
        tokens BLOB NOT NULL,
        offsets BLOB NOT NULL
    );
    CREATE VIRTUAL TABLE postings USING fts5 (words, tokenize = "unicode61 remove_diacritics 0");
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab (postings, row);
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    """
    CREATE TABLE lower_states (
        number INTEGER PRIMARY KEY,
        states BLOB NOT NULL,
        pieces BLOB NOT NULL
    );
    """,
)


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage as the index holds it: its vector [hidden] and its terms (title included)."""

    number: int
    passage: Passage
    vector: Array
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The unit token states of a passage [n, reduced] and their code points in it [n, 2]."""

    tokens: Array
    offsets: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many passages there are and how many terms they have on average."""

    passages: int
    average_terms: float


class PassageStore:
    """The passages under `path`; a connection is opened for each operation, so that any thread may call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._connection() as db:
            migrate(db, MIGRATIONS)

    def put(self, passages: Sequence[tuple[Passage, str]], encodings: Sequence[PassageEncoding]) -> None:
        """Add passages, each with its document's title, that are not there yet; one transaction."""
        with self._connection() as db:
            for (passage, title), encoding in zip(passages, encodings, strict=True):
                found = terms(f"{title}\n{passage.text}")
                cursor = db.execute(
                    'INSERT OR IGNORE INTO passages (id, document_id, version, "start", text, language, '
                    "sentences, terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        passage.id,
                        passage.document_id,
                        passage.version,
                        passage.span.start,
                        passage.text,
                        passage.language,
                        json.dumps([[s.start, s.end] for s in passage.sentences]),
                        len(found),
                    ),
                )
                if not cursor.rowcount:
                    continue
                number = cursor.lastrowid
                db.execute("INSERT INTO postings (rowid, words) VALUES (?, ?)", (number, " ".join(found)))
                vector, offsets = encoding.vector.astype("<f4"), encoding.offsets.astype("<i2")
                db.execute(
                    "INSERT INTO encodings VALUES (?, ?, ?, ?)",
                    (number, vector.tobytes(), _packed(encoding.tokens), offsets.tobytes()),
                )
                if (lower := encoding.lower) is not None:
                    states, pieces = lower.states.astype("<f2"), lower.pieces.astype("<i4")
                    db.execute(
                        "INSERT INTO lower_states VALUES (?, ?, ?)", (number, states.tobytes(), pieces.tobytes())
                    )

    def ids_of(self, document_id: str) -> list[str]:
        """The passages of every indexed version of a document."""
        with self._connection() as db:
            rows = db.execute("SELECT id FROM passages WHERE document_id = ? ORDER BY number", (document_id,))
            return [row[0] for row in rows]

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; an id that is not there is ignored."""
        with self._connection() as db:
            for page in _pages(ids):
                chosen = f"SELECT number FROM passages WHERE id IN ({_marks(page)})"
                db.execute(f"DELETE FROM postings WHERE rowid IN ({chosen})", page)
                db.execute(f"DELETE FROM encodings WHERE number IN ({chosen})", page)
                db.execute(f"DELETE FROM lower_states WHERE number IN ({chosen})", page)
                db.execute(f"DELETE FROM passages WHERE id IN ({_marks(page)})", page)

    def clear(self) -> None:
        """Remove everything."""
        with self._connection() as db:
            for table in ("passages", "encodings", "lower_states", "postings", "meta"):
                db.execute(f"DELETE FROM {table}")

    def statistics(self) -> Statistics:
        """Counts that BM25 needs."""
        with self._connection() as db:
            count, average = db.execute("SELECT count(*), avg(terms) FROM passages").fetchone()
        return Statistics(count, average or 1.0)

    def frequencies(self, wanted: Iterable[str]) -> dict[str, int]:
        """How many passages hold each of the terms."""
        with self._connection() as db:
            counts = {
                term: db.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
                for term in set(wanted)
            }
        return {term: row[0] for term, row in counts.items() if row}

    def vocabularies(self) -> dict[str, frozenset[str]]:
        """Every term of every passage, by language."""
        found: dict[str, set[str]] = {}
        with self._connection() as db:
            rows = db.execute("SELECT language, words FROM passages JOIN postings ON postings.rowid = number")
            for language, words in rows:
                found.setdefault(language, set()).update(words.split())
        return {language: frozenset(words) for language, words in found.items()}

    def matching(self, wanted: Sequence[str], count: int) -> list[str]:
        """At most `count` ids of passages that hold any of the terms, best BM25 first."""
        if not wanted:
            return []
        with self._connection() as db:
            rows = db.execute(
                "SELECT id FROM (SELECT rowid AS number, rank FROM postings WHERE postings MATCH ? "
                "ORDER BY rank LIMIT ?) JOIN passages USING (number) ORDER BY rank, number",
                (match_any(wanted), count),
            )
            return [row[0] for row in rows]

    def get(self, ids: Sequence[str]) -> list[IndexedPassage]:
        """Passages by id, in the order asked for; ids that are not there are left out."""
        found: dict[str, IndexedPassage] = {}
        with self._connection() as db:
            for page in _pages(ids):
                rows = db.execute(
                    'SELECT number, id, document_id, version, "start", text, language, sentences, vector, words '
                    "FROM passages JOIN encodings USING (number) JOIN postings ON postings.rowid = number "
                    f"WHERE id IN ({_marks(page)})",
                    page,
                )
                found |= {row[1]: _indexed(row) for row in rows}
        return [found[i] for i in ids if i in found]

    def states(self, numbers: Sequence[int]) -> dict[int, TokenStates]:
        """The token states of passages, by number."""
        with self._connection() as db:
            rows = db.execute(
                f"SELECT number, tokens, offsets FROM encodings WHERE number IN ({_marks(numbers)})", numbers
            ).fetchall()
        return {
            number: TokenStates(_unpacked(tokens, len(offsets) // 4), _offsets(offsets))
            for number, tokens, offsets in rows
        }

    def lower_states(self, ids: Sequence[str]) -> dict[str, LowerStates]:
        """The lower states of passages, by id; of those that have them."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT id, states, pieces, offsets FROM passages JOIN lower_states USING (number) "
                f"JOIN encodings USING (number) WHERE id IN ({_marks(ids)})",
                ids,
            ).fetchall()
        return {id: _lower(states, pieces, offsets) for id, states, pieces, offsets in rows}

    def without_lower_states(self) -> int:
        """How many passages have none."""
        with self._connection() as db:
            left = "SELECT count(*) FROM passages WHERE number NOT IN (SELECT number FROM lower_states)"
            return int(db.execute(left).fetchone()[0])

    def vectors(self) -> Iterator[tuple[str, Array]]:
        """Every id with its vector, in order."""
        last = 0
        while True:
            with self._connection() as db:
                rows = db.execute(
                    "SELECT number, id, vector FROM passages JOIN encodings USING (number) WHERE number > ? "
                    "ORDER BY number LIMIT ?",
                    (last, PAGE),
                ).fetchall()
            if not rows:
                return
            yield from ((row[1], np.frombuffer(row[2], "<f4")) for row in rows)
            last = rows[-1][0]

    def count_by_document(self) -> Counter[tuple[str, int]]:
        """How many passages each document version has."""
        with self._connection() as db:
            rows = db.execute("SELECT document_id, version, count(*) FROM passages GROUP BY 1, 2").fetchall()
        return Counter({(row[0], row[1]): row[2] for row in rows})

    def meta(self, key: str) -> str | None:
        """A value kept beside the passages, such as the stamp of the model."""
        with self._connection() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value beside the passages."""
        with self._connection() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self.path, remedy=f"If it is damaged, delete the folder {self.path.parent}: {REBUILT}") as db:
            yield db


def _indexed(row: tuple[int, str, str, int, int, str, str, str, bytes, str]) -> IndexedPassage:
    number, _, document_id, version, start, text, language, sentences, vector, words = row
    passage = Passage(
        document_id,
        version,
        Span(start, start + len(text)),
        text,
        language,
        tuple(Span(*span) for span in json.loads(sentences)),
    )
    return IndexedPassage(number, passage, np.frombuffer(vector, "<f4"), tuple(words.split()))


def _packed(tokens: Array) -> bytes:
    largest = np.maximum(np.abs(tokens).max(axis=-1, keepdims=True, initial=0), 1e-12)
    packed: npt.NDArray[np.int8] = np.round(tokens * (127 / largest)).astype(np.int8)
    return packed.tobytes()


def _unpacked(data: bytes, count: int) -> Array:
    if not count:
        return np.zeros((0, 1), np.float32)
    return unit(np.frombuffer(data, np.int8).reshape(count, -1).astype(np.float32))


def _lower(states: bytes, pieces: bytes, offsets: bytes) -> LowerStates:
    found = np.frombuffer(pieces, "<i4").astype(np.int32)
    rows = np.frombuffer(states, "<f2").reshape(len(found), -1) if len(found) else np.zeros((0, 1), np.float16)
    return LowerStates(rows, found, _offsets(offsets))


def _offsets(data: bytes) -> npt.NDArray[np.int32]:
    return np.frombuffer(data, "<i2").reshape(-1, 2).astype(np.int32)


def _pages(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))


def _marks(values: Sequence[object]) -> str:
    if len(values) > PAGE:
        raise StorageError(f"asked for {len(values)} passages at once, at most {PAGE} are read")
    return ", ".join("?" * len(values))
