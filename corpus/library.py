"""The library: every version of every document, kept for good in one SQLite file.

Originals are content-addressed (SHA-256). A version is `pending` until the index holds it, then `ready`;
`remove` takes a document out of answers but keeps its versions, so that permalinks still open.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from corpus.errors import StorageError, UnknownDocument
from corpus.models import DOCUMENT_ID, Content, Document, Heading, Metadata, Span

State = Literal["pending", "ready", "removed"]
MOST_VERSIONS = 2**31
REMEDY = "Stop other programs that use it and free some disk space; a damaged file must come back from a copy."
TRIES = 200  # of a change that does not wait, 0.05 seconds apart

MIGRATIONS = (
    """
    CREATE TABLE originals (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL);
    CREATE TABLE versions (
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        sha256 TEXT NOT NULL REFERENCES originals (sha256),
        metadata TEXT NOT NULL,
        text TEXT NOT NULL,
        headings TEXT NOT NULL,
        pages TEXT NOT NULL,
        saved_at TEXT NOT NULL,
        PRIMARY KEY (id, version)
    );
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'removed'))
    );
    CREATE INDEX versions_by_hash ON versions (sha256);
    """,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the library's list: the current version of a document and its state."""

    metadata: Metadata
    version: int
    state: State
    sha256: str


class Library:
    """Documents and their versions under `path` (an SQLite file, made when missing).

    A connection is opened for each operation, so that any thread may call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._connection() as db:
            migrate(db, MIGRATIONS)

    def save(self, data: bytes, name: str, metadata: Metadata, content: Content) -> tuple[Document, bool]:
        """Store a version and make it current, as pending.

        Returns the document and whether anything is new: the same bytes as the current version are
        not stored again.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        name = name.encode("utf-8", "backslashreplace").decode("utf-8")  # a name on disk may be no Unicode
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            current = self._current(db, metadata.id)
            if current and current[2] == sha256 and current[1] != "removed":
                return self._document(db, metadata.id, current[0]), False
            (version,) = db.execute(
                "SELECT coalesce(max(version), 0) + 1 FROM versions WHERE id = ?", (metadata.id,)
            ).fetchone()
            db.execute("INSERT OR IGNORE INTO originals VALUES (?, ?, ?)", (sha256, name, data))
            db.execute(
                "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    metadata.id,
                    version,
                    sha256,
                    json.dumps(asdict(metadata), ensure_ascii=False),
                    content.text,
                    json.dumps([[h.span.start, h.span.end, h.level] for h in content.headings]),
                    json.dumps(content.pages),
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ),
            )
            db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, 'pending')", (metadata.id, version))
        return Document(metadata, version, content, sha256), True

    def mark(self, document_id: str, state: State, *, version: int | None = None) -> None:
        """Set the state of a document's current version; with `version`, only while that is the current one."""
        self._check(document_id, version)
        with self._connection() as db:
            changed = db.execute(
                "UPDATE documents SET state = ? WHERE id = ? AND version = coalesce(?, version)",
                (state, document_id, version),
            )
            if not changed.rowcount and self._current(db, document_id) is None:
                raise self._unknown(document_id)

    def get(self, document_id: str, version: int | None = None) -> Document:
        """One version of a document, the current one by default.

        Raises UnknownDocument for an id or a version that was never stored.
        """
        self._check(document_id, version)
        with self._connection() as db:
            if version is None:
                current = self._current(db, document_id)
                if current is None:
                    raise self._unknown(document_id)
                version = current[0]
            return self._document(db, document_id, version)

    def text(self, document_id: str, version: int) -> str:
        """The canonical text of one version."""
        self._check(document_id, version)
        with self._connection() as db:
            row = db.execute(
                "SELECT text FROM versions WHERE id = ? AND version = ?", (document_id, version)
            ).fetchone()
        if row is None:
            raise self._unknown(document_id, version)
        return str(row[0])

    def original(self, document_id: str, version: int) -> tuple[str, bytes]:
        """The file name and the bytes that a version was made from."""
        self._check(document_id, version)
        with self._connection() as db:
            row = db.execute(
                "SELECT name, data FROM originals JOIN versions USING (sha256) WHERE id = ? AND version = ?",
                (document_id, version),
            ).fetchone()
        if row is None:
            raise self._unknown(document_id, version)
        return row[0], row[1]

    def entries(self, *states: State) -> list[Entry]:
        """The current version of every document in one of `states` (all but removed by default)."""
        wanted = states or ("pending", "ready")
        marks = ", ".join("?" * len(wanted))
        with self._connection() as db:
            rows = db.execute(
                "SELECT metadata, version, state, sha256 FROM documents JOIN versions USING (id, version) "
                f"WHERE state IN ({marks}) ORDER BY id",
                wanted,
            ).fetchall()
        return [Entry(_metadata(row[0]), *row[1:]) for row in rows]

    def holding(self, data: bytes, *, removed: bool = False) -> Entry | None:
        """The current document that was made from exactly these bytes; a removed one only when `removed`."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._connection() as db:
            row = db.execute(
                "SELECT metadata, version, state, sha256 FROM documents JOIN versions USING (id, version) "
                "WHERE sha256 = ? AND (state != 'removed' OR ?) ORDER BY state = 'removed'",
                (sha256, removed),
            ).fetchone()
        return Entry(_metadata(row[0]), *row[1:]) if row else None

    def state(self, document_id: str) -> tuple[int, State]:
        """The current version number of a document and its state."""
        self._check(document_id)
        with self._connection() as db:
            current = self._current(db, document_id)
        if current is None:
            raise self._unknown(document_id)
        return current[0], current[1]

    @staticmethod
    def _current(db: sqlite3.Connection, document_id: str) -> tuple[int, State, str] | None:
        row: tuple[int, State, str] | None = db.execute(
            "SELECT version, state, sha256 FROM documents JOIN versions USING (id, version) WHERE id = ?",
            (document_id,),
        ).fetchone()
        return row

    def _document(self, db: sqlite3.Connection, document_id: str, version: int) -> Document:
        row = db.execute(
            "SELECT metadata, text, headings, pages, sha256 FROM versions WHERE id = ? AND version = ?",
            (document_id, version),
        ).fetchone()
        if row is None:
            raise self._unknown(document_id, version)
        headings = tuple(Heading(Span(start, end), level) for start, end, level in json.loads(row[2]))
        content = Content(row[1], headings, tuple(json.loads(row[3])))
        return Document(_metadata(row[0]), version, content, row[4])

    def _check(self, document_id: str, version: int | None = None) -> None:
        """Refuse what cannot be stored: addresses of pages come from anywhere."""
        if not DOCUMENT_ID.fullmatch(document_id) or not 0 <= (version or 0) < MOST_VERSIONS:
            raise self._unknown(document_id, version)

    @staticmethod
    def _unknown(document_id: str, version: int | None = None) -> UnknownDocument:
        what = f"no document {document_id!r}" + ("" if version is None else f" in version {version}")
        return UnknownDocument(f"The library holds {what}. `list` shows what it holds.")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self.path) as db:
            yield db


@contextmanager
def connect(path: Path, *, remedy: str = REMEDY) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file, made with its folder when missing; commits at the end, rolls back on an
    error.

    Raises StorageError when the file is damaged, locked for long, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path.parent} cannot be made or is no folder ({error.strerror}): check BOT_DATA_DIR"
        ) from error
    try:
        db = sqlite3.connect(path, timeout=30)
        try:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = NORMAL")
            with db:
                yield db
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} cannot be used ({error}). {remedy}") from error


def _write_ahead(db: sqlite3.Connection) -> None:
    """Readers go on while another writes. The change of a new file does not wait for others, so it is retried."""
    for attempt in range(TRIES):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == TRIES - 1:
                raise
        time.sleep(0.05)


def migrate(db: sqlite3.Connection, migrations: tuple[str, ...]) -> None:
    """Apply the numbered steps that an SQLite file has not seen (its `user_version` counts them).

    Each is one transaction, in which the number is read again: another thread or process may be first.
    """
    while (done := _schema(db, len(migrations))) < len(migrations):
        with db:
            db.execute("BEGIN IMMEDIATE")
            if _schema(db, len(migrations)) > done:
                continue
            for statement in migrations[done].split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {done + 1}")


def _schema(db: sqlite3.Connection, known: int) -> int:
    done: int = db.execute("PRAGMA user_version").fetchone()[0]
    if done > known:
        raise StorageError(
            f"the data folder was written by a newer version (schema {done}, this one knows {known}): "
            "update this program, or give it another folder with BOT_DATA_DIR"
        )
    return done


def _metadata(text: str) -> Metadata:
    values = json.loads(text)
    return Metadata(**{**values, "sources": tuple(values["sources"])})
