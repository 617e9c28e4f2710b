"""Whether an SQLite file is sound, in bounded time. Reads only."""

import time
from dataclasses import dataclass
from pathlib import Path

from corpus.database import connect
from corpus.errors import StorageError

STEPS = 20_000  # of SQLite's machine between two looks at the clock
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Soundness:
    """What a check found: `problems`, and whether it reached the end of the file."""

    problems: tuple[str, ...]
    complete: bool = True


def soundness(path: Path, *, seconds: float | None = None) -> Soundness:
    """Check the pages and indexes of an SQLite file, for at most `seconds` (without a limit by default)."""
    end = None if seconds is None else time.monotonic() + seconds

    def late() -> bool:
        return end is not None and time.monotonic() > end

    try:
        with connect(path) as db:
            db.set_progress_handler(late, STEPS)
            rows = [str(row[0]) for row in db.execute(f"PRAGMA quick_check({SHOWN})")]
    except StorageError as error:
        return Soundness((), complete=False) if late() else Soundness((str(error),))
    return Soundness(() if rows == ["ok"] else tuple(rows))
