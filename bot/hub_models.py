"""What a reader and a judge share: one `transformers` model from a folder or a hub name, on the processor.

In: pairs of texts. Out: the model's numbers for each. Weights are read from safetensors only and no code of the model
runs; torch and transformers are imported when the model is first used. It knows neither answers nor stances.
"""

import hashlib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import StorageError
from vectorstore.embedder import SURROGATE, quiet

BATCH = 16  # pairs a forward pass
FEWEST_TOKENS = 32  # less holds no question and sentence
RESERVED = 2  # positions that models of RoBERTa's kind keep for themselves
SHOWN = 300  # characters of another library's message
TYPES = "token_type_ids"

Numbers = npt.NDArray[np.float64]
Row = dict[str, list[int]]
"""One pair as the model takes it: names of inputs (`input_ids`, ...) to a number for each token."""


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of model: the setting that names it, its class in transformers, what it gives, how many tokens it reads.

    `offsets`: whether the code points of each token are needed, which only fast tokenizers know.
    """

    setting: str
    auto_class: str
    outputs: tuple[str, ...]
    description: str
    most_tokens: int
    offsets: bool = False


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: Any
    network: Any
    inputs: tuple[str, ...]
    length: int
    fingerprint: str


class HubModel:
    """A model of one task, loaded once, at first use; any thread may call.

    `threads` bounds what one forward pass takes of the processor. Every method raises StorageError when the model
    cannot be used.
    """

    def __init__(self, name: str, task: Task, *, threads: int = 1) -> None:
        self._name = name
        self._task = task
        self._threads = threads
        self._loading = Lock()
        self._encoding = Lock()  # a tokenizer keeps the options of the last call
        self._busy = BoundedSemaphore(max(os.cpu_count() or 1, 1))
        self._loaded: _Loaded | None = None

    @property
    def stamp(self) -> str:
        """The model's name and the first 16 hex digits of the SHA-256 of its weights."""
        return f"{self._name}/{self._load().fingerprint[:16]}"

    @property
    def length(self) -> int:
        """Tokens of a pair, special ones included, that the model reads at once."""
        return self._load().length

    @property
    def special_tokens(self) -> int:
        """How many of them stand around and between the two texts."""
        return int(self._load().tokenizer.num_special_tokens_to_add(pair=True))

    @property
    def labels(self) -> dict[int, str]:
        """The names of a classifier's outputs, by column."""
        return {int(column): str(label) for column, label in self._load().network.config.id2label.items()}

    def null_position(self, row: Row) -> int:
        """Where a pair holds the token that stands for "no answer"."""
        null = self._load().tokenizer.cls_token_id
        return row["input_ids"].index(null) if null in row["input_ids"] else 0

    def encode(self, *texts: str, **options: object) -> Any:
        """A text, or a pair, as the tokenizer's `BatchEncoding`; as many characters as were given."""
        loaded = self._load()
        whole = (SURROGATE.sub("\ufffd", text) for text in texts)  # tokenizers refuse what is no Unicode
        with self._encoding:
            return loaded.tokenizer(*whole, return_token_type_ids=TYPES in loaded.inputs, **options)

    def rows(self, encoded: Mapping[str, Any]) -> list[Row]:
        """The rows of an encoding that holds several, with only the inputs that the model takes."""
        names = [name for name in self._load().inputs if name in encoded]
        return [
            dict(zip(names, columns, strict=True)) for columns in zip(*(encoded[name] for name in names), strict=True)
        ]

    def forward(self, rows: Sequence[Row]) -> list[tuple[Numbers, ...]]:
        """For each row, in order, the task's outputs; those of tokens may go on after the row's last one."""
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]["input_ids"]))  # little padding
        results: list[tuple[Numbers, ...]] = [()] * len(rows)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            outputs = self._batch([rows[number] for number in chosen])
            for place, number in enumerate(chosen):
                results[number] = tuple(output[place] for output in outputs)
        return results

    def refuse(self, found: str, expected: str) -> StorageError:
        """The error that says what is wrong with the model and how to mend it."""
        return StorageError(
            f"{self._task.setting}: {self._name!r}: found {found}, expected {expected}. "
            f"Give a folder or a name of {self._task.description}, or unset it."
        )

    def _batch(self, rows: Sequence[Row]) -> list[Numbers]:
        import torch

        loaded = self._load()
        padded = loaded.tokenizer.pad(list(rows), return_tensors="pt")
        try:
            with self._busy, torch.inference_mode():
                torch.set_num_threads(self._threads)
                given = loaded.network(**padded)
            outputs = [getattr(given, name).double().numpy() for name in self._task.outputs]
        except (IndexError, RuntimeError, AttributeError, TypeError, ValueError) as error:  # other inputs or outputs
            raise self.refuse(f"that it cannot read a text ({_brief(error)})", self._task.description) from error
        if any(np.isnan(output).any() for output in outputs):
            raise self.refuse("outputs that are no numbers", "sound weights")
        return outputs

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._open()
            return self._loaded

    def _open(self) -> _Loaded:
        tokenizer, network, missing = self._read()
        if missing:  # transformers would fill them with random numbers
            raise self.refuse(f"no weights for {', '.join(sorted(missing)[:4])}", self._task.description)
        if tokenizer.pad_token_id is None:
            raise self.refuse("a tokenizer without a padding token", "one that has it")
        if self._task.offsets and not tokenizer.is_fast:
            raise self.refuse("a slow tokenizer", "a fast one (tokenizer.json), which knows where tokens stand")
        length = _length(tokenizer, network, self._task.most_tokens)
        if length < FEWEST_TOKENS:
            raise self.refuse(f"room for {length} tokens", f"at least {FEWEST_TOKENS}")
        return _Loaded(tokenizer, network, _inputs(tokenizer, network), length, _fingerprint(network))

    def _read(self) -> tuple[Any, Any, Iterable[str]]:
        quiet()
        import transformers

        local = Path(self._name).is_dir()
        source = {"pretrained_model_name_or_path": self._name, "local_files_only": local, "trust_remote_code": False}
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                **source,
                split_special_tokens=True,  # "[SEP]" in a document is text
                padding_side="right",
                truncation_side="right",
            )
            network, report = getattr(transformers, self._task.auto_class).from_pretrained(
                **source, use_safetensors=True, dtype="float32", output_loading_info=True
            )
        except Exception as error:  # of whichever library reads the file that is at fault
            found = f"what cannot be loaded ({_brief(error)})" if local else f"no such folder or name ({_brief(error)})"
            raise self.refuse(found, f"{self._task.description}, with safetensors weights") from error
        return tokenizer, network.eval(), report["missing_keys"]


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:SHOWN] or type(error).__name__


def _length(tokenizer: Any, network: Any, most: int) -> int:
    positions = int(getattr(network.config, "max_position_embeddings", None) or 0)
    return min(most, int(tokenizer.model_max_length), positions - RESERVED if positions > 0 else most)


def _inputs(tokenizer: Any, network: Any) -> tuple[str, ...]:
    """What both know; which text a token is of wherever, and only where, the model has vectors for two texts."""
    kinds = getattr(network.config, "type_vocab_size", None)
    names = [name for name in tokenizer.model_input_names if name != TYPES or kinds is None or kinds > 1]
    names += [TYPES] if TYPES not in names and (kinds or 0) > 1 else []
    taken = inspect.signature(network.forward).parameters
    return tuple(name for name in names if name in taken)


def _fingerprint(network: Any) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().view(-1).cpu().numpy())
    return digest.hexdigest()
