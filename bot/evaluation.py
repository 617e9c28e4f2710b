"""Measure retrieval, answer sentences and refusals on question-answering sets; no model judges.

Each set gets an index of its own in a temporary folder. "passage" is the share of questions whose right
passage comes first, or among five; "sentence" that of questions whose first quote contains the answer;
"refusal" the area under the ROC curve of the confidence, questions whose passage was left out of the index
against the others. Beside it BM25 alone and dense search alone. `held out` counts only articles that no
number of the project was fitted on.
"""

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bot import refusal
from bot.fit_refusal import best_sentence, without_dropped
from bot.settings import Settings
from corpus.errors import UnreadableFile
from corpus.models import Content, Document, Metadata
from corpus.split import split
from vectorstore.embedder import PassageEmbedder, PassageEncoding, QueryEncoding, SentenceTransformerEmbedder
from vectorstore.fusion import Hit
from vectorstore.index import HybridIndex
from vectorstore.qa_data import QaSet, language_of, read_abstain, read_set
from vectorstore.qa_pools import MIXED, SEED, Pool, answering, build, mixed_pools, single_pools

Say = Callable[[str], None]
FIRST = 5
Row = dict[str, Any]
Item = TypeVar("Item")


@dataclass(slots=True)
class _Tally:
    """Sums of one line of the table."""

    questions: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    right_decisions: list[tuple[bool, bool]] = field(default_factory=list)

    def add(self, **found: bool) -> None:
        self.questions += 1
        for name, value in found.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def row(self) -> Row:
        row: Row = {"questions": self.questions}
        row |= {name: round(total / max(self.questions, 1), 3) for name, total in self.sums.items()}
        if self.confidences:
            row["refusal_auroc"] = auroc(self.confidences)
        if self.right_decisions:
            refused = [answered for answerable, answered in self.right_decisions if not answerable]
            kept = [answered for answerable, answered in self.right_decisions if answerable]
            row["unanswerable_refused"] = round(1 - sum(refused) / max(len(refused), 1), 3)
            row["answerable_answered"] = round(sum(kept) / max(len(kept), 1), 3)
        return row


Halves = tuple[list[_Tally], list[_Tally]]
"""Which tallies count a question, by the half of its article."""


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


def evaluate_path(path: Path, settings: Settings, say: Say, *, limit: int = 0) -> list[Row]:
    """A row for each set found at `path`; abstain sets give only an AUROC.

    With `limit`, that many questions of each set, always the same ones; every passage stays in the index.
    """
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    embedder = SentenceTransformerEmbedder(settings.model, settings.data_dir / "models", threads=2)
    sets, rows = [], []
    for file in files:
        if pairs := read_abstain(file):
            rows.append(_abstain_row(file, _drawn(pairs, limit), embedder))
            say(f"{file.stem}: done")
        elif (data := read_set(file)).questions:
            sets.append(replace(data, questions=tuple(_drawn(data.questions, limit))))
    if not sets and not rows:
        raise UnreadableFile(f"{path}: found no sets of questions, expected files as docs/evaluation.md describes")
    return [*_qa_rows(sets, embedder, say), *rows]


def _drawn(items: Sequence[Item], limit: int) -> Sequence[Item]:
    """At most `limit` of the items, 0 for all; of sets that are translations of each other, the same ones."""
    if not 0 < limit < len(items):
        return items
    return [items[n] for n in sorted(random.Random(SEED).sample(range(len(items)), limit))]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def auroc(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """The probability that a positive has the higher score; None without both kinds."""
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    labels = [positive for _, positive in pairs]
    if len(set(labels)) < 2:
        return None
    return round(float(roc_auc_score(labels, [score for score, _ in pairs])), 3)


def _qa_rows(sets: Sequence[QaSet], model: PassageEmbedder, say: Say) -> list[Row]:
    rows = []
    for pool in single_pools(sets):
        embedder = _Remembering(model)
        whole, held_out = _Tally(), _Tally()
        _search(pool, embedder, ([whole], [whole, held_out]))
        _refuse(without_dropped(pool), embedder, ([whole], [whole, held_out]))
        rows += [
            {"set": pool.name, "part": "all"} | whole.row(),
            {"set": pool.name, "part": "held out"} | held_out.row(),
        ]
        say(f"{pool.name}: done")
    for pool in mixed_pools(sets):
        rows += _mixed_rows(pool, _Remembering(model))
        say(f"{pool.name}: done")
    return rows


def _mixed_rows(pool: Pool, embedder: "_Remembering") -> list[Row]:
    """Several languages in one index: a row for each language of the questions, held-out articles only."""
    rows = []
    for language in sorted({code for _, code, _ in pool.questions}):
        own = Pool(pool.name, pool.documents, tuple(q for q in pool.questions if q[1] == language))
        tally = _Tally()
        _search(own, embedder, ([], [tally]))
        rows.append({"set": f"{MIXED} {language}", "part": "held out"} | tally.row())
    return rows


def _search(pool: Pool, embedder: "_Remembering", tallies: Halves) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        for question, language, right in pool.questions:
            if not (wanted := tallies[question.passage.held_out]):
                continue
            hits = index.search(question.question, language, limit=20)
            ours = _documents(hit.passage.document_id for hit in hits)
            words = _documents(_document_of(i) for i in index.matching(question.question, 30))
            dense = _documents(
                _document_of(i) for i in index.nearest(embedder.encode_query(question.question, language), 30)
            )
            found = {
                "passage_first": ours[:1] == [right],
                "passage_in_five": right in ours[:FIRST],
                "sentence_first": _answers(hits, question, right),
                "bm25_first": words[:1] == [right],
                "bm25_in_five": right in words[:FIRST],
                "dense_first": dense[:1] == [right],
                "dense_in_five": right in dense[:FIRST],
            }
            for tally in wanted:
                tally.add(**found)


def _answers(hits: Sequence[Hit], question: Any, right: str) -> bool:
    best = best_sentence(hits)
    return (
        best is not None
        and best[0].passage.document_id == right
        and best[1].span in set(answering(best[0].passage, question))
    )


def _refuse(pool: Pool, embedder: "_Remembering", tallies: Halves) -> None:
    held = {id for _, _, id in pool.documents}
    fitted = refusal.load()
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        for question, language, right in pool.questions:
            best = best_sentence(index.search(question.question, language))
            confidence = fitted.confidence(language, *best) if best else 0.0
            answered = best is not None and confidence >= fitted.threshold(language, best[0].passage)
            for tally in tallies[question.passage.held_out]:
                tally.confidences.append((confidence, right in held))
                tally.right_decisions.append((right in held, answered))


def _abstain_row(file: Path, pairs: Sequence[tuple[str, str, bool]], embedder: PassageEmbedder) -> Row:
    """Does this passage answer this question: AUROC of the confidence of its best sentence."""
    language = language_of(file)
    names = {text: f"p{n}" for n, text in enumerate(dict.fromkeys(passage for _, passage, _ in pairs))}
    documents = [Document(Metadata(id, id, language), 1, Content(text), "") for text, id in names.items()]
    fitted, tally = refusal.load(), _Tally()
    with tempfile.TemporaryDirectory() as folder:
        index = HybridIndex(Path(folder), embedder)
        passages = {document.id: split(document) for document in documents}
        index.replace([(document, passages[document.id]) for document in documents])
        for question, text, answerable in pairs:
            ids = [passage.id for passage in passages[names[text]]]
            best = best_sentence(index.score(question, language, ids))
            tally.questions += 1
            tally.confidences.append((fitted.confidence(language, *best) if best else 0.0, answerable))
    return {"set": file.stem, "part": "all"} | tally.row()


def _documents(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _document_of(passage_id: str) -> str:
    return passage_id.split(":", 1)[0]
