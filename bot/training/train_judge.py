"""Train the small judge.

    python -m bot.training.train_judge SETS WORK

It begins as the trained reader's layers where there are any. WORK keeps lower states and checkpoints: an interrupted
run goes on. Where a set leaves several stances possible, their probabilities are added. Written to `bot/weights`.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor

from bot import reader
from bot.judge import LAYERS, STANCES, WEIGHTS
from bot.networks import Batch, JudgingNetwork, begin, load_joint, save
from bot.training.command import Arguments, arguments, say
from bot.training.judging import CONTRADICTIONS, Judged, encode, gather
from bot.training.loop import Figures, Plan, Trainer, batch_of
from bot.training.states import Text
from vectorstore import bundled_model
from vectorstore.embedder import LowerStates, SentenceTransformerEmbedder

PLAN = Plan(steps=1_000, batch=32, rate=3e-4)
TOKENS = 72
SWAPPED = 0.5  # contradiction is mutual: how often the two texts of such a pair change places


def main(given: Arguments) -> None:
    plan, work = given.plan, given.work
    embedder = SentenceTransformerEmbedder(None, given.models)
    pairs = gather(given.sets, plan.seed)
    states = encode(pairs, embedder, work / "states", say, plan.threads)
    torch.manual_seed(plan.seed)
    network = JudgingNetwork(LAYERS)
    sample = np.concatenate([states["passage", pair.sentence].states for pair in pairs[::40]])
    begin(network.joint, embedder.encoder(), torch.from_numpy(sample.astype(np.float32)))
    if reader.WEIGHTS.is_file():
        say("begins as the reader's layers, which have learned to compare two texts")
        load_joint(network.joint, reader.WEIGHTS)
    training = [pair for pair in pairs if pair.part == "train"]
    say(f"{len(training)} pairs train")

    def loss_of(step: int) -> tuple[Tensor, Figures]:
        drawn = Random(plan.seed * 7_919 + step)
        batch = batch_of(training, plan, step, lambda pair: len(pair.claim) + len(pair.sentence))
        logits = network(Batch.of([_states(pair, states, drawn) for pair in batch]))
        likely = torch.log_softmax(logits, -1)
        losses = [-torch.logsumexp(row[pair.numbers], 0) for row, pair in zip(likely, batch, strict=True)]
        loss = torch.stack(losses).mean()
        return loss, {"loss": float(loss.detach())}

    (work / "judge").mkdir(parents=True, exist_ok=True)
    Trainer(network, plan, work / "judge").run(loss_of, say)
    calibrate(network, [pair for pair in pairs if pair.part == "choose"], states)
    save(network, WEIGHTS, {"backbone": bundled_model.SHA256, "steps": str(plan.steps), "layers": str(LAYERS)})
    say(f"written: {WEIGHTS}")
    for line in held_out(network, pairs, states):
        say(line)


def _states(pair: Judged, states: dict[Text, LowerStates], drawn: Random | None) -> tuple[LowerStates, LowerStates]:
    claim, sentence = states["query", pair.claim], states["passage", pair.sentence]
    if drawn and pair.set == CONTRADICTIONS and drawn.random() < SWAPPED:
        claim, sentence = sentence, claim
    return claim.part(0, TOKENS), sentence.part(0, TOKENS)


def calibrate(network: JudgingNetwork, pairs: Sequence[Judged], states: dict[Text, LowerStates]) -> None:
    """Divide the logits by the temperature at which their probabilities fit best, each set counting alike (Guo et al.
    2017)."""
    logits = _logits(network, pairs, states)
    share = Counter(pair.set for pair in pairs)
    weights = torch.tensor([1 / share[pair.set] for pair in pairs])
    possible = torch.zeros(len(pairs), len(STANCES))
    for row, pair in enumerate(pairs):
        possible[row, pair.numbers] = 1.0

    def loss(temperature: float) -> float:
        likely = torch.log_softmax(logits / temperature, -1)
        return float(-(weights * torch.logsumexp(likely + possible.log(), -1)).sum() / weights.sum())

    temperature = min((2 ** (step / 8) for step in range(-8, 25)), key=loss)
    say(f"temperature {temperature:.2f}, loss {loss(1.0):.3f} to {loss(temperature):.3f}")
    last = network.stance[-1]
    with torch.no_grad():
        for parameter in last.parameters():
            parameter.div_(temperature)


@torch.no_grad()
def _logits(network: JudgingNetwork, pairs: Sequence[Judged], states: dict[Text, LowerStates]) -> Tensor:
    found = [torch.zeros(0, len(STANCES))]
    for start in range(0, len(pairs), PLAN.batch):
        found.append(network(Batch.of([_states(pair, states, None) for pair in pairs[start : start + PLAN.batch]])))
    return torch.cat(found)


def held_out(network: JudgingNetwork, pairs: Sequence[Judged], states: dict[Text, LowerStates]) -> list[str]:
    """For each set, over the pairs of the part that chooses: how often the likeliest stance is a possible one."""
    lines = []
    for name in sorted({pair.set for pair in pairs}):
        own = [pair for pair in pairs if pair.set == name and pair.part == "choose"][:400]
        best = _logits(network, own, states).argmax(-1).tolist()
        right = sum(found in pair.numbers for found, pair in zip(best, own, strict=True))
        lines.append(f"{name}: {len(own)} pairs, right {right / max(len(own), 1):.3f}")
    return lines


if __name__ == "__main__":
    main(arguments(PLAN))
