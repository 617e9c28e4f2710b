"""Who is logged in: the value of a cookie stands for an account for a while.

The value is a random id with a signature; stored is the SHA-256 of the id, so that a copy of the file opens
no session, and a session can be ended from here.
"""

import hashlib
import secrets
import sqlite3
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer

from bot.staff.access.links import digest
from bot.staff.models import Account

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
STEP = timedelta(minutes=1)
"""How exactly the last use is known: not every request needs to write."""

SCHEMA = """
    CREATE TABLE sessions (
        sha256 TEXT PRIMARY KEY,
        name TEXT NOT NULL REFERENCES accounts (name),
        created_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        expires_at TEXT NOT NULL
    );
    CREATE INDEX sessions_by_name ON sessions (name);
"""


def start_session(db: sqlite3.Connection, name: str, *, secret: bytes, now: datetime) -> str:
    """The value of the cookie of a new session."""
    db.execute("DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?", _limits(now))
    token = secrets.token_urlsafe(32)
    row = (digest(token), name, now.isoformat(), now.isoformat(), (now + LONGEST).isoformat())
    db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", row)
    return _signer(secret).sign(token).decode("ascii")


def holder(db: sqlite3.Connection, cookie: str, *, secret: bytes, now: datetime) -> Account | None:
    """The active account whose session this is; None when it is forged, ended, or was idle for too long."""
    sha256 = _stored(cookie, secret)
    row = db.execute(
        "SELECT name, role, seen_at FROM sessions JOIN accounts USING (name) "
        "WHERE sha256 = ? AND expires_at > ? AND seen_at > ? AND active",
        (sha256, *_limits(now)),
    ).fetchone()
    if row is None:
        return None
    name, role, seen_at = row
    if now - datetime.fromisoformat(seen_at) >= STEP:
        db.execute("UPDATE sessions SET seen_at = ? WHERE sha256 = ?", (now.isoformat(), sha256))
    return Account(name, role)


def end_session(db: sqlite3.Connection, cookie: str, *, secret: bytes) -> None:
    """End the session of this cookie, if there is one."""
    db.execute("DELETE FROM sessions WHERE sha256 = ?", (_stored(cookie, secret),))


def end_sessions(db: sqlite3.Connection, name: str) -> None:
    """End every session of an account."""
    db.execute("DELETE FROM sessions WHERE name = ?", (name,))


def _limits(now: datetime) -> tuple[str, str]:
    return now.isoformat(), (now - IDLE).isoformat()


def _stored(cookie: str, secret: bytes) -> str:
    """What a cookie is stored as; nothing is, when its signature is not ours."""
    try:
        return digest(_signer(secret).unsign(cookie.encode("utf-8", "surrogatepass")).decode("utf-8"))
    except (BadSignature, UnicodeDecodeError):
        return ""


def _signer(secret: bytes) -> Signer:
    return Signer(secret, salt="staff-session", key_derivation="hmac", digest_method=hashlib.sha256)
