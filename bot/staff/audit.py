"""The audit log: who did what to which document or account, and when. Lines are added, never changed.

Triggers refuse UPDATE and DELETE; each line holds the SHA-256 of the one before, so that a file changed in
another way is noticed by `verify`. A line at the end that was cut off together with its trace is not.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from corpus.database import connect, migrate

Action = Literal[
    # accounts
    "account_created",
    "account_invited",
    "invitation_withdrawn",
    "reset_link_made",
    "password_reset",
    "password_changed",
    "role_changed",
    "account_deactivated",
    "account_reactivated",
    "logged_in",
    "login_failed",
    "logged_out",
    "audit_exported",
    # drafts
    "draft_added",
    "draft_revised",
    "draft_approved",
    "draft_scheduled",
    "draft_quarantined",
    "draft_released",
    "draft_retried",
    "draft_discarded",
    # documents
    "document_published",
    "document_withdrawn",
    "document_reinstated",
    "version_restored",
    "passage_withdrawn",
    "passage_reinstated",
    "sources_synchronised",
    "address_watched",
    "address_unwatched",
    # questions
    "pin_created",
    "pin_changed",
    "pin_moved",
    "pin_removed",
    "questions_assigned",
    "questions_dismissed",
    "questions_reopened",
    "questions_asked_again",
    # upkeep
    "statistics_exported",
    "backup_made",
    "backup_restored",
    "repair_run",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
PAGE = 500
SUBJECT_CHARACTERS = 500
DETAIL_CHARACTERS = 2_000

MIGRATIONS = (
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        details TEXT NOT NULL,
        previous TEXT NOT NULL,
        sha256 TEXT NOT NULL
    );
    CREATE INDEX events_by_actor ON events (actor);
    CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER events_are_kept BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    """,
)


@dataclass(frozen=True, slots=True)
class Event:
    """A line: `at` is ISO 8601 in UTC, `details` what else is known about it."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    details: Mapping[str, object]
    sha256: str


class Audit:
    """The audit log at `path`, made when missing; `now` is for tests."""

    def __init__(self, path: Path, *, now: Callable[[], datetime] | None = None) -> None:
        self._path = path
        self._now = now or (lambda: datetime.now(UTC))
        with connect(path) as db:
            migrate(db, MIGRATIONS)

    def record(self, actor: str, action: Action, subject: str = "", **details: object) -> None:
        """Add a line. `actor` is an account's name, `(console)` for commands, or empty when nobody is known."""
        if action not in ACTIONS:
            raise ValueError(f"action: found {action!r}, expected one of {', '.join(ACTIONS)}")
        kept = {name: _bounded(value) for name, value in details.items()}
        values = [
            self._now().isoformat(timespec="seconds"),
            _plain(actor),
            action,
            _plain(subject)[:SUBJECT_CHARACTERS],
            json.dumps(kept, sort_keys=True, default=str),
        ]
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            last = db.execute("SELECT id, sha256 FROM events ORDER BY id DESC LIMIT 1").fetchone() or (0, "")
            row = [last[0] + 1, *values, last[1]]
            db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, _digest(row)))

    def entries(
        self, limit: int, before: int | None = None, *, after: int | None = None, actor: str = "", action: str = ""
    ) -> list[Event]:
        """Up to `limit` lines, newest first: those before the line `before`, or the next ones after `after`.

        With `actor` or `action`, only theirs.
        """
        order = "ASC" if after is not None else "DESC"
        with self._connection() as db:
            rows = db.execute(
                "SELECT id, at, actor, action, subject, details, sha256 FROM events "
                "WHERE id < coalesce(?, id + 1) AND id > coalesce(?, -1) AND actor = coalesce(nullif(?, ''), actor) "
                f"AND action = coalesce(nullif(?, ''), action) ORDER BY id {order} LIMIT ?",
                (before, after, _plain(actor), _plain(action), limit),
            ).fetchall()
        found = [
            Event(id, at, who, what, subject, json.loads(details), sha256)
            for id, at, who, what, subject, details, sha256 in rows
        ]
        return found[::-1] if after is not None else found

    def everything(self, *, actor: str = "", action: str = "") -> Iterator[Event]:
        """All lines, oldest first; with `actor` or `action`, only theirs."""
        last = 0
        while page := self.entries(PAGE, after=last, actor=actor, action=action):
            yield from reversed(page)
            last = page[0].id

    def actors(self) -> list[str]:
        """Who stands in the log."""
        with self._connection() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT actor FROM events WHERE actor != '' ORDER BY actor")]

    def verify(self) -> int | None:
        """The id of the first line that is not as it was written, or is missing; None when all are in order."""
        with self._connection() as db:
            number, previous = 0, ""
            for row in db.execute("SELECT id, at, actor, action, subject, details, previous, sha256 FROM events"):
                number += 1
                if row[0] != number or row[6] != previous or row[7] != _digest(row[:7]):
                    return number
                previous = row[7]
            written = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
        return number + 1 if written and written[0] > number else None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self._path) as db:
            yield db


def _digest(row: object) -> str:
    return hashlib.sha256(json.dumps(row).encode()).hexdigest()


def _plain(text: str) -> str:
    """`text` as SQLite can hold it: a name of a file may be no Unicode."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _bounded(value: object) -> object:
    return value[:DETAIL_CHARACTERS] if isinstance(value, str) else value
