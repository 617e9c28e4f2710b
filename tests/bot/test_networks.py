"""The networks: padding, empty texts, layers taken over from BERT, weights written and read."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from bot.networks import HIDDEN, Batch, JointLayers, JudgingNetwork, ReadingNetwork, UpperLayer, begin, load_into, save
from bot.small_models import SmallJudge, SmallReader
from corpus.errors import StorageError
from corpus.models import Passage, Span
from tests.bot.lower import LowerEmbedder, bert_layer
from vectorstore.embedder import LOWER_LAYERS, LowerStates

LOWER = LowerEmbedder().lower
Pair = tuple[LowerStates, LowerStates]
SHORT = LOWER("Who signed?"), LOWER("Rabat signed the treaty in 1997.")
LONG = LOWER("In which of the two years " * 6), LOWER("The harbour was closed for all ships " * 12)
EMPTY = LOWER("")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)


@pytest.fixture
def judging() -> nn.Module:
    return JudgingNetwork(2).eval()


@pytest.fixture
def reading() -> nn.Module:
    network = ReadingNetwork(2).eval()
    nn.init.normal_(network.sentence[2].weight, std=0.3)
    return network


@torch.no_grad()
def judged(network: nn.Module, *pairs: Pair) -> Tensor:
    found: Tensor = network(Batch.of(pairs))
    return found


@torch.no_grad()
def read(network: nn.Module, *pairs: Pair, sentences: int = 2) -> tuple[Tensor, Tensor]:
    """Each passage in `sentences` runs of tokens of one length."""
    batch = Batch.of(pairs)
    masks = torch.zeros(len(pairs), sentences, batch.second.shape[1], dtype=torch.bool)
    for row, (_, passage) in enumerate(pairs):
        for number, run in enumerate(np.array_split(np.arange(len(passage.pieces)), sentences)):
            masks[row, number, run] = True
    borders, scores = network(batch, masks)
    return borders, scores


def test_a_batch_is_padded_and_says_what_is_there() -> None:
    batch = Batch.of([SHORT, LONG])
    assert batch.first.shape == (2, len(LONG[0].pieces), HIDDEN)
    assert batch.second_there.sum(1).tolist() == [len(SHORT[1].pieces), len(LONG[1].pieces)]
    assert not batch.second[0, len(SHORT[1].pieces) :].any()


def test_a_batch_marks_the_tokens_that_both_texts_have() -> None:
    batch = Batch.of([(LOWER("the treaty"), LOWER("Rabat signed the treaty")), LONG])
    assert batch.first_shared[0, :2].tolist() == [1, 1]
    assert batch.second_shared[0, :4].tolist() == [0, 0, 1, 1]
    assert not batch.second_shared[0, 4:].any()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_padding_does_not_change_what_a_pair_is_judged(judging: nn.Module, place: int) -> None:
    others = [LONG, LONG]
    others.insert(place, SHORT)
    assert torch.allclose(judged(judging, *others)[place], judged(judging, SHORT)[0], atol=1e-4)


def test_padding_does_not_change_what_a_pair_is_read(reading: nn.Module) -> None:
    borders, scores = read(reading, SHORT)
    beside, scores_beside = read(reading, SHORT, LONG)
    assert torch.allclose(beside[0, : borders.shape[1]], borders[0], atol=1e-4)
    assert torch.allclose(scores_beside[0], scores[0], atol=1e-4)
    assert not torch.allclose(scores_beside[0], scores_beside[1], atol=1e-4)


def test_padding_that_resembles_a_token_changes_nothing(judging: nn.Module) -> None:
    """States of nothing, less the mean, may come nearer to a token than those that are there."""
    joint = judging.get_submodule("joint")
    assert isinstance(joint, JointLayers)
    pair = LOWER("Who met?"), SHORT[1]
    joint.mean.data.copy_(-torch.from_numpy(SHORT[1].states[0].astype(np.float32)))
    assert torch.allclose(judged(judging, pair, LONG)[0], judged(judging, pair)[0], atol=1e-4)


@pytest.mark.parametrize("pair", [(EMPTY, EMPTY), (SHORT[0], EMPTY), (EMPTY, SHORT[1])])
@pytest.mark.parametrize("beside", [[], [LONG]])
def test_empty_texts_give_numbers(reading: nn.Module, judging: nn.Module, pair: Pair, beside: list[Pair]) -> None:
    assert torch.isfinite(judged(judging, pair, *beside)).all()
    for found in read(reading, pair, *beside):
        assert torch.isfinite(found).all()


def test_no_sentences_at_all_give_numbers(reading: nn.Module) -> None:
    borders, scores = read(reading, SHORT, sentences=1)
    none = torch.zeros(1, 0, borders.shape[1], dtype=torch.bool)
    assert torch.isfinite(scores).all()
    assert reading(Batch.of([SHORT]), none)[1].shape == (1, 0)


def test_the_sides_are_told_apart(judging: nn.Module) -> None:
    assert not torch.allclose(judged(judging, SHORT), judged(judging, SHORT[::-1]), atol=1e-3)


@torch.no_grad()
def test_a_layer_begins_as_that_of_bert() -> None:
    theirs, own = bert_layer(), UpperLayer().eval()
    for parameter in theirs.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.05)  # norms and biases begin as ones and zeros
    own.begin_as(theirs)
    states = torch.randn(2, 7, HIDDEN)
    there = torch.ones(2, 7, dtype=torch.bool)
    there[1, 4:] = False
    bias = torch.zeros(2, 1, 1, 7).masked_fill(~there[:, None, None, :], torch.finfo(torch.float32).min)
    expected = theirs(states, attention_mask=bias)
    expected = expected[0] if isinstance(expected, tuple) else expected
    found = own(states, there)
    assert torch.allclose(found[0], expected[0], atol=1e-5)
    assert torch.allclose(found[1, :4], expected[1, :4], atol=1e-5)
    assert not torch.allclose(found, states, atol=0.1)


def test_layers_begin_as_those_above_the_lower_ones() -> None:
    encoder, joint = LowerEmbedder().encoder(), JointLayers(3)
    states = torch.randn(50, HIDDEN) + 1
    begin(joint, encoder, states)
    above = list(encoder.get_submodule("layer").children())[LOWER_LAYERS:]
    for own, theirs in zip(joint.layers, above, strict=False):
        assert torch.equal(own.get_parameter("widen.weight"), theirs.get_parameter("intermediate.dense.weight"))
    assert torch.allclose(joint.mean, states.mean(0))


@pytest.mark.parametrize("kind", [JudgingNetwork, ReadingNetwork])
def test_weights_come_back(tmp_path: Path, kind: type[JudgingNetwork] | type[ReadingNetwork]) -> None:
    network, path = kind(1), tmp_path / "weights.safetensors"
    save(network, path, {"steps": "7"})
    assert [file.name for file in tmp_path.iterdir()] == ["weights.safetensors"]
    loaded = load_into(kind(1), path)
    assert not loaded.training
    found = loaded.state_dict()
    assert found.keys() == network.state_dict().keys()
    for name, tensor in network.state_dict().items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], tensor.half().float()), name


def test_what_was_written_judges_the_same(tmp_path: Path, judging: nn.Module) -> None:
    path = tmp_path / "weights.safetensors"
    save(judging, path, {})
    assert torch.allclose(judged(load_into(JudgingNetwork(2), path), SHORT), judged(judging, SHORT), atol=2e-2)


def _truncated(path: Path) -> None:
    save(JudgingNetwork(3), path, {})
    path.write_bytes(path.read_bytes()[:-1000])


def _foreign(path: Path) -> None:
    save(nn.Linear(3, 3), path, {})


def _of_another_size(path: Path) -> None:
    save(JudgingNetwork(1), path, {})


def _no_weights(path: Path) -> None:
    path.write_bytes(b"\xff" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_truncated, _foreign, _of_another_size, _no_weights, _empty])
def test_a_spoiled_file_is_refused(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "judge.safetensors"
    spoil(path)  # type: ignore[operator]
    embedder = LowerEmbedder()
    with pytest.raises(StorageError, match=r"does not hold the weights of the judge.*Restore the file") as caught:
        SmallJudge(embedder, weights=path).judge([("Rabat", "Rabat signed.")])
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(path))
    text = "Rabat signed."
    passage = Passage("note", 1, Span(0, len(text)), text, "en", (Span(0, len(text)),))
    states = [embedder.lower(text)]
    with pytest.raises(StorageError, match="does not hold the weights"):
        SmallReader(embedder, lambda _: states, weights=path).read("Who?", "en", [passage])
