"""The library: every version of every document, kept for good in one SQLite file.

Originals are content-addressed (SHA-256). A version is `pending` until the index holds it, then `ready`;
`removed` takes a document out of answers but keeps its versions, so that permalinks still open. A passage can
be withdrawn alone. What is followed (a folder, addresses) is remembered by the hash that was last seen.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from corpus.codec import content_from, content_values, metadata_from, metadata_values
from corpus.database import connect as connect
from corpus.database import migrate as migrate
from corpus.errors import UnknownDocument
from corpus.models import DOCUMENT_ID, Content, Document, Metadata, Span

State = Literal["pending", "ready", "removed"]
MOST_VERSIONS = 2**31

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
    """
    ALTER TABLE documents ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN changed_at TEXT NOT NULL DEFAULT '';
    CREATE TABLE withdrawals (
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        "start" INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        reason TEXT NOT NULL,
        withdrawn_at TEXT NOT NULL,
        PRIMARY KEY (id, version, "start", "end")
    );
    CREATE TABLE followed (
        source TEXT NOT NULL,
        key TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        document_id TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        PRIMARY KEY (source, key)
    );
    """,
)
OCCURRENCES = 100  # of a withdrawn passage that are looked for in a new version


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the library's list: the current version of a document and its state."""

    metadata: Metadata
    version: int
    state: State
    sha256: str


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A stored version without its text. Times are ISO 8601, UTC; `replaced_at` is None for the newest."""

    version: int
    name: str
    metadata: Metadata
    sha256: str
    saved_at: str
    replaced_at: str | None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A passage of a version that is quoted no more, and why."""

    version: int
    span: Span
    reason: str
    withdrawn_at: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Why and when a document was taken out of answers; the reason may be empty."""

    reason: str
    removed_at: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What was last seen at one place of a source (a file of a folder, an address)."""

    key: str
    sha256: str
    document_id: str
    seen_at: str


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

        Returns the document and whether anything is new: the same bytes, metadata and text as those of the
        current version are not stored again. What was withdrawn stays withdrawn where it stands again.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        name = name.encode("utf-8", "backslashreplace").decode("utf-8")  # a name on disk may be no Unicode
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            current = self._current(db, metadata.id)
            if current and current[2] == sha256 and current[1] != "removed":
                held = self._document(db, metadata.id, current[0])
                if (held.metadata, held.content) == (metadata, content):
                    return held, False
            db.execute("INSERT OR IGNORE INTO originals VALUES (?, ?, ?)", (sha256, name, data))
            return self._append(db, metadata, content, sha256), True

    def restore(self, document_id: str, version: int) -> Document:
        """Make an old version current again, as a new version of the same content, pending."""
        self._check(document_id, version)
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            old = self._document(db, document_id, version)
            new = self._append(db, old.metadata, old.content, old.sha256)
            self._carry_withdrawals(db, old, new)  # beside those of the version that it replaces
            return new

    def _append(self, db: sqlite3.Connection, metadata: Metadata, content: Content, sha256: str) -> Document:
        """The next version of a document, current and pending."""
        id = metadata.id
        (newest,) = db.execute("SELECT coalesce(max(version), 0) FROM versions WHERE id = ?", (id,)).fetchone()
        current = self._current(db, id)
        document = Document(metadata, newest + 1, content, sha256)
        values = content_values(content)
        columns = (_json(metadata_values(metadata)), content.text, _json(values["headings"]), _json(values["pages"]))
        db.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (id, document.version, sha256, *columns, _now())
        )
        self._set(db, id, document.version, "pending")
        if current:
            self._carry_withdrawals(db, self._document(db, id, current[0]), document)
        return document

    @staticmethod
    def _carry_withdrawals(db: sqlite3.Connection, old: Document, new: Document) -> None:
        """A passage that was withdrawn stays so in a version that has the same words."""
        rows = db.execute(
            'SELECT "start", "end", reason, withdrawn_at FROM withdrawals WHERE id = ? AND version = ?',
            (old.id, old.version),
        ).fetchall()
        for start, end, reason, at in rows:
            words, position = old.text[start:end], -1
            for _ in range(OCCURRENCES):
                position = new.text.find(words, position + 1)
                if position < 0:
                    break
                values = (new.id, new.version, position, position + len(words), reason, at)
                db.execute("INSERT OR IGNORE INTO withdrawals VALUES (?, ?, ?, ?, ?, ?)", values)

    @staticmethod
    def _set(db: sqlite3.Connection, document_id: str, version: int, state: State, reason: str = "") -> None:
        values = (document_id, version, state, reason, _now())
        db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", values)

    def mark(self, document_id: str, state: State, *, version: int | None = None, reason: str = "") -> None:
        """Set the state of a document's current version, and why; with `version`, only while it is the current one."""
        self._check(document_id, version)
        with self._connection() as db:
            changed = db.execute(
                "UPDATE documents SET state = ?, reason = ?, changed_at = ? "
                "WHERE id = ? AND version = coalesce(?, version)",
                (state, reason, _now(), document_id, version),
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

    def holding(self, data: bytes) -> Entry | None:
        """The current document that was made from exactly these bytes and is not removed."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._connection() as db:
            row = db.execute(
                "SELECT metadata, version, state, sha256 FROM documents JOIN versions USING (id, version) "
                "WHERE sha256 = ? AND state != 'removed'",
                (sha256,),
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

    def versions(self, document_id: str) -> tuple[VersionInfo, ...]:
        """Every version of a document, the oldest first."""
        self._check(document_id)
        with self._connection() as db:
            rows = db.execute(
                "SELECT version, name, metadata, sha256, saved_at, lead(saved_at) OVER (ORDER BY version) "
                "FROM versions JOIN originals USING (sha256) WHERE id = ? ORDER BY version",
                (document_id,),
            ).fetchall()
        if not rows:
            raise self._unknown(document_id)
        return tuple(VersionInfo(row[0], row[1], _metadata(row[2]), *row[3:]) for row in rows)

    def removal(self, document_id: str) -> Removal | None:
        """Why a document is out of answers; None while it is in them."""
        self._check(document_id)
        with self._connection() as db:
            row = db.execute(
                "SELECT reason, changed_at FROM documents WHERE id = ? AND state = 'removed'", (document_id,)
            ).fetchone()
        return Removal(*row) if row else None

    def superseded(self) -> Mapping[str, str]:
        """The ids of documents that a ready document says it replaces, each with the id of that document."""
        with self._connection() as db:
            return dict(
                db.execute(
                    "SELECT json_extract(metadata, '$.supersedes') AS old, min(id) FROM documents JOIN versions "
                    "USING (id, version) WHERE state = 'ready' AND old IS NOT NULL AND old != id GROUP BY old"
                ).fetchall()
            )

    def withdraw_passage(self, document_id: str, version: int, span: Span, reason: str) -> None:
        """Let a passage of a version be quoted no more."""
        if not len(span) or span.end > len(self.text(document_id, version)):
            raise UnknownDocument(
                f"version {version} of {document_id} has no passage {span.start}..{span.end}: choose it again",
                code="document_unknown",
            )
        values = (document_id, version, span.start, span.end, reason, _now())
        with self._connection() as db:
            db.execute("INSERT OR REPLACE INTO withdrawals VALUES (?, ?, ?, ?, ?, ?)", values)

    def reinstate_passage(self, document_id: str, version: int, span: Span) -> None:
        """Let a withdrawn passage be quoted again."""
        self._check(document_id, version)
        with self._connection() as db:
            db.execute(
                'DELETE FROM withdrawals WHERE id = ? AND version = ? AND "start" = ? AND "end" = ?',
                (document_id, version, span.start, span.end),
            )

    def withdrawals(self, document_id: str, version: int) -> tuple[Withdrawal, ...]:
        """The passages of a version that are quoted no more, in the order of the text."""
        self._check(document_id, version)
        with self._connection() as db:
            rows = db.execute(
                'SELECT "start", "end", reason, withdrawn_at FROM withdrawals WHERE id = ? AND version = ? '
                'ORDER BY "start"',
                (document_id, version),
            ).fetchall()
        return tuple(Withdrawal(version, Span(row[0], row[1]), row[2], row[3]) for row in rows)

    def followed(self, source: str) -> dict[str, Followed]:
        """What was last seen of a source, by key."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT key, sha256, document_id, seen_at FROM followed WHERE source = ?", (source,)
            ).fetchall()
        return {row[0]: Followed(*row) for row in rows}

    def follow(self, source: str, key: str, sha256: str, document_id: str) -> None:
        """Remember what was seen at one place of a source."""
        with self._connection() as db:
            db.execute(
                "INSERT OR REPLACE INTO followed VALUES (?, ?, ?, ?, ?)", (source, key, sha256, document_id, _now())
            )

    def unfollow(self, source: str, key: str) -> None:
        """Forget one place of a source."""
        with self._connection() as db:
            db.execute("DELETE FROM followed WHERE source = ? AND key = ?", (source, key))

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
        content = content_from({"text": row[1], "headings": json.loads(row[2]), "pages": json.loads(row[3])})
        return Document(_metadata(row[0]), version, content, row[4])

    def _check(self, document_id: str, version: int | None = None) -> None:
        """Refuse what cannot be stored: addresses of pages come from anywhere."""
        if not DOCUMENT_ID.fullmatch(document_id) or not 0 <= (version or 0) < MOST_VERSIONS:
            raise self._unknown(document_id, version)

    @staticmethod
    def _unknown(document_id: str, version: int | None = None) -> UnknownDocument:
        what = f"no document {document_id!r}" + ("" if version is None else f" in version {version}")
        return UnknownDocument(f"The library holds {what}. `list` shows what it holds.", code="document_unknown")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self.path) as db:
            yield db


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _metadata(text: str) -> Metadata:
    return metadata_from(json.loads(text))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
