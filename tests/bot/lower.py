"""A fake embedder with lower states, and weights of networks that were never trained.

The state of a token depends on its word alone, so that the same word resembles itself in another text.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bot import judge, reader
from tests.fakes import REDUCED, FakeEmbedder
from vectorstore import bundled_model
from vectorstore.embedder import LOWER_LAYERS, LowerStates, PassageEncoding, QueryEncoding, RawEncoding
from vectorstore.geometry import Array, Role, unit
from vectorstore.lexical import fold

if TYPE_CHECKING:
    from torch import nn

HIDDEN, LAYERS = 384, 12
TOKEN = re.compile(r"\s?(?:[\u3040-\u9fff]|[^\W\u3040-\u9fff]+|[^\w\s])")
"""A word, an ideograph or a sign; as with the bundled model, the space before belongs to the token."""
STAMP = f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}/fake"


class LowerEmbedder(FakeEmbedder):
    """A `PassageEmbedder` that reads at most `most` tokens of a text.

    `asked` are the calls of `encode_lower`, `raws` those of `raw`: role and texts.
    """

    def __init__(self, stamp: str = STAMP, *, most: int = 500) -> None:
        super().__init__(stamp)
        self.most = most
        self.asked: list[tuple[Role, list[str]]] = []
        self.raws: list[tuple[Role, list[str]]] = []

    def encode_query(self, text: str, language: str) -> QueryEncoding:
        lower = self.lower(text)
        weights = np.full(len(lower.pieces), 1 / max(len(lower.pieces), 1), np.float32)
        vector = super().encode_query(text, language).vector
        return QueryEncoding(vector, _reduced(lower), weights, lower)

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Iterator[PassageEncoding]:
        for text, encoding in zip(texts, super().encode_passages(texts, languages), strict=True):
            lower = self.lower(text)
            yield PassageEncoding(encoding.vector, _reduced(lower), lower.offsets, lower)

    def encode_lower(self, texts: Sequence[str], role: Role) -> list[LowerStates]:
        self.asked.append((role, list(texts)))
        return [self.lower(text) for text in texts]

    def raw(self, texts: Sequence[str], role: Role, threads: int = 0) -> list[RawEncoding]:
        self.raws.append((role, list(texts)))
        found = []
        for text in texts:
            lower, vector = self.lower(text), super().encode_query(text, "und").vector
            offsets = lower.offsets.astype(np.int64)
            found.append(RawEncoding(vector, lower.states.astype(np.float32), offsets, lower.states, lower.pieces))
        return found

    def encoder(self) -> "nn.Module":
        """Layers as the bundled model has them above LOWER_LAYERS; those below are not looked at."""
        from torch import nn

        encoder = nn.Module()
        encoder.layer = nn.ModuleList(
            [nn.Identity() if number < LOWER_LAYERS else bert_layer() for number in range(LAYERS)]
        )
        return encoder

    def lower(self, text: str) -> LowerStates:
        """The tokens of a text: words, ideographs and signs."""
        found = list(TOKEN.finditer(text))[: self.most]
        words = [fold(match[0].strip()) for match in found]
        return LowerStates(
            np.asarray([_state(word) for word in words], np.float16).reshape(-1, HIDDEN),
            np.asarray([zlib.crc32(word.encode("utf-8", "surrogatepass")) % 250_000 for word in words], np.int32),
            np.asarray([match.span() for match in found], np.int32).reshape(-1, 2),
        )


def bert_layer() -> Any:
    """A layer of transformers' BertModel of the bundled model's size, with random weights."""
    from transformers import BertConfig
    from transformers.models.bert.modeling_bert import BertLayer

    size: dict[str, Any] = {"hidden_size": HIDDEN, "num_attention_heads": 12, "intermediate_size": 1536}
    layer = BertLayer(BertConfig(**size, layer_norm_eps=1e-12, attn_implementation="eager"))
    return layer.eval()


def reading_weights(path: Path, seed: int = 5) -> Path:
    """Weights of a reading network whose scores differ from sentence to sentence."""
    import torch

    from bot.networks import ReadingNetwork, save

    torch.manual_seed(seed)
    network = ReadingNetwork(reader.LAYERS)
    torch.nn.init.normal_(network.sentence[2].weight, std=0.5)
    save(network, path, {})
    return path


def judging_weights(path: Path, seed: int = 5) -> Path:
    """Weights of a judging network."""
    import torch

    from bot.networks import JudgingNetwork, save

    torch.manual_seed(seed)
    save(JudgingNetwork(judge.LAYERS), path, {})
    return path


def _reduced(lower: LowerStates) -> Array:
    return unit(lower.states[:, :REDUCED].astype(np.float32))


@cache
def _state(word: str) -> npt.NDArray[np.float16]:
    return (
        np.random.default_rng(zlib.crc32(word.encode("utf-8", "surrogatepass")))
        .standard_normal(HIDDEN)
        .astype(np.float16)
    )
