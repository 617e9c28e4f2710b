"""The journal: what was asked and answered, feedback, and what stayed unanswered. One SQLite file.

`keep_days` bounds how long questions stay; with 0 none is written.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.models import Answer
from corpus.database import connect, migrate
from corpus.normalise import normalise

MIGRATIONS = (
    """
    CREATE TABLE questions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        asked_at TEXT NOT NULL,
        question TEXT NOT NULL,
        asked TEXT NOT NULL,
        language TEXT NOT NULL,
        status TEXT NOT NULL,
        answer TEXT NOT NULL,
        model TEXT NOT NULL,
        elapsed_ms INTEGER NOT NULL,
        small_talk INTEGER NOT NULL
    );
    CREATE INDEX questions_by_status ON questions (status, asked_at);
    CREATE TABLE feedback (
        question_id INTEGER NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
        given_at TEXT NOT NULL,
        liked INTEGER NOT NULL,
        reason TEXT NOT NULL,
        comment TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE questions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX questions_by_time ON questions (asked_at);
    CREATE INDEX feedback_of_question ON feedback (question_id);
    """,
    # What statistics count, away from the long answers.
    """
    CREATE INDEX questions_measured ON questions (asked_at, small_talk, language, status, elapsed_ms, pinned);
    CREATE TABLE cited (
        question_id INTEGER NOT NULL,
        document_id TEXT NOT NULL,
        PRIMARY KEY (question_id, document_id)
    ) WITHOUT ROWID;
    INSERT INTO cited
        SELECT DISTINCT questions.id, json_extract(value, '$[0]') FROM questions, json_each(answer, '$.citations');
    CREATE TRIGGER keep_cited AFTER INSERT ON questions BEGIN
        INSERT INTO cited SELECT DISTINCT NEW.id, json_extract(value, '$[0]') FROM json_each(NEW.answer, '$.citations');
    END;
    CREATE TRIGGER forget_cited AFTER DELETE ON questions BEGIN
        DELETE FROM cited WHERE question_id = OLD.id;
    END;
    DROP INDEX questions_by_time;
    """,
    # The groups of unanswered questions (`bot.staff.unanswered.groups`): nothing of them outlives their questions.
    """
    CREATE TABLE question_groups (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'assigned', 'dismissed', 'answered')),
        assigned_to TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        settled_at TEXT NOT NULL DEFAULT '',
        retried_at TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE grouped (
        question_id INTEGER PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
        group_id INTEGER NOT NULL REFERENCES question_groups (id),
        model TEXT NOT NULL,
        tokens BLOB NOT NULL,
        weights BLOB NOT NULL,
        retried TEXT NOT NULL DEFAULT '',
        settled INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX grouped_by_group ON grouped (group_id);
    CREATE TRIGGER forget_grouped AFTER DELETE ON questions BEGIN
        DELETE FROM grouped WHERE question_id = OLD.id;
    END;
    CREATE TRIGGER forget_group AFTER DELETE ON grouped
    WHEN NOT EXISTS (SELECT 1 FROM grouped WHERE group_id = OLD.group_id) BEGIN
        DELETE FROM question_groups WHERE id = OLD.group_id;
    END;
    """,
)
COMMENT_CHARACTERS = 1_000
LARGEST_ID = 2**63 - 1
FORGET_EVERY = timedelta(hours=1)  # a server that runs for months must forget as well


class Asked(NamedTuple):
    """A question without its words. `day` is ISO 8601, UTC."""

    day: str
    language: str
    status: str
    elapsed_ms: int
    pinned: int


class Cited(NamedTuple):
    """How many answers cite a document, and on how many days."""

    document_id: str
    answers: int
    days: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thought of an answer; the reason is empty when it was liked."""

    given_at: str
    liked: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was refused in part or whole, or whose answer was disliked."""

    id: int
    asked_at: str
    question: str
    language: str
    status: str
    disliked: bool


class Journal:
    """The journal at `path`, made when missing."""

    def __init__(self, path: Path, *, keep_days: int) -> None:
        self._path = path
        self._keep_days = keep_days
        self._forgotten = datetime.min.replace(tzinfo=UTC)
        with self.connection() as db:
            migrate(db, MIGRATIONS)
        self.forget()

    def record(self, answer: Answer, *, model: str) -> int | None:
        """Keep a question with its answer's citations, versions and spans; the number it gets, if kept."""
        if datetime.now(UTC) - self._forgotten > FORGET_EVERY:
            self.forget()
        if not self._keep_days:
            return None
        cited = [[c.document_id, c.version, c.start, c.end] for c in answer.citations]
        with self.connection() as db:
            cursor = db.execute(
                "INSERT INTO questions (asked_at, question, asked, language, status, answer, model, elapsed_ms, "
                "small_talk, pinned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    _now(),
                    answer.question,
                    answer.asked,
                    answer.language,
                    answer.status,
                    json.dumps({"text": answer.answer, "citations": cited}, ensure_ascii=False),
                    model,
                    answer.elapsed_ms,
                    answer.small_talk,
                    answer.pinned,
                ),
            )
            return cursor.lastrowid

    def feedback(self, question_id: int, *, liked: bool, reason: str, comment: str) -> bool:
        """Keep what somebody thinks of an answer; false when the question is no longer kept."""
        if not 0 < question_id <= LARGEST_ID:
            return False
        reason, comment = normalise(reason), normalise(comment)
        with self.connection() as db:
            if not db.execute("SELECT 1 FROM questions WHERE id = ?", (question_id,)).fetchone():
                return False
            values = (question_id, _now(), liked, reason[:100], comment[:COMMENT_CHARACTERS])
            db.execute("INSERT INTO feedback VALUES (?, ?, ?, ?, ?)", values)
        return True

    def unanswered(self, limit: int = 1_000) -> list[Unanswered]:
        """Questions without a full answer or with a disliked one, newest first."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT id, asked_at, question, language, status, "
                "EXISTS (SELECT 1 FROM feedback WHERE question_id = id AND NOT liked) AS disliked "
                "FROM questions WHERE NOT small_talk AND (status IN ('not_found', 'partial') OR disliked) "
                "ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [Unanswered(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]

    def asked(self, since: datetime) -> list[Asked]:
        """The questions since a moment, small talk apart, oldest first."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT substr(asked_at, 1, 10), language, status, elapsed_ms, pinned FROM questions "
                "WHERE asked_at >= ? AND NOT small_talk ORDER BY asked_at",
                (since.isoformat(timespec="seconds"),),
            )
            return list(map(Asked._make, rows))

    def cited(self, since: datetime) -> list[Cited]:
        """The documents that answers since a moment cite, the most cited first."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT document_id, count(*) AS answers, count(DISTINCT substr(asked_at, 1, 10)) "
                "FROM questions CROSS JOIN cited ON question_id = id "  # in this order
                "WHERE asked_at >= ? AND NOT small_talk GROUP BY document_id ORDER BY answers DESC, document_id",
                (since.isoformat(timespec="seconds"),),
            )
            return list(map(Cited._make, rows))

    def opinions(self, since: datetime) -> list[Opinion]:
        """What was thought of answers since a moment."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT given_at, liked, reason FROM feedback WHERE given_at >= ? ORDER BY given_at",
                (since.isoformat(timespec="seconds"),),
            ).fetchall()
        return [Opinion(row[0], bool(row[1]), row[2]) for row in rows]

    def forget(self) -> None:
        """Delete questions older than they may be kept, with their feedback."""
        self._forgotten = datetime.now(UTC)
        oldest = (datetime.now(UTC) - timedelta(days=self._keep_days)).isoformat(timespec="seconds")
        with self.connection() as db:
            db.execute(
                "DELETE FROM feedback WHERE question_id IN (SELECT id FROM questions WHERE asked_at < ?)",
                (oldest,),
            )
            db.execute("DELETE FROM questions WHERE asked_at < ?", (oldest,))

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """The journal's file, for what is kept beside its questions."""
        with connect(self._path) as db:
            yield db


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
