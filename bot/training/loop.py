"""The training loop of both models: seeded, resumable, with a log of losses and held-out figures.

What a step does depends on the seed and its number alone, so a run that was interrupted goes on from its last
checkpoint as if nothing had happened. A checkpoint holds weights, AdamW's moments and the number of steps done.
"""

import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from corpus.errors import StorageError

Item = TypeVar("Item")
Say = Callable[[str], None]
Figures = dict[str, float]
CLIP = 1.0
DECAY = 0.01
ALIKE = 16
SAID = 50  # steps between two lines of the log
MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast: `rate` is reached after `warm_up` steps, then falls to nothing along half a cosine."""

    steps: int
    batch: int
    rate: float
    seed: int = 11
    warm_up: int = 60
    threads: int = 0
    """Threads of the processor, all of it when 0."""
    saved: float = 120.0
    """Seconds between two checkpoints."""

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - self.warm_up) / max(self.steps - self.warm_up, 1)))


def batch_of(items: Sequence[Item], plan: Plan, step: int, length: Callable[[Item], int] | None = None) -> list[Item]:
    """The items of a step: every item once before any comes again, in another order each time.

    With `length`, the batches of ALIKE steps share their items out by length, so that little is padded.
    """
    if length is None:
        return _items(items, plan.seed, step * plan.batch, plan.batch)
    group, place = divmod(step, ALIKE)
    some = sorted(_items(items, plan.seed, group * ALIKE * plan.batch, ALIKE * plan.batch), key=length)
    place = Random(plan.seed + group).sample(range(ALIKE), ALIKE)[place]  # not the short ones first
    return some[place * plan.batch : (place + 1) * plan.batch]


def _items(items: Sequence[Item], seed: int, start: int, count: int) -> list[Item]:
    chosen = []
    for position in range(start, start + count):
        round_, place = divmod(position, len(items))
        chosen.append(items[_order(len(items), seed + round_)[place]])
    return chosen


def _order(count: int, seed: int, known: dict[tuple[int, int], list[int]] = {}) -> list[int]:  # noqa: B006  a memory
    if (count, seed) not in known:
        known.clear()
        known[count, seed] = Random(seed).sample(range(count), count)
    return known[count, seed]


class Trainer:
    """Steps of one network, with its checkpoint in `folder`."""

    def __init__(self, network: nn.Module, plan: Plan, folder: Path) -> None:
        self.network, self.plan = network, plan
        self._path = folder / "checkpoint.safetensors"
        trained = [p for p in network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": DECAY},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98))
        self._plan = f"{plan.steps} steps of {plan.batch}, rate {plan.rate}, seed {plan.seed}"
        self.step = 0
        torch.set_num_threads(plan.threads or os.cpu_count() or 1)

    def run(self, loss_of: Callable[[int], tuple[Tensor, Figures]], say: Say) -> None:
        """Take all steps that are left; `loss_of` gives the loss of a step and the figures to log."""
        self._resume(say)
        self.network.train()
        began = saved = time.monotonic()
        first = self.step
        logged: dict[str, list[float]] = {}
        while self.step < self.plan.steps:
            torch.manual_seed(self.plan.seed * 1_000_003 + self.step)
            for group in self._optimiser.param_groups:
                group["lr"] = self.plan.rate_at(self.step)
            with torch.autocast("cpu", torch.bfloat16):
                loss, figures = loss_of(self.step)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
            self._optimiser.step()
            self.step += 1
            for name, value in figures.items():
                logged.setdefault(name, []).append(value)
            if self.step % SAID == 0:
                shown = " ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in logged.items())
                each = (time.monotonic() - began) / (self.step - first)
                say(f"step {self.step} of {self.plan.steps}: {shown} ({each:.2f} s a step)")
                logged = {}
            if time.monotonic() - saved > self.plan.saved:
                self._save()
                saved = time.monotonic()
        self._save()
        self.network.eval()

    def _save(self) -> None:
        tensors = {f"weight.{name}": tensor for name, tensor in self.network.state_dict().items()}
        for name, parameter in self._named():
            state = self._optimiser.state.get(parameter, {})
            tensors |= {f"{moment}.{name}": state[moment] for moment in MOMENTS if moment in state}
        unfinished = self._path.with_suffix(".unfinished")
        kept = {"step": str(self.step), "plan": self._plan}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, unfinished, kept)
        unfinished.replace(self._path)

    def _resume(self, say: Say) -> None:
        if not self._path.is_file():
            return
        from safetensors import safe_open

        with safe_open(self._path, framework="pt") as file:
            kept = file.metadata()
        if kept.get("plan", self._plan) != self._plan:
            raise StorageError(
                f"{self._path} belongs to a run with {kept['plan']}, this one has {self._plan}: "
                "finish that one, or give another folder"
            )
        self.step = int(kept["step"])
        tensors = load_file(self._path)
        self.network.load_state_dict({n: tensors[f"weight.{n}"] for n in self.network.state_dict()})
        for name, parameter in self._named():
            if f"{MOMENTS[0]}.{name}" in tensors:
                state = {moment: tensors[f"{moment}.{name}"] for moment in MOMENTS}
                self._optimiser.state[parameter] = state | {"step": torch.tensor(float(self.step))}
        say(f"going on after step {self.step}")

    def _named(self) -> Iterable[tuple[str, nn.Parameter]]:
        return ((name, p) for name, p in self.network.named_parameters() if p.requires_grad)
