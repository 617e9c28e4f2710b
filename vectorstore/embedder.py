"""Texts to vectors over sentence-transformers: one pass gives the vector of a text and its token states.

In: questions and passages with their language. Out: centred unit vectors and reduced token states
(`vectorstore.geometry`), and of the bundled model the states of a lower layer, which the reader and the judge go on
from. sentence-transformers is imported when the first text is encoded.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock, local
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from corpus.errors import StorageError
from vectorstore import bundled_model, geometry
from vectorstore.geometry import Array, Geometry

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 16  # passages a forward pass
LOWER_LAYERS = 8  # of the bundled model's twelve: what follows reads two texts together
CHUNK = 128  # passages whose states are in memory at once
QUERY_CHARACTERS = 4_000  # more never fits the model's 512 positions
SURROGATE = re.compile(r"[\ud800-\udfff]")
E5_NAME = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])", re.IGNORECASE)
E5_PROMPTS = {"query": "query: ", "passage": "passage: "}


@dataclass(frozen=True, slots=True)
class LowerStates:
    """A text after LOWER_LAYERS: states [n, hidden], the tokenizer's pieces [n] and their code points [n, 2]."""

    states: npt.NDArray[np.float16]
    pieces: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int32]

    def part(self, start: int, end: int) -> "LowerStates":
        """Some of the tokens."""
        return LowerStates(self.states[start:end], self.pieces[start:end], self.offsets[start:end])


@dataclass(frozen=True, slots=True)
class QueryEncoding:
    """A question: its vector [hidden], its token states [n, reduced] and their weights [n]."""

    vector: Array
    tokens: Array
    weights: Array
    lower: LowerStates | None = None


@dataclass(frozen=True, slots=True)
class PassageEncoding:
    """A passage: its vector [hidden], its token states [n, reduced] and their code points [n, 2]."""

    vector: Array
    tokens: Array
    offsets: npt.NDArray[np.int32]
    lower: LowerStates | None = None


class PassageEmbedder(Protocol):
    """What the index needs of an embedding model."""

    @property
    def stamp(self) -> str:
        """The model's name and a hash of its weights and of its geometry."""

    def encode_query(self, text: str, language: str) -> QueryEncoding: ...

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Iterator[PassageEncoding]: ...

    def encode_lower(self, texts: Sequence[str], role: geometry.Role) -> list[LowerStates]:
        """The texts after LOWER_LAYERS; [] for a model that has no such states."""


class SentenceTransformerEmbedder(Embeddings):
    """The bundled model, or any sentence-transformers folder or name.

    `threads` bounds what one question takes of the processor; passages take all that is left.
    """

    def __init__(self, model: str | None, models_folder: Path, *, threads: int = 1) -> None:
        self._name = model
        self._models_folder = models_folder
        self._threads = threads
        self._loading = Lock()
        self._busy = BoundedSemaphore(max(os.cpu_count() or 1, 1))
        self._loaded: tuple[SentenceTransformer, Geometry, str] | None = None
        self._held = local()  # a thread's last question, and the lower states of the batch that it encodes

    @property
    def stamp(self) -> str:
        if self._name is None:
            fitted = geometry.load(bundled_model.SHA256).fingerprint
            return f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}/{fitted}"
        _, fitted_geometry, fingerprint = self._load()
        return f"{self._name}/{fingerprint[:16]}/{fitted_geometry.fingerprint}"

    @property
    def has_geometry(self) -> bool:
        """Whether language means were fitted for this model."""
        return bool(self._load()[1].tensors)

    def warm_up(self) -> None:
        """Load the model and encode one question, so that the first one asked does not wait."""
        self.encode_query("bonjour", "fr")

    def encode_query(self, text: str, language: str) -> QueryEncoding:
        """Encode one question; text beyond the model's length is not read."""
        last: tuple[tuple[str, str], QueryEncoding] | None = getattr(self._held, "last", None)
        if last is None or last[0] != (text, language):  # who searches for a question also reads for it
            self._held.last = last = ((text, language), self._encode_query(text, language))
        return last[1]

    def _encode_query(self, text: str, language: str) -> QueryEncoding:
        model, fitted, _ = self._load()
        prompt = self._prompt(model, "query")
        (raw,) = self._forward(model, [text[:QUERY_CHARACTERS]], prompt, self._threads)
        states = raw.states[_content(raw.offsets, len(prompt))]
        return QueryEncoding(
            fitted.vector(raw.vector, "query", language),
            fitted.tokens(states, "query", language),
            fitted.weights(states, language),
            _lower(raw, len(prompt)),
        )

    def encode_lower(self, texts: Sequence[str], role: geometry.Role) -> list[LowerStates]:
        """The texts after LOWER_LAYERS; [] for a model that is not the bundled one."""
        if self._name is not None:
            return []
        model, _, _ = self._load()
        prompt = self._prompt(model, role)
        encoded = self._forward(model, texts, prompt, self._threads)
        return [lower for raw in encoded if (lower := _lower(raw, len(prompt)))]

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Iterator[PassageEncoding]:
        """Encode passages, in order; one forward pass each."""
        model, fitted, _ = self._load()
        prompt = self._prompt(model, "passage")
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            for raw, language in zip(
                self._forward(model, chunk, prompt, os.cpu_count() or 1),
                languages[start : start + CHUNK],
                strict=True,
            ):
                keep = _content(raw.offsets, len(prompt))
                yield PassageEncoding(
                    fitted.vector(raw.vector, "passage", language),
                    fitted.tokens(raw.states[keep], "passage", language),
                    # the first token begins with the space before it
                    np.asarray(np.maximum(raw.offsets[keep] - len(prompt), 0), np.int32),
                    _lower(raw, len(prompt)),
                )

    def embed_query(self, text: str) -> list[float]:
        """LangChain's contract; the language is unknown, so the common mean is used."""
        return [float(x) for x in self.encode_query(text, geometry.ANY).vector]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's contract; the language is unknown, so the common mean is used."""
        encoded = self.encode_passages(texts, [geometry.ANY] * len(texts))
        return [[float(x) for x in passage.vector] for passage in encoded]

    def encoder(self) -> Any:
        """The layers of the bundled model, a torch module with its `layer`s."""
        module: Any = self._load()[0][0]
        return module.auto_model.encoder

    def raw(self, texts: Sequence[str], role: geometry.Role, threads: int = 0) -> list["RawEncoding"]:
        """Vectors and token states as the model gives them, for fitting; all of the processor when `threads` is 0."""
        model, _, _ = self._load()
        prompt = self._prompt(model, role)
        encoded = self._forward(model, texts, prompt, threads or os.cpu_count() or 1)
        kept = [_content(raw.offsets, len(prompt)) for raw in encoded]
        return [
            RawEncoding(
                raw.vector,
                raw.states[keep],
                raw.offsets[keep] - len(prompt),
                None if raw.lower is None else raw.lower[keep],
                raw.pieces[keep],
            )
            for raw, keep in zip(encoded, kept, strict=True)
        ]

    def bare_encode(self, texts: Sequence[str]) -> None:
        """What the model alone takes for `texts`: the measure that indexing is held against."""
        self._load()[0].encode(list(texts), batch_size=BATCH, show_progress_bar=False)

    @property
    def weights_fingerprint(self) -> str:
        """SHA-256 of the model's weights."""
        return self._load()[2]

    def _forward(
        self, model: "SentenceTransformer", texts: Sequence[str], prompt: str, threads: int
    ) -> list["RawEncoding"]:
        import torch

        texts = [SURROGATE.sub("\ufffd", text) for text in texts]  # tokenizers refuse what is no Unicode
        with self._busy, torch.inference_mode():
            torch.set_num_threads(threads)
            items: Any = model.encode(
                list(texts),
                prompt=prompt,
                batch_size=BATCH,
                output_value=None,
                convert_to_numpy=False,
                show_progress_bar=False,
            )
        encoded = []
        for text, item in zip(texts, items, strict=True):
            states = item["token_embeddings"][item["attention_mask"].bool()].float().numpy()
            tokens = model.tokenizer(
                prompt + text, truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True
            )
            offsets = np.asarray(tokens["offset_mapping"], np.int64).reshape(-1, 2)[: len(states)]
            lower = item.get("lower_states")
            encoded.append(
                RawEncoding(
                    item["sentence_embedding"].float().numpy(),
                    states,
                    offsets,
                    None if lower is None else lower[item["attention_mask"].bool()].half().numpy(),
                    np.asarray(tokens["input_ids"], np.int32)[: len(states)],
                )
            )
        return encoded

    def _prompt(self, model: "SentenceTransformer", role: geometry.Role) -> str:
        prompts = dict(model.prompts or {})
        for name in (role, "document") if role == "passage" else (role,):
            if prompts.get(name):
                return str(prompts[name])
        return E5_PROMPTS[role] if E5_NAME.search(Path(self._name or bundled_model.NAME).name) else ""

    def _load(self) -> tuple["SentenceTransformer", Geometry, str]:
        with self._loading:
            if self._loaded is None:
                model = self._open()
                if self._name is None:
                    _keep_lower(model, self._held)
                fingerprint = bundled_model.SHA256 if self._name is None else _fingerprint(model)
                self._loaded = model, geometry.load(fingerprint), fingerprint
            return self._loaded

    def _open(self) -> "SentenceTransformer":
        folder = self._name or str(bundled_model.ensure_unpacked(self._models_folder))
        quiet()
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(
                folder,
                device="cpu",
                local_files_only=self._name is None or Path(folder).is_dir(),
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # of whichever library reads the file that is at fault
            raise StorageError(
                f"BOT_EMBEDDING_MODEL: {folder!r} is not a sentence-transformers model with safetensors "
                f"weights ({error}). Give a folder or a name, or unset it for the bundled model."
            ) from error


@dataclass(frozen=True, slots=True)
class RawEncoding:
    """What a model gives for one text: vector [hidden], token states [n, hidden], code points [n, 2]."""

    vector: Array
    states: Array
    offsets: npt.NDArray[np.int64]
    lower: npt.NDArray[np.float16] | None
    """The states after LOWER_LAYERS [n, hidden]."""
    pieces: npt.NDArray[np.int32]


def _lower(raw: "RawEncoding", prompt: int) -> LowerStates | None:
    """The lower states of the text itself."""
    if raw.lower is None:
        return None
    keep = _content(raw.offsets, prompt)
    offsets = np.asarray(np.maximum(raw.offsets[keep] - prompt, 0), np.int32)
    return LowerStates(raw.lower[keep], raw.pieces[keep], offsets)


def _keep_lower(model: "SentenceTransformer", held: local) -> None:
    """Have the model give the states after LOWER_LAYERS beside those after its last."""
    module: Any = model[0]

    def hold(_layer: object, _given: object, states: Any) -> None:
        held.states = states[0] if isinstance(states, tuple) else states

    def give(_module: object, _given: object, features: dict[str, Any]) -> dict[str, Any]:
        return {**features, "lower_states": held.states}

    module.auto_model.encoder.layer[LOWER_LAYERS - 1].register_forward_hook(hold)
    module.register_forward_hook(give)


def _content(offsets: npt.NDArray[np.int64], prompt: int) -> npt.NDArray[np.bool_]:
    """Which tokens belong to the text itself: neither special nor of the prompt."""
    return np.asarray((offsets[:, 1] > offsets[:, 0]) & (offsets[:, 1] > prompt))


def _fingerprint(model: "SentenceTransformer") -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().view(-1).cpu().numpy().tobytes())
    return digest.hexdigest()


def quiet() -> None:
    """No progress bars or load reports on standard error: they are not meant for the person who asks."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
