"""Drafts: what staff brought in and has not published yet, kept in one SQLite file until it is.

A draft is `reading` until its file is converted, then `ready` to be looked at, or `failed`. Staff put it in
`quarantine`, or have it published: `queued`, or `scheduled` until a day. Published, it keeps only what it became.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from corpus.codec import content_from, content_values, metadata_from, metadata_values
from corpus.convert import Converted
from corpus.database import connect, migrate
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Content, Metadata
from corpus.quality import Finding

DraftState = Literal["reading", "ready", "failed", "quarantine", "queued", "scheduled", "published"]
STATES: tuple[DraftState, ...] = get_args(DraftState)
LARGEST_ID = 2**63 - 1

MIGRATIONS = (
    """
    CREATE TABLE drafts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        data BLOB NOT NULL,
        state TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        target TEXT NOT NULL,
        metadata TEXT NOT NULL DEFAULT '',
        content TEXT NOT NULL DEFAULT '',
        dropped TEXT NOT NULL DEFAULT '{}',
        pictures TEXT NOT NULL DEFAULT '[]',
        findings TEXT NOT NULL DEFAULT '[]',
        passages INTEGER NOT NULL DEFAULT 0,
        problem TEXT NOT NULL DEFAULT '',
        publish_on TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        approved_by TEXT NOT NULL DEFAULT '',
        document_id TEXT NOT NULL DEFAULT '',
        version INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX drafts_by_state ON drafts (state, id);
    """,
)
LISTED = (
    "id, name, address, state, created_by, created_at, changed_at, target, metadata, findings, passages, problem, "
    "publish_on, note, approved_by, document_id, version, length(data)"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft could not be read or published, as CorpusError says it."""

    code: str
    message: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, error: CorpusError) -> "Problem":
        return cls(error.code, str(error), error.values)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft without its text; times are ISO 8601, UTC.

    `target` is the id of the document of which it is meant as a new version, or empty. `metadata` is None until
    the file was read. `publish_on` is the day until which a scheduled draft waits. `size` is in bytes.
    """

    id: int
    name: str
    address: str
    state: DraftState
    created_by: str
    created_at: str
    changed_at: str
    target: str
    metadata: Metadata | None
    findings: tuple[Finding, ...]
    passages: int
    problem: Problem | None
    publish_on: date | None
    note: str
    approved_by: str
    document_id: str
    version: int
    size: int

    @property
    def title(self) -> str:
        """What to call it."""
        return self.metadata.title if self.metadata else self.name or self.address


class Drafts:
    """The drafts at `path`, made when missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as db:
            migrate(db, MIGRATIONS)

    def add(self, name: str, data: bytes, by: str, *, address: str = "", target: str = "") -> int:
        """A new draft to be read; with an address and no data, to be fetched first."""
        now = _now()
        name = name.encode("utf-8", "backslashreplace").decode("utf-8")  # what was sent may be no Unicode
        with self._connection() as db:
            cursor = db.execute(
                "INSERT INTO drafts (name, address, data, state, created_by, created_at, changed_at, target) "
                "VALUES (?, ?, ?, 'reading', ?, ?, ?, ?)",
                (name, address, data, by, now, now, target),
            )
            return cursor.lastrowid or 0

    def get(self, draft_id: int) -> Draft:
        """One draft; UnknownDocument when it was discarded or never was."""
        (draft,) = self._select("WHERE id = ?", (_checked(draft_id),)) or (None,)
        if draft is None:
            raise UnknownDocument(f"There is no draft {draft_id}: it may have been discarded.", code="draft_unknown")
        return draft

    def listed(self, *states: DraftState, limit: int = 500) -> list[Draft]:
        """The drafts in these states (all but published by default), newest first."""
        wanted = states or tuple(state for state in STATES if state != "published")
        marks = ", ".join("?" * len(wanted))
        return self._select(f"WHERE state IN ({marks}) ORDER BY id DESC LIMIT ?", (*wanted, limit))

    def waiting(self, state: DraftState, limit: int = 1) -> list[Draft]:
        """The oldest drafts in a state."""
        return self._select("WHERE state = ? ORDER BY id LIMIT ?", (state, limit))

    def counts(self) -> Mapping[str, int]:
        """How many drafts are in each state."""
        with self._connection() as db:
            return dict(db.execute("SELECT state, count(*) FROM drafts GROUP BY state").fetchall())

    def data(self, draft_id: int) -> bytes:
        """The bytes of a draft's file; empty once it is published."""
        return bytes(self._column("data", draft_id))

    def content(self, draft_id: int) -> Content:
        """The text of a draft as it will be cited; empty before it was read and once it is published."""
        values = self._column("content", draft_id)
        return content_from(json.loads(values)) if values else Content("")

    def losses(self, draft_id: int) -> tuple[Mapping[str, int], tuple[int, ...]]:
        """What conversion left out by kind, and the pages that are pictures."""
        return json.loads(self._column("dropped", draft_id)), tuple(json.loads(self._column("pictures", draft_id)))

    def fetched(self, draft_id: int, name: str, data: bytes) -> bool:
        """Keep the file that an address gave."""
        return self._change(draft_id, ("reading",), {"name": name, "data": data})

    def converted(
        self, draft_id: int, converted: Converted, findings: Sequence[Finding], passages: int, state: DraftState
    ) -> bool:
        """Keep what was read from a draft's file."""
        values = {
            "metadata": _json(metadata_values(converted.metadata)),
            "content": _json(content_values(converted.content)),
            "dropped": _json(dict(converted.dropped)),
            "pictures": _json(converted.pictures),
            "findings": _findings(findings),
            "passages": passages,
            "state": state,
        }
        return self._change(draft_id, ("reading",), values)

    def revise(self, draft_id: int, metadata: Metadata, findings: Sequence[Finding]) -> bool:
        """Change what a draft says about itself; false when it cannot be changed any more."""
        values = {"metadata": _json(metadata_values(metadata)), "findings": _findings(findings)}
        return self._change(draft_id, ("ready", "quarantine", "scheduled"), values)

    def retry(self, draft_id: int) -> bool:
        """Read a failed draft again."""
        return self._change(draft_id, ("failed",), {"state": "reading", "problem": ""})

    def move(
        self,
        draft_id: int,
        before: Collection[DraftState],
        state: DraftState,
        *,
        publish_on: date | None = None,
        note: str = "",
        by: str = "",
    ) -> bool:
        """Give a draft another state; false when it is in none of `before` (any more)."""
        day = publish_on.isoformat() if publish_on else ""
        values = {"state": state, "publish_on": day, "note": note, "approved_by": by}
        return self._change(draft_id, before, values)

    def begin(self, draft_id: int) -> bool:
        """Let a scheduled draft be published; it keeps the time at which somebody looked at it last."""
        with self._connection() as db:
            sql = "UPDATE drafts SET state = 'queued' WHERE id = ? AND state = 'scheduled'"
            return bool(db.execute(sql, (_checked(draft_id),)).rowcount)

    def fail(self, draft_id: int, problem: Problem) -> bool:
        """Say why a draft could not be read or published; its file is kept."""
        return self._change(draft_id, ("reading", "queued"), {"state": "failed", "problem": _json(asdict(problem))})

    def published(self, draft_id: int, document_id: str, version: int) -> bool:
        """What a draft became; its file and text are in the library from here on."""
        values = {"state": "published", "document_id": document_id, "version": version, "data": b"", "content": ""}
        return self._change(draft_id, ("queued",), values)

    def due(self, today: date) -> list[Draft]:
        """Scheduled drafts whose day has come, oldest first."""
        return self._select(
            "WHERE state = 'scheduled' AND publish_on <= ? ORDER BY publish_on, id", (today.isoformat(),)
        )

    def discard(self, draft_id: int) -> bool:
        """Delete a draft that is not published nor about to be."""
        with self._connection() as db:
            cursor = db.execute(
                "DELETE FROM drafts WHERE id = ? AND state NOT IN ('queued', 'published')", (_checked(draft_id),)
            )
            return bool(cursor.rowcount)

    def _change(self, draft_id: int, before: Collection[str], values: Mapping[str, object]) -> bool:
        """Set columns of a draft, while it is in one of the states `before`."""
        columns = ", ".join(f"{name} = ?" for name in values)
        marks = ", ".join("?" * len(before))
        with self._connection() as db:
            cursor = db.execute(
                f"UPDATE drafts SET {columns}, changed_at = ? WHERE id = ? AND state IN ({marks})",
                (*values.values(), _now(), _checked(draft_id), *before),
            )
            return bool(cursor.rowcount)

    def _select(self, clause: str, values: Sequence[object]) -> list[Draft]:
        with self._connection() as db:
            rows = db.execute(f"SELECT {LISTED} FROM drafts {clause}", values).fetchall()
        return [_draft(row) for row in rows]

    def _column(self, name: str, draft_id: int) -> Any:
        with self._connection() as db:
            row = db.execute(f"SELECT {name} FROM drafts WHERE id = ?", (_checked(draft_id),)).fetchone()
        if row is None:
            raise UnknownDocument(f"There is no draft {draft_id}: it may have been discarded.", code="draft_unknown")
        return row[0]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self._path) as db:
            yield db


def _draft(row: Sequence[Any]) -> Draft:
    values = dict(zip(LISTED.replace("length(data)", "size").split(", "), row, strict=True))
    values["metadata"] = metadata_from(json.loads(row[8])) if row[8] else None
    values["findings"] = tuple(Finding(**finding) for finding in json.loads(values["findings"]))
    values["problem"] = Problem(**json.loads(values["problem"])) if values["problem"] else None
    values["publish_on"] = date.fromisoformat(values["publish_on"]) if values["publish_on"] else None
    return Draft(**values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _findings(findings: Sequence[Finding]) -> str:
    return _json([{"code": f.code, "severity": f.severity, "values": dict(f.values)} for f in findings])


def _checked(draft_id: int) -> int:
    """A number that SQLite can hold: addresses of pages come from anywhere."""
    return draft_id if 0 < draft_id <= LARGEST_ID else 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
