"""Train the small reader.

    python -m bot.training.train_reader SETS WORK

SETS has the folders `qa` and `abstain` of docs/evaluation.md. WORK keeps lower states and
checkpoints: an interrupted run goes on. A step reads windows of passages that answer, of near ones that do not, and
of passages about the matter that leave the question open; three losses add up: where the words that answer begin and
end, which sentence of all windows answers, and for each window alone whether one does (against a fixed log-odds of
0, so that scores mean something between passages; after Clark and Gardner 2018). Written to `bot/weights`.
"""

from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor

from bot.networks import Batch, ReadingNetwork, begin, save
from bot.reader import LAYERS, WEIGHTS
from bot.training.command import Arguments, arguments, say
from bot.training.loop import Figures, Plan, Trainer, batch_of
from bot.training.reading import Drawing, Question, Reading, Window, answerable
from vectorstore import bundled_model
from vectorstore.embedder import SentenceTransformerEmbedder

PLAN = Plan(steps=2_600, batch=12, rate=6e-4)
TOKENS = 96
NEAR = 1
OTHER_LANGUAGE = 0.3
MEASURED = 400


def main(given: Arguments) -> None:
    plan, work = given.plan, given.work
    embedder = SentenceTransformerEmbedder(None, given.models)
    reading = Reading.gather(given.sets, embedder, work / "states", say, plan.threads)
    torch.manual_seed(plan.seed)
    network = ReadingNetwork(LAYERS)
    sample = np.concatenate([piece.states.states for piece in reading.pieces[::9]])
    begin(network.joint, embedder.encoder(), torch.from_numpy(sample[::7].astype(np.float32)))
    drawing = Drawing(reading, tokens=TOKENS, near=NEAR, other_language=OTHER_LANGUAGE)
    training = reading.of("train")
    say(f"{len(training)} questions train, of which {len(list(answerable(training)))} have an answer")

    def loss_of(step: int) -> tuple[Tensor, Figures]:
        draw = Random(plan.seed * 7_919 + step)
        return _loss(network, [drawing.draw(question, draw) for question in batch_of(training, plan, step)])

    (work / "reader").mkdir(parents=True, exist_ok=True)
    Trainer(network, plan, work / "reader").run(loss_of, say)
    save(network, WEIGHTS, {"backbone": bundled_model.SHA256, "steps": str(plan.steps), "layers": str(LAYERS)})
    say(f"written: {WEIGHTS}")
    for line in held_out(network, reading):
        say(line)


def tensors(windows: Sequence[Window]) -> tuple[Batch, Tensor]:
    """Windows as a batch, and which tokens each of their sentences has."""
    batch = Batch.of([(window.question.states, window.states) for window in windows])
    shown = [window.sentences for window in windows]
    masks = np.zeros((len(windows), max(1, *map(len, shown)), batch.second.shape[1]), np.bool_)
    for row, (window, numbers) in enumerate(zip(windows, shown, strict=True)):
        own = window.piece.sentence_of[window.start : window.end]
        for place, number in enumerate(numbers):
            masks[row, place, : len(own)] = own == number
    return batch, torch.from_numpy(masks)


def _loss(network: ReadingNetwork, groups: Sequence[Sequence[Window]]) -> tuple[Tensor, Figures]:
    windows = [window for group in groups for window in group]
    borders, scores = network(*tensors(windows))
    none = torch.zeros(1)
    words, among, alone = [], [], []
    row = 0
    for group in groups:
        rows = list(range(row, row + len(group)))
        row += len(group)
        right = _right_sentences(group[0])
        for place in rows:
            every = torch.cat([none, scores[place]])
            good = scores[place][right] if place == rows[0] and right else none
            alone.append(torch.logsumexp(every, 0) - torch.logsumexp(good, 0))
        if right:
            among.append(torch.logsumexp(scores[rows].flatten(), 0) - torch.logsumexp(scores[rows[0]][right], 0))
            words += [_border_loss(borders[rows[0], :, side], group[0], side) for side in (0, 1)]
    parts = {"words": words, "among": among, "alone": alone}
    losses = {name: torch.stack(values).mean() for name, values in parts.items() if values}
    return torch.stack(list(losses.values())).sum(), {name: float(loss.detach()) for name, loss in losses.items()}


def _right_sentences(window: Window) -> list[int]:
    """The places, among the window's sentences, of those in which an answer begins."""
    shown = window.sentences
    numbers = {int(window.piece.sentence_of[window.start + first]) for first, _ in window.answers}
    return [shown.index(number) for number in sorted(numbers - {-1})]


def _border_loss(logits: Tensor, window: Window, side: int) -> Tensor:
    right = sorted({answer[side] for answer in window.answers})
    return torch.logsumexp(logits, 0) - torch.logsumexp(logits[right], 0)


@torch.no_grad()
def held_out(network: ReadingNetwork, reading: Reading) -> list[str]:
    """For each set, over questions of the part that chooses: right sentence of the right passage, right first token."""
    lines = []
    chosen = list(answerable(reading.of("choose")))
    for name in sorted({question.set for question in chosen}):
        asked = [question for question in chosen if question.set == name]
        asked = Random(PLAN.seed).sample(asked, min(MEASURED, len(asked)))
        found = [_read_right(network, reading, question) for question in asked]
        sentence, first = np.mean(found, 0)
        lines.append(f"{name}: {len(asked)} questions, sentence {sentence:.3f}, first token {first:.3f}")
    return lines


def _read_right(network: ReadingNetwork, reading: Reading, question: Question) -> tuple[bool, bool]:
    number, spans = next(iter(question.answers.items()))
    piece = reading.pieces[number]
    window = Window(question, piece, 0, piece.tokens, tuple(spans))
    borders, scores = network(*tensors([window]))
    sentence = int(scores[0].argmax()) in _right_sentences(window)
    return sentence, int(borders[0, :, 0].argmax()) in {first for first, _ in spans}


if __name__ == "__main__":
    main(arguments(PLAN))
