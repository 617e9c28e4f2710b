"""HybridIndex: passages found by meaning and by words, scored with their sentences.

`vectorstore.passages` holds the truth of the index, Chroma a copy of the vectors. A write marks the index as
dirty until both agree; opening a dirty index repairs Chroma from the passages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import RLock
from uuid import uuid4

from corpus.errors import StorageError
from corpus.models import Document, Passage, Span
from vectorstore import fusion
from vectorstore.chroma import ChromaStore, ModelMismatch, open_cleared
from vectorstore.embedder import LowerStates, PassageEmbedder, QueryEncoding
from vectorstore.fusion import Hit, ScoredSentence
from vectorstore.geometry import Array
from vectorstore.lexical import Weighing, grams, terms
from vectorstore.passages import IndexedPassage, PassageStore

CANDIDATES = 60  # found by each half
RERANKED = 30  # scored with token states and sentences
COMMON = 0.15  # a term in a larger share of the passages is not searched for while rarer ones remain
WRITTEN = 32  # passages written at once
PROBED = 200  # vectors read from Chroma when the index is opened
REPAIRED = 1_000  # vectors written at once
SENTENCE_TERMS = 22.0  # an average sentence, for BM25 over sentences

Progress = Callable[[int, int], None]


class HybridIndex:
    """The index under `folder`, with its vectors in Chroma at `chroma` (a folder or an http address).

    One that is not `writable` is read beside the process that writes, and never repaired.
    """

    def __init__(
        self,
        folder: Path,
        embedder: PassageEmbedder,
        chroma: Path | str | None = None,
        *,
        writable: bool = True,
    ) -> None:
        self.embedder = embedder
        self.passages = PassageStore(folder / "passages.sqlite")
        self._where = chroma or folder / "chroma"
        self._writable = writable
        self._chroma: ChromaStore | None = None
        self._vocabularies: tuple[str | None, Mapping[str, frozenset[str]]] | None = None
        self._lock = RLock()

    def replace(
        self,
        documents: Sequence[tuple[Document, tuple[Passage, ...]]],
        progress: Progress = lambda _done, _of: None,
    ) -> None:
        """Index the documents in place of what the index holds of them: new first, then the old away."""
        with self._lock:
            chroma = self._open()
            self.passages.set_meta("dirty", "yes")
            old = {i for document, _ in documents for i in self.passages.ids_of(document.id)}
            flat = [(document, passage) for document, passages in documents for passage in passages]
            encodings = self.embedder.encode_passages(
                [passage.text for _, passage in flat], [passage.language for _, passage in flat]
            )
            for start in range(0, len(flat), WRITTEN):
                batch = flat[start : start + WRITTEN]
                encoded = list(islice(encodings, len(batch)))
                self.passages.put([(passage, d.metadata.title) for d, passage in batch], encoded)
                chroma.upsert([passage.id for _, passage in batch], [e.vector for e in encoded])
                progress(start + len(batch), len(flat))
            self._delete(chroma, sorted(old - {passage.id for _, passage in flat}))
            self._settle()

    def remove(self, document_id: str) -> None:
        """Take a document out of the index."""
        with self._lock:
            self.passages.set_meta("dirty", "yes")
            self._delete(self._open(), self.passages.ids_of(document_id))
            self._settle()

    def held(self) -> set[tuple[str, int]]:
        """The ids and versions of the documents that have passages here."""
        return set(self.passages.count_by_document())

    def search(self, question: str, language: str, *, limit: int = 8) -> list[Hit]:
        """The passages nearest to a question, best first, each with its sentences scored."""
        query = self.embedder.encode_query(question, language)
        ids = self.nearest(query, CANDIDATES) + self.matching(question, CANDIDATES)
        return self._scored(question, language, query, list(dict.fromkeys(ids)))[:limit]

    def score(self, question: str, language: str, passage_ids: Sequence[str]) -> list[Hit]:
        """The given passages scored for a question, best first."""
        return self._scored(question, language, self.embedder.encode_query(question, language), passage_ids)

    def lower_states(self, passages: Sequence[Passage]) -> list[LowerStates]:
        """The lower states of passages, in order: kept ones, else computed; [] for a model that has none."""
        kept = self.passages.lower_states([passage.id for passage in passages])
        missing = [passage for passage in passages if passage.id not in kept]
        computed = self.embedder.encode_lower([passage.text for passage in missing], "passage") if missing else []
        if len(computed) != len(missing):
            return []
        kept |= {passage.id: states for passage, states in zip(missing, computed, strict=True)}
        return [kept[passage.id] for passage in passages]

    def nearest(self, query: QueryEncoding, count: int) -> list[str]:
        """The ids of the passages nearest by meaning alone."""
        return (self._chroma or self._open()).nearest(query.vector, count)

    def matching(self, question: str, count: int) -> list[str]:
        """The ids of the passages that share words with a question, best BM25 first."""
        frequencies = self.passages.frequencies(terms(question))
        most = COMMON * self.passages.statistics().passages
        rare = sorted(term for term, passages in frequencies.items() if passages <= most)
        return self.passages.matching(rare or sorted(frequencies), count)

    def _scored(self, question: str, language: str, query: QueryEncoding, passage_ids: Sequence[str]) -> list[Hit]:
        words, statistics = terms(question), self.passages.statistics()
        frequencies = self.passages.frequencies(words)
        weighing = Weighing.over(words, frequencies, statistics.passages, statistics.average_terms)
        hits = _Scoring(question, language, query, weighing).hits(self.passages.get(passage_ids), self.passages)
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))

    def vocabularies(self) -> Mapping[str, frozenset[str]]:
        """Every term of every passage, by language; one object until the index changes."""
        generation = self.passages.meta("generation")
        if self._vocabularies is None or self._vocabularies[0] != generation:
            self._vocabularies = generation, self.passages.vocabularies()
        return self._vocabularies[1]

    def verify(self) -> list[str]:
        """What differs between the two halves; empty when they agree."""
        with self._lock:
            held = {passage_id for passage_id, _ in self.passages.vectors()}
            chroma = self._open()
            try:
                found = set(chroma.ids())
            except StorageError as error:
                return [str(error)]
        problems = []
        if missing := held - found:
            problems.append(f"{len(missing)} passages have no vector in Chroma")
        if extra := found - held:
            problems.append(f"{len(extra)} vectors in Chroma belong to no passage")
        return problems

    def repair(self) -> None:
        """Make Chroma hold exactly the vectors of the passages."""
        with self._lock:
            self._repair(self._open())

    def clear(self) -> None:
        """Empty the index, also one that another model built."""
        with self._lock:
            self._chroma = open_cleared(self._where, self.embedder.stamp)
            self.passages.clear()
            self.passages.set_meta("stamp", self.embedder.stamp)

    def _open(self) -> ChromaStore:
        with self._lock:
            return self._chroma or self._opened()

    def _opened(self) -> ChromaStore:
        stamp = self.embedder.stamp
        built_by = self.passages.meta("stamp")
        if built_by not in (None, stamp):
            raise ModelMismatch(
                f"The index was built with the model {built_by}, the settings name {stamp}. "
                "Restore the setting BOT_EMBEDDING_MODEL, or rebuild the index with: reindex"
            )
        chroma = ChromaStore(self._where, stamp)
        if built_by is None:
            self.passages.set_meta("stamp", stamp)
        if self._writable and (self.passages.meta("dirty") == "yes" or not self._agrees(chroma)):
            self._repair(chroma)
        self._chroma = chroma
        return chroma

    def _agrees(self, chroma: ChromaStore) -> bool:
        """Whether Chroma seems to hold what the passages hold: the number alone stays right when vectors are lost."""
        probed = [passage_id for passage_id, _ in islice(self.passages.vectors(), PROBED)]
        try:
            return chroma.count() == self.passages.statistics().passages and chroma.has(probed)
        except StorageError:
            return False

    def _repair(self, chroma: ChromaStore) -> None:
        try:
            found = set(chroma.ids())
        except StorageError:  # some vectors are lost: all are written again, from the passages
            chroma.clear()
            found = set()
        held = set()
        missing: list[tuple[str, Array]] = []
        for passage_id, vector in self.passages.vectors():
            held.add(passage_id)
            if passage_id not in found:
                missing.append((passage_id, vector))
            if len(missing) == REPAIRED:
                chroma.upsert(*zip(*missing, strict=True))
                missing.clear()
        if missing:
            chroma.upsert(*zip(*missing, strict=True))
        chroma.delete(sorted(found - held))
        self._settle()

    def _settle(self) -> None:
        """Both halves agree again, on a new state of the index."""
        self.passages.set_meta("generation", uuid4().hex)
        self.passages.set_meta("dirty", "no")

    def _delete(self, chroma: ChromaStore, ids: Sequence[str]) -> None:
        chroma.delete(ids)
        self.passages.delete(ids)


_Rough = tuple[IndexedPassage, dict[str, float]]
"""A candidate with the signals that need no token states."""


@dataclass(frozen=True, slots=True)
class _Scoring:
    """The scoring of the candidates of one question."""

    question: str
    language: str
    query: QueryEncoding
    words: Weighing

    def hits(self, candidates: Sequence[IndexedPassage], store: PassageStore) -> list[Hit]:
        scored = [(candidate, self._rough(candidate)) for candidate in candidates]
        scored.sort(key=lambda pair: -self._passage_score(pair[0].passage, pair[1]))
        kept = self._balanced(scored)
        states = store.states([candidate.number for candidate, _ in kept])
        runs = [grams(candidate.passage.text) for candidate, _ in kept]
        weighing = Weighing.among(grams(self.question), runs)
        hits = []
        for (candidate, rough), text_grams in zip(kept, runs, strict=True):
            if candidate.number not in states:  # replaced by another thread since it was found
                continue
            passage = candidate.passage
            spans = [Span(s.start - passage.span.start, s.end - passage.span.start) for s in passage.sentences]
            whole, sentences = fusion.late_interaction(self.query, states[candidate.number], spans)
            signals = rough | {"grams": weighing.score(text_grams), "late": whole.late, "least": whole.least}
            score = self._passage_score(passage, signals)
            found = self._sentences(passage, score, sentences)
            hits.append(Hit(passage, score, signals, found, frozenset(candidate.terms)))
        return hits

    def _balanced(self, ranked: Sequence[_Rough]) -> list[_Rough]:
        """RERANKED candidates, half of them in the question's language where there are as many."""
        own = [pair for pair in ranked if fusion.case_of(self.language, pair[0].passage) == "same"]
        others = [pair for pair in ranked if fusion.case_of(self.language, pair[0].passage) == "other"]
        half = RERANKED // 2
        return [*own[: max(half, RERANKED - len(others))], *others[: max(half, RERANKED - len(own))]]

    def _rough(self, candidate: IndexedPassage) -> dict[str, float]:
        return {
            "dense": fusion.cosine(self.query.vector, candidate.vector),
            "words": self.words.score(candidate.terms),
            "grams": 0.0,
            "late": 0.0,
        }

    def _passage_score(self, passage: Passage, signals: fusion.Signals) -> float:
        return fusion.passage_score(signals, fusion.weights()[fusion.case_of(self.language, passage)])

    def _sentences(self, passage: Passage, score: float, met: Sequence[fusion.Met]) -> tuple[ScoredSentence, ...]:
        case = fusion.weights()[fusion.case_of(self.language, passage)]
        found = []
        for span, own in zip(passage.sentences, met, strict=True):
            words = self.words.score(terms(passage.sentence_text(span)), SENTENCE_TERMS)
            signals = {"late": own.late, "least": own.least, "words": words}
            found.append(ScoredSentence(span, fusion.sentence_score(score, signals, case), signals))
        return tuple(found)
