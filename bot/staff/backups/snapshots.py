"""Copies of the SQLite files of a data folder, all as of one moment, while others write. Changes none of them."""

import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from pathlib import Path

from bot.staff.backups.manifest import PASSAGES
from corpus.database import connect
from vectorstore.passages import PassageStore

FORGOTTEN = "journal.sqlite"  # rows deleted from it must not live on in a copy
PAGES = 4_096  # copied at once
SETTLED_WITHIN = 5.0  # seconds to wait for a moment between two changes of the index
PAUSE = 0.02  # seconds


def copies(files: Mapping[str, Path], room: Path) -> Generator[tuple[str, Path], None, None]:
    """Each file's name and its copy in `room`, which is deleted when the next one is asked for.

    The moment lies between two changes of the index when there is one within SETTLED_WITHIN seconds. If not,
    the index is a little older than the library, which `resume` mends.
    """
    patience = time.monotonic() + SETTLED_WITHIN
    store = PassageStore(files[PASSAGES]) if PASSAGES in files else None
    while True:
        before = _generation(store)
        with ExitStack() as stack:
            sources = {name: stack.enter_context(connect(path)) for name, path in files.items()}
            for source in sources.values():  # a transaction that reads keeps what it sees until its end
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if (before is not None and before == _generation(store)) or time.monotonic() > patience:
                for name, source in sources.items():
                    copy = room / "copy.sqlite"
                    with connect(copy) as target:
                        target.execute("PRAGMA journal_mode = OFF")  # a copy that fails is thrown away
                        source.backup(target, pages=PAGES)
                        if name == FORGOTTEN:
                            target.execute("VACUUM")
                    yield name, copy
                    copy.unlink()
                return
        time.sleep(PAUSE)


def _generation(store: PassageStore | None) -> str | None:
    """Names the state of the index, None while it changes."""
    if store is None:
        return ""
    return None if store.meta("dirty") == "yes" else store.meta("generation") or ""
