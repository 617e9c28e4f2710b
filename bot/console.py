"""What commands share: an assistant that may write or only reads, a bar of progress, messages.

Messages and progress go to standard error.
"""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.assistant import Assistant


@contextmanager
def writing(settings: Settings) -> "Iterator[Assistant]":
    """An assistant that alone may write to the data folder."""
    from bot.lock import WriterLock

    lock = WriterLock(settings.data_dir)
    lock.acquire()
    try:
        _finish_restoring(settings)
        with closing(_assistant(settings)) as assistant:
            yield assistant
    finally:
        lock.release()


@contextmanager
def reading(settings: Settings, *, prepared: bool = True) -> "Iterator[Assistant]":
    """An assistant that also works beside a running server, which alone keeps the index up to date."""
    from bot.lock import WriterLock

    lock = WriterLock(settings.data_dir)
    held = lock.try_acquire()
    try:
        if held:
            _finish_restoring(settings)
        with closing(_assistant(settings, writable=held)) as assistant:
            if held and prepared:
                prepare(assistant)
            yield assistant
    finally:
        if held:
            lock.release()


def _finish_restoring(settings: Settings) -> None:
    """Complete a restoring that was interrupted."""
    if (settings.data_dir / ".restore").exists():
        from bot.staff.backups.installing import finish

        finish(settings.data_dir)


def _assistant(settings: Settings, *, writable: bool = True) -> "Assistant":
    from bot.assistant import Assistant

    return Assistant(settings, writable=writable)


def prepare(assistant: "Assistant") -> None:
    """Bring the curated documents in; what could not be read is said."""
    with progress() as report:
        for failed in assistant.prepare(report):
            say(failed.reason)


@contextmanager
def progress() -> Iterator[Any]:
    """A bar on standard error that appears with the first document to index."""
    from tqdm import tqdm

    bar: Any = None

    def report(what: str, done: int, of: int) -> None:
        nonlocal bar
        if what != "index":
            return
        if bar is None:
            bar = tqdm(total=of, desc="Indexing", unit="document", file=sys.stderr)
        bar.n = done
        bar.refresh()

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()


def say(message: str) -> None:
    """A message for who sits before the screen."""
    print(message, file=sys.stderr, flush=True)
