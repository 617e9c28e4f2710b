"""The networks of the small reader and the small judge: a few upper layers of the embedding model that read two texts.

In: the lower states of a question and a passage, or of a claim and a sentence, each encoded apart
(`vectorstore.embedder.LowerStates`). Each token is first told what it resembles in the other text (soft alignment,
after the decomposable attention of Parikh et al. 2016); then the layers, which begin as those of the embedding
model, read both together. Importing this module loads torch.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from vectorstore.embedder import LOWER_LAYERS, LowerStates

HIDDEN, HEADS, FEED_FORWARD = 384, 12, 1536
ALIGNED = 128  # dimensions in which tokens are compared
SHARPNESS = 12.0
MARKS = 4  # what is told of a token besides its state
EPSILON = 1e-12  # of layer normalisation, as in the embedding model
OUTSIDE = -1e4  # logit of what is padding
DROPOUT = 0.1
FEWEST_KEPT = 1  # tokens of an empty text, so that no average divides by zero


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of texts, padded: states [pairs, tokens, hidden], which tokens are there, and which the other text has."""

    first: Tensor
    first_there: Tensor
    second: Tensor
    second_there: Tensor
    first_shared: Tensor
    second_shared: Tensor

    @classmethod
    def of(cls, pairs: Sequence[tuple[LowerStates, LowerStates]]) -> "Batch":
        """Pad pairs to one length."""
        first, first_there = _padded([pair[0] for pair in pairs])
        second, second_there = _padded([pair[1] for pair in pairs])
        shared = [(np.isin(one.pieces, other.pieces), np.isin(other.pieces, one.pieces)) for one, other in pairs]
        return cls(
            first,
            first_there,
            second,
            second_there,
            _flags([own for own, _ in shared], first.shape[1]),
            _flags([own for _, own in shared], second.shape[1]),
        )


def _padded(texts: Sequence[LowerStates]) -> tuple[Tensor, Tensor]:
    longest = max([FEWEST_KEPT, *(len(text.states) for text in texts)])
    states = np.zeros((len(texts), longest, HIDDEN), np.float32)
    there = np.zeros((len(texts), longest), np.bool_)
    there[:, :FEWEST_KEPT] = True
    for row, text in enumerate(texts):
        states[row, : len(text.states)] = text.states
        there[row, : len(text.states)] = True
    return torch.from_numpy(states), torch.from_numpy(there)


def _flags(rows: Sequence["np.typing.NDArray[np.bool_]"], length: int) -> Tensor:
    flags = np.zeros((len(rows), length), np.float32)
    for row, values in enumerate(rows):
        flags[row, : len(values)] = values
    return torch.from_numpy(flags)


class UpperLayer(nn.Module):
    """One layer of a BERT encoder, with attention over all tokens that are there."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.attended = nn.Linear(HIDDEN, HIDDEN)
        self.attended_norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.widen = nn.Linear(HIDDEN, FEED_FORWARD)
        self.narrow = nn.Linear(FEED_FORWARD, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, states: Tensor, there: Tensor) -> Tensor:
        rows, length, _ = states.shape
        query, key, value = self.attention(states).view(rows, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None, :])
        found = found.transpose(1, 2).reshape(rows, length, HIDDEN)
        states = self.attended_norm(states + self.dropout(self.attended(found)))
        changed: Tensor = self.norm(states + self.dropout(self.narrow(F.gelu(self.widen(states)))))
        return changed

    def begin_as(self, layer: nn.Module) -> None:
        """Take over the weights of a layer of transformers' BertModel."""
        tensors = dict(layer.named_parameters())
        source = "attention.self"
        parts = [(tensors[f"{source}.{n}.weight"], tensors[f"{source}.{n}.bias"]) for n in ("query", "key", "value")]
        same = {
            "attended": "attention.output.dense",
            "attended_norm": "attention.output.LayerNorm",
            "widen": "intermediate.dense",
            "narrow": "output.dense",
            "norm": "output.LayerNorm",
        }
        with torch.no_grad():
            self.attention.weight.copy_(torch.cat([weight for weight, _ in parts]))
            self.attention.bias.copy_(torch.cat([bias for _, bias in parts]))
            for own, theirs in same.items():
                for kind in ("weight", "bias"):
                    getattr(getattr(self, own), kind).copy_(tensors[f"{theirs}.{kind}"])


class JointLayers(nn.Module):
    """Two texts read together: `forward` gives the states of both, each [pairs, tokens, hidden]."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(HIDDEN), requires_grad=False)
        self.compare_first = nn.Linear(HIDDEN, ALIGNED, bias=False)
        self.compare_second = nn.Linear(HIDDEN, ALIGNED, bias=False)
        self.compare_first.weight.data.copy_(self.compare_second.weight)
        self.context = nn.Linear(HIDDEN, HIDDEN)
        nn.init.zeros_(self.context.weight)
        nn.init.zeros_(self.context.bias)
        self.marks = nn.Linear(MARKS, HIDDEN)
        nn.init.normal_(self.marks.weight, std=0.1)
        self.side = nn.Parameter(torch.randn(2, HIDDEN) * 0.02)
        self.layers = nn.ModuleList(UpperLayer() for _ in range(layers))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        ours = F.normalize(self.compare_first(batch.first - self.mean), dim=-1)
        theirs = F.normalize(self.compare_second(batch.second - self.mean), dim=-1)
        alike = ours @ theirs.transpose(1, 2)
        first_there, second_there = batch.first_there, batch.second_there
        first = self._told(batch.first, batch.second, alike, (first_there, second_there), batch.first_shared)
        alike = alike.transpose(1, 2)
        second = self._told(batch.second, batch.first, alike, (second_there, first_there), batch.second_shared)
        states = torch.cat([first + self.side[0], second + self.side[1]], 1)
        there = torch.cat([first_there, second_there], 1)
        for layer in self.layers:
            states = layer(states, there)
        return states[:, : first.shape[1]], states[:, first.shape[1] :]

    def _told(self, own: Tensor, other: Tensor, alike: Tensor, both: tuple[Tensor, Tensor], shared: Tensor) -> Tensor:
        """The tokens of one text with what they resemble in the other; `both` say which tokens are there."""
        own_there, there = both
        seen = alike.masked_fill(~there[:, None, :], -1.0)
        most = seen.max(-1).values
        average = alike.masked_fill(~there[:, None, :], 0.0).sum(-1) / there.sum(-1, keepdim=True)
        greatest = most.masked_fill(~own_there, -1.0).max(-1, keepdim=True).values
        marks = torch.stack([most, shared, average, most - greatest], -1)
        met = torch.softmax(SHARPNESS * seen, -1) @ other
        told: Tensor = own + self.context(met) + self.marks(marks)
        return told


class ReadingNetwork(nn.Module):
    """A question (first) and a passage (second): where an answer begins and ends, and which sentence answers."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.joint = JointLayers(layers)
        self.borders = nn.Linear(HIDDEN, 2)
        narrow, score = nn.Linear(2 * HIDDEN, ALIGNED), nn.Linear(ALIGNED, 1)
        nn.init.zeros_(score.weight)
        nn.init.constant_(score.bias, -1.0)
        self.sentence = nn.Sequential(narrow, nn.GELU(), score)
        self.trust = nn.Parameter(torch.tensor(0.5))

    def forward(self, batch: Batch, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """`sentences` [pairs, sentences, tokens] says which tokens each has.

        Gives the logits of a beginning and an end [pairs, tokens, 2] and the log-odds of each sentence.
        """
        question, passage = self.joint(batch)
        borders = self.borders(passage).float().masked_fill(~batch.second_there[..., None], OUTSIDE)
        asked = _mean(question, batch.first_there)[:, None].expand(-1, sentences.shape[1], -1)
        weight = sentences.float()
        said = (weight @ passage.float()) / weight.sum(-1, keepdim=True).clamp(min=1)
        best = torch.logsumexp(borders[:, None, :, 0].masked_fill(~sentences, OUTSIDE), -1)
        score = self.sentence(torch.cat([said, asked], -1))[..., 0].float() + self.trust * best
        return borders, score.masked_fill(~sentences.any(-1), OUTSIDE)


class JudgingNetwork(nn.Module):
    """A claim (first) and a sentence (second): the logits of supports, contradicts and neither [pairs, 3]."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.joint = JointLayers(layers)
        self.stance = nn.Sequential(nn.Linear(4 * HIDDEN, HIDDEN), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 3))

    def forward(self, batch: Batch) -> Tensor:
        claim, sentence = self.joint(batch)
        sides = [(claim, batch.first_there), (sentence, batch.second_there)]
        pooled = [_mean(states, there) for states, there in sides] + [_most(states, there) for states, there in sides]
        logits: Tensor = self.stance(torch.cat(pooled, -1)).float()
        return logits


def _mean(states: Tensor, there: Tensor) -> Tensor:
    return (states.float() * there[..., None]).sum(1) / there.sum(1, keepdim=True)


def _most(states: Tensor, there: Tensor) -> Tensor:
    return states.float().masked_fill(~there[..., None], OUTSIDE).max(1).values


def begin(joint: JointLayers, encoder: nn.Module, states: Tensor) -> None:
    """Begin as the layers of a BertModel above LOWER_LAYERS; `states` [tokens, hidden] give the mean."""
    above = list(encoder.get_submodule("layer").children())[LOWER_LAYERS:]
    for own, layer in zip(joint.layers, above, strict=False):
        own.begin_as(layer)  # type: ignore[operator]
    joint.mean.data.copy_(states.float().mean(0))


def save(network: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Write the weights as float16, whole or not at all."""
    tensors = {name: tensor.detach().half().contiguous() for name, tensor in network.state_dict().items()}
    unfinished = path.with_suffix(".unfinished")
    # one key: several are written in random order, and the same weights would have another hash
    save_file(tensors, unfinished, {"training": json.dumps(metadata, sort_keys=True)})
    unfinished.replace(path)


def load_joint(joint: JointLayers, path: Path) -> None:
    """Take over the joint layers of a saved network."""
    prefix = "joint."
    with safe_open(path, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118  no dict
        joint.load_state_dict({name.removeprefix(prefix): file.get_tensor(name).float() for name in names})


def load_into(network: nn.Module, path: Path) -> nn.Module:
    """The network with the weights of a file, ready to read; ValueError when they are those of another network."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  no dict
    found = {name: tensor.shape for name, tensor in tensors.items()}
    expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if odd := sorted(dict(found.items() ^ expected.items())):
        raise ValueError(f"{len(odd)} tensors are missing, unknown or of another shape, the first {odd[0]}")
    network.load_state_dict(tensors)
    return network.eval()
