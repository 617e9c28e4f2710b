"""Both trainings from end to end, a few steps over tiny sets: losses fall, weights are written."""

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from bot import judge, reader
from bot.networks import Batch, JudgingNetwork, ReadingNetwork
from bot.small_models import SmallJudge, SmallReader
from bot.training import reading as reading_module
from bot.training import train_judge, train_reader
from bot.training.command import Arguments, arguments
from bot.training.judging import CONTRADICTIONS, encode, gather
from bot.training.loop import Plan
from bot.training.reading import Drawing, Reading
from corpus.models import Passage, Span
from tests.bot.lower import LowerEmbedder, reading_weights
from tests.bot.training.tiny_sets import PLACES, TITLES, write_all
from vectorstore import bundled_model
from vectorstore.embedder import SentenceTransformerEmbedder

STEPS = 15
EMBEDDER = cast(SentenceTransformerEmbedder, LowerEmbedder())


def _silent(_: str) -> None:
    pass


@pytest.fixture(autouse=True)
def _seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(2)
    titles = dict(zip(PLACES, TITLES, strict=True))
    monkeypatch.setattr(
        reading_module, "article_of", lambda text: next(titles[place] for place in PLACES if place in text)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all(tmp_path_factory.mktemp("sets"))


@pytest.fixture
def reading(folder: Path, tmp_path: Path) -> Reading:
    return Reading.gather(folder, EMBEDDER, tmp_path / "states", _silent)


def falls(losses: list[float]) -> bool:
    return bool(np.isfinite(losses).all()) and losses[-1] < 0.7 * losses[0]


def test_the_reading_loss_falls(reading: Reading) -> None:
    network = ReadingNetwork(1)
    drawing = Drawing(reading, tokens=20, near=1, other_language=0.5)
    answered = [question for question in reading.of("train") if question.answers][:4]
    unanswered = [question for question in reading.of("train") if not question.answers][:1]
    groups = [drawing.draw(question, Random(1)) for question in answered + unanswered]
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(STEPS):
        loss, figures = train_reader._loss(network, groups)
        assert figures.keys() == {"words", "among", "alone"}
        assert sum(figures.values()) == pytest.approx(float(loss.detach()), rel=1e-4)
        assert min(figures.values()) >= -1e-5
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert falls(losses), losses


def test_windows_without_an_answer_have_a_loss_too(reading: Reading) -> None:
    drawing = Drawing(reading, tokens=20, near=1, other_language=0)
    groups = [drawing.draw(question, Random(1)) for question in reading.questions if not question.answers]
    loss, figures = train_reader._loss(ReadingNetwork(1), groups)
    assert figures.keys() == {"alone"}
    assert 0 < float(loss.detach()) < float("inf")


def test_the_masks_of_a_batch_are_the_sentences_of_its_windows(reading: Reading) -> None:
    drawing = Drawing(reading, tokens=20, near=1, other_language=0)
    windows = [window for question in reading.questions[::4] for window in drawing.draw(question, Random(3))]
    batch, masks = train_reader.tensors(windows)
    assert masks.shape[2] == batch.second.shape[1]
    assert torch.equal(masks.any(1), batch.second_there)
    assert int(masks.sum(1).max()) == 1
    for window, mask in zip(windows, masks.any(-1), strict=True):
        assert int(mask.sum()) == len(window.sentences)


def test_figures_of_questions_held_out(reading: Reading) -> None:
    lines = train_reader.held_out(ReadingNetwork(1).eval(), reading)
    sets = sorted({question.set for question in reading.of("choose") if question.answers})
    assert [line.split(":")[0] for line in lines] == sets
    asked = [question for question in reading.of("choose") if question.set == sets[0] and question.answers]
    assert f"{len(asked)} questions, sentence " in lines[0]


def test_the_judging_loss_falls(folder: Path, tmp_path: Path) -> None:
    """With labels that leave two stances possible."""
    pairs = gather(folder, 1)
    some = [p for p in pairs if p.part == "train" and len(p.numbers) == 2][:3]
    some += [p for p in pairs if p.part == "train" and p.set.startswith("made")][:5]
    states = encode(some, EMBEDDER, tmp_path / "states", _silent)
    network = JudgingNetwork(1)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(STEPS):
        logits = network(Batch.of([train_judge._states(pair, states, None) for pair in some]))
        likely = torch.log_softmax(logits, -1)
        loss = -torch.stack([torch.logsumexp(row[p.numbers], 0) for row, p in zip(likely, some, strict=True)]).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert falls(losses), losses
    lines = train_judge.held_out(network.eval(), some, states)
    assert all(line.endswith(": 0 pairs, right 0.000") for line in lines)  # none of them is of the part that chooses


def test_contradictions_are_read_both_ways(folder: Path, tmp_path: Path) -> None:
    pairs = gather(folder, 1)
    states = encode(pairs, EMBEDDER, tmp_path / "states", _silent)
    for name, swapped in ((CONTRADICTIONS, {False, True}), ("fr__rte3_fr", {False})):
        pair = next(pair for pair in pairs if pair.set == name)
        claim = states["query", pair.claim].pieces
        drawn = [train_judge._states(pair, states, Random(seed))[0].pieces for seed in range(20)]
        assert {not np.array_equal(found, claim) for found in drawn} == swapped


@pytest.fixture
def given(folder: Path, tmp_path: Path) -> Arguments:
    return Arguments(folder, tmp_path / "work", tmp_path, Plan(2, 2, 1e-3, warm_up=1, threads=1))


def written(module: Any, given: Arguments, path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a training command as the file at `path`."""
    said: list[str] = []
    monkeypatch.setattr(module, "SentenceTransformerEmbedder", lambda *_: LowerEmbedder())
    monkeypatch.setattr(module, "WEIGHTS", path)
    monkeypatch.setattr(module, "say", said.append)
    module.main(given)
    with safe_open(path, framework="pt") as file:
        layers = module.LAYERS
        kept = json.loads(file.metadata()["training"])
        assert kept == {"backbone": bundled_model.SHA256, "steps": "2", "layers": str(layers)}
    assert f"written: {path}" in said
    return said


def test_the_reader_is_trained(given: Arguments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reader.safetensors"
    said = written(train_reader, given, path, monkeypatch)
    assert any("questions train, of which" in line for line in said)
    assert any(line.startswith("fr__piaf_v1: ") for line in said)
    text = "Ships went to Ceuta."
    passage = Passage("note", 1, Span(0, len(text)), text, "en", (Span(0, len(text)),))
    embedder = LowerEmbedder()
    small = SmallReader(embedder, lambda given: [embedder.lower(one.text) for one in given], weights=path)
    ((found,),) = small.read("Where?", "en", [passage])
    assert found.score > reader.NOT_READ
    before = load_file(path)
    said = written(train_reader, given, path, monkeypatch)
    assert "going on after step 2" in said
    assert all(torch.equal(tensor, before[name]) for name, tensor in load_file(path).items())


def test_a_judge_is_as_sure_as_it_is_right(folder: Path, tmp_path: Path) -> None:
    """One that is too sure is made less so; what it holds for likeliest stays."""
    pairs = [pair for pair in gather(folder, 1) if len(pair.numbers) == 1][:40]
    states = encode(pairs, EMBEDDER, tmp_path / "states", _silent)
    network = JudgingNetwork(1).eval()
    with torch.no_grad():
        network.stance[-1].weight.mul_(200)
        before = train_judge._logits(network, pairs, states)
        train_judge.calibrate(network, pairs, states)
        after = train_judge._logits(network, pairs, states)
    assert torch.equal(before.argmax(-1), after.argmax(-1))
    ratio = (before / after).flatten()
    assert float(ratio.std()) < 1e-2 and float(ratio.mean()) > 1.5
    right = torch.tensor([pair.numbers[0] for pair in pairs])
    losses = [torch.nn.functional.cross_entropy(logits, right) for logits in (before, after)]
    assert losses[1] < losses[0]


def test_a_judge_begins_as_the_reader_that_was_trained(
    given: Arguments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "WEIGHTS", reading_weights(tmp_path / "reader.safetensors"))
    still = replace(given, plan=replace(given.plan, rate=0.0))
    said = written(train_judge, still, tmp_path / "judge.safetensors", monkeypatch)
    assert any(line.startswith("begins as the reader's layers") for line in said)
    theirs, own = (load_file(tmp_path / f"{name}.safetensors") for name in ("reader", "judge"))
    joint = [name for name in theirs if name.startswith("joint.")]
    assert joint and all(torch.equal(own[name], theirs[name]) for name in joint)


def test_the_judge_is_trained(given: Arguments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "WEIGHTS", tmp_path / "none.safetensors")
    path = tmp_path / "judge.safetensors"
    said = written(train_judge, given, path, monkeypatch)
    assert not any("the reader's layers" in line for line in said)
    assert any(line.endswith("pairs train") for line in said)
    assert any(line.startswith("made, translated: ") for line in said)
    (found,) = SmallJudge(LowerEmbedder(), weights=path).judge([("Ships went.", "Ships went to Ceuta.")])
    assert found.supports + found.contradicts + found.neither == pytest.approx(1, abs=1e-5)


def test_the_shipped_networks_have_the_layers_that_their_readers_expect() -> None:
    assert (train_reader.LAYERS, train_judge.LAYERS) == (reader.LAYERS, judge.LAYERS)
    assert (train_reader.WEIGHTS, train_judge.WEIGHTS) == (reader.WEIGHTS, judge.WEIGHTS)


def test_arguments_go_over_the_plan() -> None:
    plain = arguments(train_judge.PLAN, ["sets"])
    assert (plain.sets, plain.plan) == (Path("sets"), train_judge.PLAN)
    given = arguments(train_judge.PLAN, ["sets", "work", "--models", "m", "--steps", "3", "--threads", "1"])
    assert (given.work, given.models) == (Path("work"), Path("m"))
    assert (given.plan.steps, given.plan.threads, given.plan.rate) == (3, 1, train_judge.PLAN.rate)
    assert os.fspath(plain.work).startswith("data")
