"""The roll: the rows of the accounts, and the rules that a change of one may not break.

Each function works on a connection that its caller has opened; names come in as they were typed.
"""

import sqlite3
from dataclasses import dataclass

from bot.staff.access.credentials import NAME, AccountError, folded
from bot.staff.models import Account, Role

SCHEMA = """
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
        active INTEGER NOT NULL DEFAULT 1,
        password TEXT NOT NULL,
        created_at TEXT NOT NULL,
        logged_in_at TEXT
    );
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the list of accounts; times are ISO 8601 in UTC."""

    account: Account
    active: bool
    created_at: str
    logged_in_at: str | None

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def role(self) -> Role:
        return self.account.role


@dataclass(frozen=True, slots=True)
class Row:
    """An account with the hash of its password."""

    name: str
    role: Role
    active: bool
    password: str


def members(db: sqlite3.Connection) -> list[Member]:
    """Every account, by name."""
    rows = db.execute("SELECT name, role, active, created_at, logged_in_at FROM accounts ORDER BY name")
    return [Member(Account(name, role), bool(active), *times) for name, role, active, *times in rows]


def anyone(db: sqlite3.Connection) -> bool:
    """Whether there is an account, active or not."""
    return db.execute("SELECT 1 FROM accounts").fetchone() is not None


def find(db: sqlite3.Connection, name: str) -> Row | None:
    """The account of that name."""
    known = folded(name)
    if not NAME.fullmatch(known):
        return None
    row = db.execute("SELECT name, role, active, password FROM accounts WHERE name = ?", (known,)).fetchone()
    return Row(row[0], row[1], bool(row[2]), row[3]) if row else None


def get(db: sqlite3.Connection, name: str) -> Row:
    """The account of that name; AccountError `unknown_account` when there is none."""
    row = find(db, name)
    if row is None:
        raise AccountError("There is no account of that name.", code="unknown_account")
    return row


def check_free(db: sqlite3.Connection, name: str) -> None:
    """Raise AccountError `name_taken` when there is an account of that name."""
    if row := find(db, name):
        message = f"There is an account {row.name} already: choose another name."
        raise AccountError(message, code="name_taken", name=row.name)


def check_an_editor_stays(db: sqlite3.Connection, leaving: Row) -> None:
    """Raise AccountError `last_editor` when nobody could edit without `leaving`."""
    query = "SELECT 1 FROM accounts WHERE role = 'editor' AND active AND name != ?"
    if leaving.role == "editor" and leaving.active and not db.execute(query, (leaving.name,)).fetchone():
        message = f"{leaving.name} is the last editor: make another account an editor first."
        raise AccountError(message, code="last_editor", name=leaving.name)
