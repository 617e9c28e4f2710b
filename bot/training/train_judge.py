"""Train the small judge.

    python -m bot.training.train_judge SETS WORK

WORK keeps lower states and checkpoints: an interrupted run goes on. Where a set leaves several stances
possible, their probabilities are added. Written to `bot/weights`.
"""

from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor

from bot.judge import LAYERS, WEIGHTS
from bot.networks import Batch, JudgingNetwork, begin, save
from bot.training.command import Arguments, arguments, say
from bot.training.judging import CONTRADICTIONS, Judged, encode, gather
from bot.training.loop import Figures, Plan, Trainer, batch_of
from bot.training.states import Text
from vectorstore import bundled_model
from vectorstore.embedder import LowerStates, SentenceTransformerEmbedder

PLAN = Plan(steps=1_800, batch=32, rate=4e-4)
TOKENS = 96
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
    training = [pair for pair in pairs if pair.part == "train"]
    say(f"{len(training)} pairs train")

    def loss_of(step: int) -> tuple[Tensor, Figures]:
        drawn = Random(plan.seed * 7_919 + step)
        batch = batch_of(training, plan, step)
        logits = network(Batch.of([_states(pair, states, drawn) for pair in batch]))
        likely = torch.log_softmax(logits, -1)
        losses = [-torch.logsumexp(row[pair.numbers], 0) for row, pair in zip(likely, batch, strict=True)]
        loss = torch.stack(losses).mean()
        return loss, {"loss": float(loss.detach())}

    (work / "judge").mkdir(parents=True, exist_ok=True)
    Trainer(network, plan, work / "judge").run(loss_of, say)
    save(network, WEIGHTS, {"backbone": bundled_model.SHA256, "steps": str(plan.steps), "layers": str(LAYERS)})
    say(f"written: {WEIGHTS}")
    for line in held_out(network, pairs, states):
        say(line)


def _states(pair: Judged, states: dict[Text, LowerStates], drawn: Random | None) -> tuple[LowerStates, LowerStates]:
    claim, sentence = states["query", pair.claim], states["passage", pair.sentence]
    if drawn and pair.set == CONTRADICTIONS and drawn.random() < SWAPPED:
        claim, sentence = sentence, claim
    return claim.part(0, TOKENS), sentence.part(0, TOKENS)


@torch.no_grad()
def held_out(network: JudgingNetwork, pairs: Sequence[Judged], states: dict[Text, LowerStates]) -> list[str]:
    """For each set, over the pairs of the part that chooses: how often the likeliest stance is a possible one."""
    lines = []
    for name in sorted({pair.set for pair in pairs}):
        own = [pair for pair in pairs if pair.set == name and pair.part == "choose"][:400]
        right = 0
        for start in range(0, len(own), PLAN.batch):
            batch = own[start : start + PLAN.batch]
            best = network(Batch.of([_states(pair, states, None) for pair in batch])).argmax(-1).tolist()
            right += sum(found in pair.numbers for found, pair in zip(best, batch, strict=True))
        lines.append(f"{name}: {len(own)} pairs, right {right / max(len(own), 1):.3f}")
    return lines


if __name__ == "__main__":
    main(arguments(PLAN))
