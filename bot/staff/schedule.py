"""Work that the server does by itself at intervals: one thread, one job after another.

A job that fails is logged and tried again at its next time; it never ends the thread.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, RLock, Thread, current_thread

log = logging.getLogger(__name__)

FIRST_AFTER = timedelta(seconds=10)
LONGEST_WAIT = 3_600.0  # seconds between two looks at the clock


@dataclass(frozen=True, slots=True)
class Job:
    """What to do, and how long to wait between the end of one run and the next."""

    name: str
    every: timedelta
    run: Callable[[], object]

    def __post_init__(self) -> None:
        if self.every <= timedelta(0):
            raise ValueError(f"{self.name}: found {self.every}, expected a time above zero")


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a job: when it began, how long it took, and what went wrong (empty when nothing did)."""

    at: datetime
    took: timedelta
    problem: str = ""


class Schedule:
    """Runs jobs in a daemon thread, each for the first time `first_after` the start.

    `clock` gives seconds that never go back, `now` the time of day; both are for tests.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        first_after: timedelta = FIRST_AFTER,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            raise ValueError("two jobs have the same name")
        self._clock = clock
        self._now = now
        self._due = dict.fromkeys(self._jobs, clock() + first_after.total_seconds())
        self._first_after = first_after
        self._ran: dict[str, Ran] = {}
        self._working = RLock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin, if it has not begun."""
        if self._thread is not None and self._thread.is_alive() and not self._stopped.is_set():
            return
        self._stopped = Event()
        self._due = dict.fromkeys(self._jobs, self._clock() + self._first_after.total_seconds())
        self._thread = Thread(target=self._work, args=(self._stopped,), name="schedule", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> bool:
        """Run nothing more; whether the job that was running ended within `seconds`."""
        self._stopped.set()
        if self._thread is None:
            return True
        if self._thread is current_thread():  # a job stops its own schedule
            return False
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def run_due(self) -> float:
        """Run every job whose time has come; the seconds until the next one's."""
        for name in self._jobs:
            with self._working:
                if self._due[name] <= self._clock() and not self._stopped.is_set():
                    self._run(name)
        return max(0.0, min(self._due.values()) - self._clock()) if self._due else LONGEST_WAIT

    def run_now(self, name: str) -> Ran:
        """Run a job in the caller's thread, when no other one runs. KeyError for a name that is none."""
        self._jobs[name]
        with self._working:
            return self._run(name)

    def last(self, name: str) -> Ran | None:
        """The last run of a job that has ended. KeyError for a name that is none."""
        self._jobs[name]
        return self._ran.get(name)

    def _work(self, stopped: Event) -> None:
        wait = 0.0
        while not stopped.wait(min(wait, LONGEST_WAIT)):
            wait = self.run_due()

    def _run(self, name: str) -> Ran:
        job = self._jobs[name]
        at, began = self._now(), self._clock()
        problem = ""
        try:
            job.run()
        except Exception as error:  # whatever a job does wrong, the others go on
            log.exception("The job %s failed", name)
            problem = str(error) or type(error).__name__
        ended = self._clock()
        self._due[name] = ended + job.every.total_seconds()
        self._ran[name] = ran = Ran(at, timedelta(seconds=ended - began), problem)
        return ran
