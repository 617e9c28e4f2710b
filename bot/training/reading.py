"""Questions to learn reading from: the passages of question-answering sets as the index splits them.

In: sets of both shapes that docs/evaluation.md describes. Out: examples with their lower states, with the passages
that come nearest without answering. A question about an article is in the part of that article.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from bot.training.states import Encoded, Say, Text, lower_states
from corpus.models import Passage, Span
from corpus.split import split
from vectorstore.embedder import LowerStates, SentenceTransformerEmbedder
from vectorstore.geometry import Array, unit
from vectorstore.qa_data import UNTITLED, Part, QaPassage, article_of, part_of, read_sets, rows_of
from vectorstore.qa_pools import document_of

PARALLEL = "xquad"  # sets that are translations of each other
NEAREST = 8  # passages without the answer to draw from


@dataclass(slots=True)
class Piece:
    """A passage to read: its text, its lower states and the sentence of each token (-1 for none)."""

    passage: Passage
    set: str
    title: str
    states: LowerStates
    vector: Array
    sentence_of: "np.typing.NDArray[np.int64]"

    @property
    def tokens(self) -> int:
        return len(self.states.pieces)


@dataclass(slots=True)
class Question:
    """A question with the token spans [first, last] that answer it, by piece; none where nothing answers."""

    text: str
    language: str
    set: str
    number: int
    """Its place in its set: translations have the same."""
    part: Part
    pieces: tuple[int, ...]
    answers: dict[int, list[tuple[int, int]]]
    states: LowerStates
    vector: Array
    near: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    set: str
    number: int
    pieces: tuple[int, ...]
    answers: tuple[tuple[int, Span], ...]


@dataclass(slots=True)
class Reading:
    """All pieces, and the questions about them."""

    pieces: list[Piece]
    questions: list[Question]

    @classmethod
    def gather(
        cls, folder: Path, embedder: SentenceTransformerEmbedder, cache: Path, say: Say, threads: int = 0
    ) -> "Reading":
        """Read the sets below `folder` and encode them; what `cache` has is not encoded again."""
        passages, asked = _read(folder)
        texts: list[Text] = [("passage", passage.text) for _, _, passage in passages]
        texts += [("query", question.text) for question in asked]
        encoded = lower_states(texts, embedder, cache, say, threads)
        pieces = [_piece(*entry, *encoded["passage", entry[2].text]) for entry in passages]
        questions = [_question(one, pieces, encoded["query", one.text]) for one in asked]
        _find_near(pieces, questions)
        return cls(pieces, questions)

    def of(self, part: Part) -> list[Question]:
        """The questions of one part."""
        return [question for question in self.questions if question.part == part]


def _read(folder: Path) -> tuple[list[tuple[str, str, Passage]], list[_Asked]]:
    """Set, title and passage of every piece; and the questions."""
    passages: list[tuple[str, str, Passage]] = []
    asked: list[_Asked] = []
    for data in read_sets(folder / "qa"):
        own = {p.pid: _split(p, data.language, data.name, passages) for p in data.passages}
        for number, question in enumerate(data.questions):
            numbers = own[question.passage.pid]
            found = tuple((n, a) for a in question.answers for n in numbers if _inside(passages[n][2], a))
            if found:  # an answer that runs over the end of a passage teaches nothing
                asked.append(_Asked(question.question, data.name, number, numbers, found))
    known: dict[str, tuple[int, ...]] = {}
    for number, row in enumerate(rows_of(folder / "abstain" / f"{UNTITLED}.jsonl")):
        text = str(row["passage"])
        if text not in known:
            known[text] = _split(QaPassage("", article_of(text), text, False), "es", UNTITLED, passages)
        answers = {str(answer) for answer in row["answers"] if answer} if row["answerable"] else set()
        spans = [Span(at, at + len(answer)) for answer in sorted(answers) if (at := text.find(answer)) >= 0]
        found = tuple((n, span) for span in spans for n in known[text] if _inside(passages[n][2], span))
        if found or not row["answerable"]:
            asked.append(_Asked(str(row["question"]), UNTITLED, number, known[text], found))
    return passages, asked


def _split(passage: QaPassage, language: str, name: str, passages: list[tuple[str, str, Passage]]) -> tuple[int, ...]:
    first = len(passages)
    passages += [(name, passage.title, piece) for piece in split(document_of(passage, language, "p"))]
    return tuple(range(first, len(passages)))


def _inside(passage: Passage, answer: Span) -> bool:
    return passage.span.start <= answer.start and answer.end <= passage.span.end


def _piece(name: str, title: str, passage: Passage, states: LowerStates, vector: Array) -> Piece:
    return Piece(passage, name, title, states, vector, sentences_of_tokens(passage, states))


def sentences_of_tokens(passage: Passage, states: LowerStates) -> "np.typing.NDArray[np.int64]":
    """The number of the sentence that each token begins or stands in; -1 for none."""
    found = np.full(len(states.pieces), -1, np.int64)
    for number, sentence in enumerate(passage.sentences):
        start, end = sentence.start - passage.span.start, sentence.end - passage.span.start
        found[(states.offsets[:, 1] > start) & (states.offsets[:, 0] < end)] = number
    return found


def _question(asked: _Asked, pieces: Sequence[Piece], encoded: Encoded) -> Question:
    answers: dict[int, list[tuple[int, int]]] = {}
    for number, span in asked.answers:
        offsets, start = pieces[number].states.offsets, pieces[number].passage.span.start
        inside = np.flatnonzero((offsets[:, 1] > span.start - start) & (offsets[:, 0] < span.end - start))
        if len(inside):
            answers.setdefault(number, []).append((int(inside[0]), int(inside[-1])))
    piece = pieces[asked.pieces[0]]
    part = part_of(piece.title)
    language = piece.passage.language
    return Question(asked.text, language, asked.set, asked.number, part, asked.pieces, answers, *encoded)


def centred(vectors: Array) -> Array:
    """Vectors without what all of them share."""
    return np.asarray(vectors - vectors.mean(0), np.float32)


def _find_near(pieces: Sequence[Piece], questions: Sequence[Question]) -> None:
    """The pieces of a question's set and part that come nearest and are not its own."""
    for name in sorted({piece.set for piece in pieces}):
        asked = [question for question in questions if question.set == name]
        for part in sorted({question.part for question in asked}):
            own = [n for n, piece in enumerate(pieces) if piece.set == name and part_of(piece.title) == part]
            some = [question for question in asked if question.part == part]
            alike = (
                unit(centred(np.stack([q.vector for q in some])))
                @ unit(centred(np.stack([pieces[n].vector for n in own]))).T
            )
            for question, row in zip(some, alike, strict=True):
                order = (own[place] for place in np.argsort(-row))
                question.near = [n for n in order if n not in question.pieces][:NEAREST]


@dataclass(frozen=True, slots=True)
class Window:
    """A run of tokens of a piece, with a question, and the spans that answer it, relative to the window."""

    question: Question
    piece: Piece
    start: int
    end: int
    answers: tuple[tuple[int, int], ...]

    @property
    def states(self) -> LowerStates:
        return self.piece.states.part(self.start, self.end)

    @property
    def sentences(self) -> list[int]:
        """The numbers of the sentences that the window shows."""
        return sorted(set(self.piece.sentence_of[self.start : self.end].tolist()) - {-1})


class Drawing:
    """Draws for a question its window, perhaps asked in another language, and windows that do not answer."""

    def __init__(self, reading: Reading, *, tokens: int, near: int, other_language: float) -> None:
        self._reading, self._tokens, self._near, self._other_language = reading, tokens, near, other_language
        self._translations: dict[int, list[Question]] = defaultdict(list)
        for question in reading.questions:
            if PARALLEL in question.set:
                self._translations[question.number].append(question)

    def draw(self, question: Question, random: Random) -> list[Window]:
        """The first window answers where the question has answers; the others do not."""
        asked = question
        if PARALLEL in question.set and random.random() < self._other_language:
            asked = random.choice(self._translations[question.number])
        if question.answers:
            number = random.choice(sorted(question.answers))
            spans = question.answers[number]
        else:
            number, spans = random.choice(question.pieces), []
        windows = [self._window(asked, number, spans, random)]
        count = min(self._near, len(question.near))
        windows += [self._window(asked, n, [], random) for n in random.sample(question.near, count)]
        return windows

    def _window(self, question: Question, number: int, spans: Sequence[tuple[int, int]], random: Random) -> Window:
        piece = self._reading.pieces[number]
        start, end = 0, piece.tokens
        if piece.tokens > self._tokens:
            first, last = spans[0] if spans else (random.randrange(piece.tokens),) * 2
            latest = min(first, piece.tokens - self._tokens)
            start = random.randint(min(max(0, last - self._tokens + 1), latest), latest)
            end = start + self._tokens
        inside = tuple((a - start, b - start) for a, b in spans if start <= a and b < end)
        return Window(question, piece, start, end, inside)


def answerable(questions: Sequence[Question]) -> Iterator[Question]:
    """The questions that have an answer."""
    return (question for question in questions if question.answers)
