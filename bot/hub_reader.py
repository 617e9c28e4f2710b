"""A reader over any extractive question-answering model of `transformers`.

In: a question and passages. Out: for each sentence the best span of the model within it, weighed against the model's
own "no answer" (Devlin et al. 2019, SQuAD 2.0). Long passages are read in windows that overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.hub_models import HubModel, Numbers, Row, Task
from bot.reader import NOT_READ, SentenceReading
from corpus.models import Passage, Span
from vectorstore.embedder import QUERY_CHARACTERS

TASK = Task(
    setting="BOT_READER_MODEL",
    auto_class="AutoModelForQuestionAnswering",
    outputs=("start_logits", "end_logits"),
    description="an extractive question-answering model with a fast tokenizer",
    most_tokens=384,  # what such models are trained on
    offsets=True,
)
OVERLAP = 128  # tokens that two windows share at most
LONGEST_ANSWER = 30  # tokens
QUESTION_SHARE = 3  # a question takes a third of the model's length at most


Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a passage beside the question: which passage, its row, the position of the null answer; of the tokens
    that have ink their positions [n] in the row and their code points [n, 2] in the passage's text."""

    passage: int
    row: Row
    null: int
    positions: Offsets
    offsets: Offsets


class HubReader:
    """A `Reader` over a folder or a hub name; loaded at first use, any thread may call.

    A score is the sum of the logits of a span's start and end less that of the null answer, the greatest over spans
    of at most 30 tokens and over windows. Raises StorageError when the model cannot be used.
    """

    def __init__(self, model: str, *, threads: int = 1) -> None:
        self._model = HubModel(model, TASK, threads=threads)

    @property
    def stamp(self) -> str:
        """The model's name and the first 16 hex digits of the SHA-256 of its weights."""
        return self._model.stamp

    def read(self, question: str, language: str, passages: Sequence[Passage]) -> list[tuple[SentenceReading, ...]]:
        """For each passage its sentences, in order; -30 and no answer for those of which the model saw nothing.

        `language` is not used. A blank question is not read; one that is too long is read from its beginning.
        """
        readings = [[SentenceReading(span, NOT_READ, None) for span in passage.sentences] for passage in passages]
        places = [_places(passage) for passage in passages]
        windows = list(self._windows(question, passages)) if question.strip() else []
        outputs = self._model.forward([window.row for window in windows])
        for window, (start, end) in zip(windows, outputs, strict=True):
            passage = passages[window.passage]
            _keep_best(readings[window.passage], _found(window, places[window.passage], start, end), passage)
        return [tuple(reading) for reading in readings]

    def _windows(self, question: str, passages: Sequence[Passage]) -> Iterator[_Window]:
        wanted = [(number, passage) for number, passage in enumerate(passages) if passage.sentences and passage.text]
        if not wanted:
            return
        question, taken = self._fitting(question)
        room = self._model.length - self._model.special_tokens - taken
        for number, passage in wanted:
            encoded = self._model.encode(
                question,
                passage.text,
                truncation="only_second",
                max_length=self._model.length,
                stride=min(OVERLAP, room // 2),
                return_overflowing_tokens=True,
                return_offsets_mapping=True,
            )
            ink = _ink(passage.text)
            for place, row in enumerate(self._model.rows(encoded)):
                of_passage = np.array([sequence == 1 for sequence in encoded.sequence_ids(place)], np.bool_)
                positions, offsets = _with_ink(encoded["offset_mapping"][place], of_passage, ink)
                if len(positions):
                    yield _Window(number, row, self._model.null_position(row), positions, offsets)

    def _fitting(self, question: str) -> tuple[str, int]:
        """The question, cut after a token when it leaves too little room for a passage, and its tokens."""
        question = question.strip()[:QUERY_CHARACTERS]
        most = self._model.length // QUESTION_SHARE
        offsets = self._offsets(question)
        if len(offsets) > most:
            question = question[: offsets[most - 1][1]]
            offsets = self._offsets(question)
        return question, len(offsets)

    def _offsets(self, text: str) -> list[tuple[int, int]]:
        encoded = self._model.encode(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(encoded["offset_mapping"])


def best_span(start: Numbers, end: Numbers) -> tuple[float, int, int]:
    """The greatest sum of a start and an end at most 30 tokens on, with the first and the last token of that span."""
    beyond = np.full(LONGEST_ANSWER - 1, -np.inf)
    ends = np.lib.stride_tricks.sliding_window_view(np.concatenate([end, beyond]), LONGEST_ANSWER)
    sums = start[:, None] + ends
    first, further = divmod(int(np.argmax(sums)), LONGEST_ANSWER)
    return float(sums[first, further]), first, first + further


def _found(window: _Window, places: Offsets, start: Numbers, end: Numbers) -> Iterator[tuple[int, float, int, int]]:
    """Sentences of which the window holds a token: number, score, and where in the passage's text the answer stands."""
    null = float(start[window.null] + end[window.null])
    begins, ends = window.offsets.T
    first, after = np.searchsorted(begins, places[:, 0]), np.searchsorted(begins, places[:, 1])
    start, end = start[window.positions], end[window.positions]
    for number in np.flatnonzero(after > first):
        tokens = slice(first[number], after[number])
        score, left, right = best_span(start[tokens], end[tokens])
        stop = min(int(ends[tokens][right]), int(places[number, 1]))
        yield int(number), score - null, int(begins[tokens][left]), stop


def _keep_best(readings: list[SentenceReading], found: Iterator[tuple[int, float, int, int]], passage: Passage) -> None:
    for number, score, start, stop in found:
        known = readings[number]
        if known.answer is None or score > known.score:
            stop -= len(passage.text[start:stop]) - len(passage.text[start:stop].rstrip())
            shift = known.span.start - passage.span.start
            readings[number] = SentenceReading(known.span, score, Span(start - shift, stop - shift))


def _places(passage: Passage) -> Offsets:
    """The sentences [n, 2] in the passage's text."""
    spans = [(span.start, span.end) for span in passage.sentences]
    return np.array(spans, np.int64).reshape(-1, 2) - passage.span.start


def _ink(text: str) -> Offsets:
    """For each code point [n + 1] the first at or after it that is no white space."""
    blank = np.fromiter((character.isspace() for character in text), np.bool_, len(text))
    here = np.append(np.where(blank, len(text), np.arange(len(text))), len(text))
    return np.asarray(np.minimum.accumulate(here[::-1])[::-1], np.int64)


def _with_ink(
    pairs: Sequence[tuple[int, int]], of_passage: npt.NDArray[np.bool_], ink: Offsets
) -> tuple[Offsets, Offsets]:
    """Positions and code points of the tokens of the passage that hold more than white space, none before another."""
    offsets = np.array(pairs, np.int64).reshape(-1, 2)
    begins = ink[np.where(of_passage, offsets[:, 0], 0)]  # a token may begin with the space before it
    positions = np.flatnonzero(of_passage & (begins < offsets[:, 1]))
    kept = np.stack([begins[positions], offsets[positions, 1]], axis=1)
    return positions, np.maximum.accumulate(kept, axis=0)
