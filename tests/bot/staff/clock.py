"""A clock that tests turn, and password hashes that take no time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

PASSWORD = "cheval agrafe pile"


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def quick_hasher(memory: int = 8) -> PasswordHasher:
    """argon2 with parameters that nobody should use elsewhere."""
    return PasswordHasher(time_cost=1, memory_cost=memory, parallelism=1)
