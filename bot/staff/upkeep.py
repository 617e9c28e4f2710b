"""The health of the service, for staff: what is wrong, the repairs that a button can start, backups.

Checks and repairs run in threads of their own, one at a time each.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.assistant import Assistant
from bot.doctor import Check, Finding, examine
from bot.staff.audit import Audit
from bot.staff.background import Background, Task
from bot.staff.backups.backup import LastBackup, back_up, last_backup
from bot.staff.backups.manifest import BackupError
from bot.staff.inbox import require_editor
from bot.staff.models import Account
from corpus.errors import CorpusError
from corpus.ingest import Progress

KEPT = 30.0  # seconds that findings are shown before the checks run again
WAIT = 8.0  # seconds that a page waits for the checks
DOWNLOAD = ".download-"  # a folder below the data folder: a backup until it is sent
LEFT_BEHIND = 86_400.0  # seconds after which one was left behind by a server that was killed
ARCHIVE = "backup.zip"


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings of every check, and when they were made (ISO 8601, UTC; empty before the first time).

    `running` says that newer ones are being made.
    """

    findings: tuple[Finding, ...] = ()
    at: str = ""
    running: bool = False


class Upkeep:
    """Checks, repairs and backups of an assistant; `checks` are run beside its own."""

    def __init__(self, assistant: Assistant, audit: Audit, checks: tuple[Check, ...]) -> None:
        self._assistant, self._audit, self._checks = assistant, audit, checks
        self._repairing = Background("repair", "repair_running")
        self._examining = Background("examination", "examination_running")
        self._examined = Examined()
        self._fresh_until = 0.0

    @property
    def repair(self) -> Task | None:
        """The repair that runs, or that ran last; its progress is in documents."""
        return self._repairing.task

    def examine(self) -> list[Finding]:
        """Every finding of every check, made now."""
        return examine(self._assistant, *self._checks)

    def examined(self, *, again: bool = False, wait: float = WAIT) -> Examined:
        """The findings of the last KEPT seconds, else new ones if they are there within `wait` seconds.

        While a repair runs no check begins: it would wait for the repair.
        """
        if (again or time.monotonic() > self._fresh_until) and not self._repairing.running:
            if not self._examining.running:
                self._begin_examining()
            self._examining.wait(wait)
        return replace(self._examined, running=self._examining.running)

    def start_repair(self, actor: Account, action: str) -> None:
        """Begin a repair in the background; refused while another one runs."""
        require_editor(actor)
        repairs = self._repairs()
        if action not in repairs:
            raise CorpusError(f"found {action[:40]!r}, expected one of {', '.join(repairs)}", code="repair_unknown")

        def run(progress: Progress) -> None:
            try:
                repairs[action](progress)
            finally:
                self._fresh_until = 0.0

        self._repairing.start(action, run)
        self._audit.record(actor.name, "repair_run", action)

    def wait(self) -> None:
        """Wait for the repair that is running."""
        self._repairing.wait()

    def back_up(self, actor: Account) -> Path:
        """Make a backup that only this process's user can read; the caller hands it to `discard`."""
        require_editor(actor)
        data = self._assistant.settings.data_dir
        _sweep(data)
        try:
            folder = Path(tempfile.mkdtemp(prefix=DOWNLOAD, dir=data))  # not the system's: it may be small, or shared
        except OSError as error:
            problem = str(error.strerror or error)
            raise BackupError(
                f"{data} cannot be written ({problem}): check its disk and its permissions",
                code="backup_unwritable",
                problem=problem,
            ) from error
        path = folder / ARCHIVE
        try:
            back_up(data, path)
            self._audit.record(actor.name, "backup_made", bytes=path.stat().st_size)
        except BaseException:
            discard(path)
            raise
        self._fresh_until = 0.0
        return path

    def last_backup(self) -> LastBackup | None:
        """When the last backup was made."""
        return last_backup(self._assistant.settings.data_dir)

    def _begin_examining(self) -> None:
        with suppress(CorpusError):  # another request was quicker
            self._examining.start("examine", self._examine)

    def _examine(self, _progress: Progress) -> None:
        try:
            findings = self.examine()
        except Exception as error:
            values = {"check": "", "problem": str(error)}
            findings = [Finding("", "error", f"the checks ended early ({error})", "", "check_failed", values)]
            raise
        finally:
            self._fresh_until = time.monotonic() + KEPT
            self._examined = Examined(tuple(findings), datetime.now(UTC).isoformat(timespec="seconds"))

    def _repairs(self) -> Mapping[str, Callable[[Progress], object]]:
        assistant = self._assistant
        return {
            "reindex": assistant.reindex,
            "resume": assistant.ingest.resume,
            "repair_index": lambda _progress: assistant.index.repair(),
            "verify_pins": lambda _progress: assistant.verify_pins(),
        }


def discard(backup: Path) -> None:
    """Delete a backup that `back_up` made, and its folder."""
    shutil.rmtree(backup.parent, ignore_errors=True)


def _sweep(data: Path) -> None:
    """Delete what a killed server left of its backups."""
    for folder in data.glob(f"{DOWNLOAD}*"):
        with suppress(FileNotFoundError):  # it was sent meanwhile
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)
