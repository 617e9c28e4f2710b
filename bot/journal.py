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

from bot.models import Answer
from corpus.library import connect, migrate
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
)
COMMENT_CHARACTERS = 1_000
LARGEST_ID = 2**63 - 1
FORGET_EVERY = timedelta(hours=1)  # a server that runs for months must forget as well


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
        with self._connection() as db:
            migrate(db, MIGRATIONS)
        self.forget()

    def record(self, answer: Answer, *, model: str) -> int | None:
        """Keep a question with its answer's citations, versions and spans; the number it gets, if kept."""
        if datetime.now(UTC) - self._forgotten > FORGET_EVERY:
            self.forget()
        if not self._keep_days:
            return None
        cited = [[c.document_id, c.version, c.start, c.end] for c in answer.citations]
        with self._connection() as db:
            cursor = db.execute(
                "INSERT INTO questions (asked_at, question, asked, language, status, answer, model, elapsed_ms, "
                "small_talk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                ),
            )
            return cursor.lastrowid

    def feedback(self, question_id: int, *, liked: bool, reason: str, comment: str) -> bool:
        """Keep what somebody thinks of an answer; false when the question is no longer kept."""
        if not 0 < question_id <= LARGEST_ID:
            return False
        reason, comment = normalise(reason), normalise(comment)
        with self._connection() as db:
            if not db.execute("SELECT 1 FROM questions WHERE id = ?", (question_id,)).fetchone():
                return False
            values = (question_id, _now(), liked, reason[:100], comment[:COMMENT_CHARACTERS])
            db.execute("INSERT INTO feedback VALUES (?, ?, ?, ?, ?)", values)
        return True

    def unanswered(self, limit: int = 1_000) -> list[Unanswered]:
        """Questions without a full answer or with a disliked one, newest first."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT id, asked_at, question, language, status, "
                "EXISTS (SELECT 1 FROM feedback WHERE question_id = id AND NOT liked) AS disliked "
                "FROM questions WHERE NOT small_talk AND (status IN ('not_found', 'partial') OR disliked) "
                "ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [Unanswered(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]

    def forget(self) -> None:
        """Delete questions older than they may be kept, with their feedback."""
        self._forgotten = datetime.now(UTC)
        oldest = (datetime.now(UTC) - timedelta(days=self._keep_days)).isoformat(timespec="seconds")
        with self._connection() as db:
            db.execute(
                "DELETE FROM feedback WHERE question_id IN (SELECT id FROM questions WHERE asked_at < ?)",
                (oldest,),
            )
            db.execute("DELETE FROM questions WHERE asked_at < ?", (oldest,))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self._path) as db:
            yield db


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
