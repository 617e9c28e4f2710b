"""The lower states of many texts, computed once and kept in a folder, so that an interrupted run goes on.

A file holds SHARD texts; its name is a hash of them, so that other texts are never taken for these.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from vectorstore.embedder import LowerStates, RawEncoding, SentenceTransformerEmbedder
from vectorstore.geometry import Array, Role

SHARD = 512
ROLES: tuple[Role, ...] = ("query", "passage")
Text = tuple[Role, str]
Encoded = tuple[LowerStates, Array]
"""The lower states of a text and the vector of the whole model [hidden]."""
Say = Callable[[str], None]


def lower_states(
    texts: Iterable[Text], embedder: SentenceTransformerEmbedder, folder: Path, say: Say, threads: int = 0
) -> dict[Text, Encoded]:
    """The states of each text; those that the folder has are read from it."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(set(texts), key=lambda text: (len(text[1]), text))  # of like length: little padding
    found: dict[Text, Encoded] = {}
    for start in range(0, len(wanted), SHARD):
        shard = wanted[start : start + SHARD]
        path = folder / f"{_name(shard)}.safetensors"
        if not path.is_file():
            _compute(shard, embedder, path, threads)
            say(f"lower states: {start + len(shard)} of {len(wanted)} texts")
        found |= dict(zip(shard, _read(path), strict=True))
    return found


def _name(shard: Sequence[Text]) -> str:
    digest = hashlib.sha256()
    for role, text in shard:
        digest.update(f"{role}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:24]


def _compute(shard: Sequence[Text], embedder: SentenceTransformerEmbedder, path: Path, threads: int) -> None:
    raw: dict[int, RawEncoding] = {}
    for role in ROLES:
        numbers = [number for number, text in enumerate(shard) if text[0] == role]
        raw |= dict(zip(numbers, embedder.raw([shard[number][1] for number in numbers], role, threads), strict=True))
    ordered = [raw[number] for number in range(len(shard))]
    unfinished = path.with_suffix(".unfinished")
    save_file(
        {
            "lengths": np.asarray([len(text.offsets) for text in ordered], np.int64),
            "vectors": np.stack([text.vector for text in ordered]),
            "states": np.concatenate([text.lower for text in ordered]),
            "pieces": np.concatenate([text.pieces for text in ordered]),
            "offsets": np.maximum(np.concatenate([text.offsets for text in ordered]), 0).astype(np.int32),
        },
        unfinished,
    )
    unfinished.replace(path)


def _read(path: Path) -> list[Encoded]:
    file = load_file(path)
    whole = LowerStates(file["states"], file["pieces"], file["offsets"])
    ends = np.cumsum(file["lengths"])
    return [
        (whole.part(end - length, end), vector)
        for end, length, vector in zip(ends, file["lengths"], file["vectors"], strict=True)
    ]
