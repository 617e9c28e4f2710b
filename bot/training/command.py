"""What the two training commands have in common: their arguments and their log."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.training.loop import Plan


@dataclass(frozen=True, slots=True)
class Arguments:
    """Where the sets lie, where the run keeps what it needs to go on, the unpacked models, and the plan."""

    sets: Path
    work: Path
    models: Path
    plan: Plan


def arguments(plan: Plan, given: Sequence[str] | None = None) -> Arguments:
    """The arguments of a training command, over the plan that the shipped weights were trained by."""
    parser = ArgumentParser()
    parser.add_argument("sets", type=Path, help="a folder of sets, as docs/evaluation.md describes")
    parser.add_argument(
        "work",
        type=Path,
        nargs="?",
        default=Path("data/training"),
        help="a folder for lower states and checkpoints; an interrupted run goes on",
    )
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="where the bundled model is unpacked")
    parser.add_argument("--steps", type=int, default=plan.steps)
    parser.add_argument("--threads", type=int, default=plan.threads, help="threads of the processor; 0: all of it")
    found = parser.parse_args(given)
    return Arguments(found.sets, found.work, found.models, replace(plan, steps=found.steps, threads=found.threads))


def say(line: str) -> None:
    """A line of the log, with the time."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", flush=True)
