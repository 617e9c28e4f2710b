"""The training loop: each item once a round, a rate that rises and falls, an interrupted run that goes on."""

import math
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from bot.training.loop import ALIKE, SAID, Figures, Plan, Trainer, batch_of

PLAN = Plan(steps=14, batch=4, rate=0.02, seed=3, warm_up=4, threads=1, saved=0)
ITEMS = [(torch.randn(6, generator=torch.Generator().manual_seed(n)), float(n % 3)) for n in range(10)]
KEPT = 5  # steps after which a checkpoint is put aside


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.3), nn.LayerNorm(8), nn.Linear(8, 1))


class Task:
    """The loss of a step; the run is stopped at step `stops`, and the checkpoint of step KEPT put aside."""

    def __init__(self, learner: nn.Module, folder: Path, *, stops: int = -1) -> None:
        self.learner, self.stops = learner, stops
        self.checkpoint = folder / "checkpoint.safetensors"
        self.kept = folder / "kept"
        self.steps: list[int] = []
        self.losses: list[float] = []

    def __call__(self, step: int) -> tuple[Tensor, Figures]:
        if step == KEPT and self.stops > 0:
            shutil.copy(self.checkpoint, self.kept)
        if step == self.stops:
            raise KeyboardInterrupt
        self.steps.append(step)
        batch = batch_of(ITEMS, PLAN, step)
        given, wanted = torch.stack([item for item, _ in batch]), torch.tensor([value for _, value in batch])
        loss = ((self.learner(given)[:, 0].float() - wanted) ** 2).mean()
        self.losses.append(float(loss.detach()))
        return loss, {"loss": float(loss.detach())}


def run(folder: Path, *, stops: int = -1, plan: Plan = PLAN) -> Task:
    folder.mkdir(exist_ok=True)
    task = Task(network(), folder, stops=stops)
    trainer = Trainer(task.learner, plan, folder)
    if stops < 0:
        trainer.run(task, lambda _: None)
    else:
        with pytest.raises(KeyboardInterrupt):
            trainer.run(task, lambda _: None)
    return task


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in one.state_dict().items())


@pytest.mark.parametrize("stops", [6, 9, 13])
@pytest.mark.parametrize("lost", [False, True])
def test_a_run_that_was_interrupted_ends_the_same(tmp_path: Path, stops: int, lost: bool) -> None:
    """Whether it was stopped right after a checkpoint, or some steps later."""
    whole = run(tmp_path / "whole")
    stopped = run(tmp_path / "stopped", stops=stops)
    if lost:
        shutil.copy(stopped.kept, stopped.checkpoint)
    went_on = run(tmp_path / "stopped")
    assert went_on.steps == list(range(KEPT if lost else stops, PLAN.steps))
    assert went_on.losses == whole.losses[went_on.steps[0] :]
    assert same(whole.learner, went_on.learner)
    assert not same(whole.learner, stopped.learner)
    assert not whole.learner.training


def test_training_changes_the_weights(tmp_path: Path) -> None:
    learned = run(tmp_path)
    assert not same(learned.learner, network())
    assert sum(learned.losses[-4:]) < sum(learned.losses[:4])


def test_a_finished_run_takes_no_more_steps(tmp_path: Path) -> None:
    finished = run(tmp_path)
    again = run(tmp_path)
    assert again.steps == []
    assert same(finished.learner, again.learner)


@pytest.mark.parametrize("good", [False, True])
def test_half_a_checkpoint_is_ignored(tmp_path: Path, good: bool) -> None:
    whole = run(tmp_path / "whole")
    folder = tmp_path / "stopped"
    stopped = run(folder, stops=7)
    (folder / "checkpoint.unfinished").write_bytes(stopped.checkpoint.read_bytes()[:200])
    if not good:
        stopped.checkpoint.unlink()
    went_on = run(folder)
    assert went_on.steps[0] == (7 if good else 0)
    assert same(whole.learner, went_on.learner)


def test_a_checkpoint_is_written_no_sooner_than_asked(tmp_path: Path) -> None:
    tmp_path.mkdir(exist_ok=True)
    task = Task(network(), tmp_path)
    task.stops, task.kept = 4, tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        Trainer(task.learner, Plan(steps=14, batch=4, rate=0.02, threads=1, saved=600), tmp_path).run(task, print)
    assert not list(tmp_path.iterdir())


def test_a_seed_decides(tmp_path: Path) -> None:
    """What drops out depends on the seed of the plan."""
    other = Plan(steps=14, batch=4, rate=0.02, seed=4, warm_up=4, threads=1, saved=0)
    assert not same(run(tmp_path / "one").learner, run(tmp_path / "other", plan=other).learner)
    assert same(run(tmp_path / "one").learner, run(tmp_path / "again").learner)


def test_the_log_has_the_average_of_the_steps_that_were_taken(tmp_path: Path) -> None:
    """A figure that only some steps have is the average of those; after an interruption, of the steps since."""
    learner = network()

    def loss_of(step: int) -> tuple[Tensor, Figures]:
        if step == stops:
            raise KeyboardInterrupt
        figures = {"step": float(step)} | ({"odd": 7.0} if step % 2 else {})
        return learner(torch.ones(2, 6)).float().mean(), figures

    lines: list[str] = []
    stops, plan = SAID + 10, Plan(steps=2 * SAID, batch=1, rate=0.0, threads=1, saved=0)
    with pytest.raises(KeyboardInterrupt):
        Trainer(learner, plan, tmp_path).run(loss_of, lines.append)
    stops = -1
    Trainer(learner, plan, tmp_path).run(loss_of, lines.append)
    assert lines[0].startswith(f"step {SAID} of {2 * SAID}: step {(SAID - 1) / 2:.3f} odd 7.000 (")
    assert lines[1] == f"going on after step {SAID + 10}"
    assert lines[2].startswith(f"step {2 * SAID} of {2 * SAID}: step {(3 * SAID + 9) / 2:.3f} odd 7.000 (")


@pytest.mark.parametrize("count", [1, 3, 4, 10, 11])
def test_every_item_comes_once_a_round(count: int) -> None:
    plan = Plan(steps=count * 3, batch=4, rate=0.1)
    drawn = [item for step in range(count * 3) for item in batch_of(range(count), plan, step)]
    rounds = [drawn[start : start + count] for start in range(0, len(drawn), count)]
    assert all(Counter(chosen) == Counter(range(count)) for chosen in rounds)
    if count > 9:
        assert len({tuple(chosen) for chosen in rounds}) == len(rounds)


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    items, plan = list(range(50)), Plan(steps=30, batch=7, rate=0.1, seed=9)
    once = [batch_of(items, plan, step) for step in range(30)]
    assert [batch_of(items, plan, step) for step in reversed(range(30))] == once[::-1]
    other = Plan(steps=30, batch=7, rate=0.1, seed=10)
    assert [batch_of(items, other, step) for step in range(30)] != once


def test_batches_of_like_length_share_out_the_same_items() -> None:
    """Of ALIKE steps together; over all of them every item still comes once a round."""
    items = [(number, number * 37 % 101) for number in range(ALIKE * 6)]
    plan = Plan(steps=ALIKE * 6, batch=3, rate=0.1, seed=9)
    batches = [batch_of(items, plan, step, lambda item: item[1]) for step in range(plan.steps)]
    assert [batch_of(items, plan, step, lambda item: item[1]) for step in reversed(range(plan.steps))] == batches[::-1]
    for start in range(0, plan.steps, ALIKE):
        group = batches[start : start + ALIKE]
        plain = [item for step in range(start, start + ALIKE) for item in batch_of(items, plan, step)]
        assert Counter(item for batch in group for item in batch) == Counter(plain)
        ordered = sorted(group, key=lambda batch: batch[0][1])
        assert ordered != group
        assert all(one[-1][1] <= other[0][1] for one, other in pairwise(ordered))
    counted = Counter(item for batch in batches for item in batch)
    assert counted == dict.fromkeys(items, plan.steps * plan.batch // len(items))


@pytest.mark.parametrize("plan", [Plan(200, 1, 0.5), Plan(100, 1, 2e-4, warm_up=1), Plan(50, 1, 1.0, warm_up=0)])
def test_the_rate_rises_then_falls(plan: Plan) -> None:
    rates = [plan.rate_at(step) for step in range(plan.steps)]
    top = max(plan.warm_up - 1, 0)
    assert all(a < b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert max(rates) == pytest.approx(plan.rate)
    assert 0 < rates[-1] < 0.01 * plan.rate
    assert all(map(math.isfinite, rates))
    assert plan.rate_at(plan.steps) == pytest.approx(0)


def test_a_run_shorter_than_its_warm_up_only_rises() -> None:
    plan = Plan(steps=10, batch=1, rate=0.6)
    assert [plan.rate_at(step) for step in range(10)] == pytest.approx([0.01 * n for n in range(1, 11)])
