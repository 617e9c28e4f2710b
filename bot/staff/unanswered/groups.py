"""The groups of unanswered questions in the journal's file: what waits for a group, what is in one, how it stands.

Rows only; `bot.staff.unanswered.board` decides which question belongs where. Everything about a question goes
when the journal forgets it: its tables have triggers for that.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import numpy as np

from bot.journal import Journal
from corpus.errors import UnknownDocument
from vectorstore.geometry import Array

State = Literal["open", "assigned", "dismissed", "answered"]
STATES: tuple[str, ...] = get_args(State)
Address = tuple[str, int, int, int]
MOST_QUESTIONS = 5_000  # the newest; older ones are in no group

UNANSWERED = f"""
    SELECT id FROM questions
    WHERE NOT small_talk
    AND (status IN ('not_found', 'partial') OR id IN (SELECT question_id FROM feedback WHERE NOT liked))
    ORDER BY id DESC LIMIT {MOST_QUESTIONS}
"""
WORDING = "CASE WHEN trim(asked) = '' THEN question ELSE asked END"
# An answer that was disliked became a matter for the staff when it was.
CAME_AT = """
    CASE WHEN status IN ('not_found', 'partial') THEN asked_at
    ELSE coalesce((SELECT min(given_at) FROM feedback WHERE question_id = id AND NOT liked), asked_at) END
"""
REOPENED = "CASE assigned_to WHEN '' THEN 'open' ELSE 'assigned' END"
SETTLED = "NOT EXISTS (SELECT 1 FROM grouped WHERE group_id = id AND NOT settled)"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question to be encoded."""

    id: int
    wording: str
    language: str
    came_at: str
    group: int | None
    """None while it is in none; another model encoded it when it is."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A wording with its token states [n, reduced] and their weights [n]; in no group while that is None."""

    group: int | None
    wording: str
    language: str
    tokens: Array
    weights: Array


@dataclass(frozen=True, slots=True)
class Placed:
    """A question in its group: what the journal knows of it, and how it fared when it was asked again."""

    id: int
    group: int
    wording: str
    language: str
    status: str
    asked_at: str
    cited: frozenset[Address]
    retried: str
    dislikes: tuple[tuple[str, str], ...]
    """Reason and comment of each."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group stands; `retried_at` is ISO 8601, UTC, or empty."""

    id: int
    state: State
    assigned_to: str
    note: str
    retried_at: str


class Groups:
    """The groups in the file of `journal`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def waiting(self, model: str) -> list[Waiting]:
        """The questions in no group and those that another model encoded, oldest first; too old ones are let go."""
        with self._writing() as db:
            db.execute(f"DELETE FROM grouped WHERE question_id NOT IN ({UNANSWERED})")
            rows = db.execute(
                f"SELECT id, {WORDING}, language, {CAME_AT}, group_id FROM questions "
                "LEFT JOIN grouped ON question_id = id "
                f"WHERE id IN ({UNANSWERED}) AND grouped.model IS NOT ? ORDER BY id",
                (model,),
            ).fetchall()
        return [Waiting(*row) for row in rows]

    def encoded(self, model: str) -> Iterator[Encoded]:
        """The questions in groups as `model` encoded them, oldest first."""
        with self._journal.connection() as db:
            rows = db.execute(
                f"SELECT group_id, {WORDING}, language, tokens, weights FROM grouped "
                "JOIN questions ON question_id = id WHERE grouped.model = ? ORDER BY id",
                (model,),
            ).fetchall()
        for group, wording, language, tokens, weights in rows:
            weighed = np.frombuffer(weights, np.float32)
            states = np.frombuffer(tokens, np.float32).reshape(len(weighed), -1 if len(weighed) else 0)
            yield Encoded(group, wording, language, states, weighed)

    def place(self, question: Waiting, group: int | None, model: str, tokens: Array, weights: Array) -> int | None:
        """Put a question into a group, a new one when `group` is None or gone; the group that it is in then.

        One that is in a group stays there. A group that was settled before the question came is taken up again.
        None when the question is forgotten.
        """
        values = model, tokens.astype(np.float32).tobytes(), weights.astype(np.float32).tobytes()
        with self._writing() as db:
            if not db.execute("SELECT 1 FROM questions WHERE id = ?", (question.id,)).fetchone():
                return None
            held = db.execute("SELECT group_id FROM grouped WHERE question_id = ?", (question.id,)).fetchone()
            if held:
                changed = "UPDATE grouped SET model = ?, tokens = ?, weights = ? WHERE question_id = ?"
                db.execute(changed, (*values, question.id))
                return int(held[0])
            if not db.execute("SELECT 1 FROM question_groups WHERE id = ?", (group,)).fetchone():
                group = db.execute("INSERT INTO question_groups DEFAULT VALUES").lastrowid
            db.execute(
                "INSERT INTO grouped (question_id, group_id, model, tokens, weights) VALUES (?, ?, ?, ?, ?)",
                (question.id, group, *values),
            )
            db.execute(
                f"UPDATE question_groups SET state = {REOPENED} "
                "WHERE id = ? AND state IN ('dismissed', 'answered') AND settled_at <= ?",
                (group, question.came_at),
            )
            return group

    def standing(self, state: str | None = None, group: int | None = None) -> list[tuple[Standing, list[Placed]]]:
        """The groups, or those in a state, or one of them, each with its questions, oldest first."""
        with self._journal.connection() as db:
            db.execute("BEGIN")  # one moment for all that is read
            standings = db.execute(
                "SELECT id, state, assigned_to, note, retried_at FROM question_groups "
                "WHERE state = coalesce(?, state) AND id = coalesce(?, id) ORDER BY id",
                (state, group),
            ).fetchall()
            questions = db.execute(
                f"SELECT questions.id, group_id, {WORDING}, language, status, asked_at, "
                "json_extract(answer, '$.citations'), retried FROM grouped "
                "JOIN questions ON question_id = questions.id JOIN question_groups ON group_id = question_groups.id "
                "WHERE state = coalesce(?, state) AND group_id = coalesce(?, group_id) ORDER BY questions.id",
                (state, group),
            ).fetchall()
            dislikes = db.execute(
                "SELECT question_id, reason, comment FROM feedback JOIN grouped USING (question_id) WHERE NOT liked"
            ).fetchall()
        return _joined(standings, questions, dislikes)

    def set(self, group: int, state: State | None, *, assigned_to: str | None = None, note: str | None = None) -> None:
        """Change how a group stands; what is None stays, and a state of None is that of a group in work."""
        with self._journal.connection() as db:
            changed = db.execute(
                "UPDATE question_groups SET assigned_to = coalesce(?, assigned_to), note = coalesce(?, note), "
                "settled_at = ? WHERE id = ?",
                (assigned_to, note, _now(), group),
            )
            if not changed.rowcount:
                raise unknown(group)
            db.execute(f"UPDATE question_groups SET state = coalesce(?, {REOPENED}) WHERE id = ?", (state, group))

    def retried(self, group: int, results: Sequence[tuple[int, str, bool]], began_at: str) -> None:
        """Keep how the questions of a group fared: number, status, and whether that settles the question.

        A group is answered when all of its questions are settled, and not, or no longer, when one is left.
        """
        with self._writing() as db:
            db.executemany(
                "UPDATE grouped SET retried = ?, settled = ? WHERE question_id = ? AND group_id = ?",
                [(status, settled, id, group) for id, status, settled in results],
            )
            db.execute(
                "UPDATE question_groups SET retried_at = ?, "
                f"settled_at = CASE WHEN {SETTLED} THEN ? ELSE settled_at END, "
                f"state = CASE WHEN {SETTLED} THEN 'answered' WHEN state = 'answered' THEN {REOPENED} ELSE state END "
                "WHERE id = ?",
                (_now(), began_at, group),
            )

    @contextmanager
    def many_changes(self) -> Iterator[None]:
        """Makes each change quicker while others follow: SQLite tidies up when its last connection closes."""
        with self._journal.connection() as db:
            db.execute("SELECT 1 FROM question_groups LIMIT 1").fetchall()  # only then is the file in use
            yield

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._journal.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db


def unknown(group: object) -> UnknownDocument:
    """The error for a group that is not there."""
    return UnknownDocument(
        f"There is no group of questions {str(group)[:40]!r}: its questions may have been forgotten.",
        code="group_unknown",
    )


def _joined(
    standings: Sequence[tuple[int, State, str, str, str]],
    questions: Sequence[tuple[int, int, str, str, str, str, str, str]],
    dislikes: Sequence[tuple[int, str, str]],
) -> list[tuple[Standing, list[Placed]]]:
    said: dict[int, list[tuple[str, str]]] = {}
    for id, reason, comment in dislikes:
        said.setdefault(id, []).append((reason, comment))
    held: dict[int, list[Placed]] = {}
    for id, group, wording, language, status, asked_at, citations, retried in questions:
        cited = frozenset((c[0], c[1], c[2], c[3]) for c in json.loads(citations or "[]"))
        dislikes_of_it = tuple(said.get(id, ()))
        placed = Placed(id, group, wording, language, status, asked_at, cited, retried, dislikes_of_it)
        held.setdefault(group, []).append(placed)
    return [(Standing(*row), held[row[0]]) for row in standings if row[0] in held]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
