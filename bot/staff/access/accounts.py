"""The accounts of the staff, their links and sessions, in one SQLite file that several processes may open.

Names and passwords come in, accounts and secrets (links, cookies) go out; what is wrong is an AccountError with a
code. Who may do what to whom is not decided here.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher

from bot.staff.access import links, lockout, roll, sessions
from bot.staff.access.credentials import AccountError, Passwords, checked_name, folded
from bot.staff.access.links import Offer
from bot.staff.access.roll import Member
from bot.staff.models import Account, Role
from corpus.database import connect, migrate

MIGRATIONS = (
    f"""
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
    {roll.SCHEMA}
    {sessions.SCHEMA}
    {links.SCHEMA}
    {lockout.SCHEMA}
    """,
)


class Accounts:
    """The accounts in the file at `path`, made when missing; `now` and `hasher` are for tests."""

    def __init__(
        self, path: Path, *, now: Callable[[], datetime] | None = None, hasher: PasswordHasher | None = None
    ) -> None:
        self._path = path
        self._now = now or (lambda: datetime.now(UTC))
        self._passwords = Passwords(hasher)
        with connect(path) as db:
            migrate(db, MIGRATIONS)
        with suppress(PermissionError):  # of a file that another user owns
            path.chmod(0o600)
        with self._change() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES ('key', ?)", (secrets.token_bytes(32),))
            self._secret: bytes = db.execute("SELECT value FROM secrets WHERE name = 'key'").fetchone()[0]

    def has_any(self) -> bool:
        """Whether there is an account, active or not."""
        with connect(self._path) as db:
            return roll.anyone(db)

    def members(self) -> list[Member]:
        """Every account, by name."""
        with connect(self._path) as db:
            return roll.members(db)

    def holds(self, name: str) -> bool:
        """Whether there is an account of that name."""
        with connect(self._path) as db:
            return roll.find(db, name) is not None

    def create(self, name: str, password: str, role: Role) -> Account:
        """A new account. Raises AccountError `bad_name`, `name_taken` or `weak_password`."""
        known = checked_name(name)
        hashed = self._passwords.hashed(password, known)
        with self._change() as db:
            return self._insert(db, known, hashed, role)

    def set_role(self, name: str, role: Role) -> None:
        """Change a role, at once. Raises AccountError `unknown_account` or `last_editor`."""
        with self._change() as db:
            row = roll.get(db, name)
            if role != "editor":
                roll.check_an_editor_stays(db, row)
                links.drop_links(db, by=row.name)
            db.execute("UPDATE accounts SET role = ? WHERE name = ?", (role, row.name))

    def deactivate(self, name: str) -> None:
        """End the sessions and links of an account and let it in no more; raises as `set_role`."""
        with self._change() as db:
            row = roll.get(db, name)
            roll.check_an_editor_stays(db, row)
            db.execute("UPDATE accounts SET active = 0 WHERE name = ?", (row.name,))
            sessions.end_sessions(db, row.name)
            links.drop_links(db, of=row.name, by=row.name)

    def reactivate(self, name: str) -> None:
        """Let an account in again. Raises AccountError `unknown_account`."""
        with self._change() as db:
            db.execute("UPDATE accounts SET active = 1 WHERE name = ?", (roll.get(db, name).name,))

    def set_up_token(self) -> str | None:
        """A link for the first editor, in place of an earlier one; None when there is an account."""
        with self._change() as db:
            if roll.anyone(db):
                return None
            return links.make_link(db, ("set_up", "", "editor"), made_by="", now=self._now())

    def invite(self, name: str, role: Role, *, by: str) -> str:
        """A link with which `name` makes an account. Raises AccountError `bad_name` or `name_taken`."""
        known = checked_name(name)
        with self._change() as db:
            roll.check_free(db, known)
            return links.make_link(db, ("invitation", known, role), made_by=by, now=self._now())

    def invitations(self) -> list[Offer]:
        """The invitations that are open, by name."""
        with connect(self._path) as db:
            return links.invitations(db, now=self._now())

    def withdraw_invitation(self, name: str) -> None:
        """The invitation of that name stops working, if there is one."""
        with self._change() as db:
            links.drop_invitation(db, folded(name))

    def reset_token(self, name: str, *, by: str) -> str:
        """A link with which `name` chooses a new password. Raises AccountError `unknown_account`, `account_off`."""
        with self._change() as db:
            row = roll.get(db, name)
            if not row.active:
                message = f"{row.name} is deactivated: reactivate it first."
                raise AccountError(message, code="account_off", name=row.name)
            return links.make_link(db, ("reset", row.name, row.role), made_by=by, now=self._now())

    def offer(self, token: str) -> Offer:
        """What a link is for. Raises AccountError `token_invalid`."""
        with connect(self._path) as db:
            return links.read_link(db, token, now=self._now())

    def accept(self, token: str, password: str, name: str = "") -> Account:
        """Use a link: make its account (the first one chooses its `name`), or set the new password.

        Raises AccountError `token_invalid`, `bad_name`, `name_taken` or `weak_password`; the link works on then.
        """
        known = checked_name(self.offer(token).name or name)
        hashed = self._passwords.hashed(password, known)
        with self._change() as db:
            offer = links.read_link(db, token, now=self._now())  # again: another may have been first
            links.use_link(db, token)
            if offer.purpose != "reset":
                return self._insert(db, known, hashed, offer.role)
            self._set_password(db, known, hashed)
            return Account(known, roll.get(db, known).role)

    def log_in(self, name: str, password: str, address: str = "") -> str:
        """The cookie of a new session. Raises AccountError `wrong_credentials` or `locked_out`.

        Neither says whether the account exists, nor does the time that it takes.
        """
        with self._passwords.turn():
            known = self._check(name, password, address)
        with self._change() as db:
            if not roll.get(db, known).active:
                raise _wrong()  # deactivated while its password was checked
            return self._start(db, known)

    def open_session(self, name: str) -> str:
        """The cookie of a new session for an account that has just proved itself in another way."""
        with self._change() as db:
            return self._start(db, roll.get(db, name).name)

    def change_password(self, name: str, old: str, new: str, address: str = "") -> str:
        """Set a new password; every session ends, and the cookie of a new one comes back.

        Raises AccountError `wrong_credentials`, `locked_out` or `weak_password`.
        """
        with self._passwords.turn():
            known = self._check(name, old, address)
        hashed = self._passwords.hashed(new, known)
        with self._change() as db:
            self._set_password(db, known, hashed)
            return self._start(db, known)

    def account_of(self, cookie: str) -> Account | None:
        """The account that a cookie stands for, as it is now; None when it must log in."""
        with connect(self._path) as db:
            return sessions.holder(db, cookie, secret=self._secret, now=self._now())

    def log_out(self, cookie: str) -> None:
        """End the session of a cookie."""
        with self._change() as db:
            sessions.end_session(db, cookie, secret=self._secret)

    def _check(self, name: str, password: str, address: str) -> str:
        """The folded name when the password is that of an active account; the try counts when it is not."""
        known = folded(name)
        with self._change() as db:
            number = lockout.count_try(db, known, address, secret=self._secret, now=self._now())
            row = roll.find(db, known)
        stored = row.password if row and row.active else None
        if not self._passwords.match(stored, password):
            raise _wrong()
        fresh = self._passwords.rehashed(stored or "", password)
        with self._change() as db:
            lockout.strike_out(db, number)
            if fresh:
                db.execute("UPDATE accounts SET password = ? WHERE name = ? AND password = ?", (fresh, known, stored))
        return known

    def _insert(self, db: sqlite3.Connection, name: str, hashed: str, role: Role) -> Account:
        roll.check_free(db, name)
        row = (name, role, hashed, self._now().isoformat())
        db.execute("INSERT INTO accounts (name, role, password, created_at) VALUES (?, ?, ?, ?)", row)
        links.drop_links(db, of=name)
        links.drop_set_up(db)
        return Account(name, role)

    def _set_password(self, db: sqlite3.Connection, name: str, hashed: str) -> None:
        db.execute("UPDATE accounts SET password = ? WHERE name = ?", (hashed, name))
        sessions.end_sessions(db, name)
        links.drop_links(db, of=name)
        lockout.reopen(db, name, secret=self._secret)

    def _start(self, db: sqlite3.Connection, name: str) -> str:
        now = self._now()
        db.execute("UPDATE accounts SET logged_in_at = ? WHERE name = ?", (now.isoformat(), name))
        return sessions.start_session(db, name, secret=self._secret, now=now)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other writer can come between."""
        with connect(self._path) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db


def _wrong() -> AccountError:
    return AccountError("The name or the password is not right.", code="wrong_credentials")
