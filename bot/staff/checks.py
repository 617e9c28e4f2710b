"""Health checks of what the staff area keeps: backups, accounts, the audit log, pinned answers, its SQLite files.

Each part comes as an argument, and is not checked when it is None. Nothing is repaired here.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.doctor import NAMED, SECONDS, Check, Finding, damage
from bot.staff.backups.backup import last_backup
from bot.staff.backups.installing import PLAN, ROOM
from bot.staff.backups.manifest import LIBRARY, PASSAGES, databases

BACKED_UP_WITHIN = timedelta(days=30)
LARGE_JOURNAL = 500_000_000  # bytes
JOURNAL = "journal.sqlite"
RESTORE = "Restore a backup: restore FILE --force"


class HasAny(Protocol):
    """What is asked of the accounts."""

    def has_any(self) -> bool:
        """Whether there is an account."""


class Verifies(Protocol):
    """What is asked of the audit log."""

    def verify(self) -> int | None:
        """The first line that is not as it was written; None when all are in order."""


class Broken(Protocol):
    """What is asked of the pinned answers."""

    def broken(self) -> Sequence[str]:
        """The questions whose pinned quotes no longer hold."""


def staff_checks(
    data_dir: Path,
    *,
    accounts: HasAny | None = None,
    audit: Verifies | None = None,
    pins: Broken | None = None,
    seconds: float = SECONDS,
) -> tuple[Check, ...]:
    """The checks for `bot.doctor.examine`."""
    checks = [
        Check("backup", partial(_backup, data_dir)),
        Check("files", partial(_files, data_dir, seconds)),
        Check("journal", partial(_journal, data_dir)),
    ]
    if accounts is not None:
        checks.append(Check("accounts", partial(_accounts, accounts)))
    if audit is not None:
        checks.append(Check("audit", partial(_audit, audit)))
    if pins is not None:
        checks.append(Check("pins", partial(_pins, pins)))
    return tuple(checks)


def _backup(data_dir: Path) -> Iterator[Finding]:
    last = last_backup(data_dir)
    remedy = "Run: backup FILE, and keep the file on another machine."
    if last is None:
        message = "no backup was ever made"
        yield Finding("backup", "warning", message, remedy, "backup_never", action="back_up")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(last.made_at)
    if age > BACKED_UP_WITHIN:
        message = f"the last backup was made {age.days} days ago"
        values = {"days": age.days, "made_at": last.made_at}
        yield Finding("backup", "warning", message, remedy, "backup_old", values, "back_up")


def _files(data_dir: Path, seconds: float) -> Iterator[Finding]:
    """The SQLite files that `bot.doctor` does not know of, and whether a restoring put all of them in place."""
    if (data_dir / ROOM / PLAN).exists():
        message = "a backup was restored in part: the restoring was interrupted"
        yield Finding("files", "error", message, "Stop the server, and restore again.", "restore_unfinished")
    for name, path in databases(data_dir).items():
        if name not in (LIBRARY, PASSAGES):
            yield from damage("files", path, RESTORE, seconds=seconds)


def _journal(data_dir: Path) -> Iterator[Finding]:
    path = data_dir / JOURNAL
    size = path.stat().st_size if path.exists() else 0
    if size > LARGE_JOURNAL:
        message = f"the journal of questions has grown to {size // 1_000_000} MB"
        remedy = "Keep questions for fewer days: BOT_KEEP_QUESTIONS"
        yield Finding("journal", "warning", message, remedy, "journal_large", {"bytes": size})


def _accounts(accounts: HasAny) -> Iterator[Finding]:
    if not accounts.has_any():
        message = "nobody can log in to the staff pages: there is no account"
        yield Finding("accounts", "warning", message, "Open the set-up link.", "accounts_none")


def _audit(audit: Verifies) -> Iterator[Finding]:
    line = audit.verify()
    if line is not None:
        message = f"the audit log was changed from outside: line {line} is not as it was written"
        remedy = "Find out who could write to the data folder; the lines before that one are in order."
        yield Finding("audit", "error", message, remedy, "audit_broken", {"line": line})


def _pins(pins: Broken) -> Iterator[Finding]:
    broken = list(pins.broken())
    if broken:
        message = f"{len(broken)} pinned answers no longer hold: {'; '.join(broken[:NAMED])}"
        values = {"count": len(broken), "questions": broken[:NAMED]}
        remedy = "Choose their quotes again, or take them off."
        yield Finding("pins", "warning", message, remedy, "pins_broken", values, "verify_pins")
