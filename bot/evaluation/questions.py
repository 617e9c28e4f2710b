"""Questions over an index of all passages of their set: retrieval, the sentence that answers, its words, and refusing.

Each set gets an index of its own in a temporary folder. Columns that end in `_rule` are those of the search alone,
without the reader, in the same run; BM25 and dense search alone stand beside them.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import refusal, rereading
from bot.chosen_models import chosen_reader
from bot.evaluation.figures import Row, Tally, words_f1
from bot.fit_refusal import best_sentence, without_dropped
from bot.reader import Reader, SentenceReading
from bot.refusal import READ, Refusal
from bot.rereading import reread
from bot.settings import Settings
from corpus.models import Passage
from corpus.split import split
from vectorstore.embedder import LowerStates, PassageEmbedder, PassageEncoding, QueryEncoding
from vectorstore.fusion import Hit
from vectorstore.geometry import Role
from vectorstore.index import HybridIndex
from vectorstore.qa_data import QaQuestion, QaSet
from vectorstore.qa_pools import MIXED, Pool, answering, build, document_of, mixed_pools, single_pools

Say = Callable[[str], None]
OnFailure = Callable[[Row], None]
FIRST = 5
FOUND = 30
RIGHT_WORDS = 0.5  # a smaller F1 counts as wrong words

Halves = tuple[list[Tally], list[Tally]]
"""Which tallies count a question, by whether its article is held out."""


def ignore(_failure: Row) -> None:
    """Nobody wants to know of failures."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """The models that are measured."""

    settings: Settings
    embedder: PassageEmbedder
    on_failure: OnFailure = ignore
    """Told of each question whose answer sentence, or whose words in the right passage, are not found."""

    def over(self, index: HybridIndex) -> "Reading | None":
        """The reader over an index; None when there is none."""
        reader = chosen_reader(self.settings, index.embedder, index.lower_states)
        return None if reader is None else Reading(_RememberingReader(reader))


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader with the numbers that it was fitted with."""

    reader: Reader

    @property
    def refusal(self) -> Refusal:
        return rereading.load().refusal

    def reread(self, question: str, language: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits scored again."""
        return reread(self.reader, question, language, hits, rereading.load())


class _RememberingReader:
    """A reader that reads each passage once for a question."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read: dict[tuple[str, str], tuple[SentenceReading, ...]] = {}

    @property
    def stamp(self) -> str:
        return self._reader.stamp

    def read(self, question: str, language: str, passages: Sequence[Passage]) -> list[tuple[SentenceReading, ...]]:
        new = [passage for passage in passages if (question, passage.id) not in self._read]
        found = self._reader.read(question, language, new)
        self._read |= {(question, passage.id): read for passage, read in zip(new, found, strict=True)}
        return [self._read[question, passage.id] for passage in passages]


class _Remembering:
    """An embedder that encodes each question and passage once."""

    def __init__(self, embedder: PassageEmbedder) -> None:
        self._embedder = embedder
        self._queries: dict[tuple[str, str], QueryEncoding] = {}
        self._passages: dict[tuple[str, str], PassageEncoding] = {}

    @property
    def stamp(self) -> str:
        return self._embedder.stamp

    def encode_query(self, text: str, language: str) -> QueryEncoding:
        if (text, language) not in self._queries:
            self._queries[text, language] = self._embedder.encode_query(text, language)
        return self._queries[text, language]

    def encode_passages(self, texts: Sequence[str], languages: Sequence[str]) -> Iterator[PassageEncoding]:
        keys = list(zip(texts, languages, strict=True))
        new = list(dict.fromkeys(key for key in keys if key not in self._passages))
        encodings = self._embedder.encode_passages([text for text, _ in new], [code for _, code in new])
        self._passages |= dict(zip(new, encodings, strict=True))
        return iter([self._passages[key] for key in keys])

    def encode_lower(self, texts: Sequence[str], role: Role) -> list[LowerStates]:
        return self._embedder.encode_lower(texts, role)


def question_rows(sets: Sequence[QaSet], measuring: Measuring, say: Say) -> list[Row]:
    """Two rows for each set, and one for each language of the sets that are translations of each other, mixed."""
    rows = []
    for pool in single_pools(sets):
        embedder = _Remembering(measuring.embedder)
        whole, held_out = Tally(), Tally()
        both: Halves = ([whole], [whole, held_out])
        _search(pool, measuring, embedder, both)
        _refuse(without_dropped(pool), measuring, embedder, both)
        rows += [
            {"set": pool.name, "part": "all"} | whole.row(),
            {"set": pool.name, "part": "held out"} | held_out.row(),
        ]
        say(f"{pool.name}: done")
    for pool in mixed_pools(sets):
        rows += _mixed_rows(pool, measuring)
        say(f"{pool.name}: done")
    return rows


def _mixed_rows(pool: Pool, measuring: Measuring) -> list[Row]:
    """Several languages in one index: a row for each language of the questions, held-out articles only."""
    embedder = _Remembering(measuring.embedder)
    rows = []
    for language in sorted({code for _, code, _ in pool.questions}):
        own = Pool(pool.name, pool.documents, tuple(q for q in pool.questions if q[1] == language))
        tally = Tally()
        _search(own, measuring, embedder, ([], [tally]))
        rows.append({"set": f"{MIXED} {language}", "part": "held out"} | tally.row())
    return rows


def _search(pool: Pool, measuring: Measuring, embedder: _Remembering, tallies: Halves) -> None:
    passages = {id: split(document_of(passage, language, id)) for passage, language, id in pool.documents}
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        reading = measuring.over(index)
        for question, language, right in pool.questions:
            if not (wanted := tallies[question.passage.held_out]):
                continue
            hits = index.search(question.question, language, limit=FOUND)
            found = _found(index, embedder, hits, question, language, right)
            words: dict[str, float] = {}
            if reading:
                again = reading.reread(question.question, language, hits)
                found |= {"sentence_first": _answers(again, question, right)}
                words, failure = _words(reading.reader, question, language, passages[right])
                if failure or not found["sentence_first"]:
                    measuring.on_failure({"set": pool.name} | _shown(again, question) | failure)
            for tally in wanted:
                tally.add(**found)
                tally.also(**words)


def _found(
    index: HybridIndex, embedder: _Remembering, hits: Sequence[Hit], question: QaQuestion, language: str, right: str
) -> dict[str, float]:
    """What the search finds, and what words and meaning find alone."""
    ours = _documents(hit.passage.document_id for hit in hits)
    words = _documents(_document_of(i) for i in index.matching(question.question, FOUND))
    query = embedder.encode_query(question.question, language)
    dense = _documents(_document_of(i) for i in index.nearest(query, FOUND))
    return {
        "passage_first": ours[:1] == [right],
        "passage_in_five": right in ours[:FIRST],
        "sentence_first_rule": _answers(hits, question, right),
        "bm25_first": words[:1] == [right],
        "bm25_in_five": right in words[:FIRST],
        "dense_first": dense[:1] == [right],
        "dense_in_five": right in dense[:FIRST],
    }


def _answers(hits: Sequence[Hit], question: QaQuestion, right: str) -> bool:
    best = best_sentence(hits)
    return (
        best is not None
        and best[0].passage.document_id == right
        and best[1].span in set(answering(best[0].passage, question))
    )


def _words(
    reader: Reader, question: QaQuestion, language: str, passages: Sequence[Passage]
) -> tuple[dict[str, float], Row]:
    """The right passage given: F1 of the words marked in its best sentence, and whether they are wrong though the
    sentence is right; with what was marked when it was wrong."""
    if not question.answers:
        return {}, {}
    read = reader.read(question.question, language, passages)
    pairs = [(passage, found) for passage, own in zip(passages, read, strict=True) for found in own]
    passage, best = max(pairs, key=lambda pair: pair[1].score)
    sentence = passage.sentence_text(best.span)
    marked = best.answer.of(sentence) if best.answer else ""
    f1 = words_f1(marked, [answer.of(question.passage.text) for answer in question.answers], language)
    found = {"words_f1": f1, "sentence_in_passage": best.span in set(answering(passage, question))}
    if found["sentence_in_passage"]:
        found["words_wrong"] = f1 < RIGHT_WORDS
    wrong = not found["sentence_in_passage"] or f1 < RIGHT_WORDS
    return found, {"marked_in_passage": marked, "of_sentence": sentence, "f1": round(f1, 2)} if wrong else {}


def _shown(hits: Sequence[Hit], question: QaQuestion) -> Row:
    """What came first for a question that was answered wrongly."""
    best = best_sentence(hits)
    return {
        "question": question.question,
        "answers": sorted({answer.of(question.passage.text) for answer in question.answers}),
        "title": question.passage.title,
        "first": best[0].passage.sentence_text(best[1].span) if best else "",
        "read": round(best[1].signals[READ], 2) if best else None,
    }


def _refuse(pool: Pool, measuring: Measuring, embedder: _Remembering, tallies: Halves) -> None:
    held = {id for _, _, id in pool.documents}
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        reading = measuring.over(index)
        for question, language, right in pool.questions:
            if not (wanted := tallies[question.passage.held_out]):
                continue
            answerable = right in held
            hits = index.search(question.question, language, limit=FOUND)
            rule, answered = confidence_of(hits, language, refusal.load())
            sure = rule
            if reading:
                again = reading.reread(question.question, language, hits)
                sure, answered = confidence_of(again, language, reading.refusal)
            for tally in wanted:
                tally.confidence("refusal_auroc_rule", rule, answerable=answerable)
                tally.confidence("refusal_auroc", sure, answerable=answerable)
                tally.right_decisions.append((answerable, answered))


def confidence_of(hits: Sequence[Hit], language: str, fitted: Refusal) -> tuple[float, bool]:
    """The confidence of the best sentence, and whether it reaches the threshold."""
    if (best := best_sentence(hits)) is None:
        return 0.0, False
    confidence = fitted.confidence(language, *best)
    return confidence, confidence >= fitted.threshold(language, best[0].passage)


def _documents(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _document_of(passage_id: str) -> str:
    return passage_id.split(":", 1)[0]
