"""Links that work once: to make the first account, to accept an invitation, to choose a new password.

A link is 32 random bytes; only their SHA-256 is stored, with what the link is for and until when.
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.staff.access.credentials import AccountError
from bot.staff.models import Role

Purpose = Literal["set_up", "invitation", "reset"]
LASTS: dict[Purpose, timedelta] = {
    "set_up": timedelta(hours=24),
    "invitation": timedelta(hours=72),
    "reset": timedelta(hours=24),
}

SCHEMA = """
    CREATE TABLE links (
        sha256 TEXT PRIMARY KEY,
        purpose TEXT NOT NULL CHECK (purpose IN ('set_up', 'invitation', 'reset')),
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        UNIQUE (purpose, name)
    );
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an open link is for; `name` is empty for the first account, which chooses its own."""

    purpose: Purpose
    name: str
    role: Role
    made_by: str
    expires_at: str


def make_link(db: sqlite3.Connection, offer: tuple[Purpose, str, Role], *, made_by: str, now: datetime) -> str:
    """The token of a new link for (purpose, name, role); an older one for the same stops working."""
    token = secrets.token_urlsafe(32)
    purpose, name, role = offer
    row = (digest(token), purpose, name, role, made_by, now.isoformat(), (now + LASTS[purpose]).isoformat())
    db.execute("DELETE FROM links WHERE expires_at <= ?", (now.isoformat(),))
    db.execute("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return token


def read_link(db: sqlite3.Connection, token: str, *, now: datetime) -> Offer:
    """What the link offers; AccountError `token_invalid` when it is unknown, used or too old."""
    row = db.execute(
        "SELECT purpose, name, role, made_by, expires_at FROM links WHERE sha256 = ? AND expires_at > ?",
        (digest(token), now.isoformat()),
    ).fetchone()
    if row is None:
        raise AccountError(
            "The link does not work: it was used, is too old, or is incomplete. Ask for a new one.",
            code="token_invalid",
        )
    return Offer(*row)


def use_link(db: sqlite3.Connection, token: str) -> None:
    """The link stops working, when the transaction of `db` ends well."""
    db.execute("DELETE FROM links WHERE sha256 = ?", (digest(token),))


def invitations(db: sqlite3.Connection, *, now: datetime) -> list[Offer]:
    """The invitations that are open, by name."""
    rows = db.execute(
        "SELECT purpose, name, role, made_by, expires_at FROM links WHERE purpose = 'invitation' AND expires_at > ? "
        "ORDER BY name",
        (now.isoformat(),),
    )
    return [Offer(*row) for row in rows]


def drop_invitation(db: sqlite3.Connection, name: str) -> None:
    """The invitation of `name` stops working."""
    db.execute("DELETE FROM links WHERE purpose = 'invitation' AND name = ?", (name,))


def drop_set_up(db: sqlite3.Connection) -> None:
    """The link for the first account stops working."""
    db.execute("DELETE FROM links WHERE purpose = 'set_up'")


def drop_links(db: sqlite3.Connection, *, of: str = "", by: str = "") -> None:
    """The open links for the account `of`, and those that `by` made, stop working."""
    db.execute("DELETE FROM links WHERE name = nullif(?, '') OR made_by = nullif(?, '')", (of, by))


def digest(token: str) -> str:
    """What is stored in place of a secret that is random already."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
