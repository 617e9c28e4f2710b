"""What a person types to get in: the names and passwords that are accepted, and how passwords are kept.

Text comes in, a checked name or an argon2 hash goes out. Nothing is stored here, and no password is ever
part of a message.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.staff.models import Role
from corpus.errors import CorpusError

NAME = re.compile(r"[a-z0-9._-]{2,40}")
LEAST, MOST = 12, 1_000
"""Characters of a password."""
AT_ONCE = 4
"""Hashes computed at the same time: each takes 64 MiB."""
MOST_TRIES = 12
"""People who log in at the same time; each holds a thread that public pages need too."""


class AccountError(CorpusError):
    """What is wrong with a name, a password, a link or a change of an account; `code` says which."""


def folded(name: str) -> str:
    """`name` as accounts know it: capitals, wide letters and spaces around it make no difference."""
    return unicodedata.normalize("NFKC", name[:200]).casefold().strip()


def checked_name(name: str) -> str:
    """The folded `name`; AccountError `bad_name` unless it can be one."""
    known = folded(name)
    if not NAME.fullmatch(known):
        raise AccountError(
            "The name cannot be used: expected 2 to 40 letters a-z, digits, dots, hyphens or underscores.",
            code="bad_name",
        )
    return known


def checked_role(role: str) -> Role:
    """`role` when it is one; AccountError `bad_role` otherwise."""
    known: dict[str, Role] = {"editor": "editor", "viewer": "viewer"}
    if role not in known:
        raise AccountError(f"The role cannot be used: expected {' or '.join(known)}.", code="bad_role")
    return known[role]


class Passwords:
    """Hashes and checks passwords with `hasher`, by default argon2id with the library's parameters."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = BoundedSemaphore(AT_ONCE)
        self._tries = BoundedSemaphore(MOST_TRIES)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The time in which somebody logs in; AccountError `locked_out` at once when too many others do."""
        if not self._tries.acquire(blocking=False):
            raise AccountError(
                "Too many people log in at this moment. Wait a minute, then try again.", code="locked_out", minutes=1
            )
        try:
            yield
        finally:
            self._tries.release()

    def hashed(self, password: str, name: str) -> str:
        """The hash of a new password of `name`; AccountError `weak_password` when it is easy to guess."""
        if not LEAST <= len(password) <= MOST or folded(password) == name or len(set(password)) == 1:
            raise AccountError(
                f"The password is too easy to guess: expected {LEAST} to {MOST} characters, not all the same, "
                "and not the name.",
                code="weak_password",
                minimum=LEAST,
                maximum=MOST,
            )
        with self._places:
            return self._hasher.hash(_encoded(password))

    def match(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one that `stored` was made from; with None, no, after the same time."""
        if len(password) > MOST:
            return False
        nobody = self._nobody
        with self._places:
            try:
                self._hasher.verify(stored or nobody, _encoded(password))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def rehashed(self, stored: str, password: str) -> str | None:
        """A hash of the matching `password` to keep instead, when `stored` was made with other parameters."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        with self._places:
            return self._hasher.hash(_encoded(password))

    @cached_property
    def _nobody(self) -> str:
        """The hash of a password that nobody knows."""
        return self._hasher.hash(secrets.token_bytes(32))


def _encoded(password: str) -> bytes:
    """The same bytes on every keyboard: systems compose accents differently."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
