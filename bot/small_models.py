"""The small reader and the small judge: the layers of `bot.networks` over the embedding model that is already loaded.

In: questions and passages, or claims and sentences. Out: what `bot.reader` and `bot.judge` promise. The weights are
loaded when they are first needed; they belong to the bundled embedding model and to no other.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from bot import judge, reader
from bot.judge import Judgement
from bot.reader import NOT_READ, SentenceReading
from corpus.errors import StorageError
from corpus.models import Passage, Span
from vectorstore import bundled_model
from vectorstore.embedder import LowerStates, PassageEmbedder

AT_ONCE = 8  # pairs a forward pass
BESIDE = 2  # forward passes at the same time: more only wait for each other
LONGEST_ANSWER = 30  # tokens
QUESTION_TOKENS = 64
CLAIM_TOKENS = 72  # of a claim and of a sentence, as in training
BEGINNINGS = 8  # of an answer, that are tried

NOTHING = Judgement(0.0, 0.0, 1.0)
"""What an empty claim or sentence is given."""
StatesOf = Callable[[Sequence[Passage]], list[LowerStates]]
Numbers = npt.NDArray[np.float32]


class _Network:
    """A network of `bot.networks`, loaded once; any thread may call it."""

    def __init__(self, kind: str, layers: int, weights: Path, threads: int) -> None:
        self._kind, self._layers, self._weights, self._threads = kind, layers, weights, threads
        self._loading = Lock()
        self._busy = BoundedSemaphore(BESIDE)
        self._loaded: Any = None

    @cached_property
    def stamp(self) -> str:
        """The name of the weights and a hash of them."""
        return f"{self._weights.stem}/{hashlib.sha256(self._weights.read_bytes()).hexdigest()[:16]}"

    def __call__(self, *given: Any) -> Any:
        """What the network gives, without gradients."""
        import torch

        network = self._load()
        with self._busy, torch.inference_mode():
            torch.set_num_threads(self._threads)
            return network(*given)

    def _load(self) -> Any:
        with self._loading:
            if self._loaded is None:
                from bot import networks

                try:
                    self._loaded = networks.load_into(getattr(networks, self._kind)(self._layers), self._weights)
                except Exception as error:  # of whichever library reads the file that is at fault
                    raise _damaged(self._weights, error) from error
            return self._loaded


def _damaged(weights: Path, error: Exception) -> StorageError:
    return StorageError(
        f"{weights} does not hold the weights of the {weights.stem} ({error}). "
        "Restore the file, or delete it to go without."
    )


def check_weights(weights: Path) -> None:
    """Raise StorageError when a file of weights is cut short or is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="numpy") as file:
            file.keys()
    except (OSError, SafetensorError) as error:
        raise _damaged(weights, error) from error


def usable(weights: Path, embedder_stamp: str) -> bool:
    """Whether the weights are there and belong to the embedding model with this stamp."""
    return weights.is_file() and embedder_stamp.startswith(f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}/")


class SmallReader:
    """The reader over the lower states that `states_of` gives for passages."""

    def __init__(
        self, embedder: PassageEmbedder, states_of: StatesOf, *, threads: int = 1, weights: Path = reader.WEIGHTS
    ) -> None:
        self._embedder, self._states_of = embedder, states_of
        self._network = _Network("ReadingNetwork", reader.LAYERS, weights, threads)

    @property
    def stamp(self) -> str:
        return self._network.stamp

    def read(self, question: str, language: str, passages: Sequence[Passage]) -> list[tuple[SentenceReading, ...]]:
        """What `bot.reader.Reader` promises."""
        asked = self._embedder.encode_query(question, language).lower
        if asked is None or not len(asked.pieces) or not passages:
            return [_unread(passage) for passage in passages]
        asked = asked.part(0, QUESTION_TOKENS)
        states = self._states_of(passages)
        order = sorted(range(len(states)), key=lambda n: len(states[n].pieces))
        found: dict[int, tuple[SentenceReading, ...]] = {}
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            found |= dict(zip(chosen, self._read(asked, [(passages[n], states[n]) for n in chosen]), strict=True))
        return [found[n] for n in range(len(passages))]

    def _read(
        self, asked: LowerStates, passages: Sequence[tuple[Passage, LowerStates]]
    ) -> list[tuple[SentenceReading, ...]]:
        import torch

        from bot.networks import Batch

        batch = Batch.of([(asked, states) for _, states in passages])
        masks = [tokens_of_sentences(passage, states) for passage, states in passages]
        padded = np.zeros((len(masks), max(1, *map(len, masks)), batch.second.shape[1]), np.bool_)
        for row, mask in enumerate(masks):
            padded[row, : mask.shape[0], : mask.shape[1]] = mask
        borders, scores = self._network(batch, torch.from_numpy(padded))
        return [
            tuple(_sentences(passage, states, mask, borders[row].numpy(), scores[row].numpy()))
            for row, ((passage, states), mask) in enumerate(zip(passages, masks, strict=True))
        ]


def tokens_of_sentences(passage: Passage, states: LowerStates) -> npt.NDArray[np.bool_]:
    """Which tokens each sentence of a passage has [sentences, tokens]."""
    begins = np.asarray([s.start - passage.span.start for s in passage.sentences], np.int64)[:, None]
    ends = np.asarray([s.end - passage.span.start for s in passage.sentences], np.int64)[:, None]
    return np.asarray((states.offsets[:, 1] > begins) & (states.offsets[:, 0] < ends))


def _sentences(
    passage: Passage, states: LowerStates, masks: npt.NDArray[np.bool_], borders: Numbers, scores: Numbers
) -> list[SentenceReading]:
    found = []
    for span, mask, score in zip(passage.sentences, masks, scores[: len(masks)], strict=True):
        tokens = np.flatnonzero(mask)
        if not len(tokens):
            found.append(SentenceReading(span, NOT_READ, None))
            continue
        first, last = best_run(borders[tokens, 0], borders[tokens, 1])
        start = max(int(states.offsets[tokens[first], 0]) + passage.span.start, span.start)
        end = min(int(states.offsets[tokens[last], 1]) + passage.span.start, span.end)
        found.append(SentenceReading(span, float(score), _trimmed(passage, span, start, end)))
    return found


def best_run(begins: Numbers, ends: Numbers) -> tuple[int, int]:
    """The likeliest first and last token of an answer of at most LONGEST_ANSWER tokens."""
    best, found = -math.inf, (0, 0)
    for first in np.argsort(-begins)[:BEGINNINGS]:
        last = int(first + np.argmax(ends[first : first + LONGEST_ANSWER]))
        total = float(begins[first] + ends[last])
        if total > best:
            best, found = total, (int(first), last)
    return found


def _trimmed(passage: Passage, sentence: Span, start: int, end: int) -> Span | None:
    """The words relative to their sentence, without the white space around them."""
    text = passage.text[start - passage.span.start : end - passage.span.start]
    inside = text.strip()
    if not inside:
        return None
    begin = start - sentence.start + len(text) - len(text.lstrip())
    return Span(begin, begin + len(inside))


def _unread(passage: Passage) -> tuple[SentenceReading, ...]:
    return tuple(SentenceReading(span, NOT_READ, None) for span in passage.sentences)


class SmallJudge:
    """The judge over the lower states of the embedding model."""

    def __init__(self, embedder: PassageEmbedder, *, threads: int = 1, weights: Path = judge.WEIGHTS) -> None:
        self._embedder = embedder
        self._network = _Network("JudgingNetwork", judge.LAYERS, weights, threads)

    @property
    def stamp(self) -> str:
        return self._network.stamp

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """What `bot.judge.Judge` promises."""
        claims = self._states([claim for claim, _ in pairs], "query")
        sentences = self._states([sentence for _, sentence in pairs], "passage")
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n][1]))
        found: dict[int, Judgement] = {}
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            texts = [(claims[pairs[n][0]], sentences[pairs[n][1]]) for n in chosen]
            found |= dict(zip(chosen, self._judge(texts), strict=True))
        return [found[n] for n in range(len(pairs))]

    def _states(self, texts: Sequence[str], role: Any) -> dict[str, LowerStates]:
        different = list(dict.fromkeys(texts))
        encoded = self._embedder.encode_lower(different, role) if different else []
        return {text: states.part(0, CLAIM_TOKENS) for text, states in zip(different, encoded, strict=True)}

    def _judge(self, pairs: Sequence[tuple[LowerStates, LowerStates]]) -> list[Judgement]:
        from bot.networks import Batch

        logits = self._network(Batch.of(pairs)).numpy()
        return [
            _judgement(row) if len(a.pieces) and len(b.pieces) else NOTHING
            for row, (a, b) in zip(logits, pairs, strict=True)
        ]


def _judgement(logits: Numbers) -> Judgement:
    likely = np.exp(logits - logits.max())
    supports, contradicts, neither = (likely / likely.sum()).tolist()
    return Judgement(supports, contradicts, neither)
