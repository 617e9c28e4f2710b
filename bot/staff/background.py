"""Work that takes minutes and that a button starts: one piece at a time in a thread of its own, with its progress.

What goes wrong is kept for the page that shows it; nothing is raised in the thread.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock, Thread

from corpus.errors import CorpusError
from corpus.ingest import Progress


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work by its name, and how far it has come: `done` of `of` in its `stage`.

    `problem` says why it failed, once it has ended (`ended_at` is ISO 8601, UTC).
    """

    what: str
    stage: str = ""
    done: int = 0
    of: int = 0
    ended_at: str = ""
    problem: CorpusError | None = None

    @property
    def ended(self) -> bool:
        return bool(self.ended_at)


class Background:
    """Runs one piece of work at a time; `busy` is the code of the error while there is one."""

    def __init__(self, name: str, busy: str) -> None:
        self._name, self._busy = name, busy
        self._starting = Lock()
        self._thread: Thread | None = None
        self._task: Task | None = None

    @property
    def task(self) -> Task | None:
        """What runs, or what ran last."""
        return self._task

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.ended

    def start(self, what: str, work: Callable[[Progress], object]) -> None:
        """Begin; CorpusError while something else runs."""
        with self._starting:
            if self.running:
                raise CorpusError("something else is running: wait until it has ended", code=self._busy)
            self._task = Task(what)
            self._thread = Thread(target=self._run, args=(work,), name=self._name, daemon=True)
            self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for what runs; whether it has ended."""
        if self._thread:
            self._thread.join(seconds)
        return not self.running

    def _run(self, work: Callable[[Progress], object]) -> None:
        problem: CorpusError | None = None
        try:
            work(self._report)
        except CorpusError as error:
            problem = error
        except Exception as error:  # whatever it was, the page must say that the work has ended
            logging.getLogger(__name__).exception("Work in the background failed")
            problem = CorpusError(f"{type(error).__name__}: {error}")
        finally:
            self._change(ended_at=datetime.now(UTC).isoformat(timespec="seconds"), problem=problem)

    def _report(self, stage: str, done: int, of: int) -> None:
        self._change(stage=stage, done=done, of=of)

    def _change(self, **values: object) -> None:
        if self._task:
            self._task = replace(self._task, **values)  # type: ignore[arg-type]
