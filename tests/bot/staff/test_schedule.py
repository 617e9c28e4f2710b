"""The schedule: what runs when, what becomes of failures, how it ends. Most of it with a clock that is told."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.staff.schedule import Job, Schedule

HOUR = timedelta(hours=1)
SOON = timedelta(milliseconds=2)


class Clock:
    """Seconds that pass when told; `noted` are the runs, by name and time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.noted: list[tuple[str, float]] = []

    def __call__(self) -> float:
        return self.seconds

    def job(self, name: str, every: timedelta = HOUR, *, takes: float = 0.0, fails: bool = False) -> Job:
        def run() -> None:
            self.noted.append((name, self.seconds))
            self.seconds += takes
            if fails:
                raise RuntimeError(f"{name} fails here")

        return Job(name, every, run)


def scheduled(clock: Clock, *jobs: Job) -> Schedule:
    return Schedule(
        jobs, first_after=timedelta(seconds=10), clock=clock, now=lambda: datetime.fromtimestamp(clock.seconds, UTC)
    )


@contextmanager
def started(schedule: Schedule) -> Iterator[Schedule]:
    schedule.start()
    try:
        yield schedule
    finally:
        assert schedule.stop()


def wait_until(what: threading.Event) -> None:
    assert what.wait(5)


def test_the_first_run_is_soon_after_the_start_and_the_next_an_interval_after_its_end() -> None:
    clock = Clock()
    schedule = scheduled(clock, clock.job("sync", takes=5), clock.job("clean", 2 * HOUR))
    assert schedule.run_due() == 10 and clock.noted == []
    clock.seconds = 10
    assert schedule.run_due() == 3_600
    assert clock.noted == [("sync", 10), ("clean", 15)]
    clock.seconds = 3_614
    assert schedule.run_due() == 1
    clock.seconds = 3_615
    schedule.run_due()
    assert clock.noted[2:] == [("sync", 3_615)]


def test_runs_that_were_missed_are_not_made_up_for() -> None:
    clock = Clock()
    schedule = scheduled(clock, clock.job("sync"))
    clock.seconds = 1_000_000
    schedule.run_due()
    schedule.run_due()
    assert clock.noted == [("sync", 1_000_000)]


def test_a_failing_job_is_logged_and_tried_again_at_its_next_time(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    schedule = scheduled(clock, clock.job("sync", takes=2, fails=True), clock.job("clean"))
    clock.seconds = 10
    with caplog.at_level(logging.ERROR):
        assert schedule.run_due() == 3_600
    assert "sync fails here" in caplog.text
    ran = schedule.last("sync")
    assert ran is not None
    assert (ran.at.timestamp(), ran.took, ran.problem) == (10, timedelta(seconds=2), "sync fails here")
    cleaned = schedule.last("clean")
    assert cleaned is not None and cleaned.problem == ""
    clock.seconds = 3_612
    schedule.run_due()
    assert [name for name, _ in clock.noted] == ["sync", "clean", "sync", "clean"]


def test_a_job_that_is_run_now_waits_a_whole_interval_for_its_next_time() -> None:
    clock = Clock()
    schedule = scheduled(clock, clock.job("sync", takes=1))
    assert schedule.last("sync") is None
    clock.seconds = 8
    ran = schedule.run_now("sync")
    assert ran == schedule.last("sync") and ran.took == timedelta(seconds=1)
    clock.seconds = 20
    assert schedule.run_due() == pytest.approx(3_589)
    assert clock.noted == [("sync", 8)]


def test_names_that_are_none_and_jobs_that_make_no_sense_are_refused() -> None:
    clock = Clock()
    schedule = scheduled(clock, clock.job("sync"))
    with pytest.raises(KeyError):
        schedule.run_now("other")
    with pytest.raises(KeyError):
        schedule.last("other")
    with pytest.raises(ValueError, match="same name"):
        scheduled(clock, clock.job("sync"), clock.job("sync"))
    with pytest.raises(ValueError, match="above zero"):
        clock.job("sync", timedelta(0))


def test_a_thread_runs_the_jobs_again_and_again_also_after_failures(caplog: pytest.LogCaptureFixture) -> None:
    runs, enough = [], threading.Event()

    def fail() -> None:
        runs.append(threading.current_thread())
        if len(runs) == 3:
            enough.set()
        raise ValueError

    schedule = Schedule([Job("fails", SOON, fail)], first_after=SOON)
    with started(schedule), caplog.at_level(logging.CRITICAL):
        schedule.start()  # twice is once
        wait_until(enough)
        assert set(runs) == {thread for thread in threading.enumerate() if thread.name == "schedule"}
        assert len(set(runs)) == 1 and runs[0].daemon
    ran = schedule.last("fails")
    assert ran is not None and ran.problem == "ValueError"
    after = len(runs)
    time.sleep(0.02)
    assert len(runs) == after


def test_two_jobs_never_run_at_the_same_time() -> None:
    running, most, enough = 0, 0, threading.Event()
    counted: list[int] = []

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.003)
        running -= 1
        counted.append(1)
        if len(counted) >= 10:
            enough.set()

    schedule = Schedule([Job("one", SOON, work), Job("two", SOON, work)], first_after=SOON)
    with started(schedule):
        while not enough.is_set():
            schedule.run_now("two")
    assert most == 1


def test_stopping_does_not_wait_for_the_next_time() -> None:
    schedule = Schedule([Job("rare", timedelta(days=1_000), lambda: None)], first_after=timedelta(days=1_000))
    schedule.start()
    began = time.perf_counter()
    assert schedule.stop()
    assert time.perf_counter() - began < 1
    assert schedule.last("rare") is None


def test_stopping_leaves_a_long_job_to_itself_and_runs_no_other() -> None:
    begun, go_on, others = threading.Event(), threading.Event(), []

    def long() -> None:
        begun.set()
        go_on.wait(5)

    jobs = [Job("long", HOUR, long), Job("other", HOUR, lambda: others.append(1))]
    schedule = Schedule(jobs, first_after=SOON)
    schedule.start()
    wait_until(begun)
    assert not schedule.stop(seconds=0.01)
    go_on.set()
    assert schedule.stop()
    assert others == []


def test_a_stopped_schedule_can_start_again() -> None:
    ran = threading.Event()
    schedule = Schedule([Job("sync", HOUR, ran.set)], first_after=SOON)
    with started(schedule):
        wait_until(ran)
    ran.clear()
    with started(schedule):
        wait_until(ran)


def test_a_job_may_stop_the_schedule_or_run_another() -> None:
    done = threading.Event()
    notes: list[str] = []

    def last() -> None:
        schedule.run_now("other")
        notes.append(f"stopped: {schedule.stop()}")
        done.set()

    schedule = Schedule([Job("last", SOON, last), Job("other", HOUR, lambda: notes.append("other"))], first_after=SOON)
    schedule.start()
    wait_until(done)
    assert schedule.stop()
    assert notes == ["other", "stopped: False"]


def test_a_schedule_without_jobs_stops_as_well() -> None:
    with started(Schedule([])) as schedule:
        assert schedule.run_due() > 60
