"""The audit log: lines are added, found again, and cannot be changed without a trace."""

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from bot.staff.audit import ACTIONS, DETAIL_CHARACTERS, SUBJECT_CHARACTERS, Audit
from tests.bot.staff.clock import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "audit.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audit(path: Path, clock: Clock) -> Audit:
    return Audit(path, now=clock)


@pytest.fixture
def filled(audit: Audit) -> Audit:
    """Ten lines, of two people in turns."""
    for number in range(10):
        audit.record(("amina", "victor")[number % 2], "account_invited", f"guest{number}", role="viewer")
    return audit


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_line_holds_who_what_when(audit: Audit, clock: Clock) -> None:
    clock.move(seconds=5)
    audit.record("amina", "role_changed", "victor", role="editor", count=3, kept=None)
    (event,) = audit.entries(10)
    assert (event.id, event.at, event.actor, event.action) == (1, "2026-03-01T12:00:05+00:00", "amina", "role_changed")
    assert (event.subject, event.details) == ("victor", {"role": "editor", "count": 3, "kept": None})


def test_an_action_that_is_not_known_is_refused(audit: Audit) -> None:
    with pytest.raises(ValueError, match="expected one of account_created"):
        audit.record("amina", cast(Any, "coffee_made"))
    assert audit.entries(1) == []


def test_whatever_is_said_can_be_kept(audit: Audit) -> None:
    hostile = "'; DROP TABLE events; --\0\ud800<script>🤔"
    audit.record(hostile, "account_invited", hostile * 1_000, reason=hostile * 1_000, other=object())
    (event,) = audit.entries(1)
    assert "DROP TABLE" in event.actor and len(event.subject) == SUBJECT_CHARACTERS
    assert len(str(event.details["reason"])) == DETAIL_CHARACTERS
    assert audit.verify() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'mallory' WHERE id = 3",
        "DELETE FROM events WHERE id = 10",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT 3, at, 'mallory', action, subject, details, previous, sha256 FROM events",
        "REPLACE INTO events VALUES (10, '', 'mallory', '', '', '', '', '')",
    ],
)
def test_lines_are_neither_changed_nor_deleted(filled: Audit, path: Path, statement: str) -> None:
    before = filled.entries(100)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(path, statement)
    assert filled.entries(100) == before and len(before) == 10


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE events SET actor = 'mallory' WHERE id = 3"], 3),
        (["UPDATE events SET details = '{}' WHERE id = 10"], 10),
        (["UPDATE events SET at = '2020-01-01T00:00:00+00:00' WHERE id = 1"], 1),
        (["UPDATE events SET subject = action, action = subject WHERE id = 5"], 5),
        (["DELETE FROM events WHERE id = 1"], 1),
        (["DELETE FROM events WHERE id = 4"], 4),
        (["DELETE FROM events WHERE id > 7"], 8),
        (["DELETE FROM events"], 1),
        (["DELETE FROM events WHERE id = 4", "UPDATE events SET id = id - 1 WHERE id > 4"], 4),
        (["UPDATE events SET id = -id", "UPDATE events SET id = 11 + id"], 1),
    ],
)
def test_a_change_behind_the_triggers_is_found(filled: Audit, path: Path, statements: list[str], broken: int) -> None:
    assert filled.verify() is None
    with closing(sqlite3.connect(path)) as db:
        triggers = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    change(path, *(f"DROP TRIGGER {name}" for name in triggers), *statements)
    assert filled.verify() == broken


def test_the_newest_lines_come_first_page_by_page(filled: Audit) -> None:
    pages = [filled.entries(4)]
    while older := filled.entries(4, pages[-1][-1].id):
        pages.append(older)
    assert [[event.id for event in page] for page in pages] == [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]
    assert [event.id for event in filled.entries(4, after=2)] == [6, 5, 4, 3]
    assert [event.id for event in filled.entries(4, after=8)] == [10, 9]
    assert filled.entries(4, after=10) == [] == filled.entries(4, 1)


def test_lines_of_one_person_or_one_kind(filled: Audit) -> None:
    filled.record("amina", "logged_out")
    assert [event.id for event in filled.entries(3, actor="amina")] == [11, 9, 7]
    assert [event.id for event in filled.entries(3, action="account_invited")] == [10, 9, 8]
    assert [event.id for event in filled.entries(3, actor="amina", action="account_invited", after=3)] == [9, 7, 5]
    assert filled.entries(3, actor="nobody") == [] == filled.entries(3, action="\ud800")
    assert filled.actors() == ["amina", "victor"]


def test_everything_is_in_the_order_of_time(audit: Audit, filled: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.staff.audit.PAGE", 3)
    assert [event.id for event in audit.everything()] == list(range(1, 11))
    assert [event.id for event in audit.everything(actor="victor")] == [2, 4, 6, 8, 10]


def test_many_writers_keep_one_chain(path: Path, audit: Audit) -> None:
    other: Callable[..., None] = Audit(path).record

    def write(number: int) -> None:
        (audit.record if number % 2 else other)("amina", "logged_in", str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert audit.verify() is None
    assert {event.subject for event in audit.entries(100)} == {str(number) for number in range(40)}


def test_each_line_names_the_one_before(filled: Audit, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT previous, sha256, details FROM events ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ["", *(row[1] for row in rows[:-1])]
    assert len({row[1] for row in rows}) == 10
    assert json.loads(rows[0][2]) == {"role": "viewer"}


def test_actions_are_named_once() -> None:
    assert len(set(ACTIONS)) == len(ACTIONS)
