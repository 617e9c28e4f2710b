"""Time what people wait for, as ratios where machines are noisy.

Questions over the corpus that is indexed, with the model loaded; indexing against the bare model on the same
text; and, with `passages`, questions over a large index of varied copies.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.assistant import Assistant
from bot.phrases import starters
from corpus.models import Document, Metadata, Passage, Span
from corpus.split import split
from vectorstore.embedder import PassageEncoding, SentenceTransformerEmbedder
from vectorstore.geometry import Role, unit
from vectorstore.index import HybridIndex

ROUNDS = 3
SEED = 3
Say = Callable[[str], None]


def run(assistant: Assistant, passages: int, say: Say) -> dict[str, Any]:
    """The figures, in milliseconds and ratios."""
    questions = [(q, code) for code in ("fr", "en", "ar", "es", "ru", "zh") for q in starters(code)]
    assistant.ask(*questions[0][:1])
    found: dict[str, Any] = {"questions": _timed(lambda q, code: assistant.ask(q, language=code), questions)}
    say("questions over the corpus: done")
    found["indexing_against_bare_model"] = _indexing(assistant)
    say("indexing: done")
    if passages:
        found[f"search_over_{passages}_passages"] = _large(assistant, passages, questions, say)
    return found


def table(found: dict[str, Any]) -> str:
    """The figures, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in found.items())


def _timed(ask: Callable[[str, str], object], questions: Sequence[tuple[str, str]]) -> dict[str, float]:
    times = []
    for _ in range(ROUNDS):
        for question, language in questions:
            began = time.perf_counter()
            ask(question, language)
            times.append((time.perf_counter() - began) * 1_000)
    ordered = sorted(times)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def _indexing(assistant: Assistant) -> float:
    """Time of indexing the corpus through the index, over the bare model's for the same passages."""
    embedder = assistant.embedder
    assert isinstance(embedder, SentenceTransformerEmbedder)
    documents = [assistant.library.get(entry.metadata.id) for entry in assistant.documents()]
    pairs = [(document, split(document)) for document in documents]
    texts = [f"passage: {passage.text}" for _, passages in pairs for passage in passages]
    ratios = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            index = HybridIndex(Path(folder), embedder)
            index.clear()
            began = time.perf_counter()
            index.replace(pairs)
            ours = time.perf_counter() - began
        began = time.perf_counter()
        embedder.bare_encode(texts)
        ratios.append(ours / (time.perf_counter() - began))
    return round(statistics.median(ratios), 2)


def _large(assistant: Assistant, count: int, questions: Sequence[tuple[str, str]], say: Say) -> dict[str, float]:
    """The corpus' own passages, many times over with words exchanged and vectors moved."""
    with tempfile.TemporaryDirectory(dir=assistant.settings.data_dir) as folder:
        source = list(_encoded(assistant))
        index = HybridIndex(Path(folder), _Replaying(assistant.embedder, source))
        draw = random.Random(SEED)
        step = 2_000
        for start in range(0, count, step):
            copies = [_copy(draw.choice(source)[0], n, draw) for n in range(start, min(start + step, count))]
            index.replace(copies)
            say(f"{start + len(copies)} passages")
        index.search(*questions[0])
        return _timed(lambda q, code: index.search(q, code), questions)


def _encoded(assistant: Assistant) -> list[tuple[Passage, PassageEncoding]]:
    documents = [assistant.library.get(entry.metadata.id) for entry in assistant.documents()]
    passages = [passage for document in documents for passage in split(document)]
    encodings = assistant.embedder.encode_passages([p.text for p in passages], [p.language for p in passages])
    return list(zip(passages, encodings, strict=True))


def _copy(passage: Passage, number: int, draw: random.Random) -> tuple[Document, tuple[Passage, ...]]:
    """A document of one passage whose words are those of the original in another order."""
    from corpus.models import Content

    words = passage.text.split(" ")
    draw.shuffle(words)
    text = " ".join(words)
    document = Document(Metadata(f"copy-{number}", passage.document_id, passage.language), 1, Content(text), "")
    span = Span(0, len(text))
    return document, (Passage(document.id, 1, span, text, passage.language, (span,)),)


class _Replaying:
    """Gives copies the encodings of real passages, moved a little; questions go to the real model."""

    def __init__(self, embedder: Any, source: Sequence[tuple[Passage, PassageEncoding]]) -> None:
        self._embedder = embedder
        self._source = source
        self._draw = np.random.default_rng(SEED)

    @property
    def stamp(self) -> str:
        return str(self._embedder.stamp)

    def encode_query(self, text: str, language: str) -> Any:
        return self._embedder.encode_query(text, language)

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Any:
        for _ in texts:
            _, real = self._source[int(self._draw.integers(len(self._source)))]
            noise = self._draw.normal(0, 0.03, real.vector.shape).astype(np.float32)
            yield PassageEncoding(unit(real.vector + noise), real.tokens, real.offsets)

    def encode_lower(self, texts: Sequence[str], role: Role) -> Any:
        return self._embedder.encode_lower(texts, role)
