"""The facade, and the only place that assembles: questions in, answers made of verified quotes out."""

import time
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from bot import refusal, rereading
from bot.chosen_models import chosen_reader
from bot.compose import Part, compose
from bot.conversation import Turn, standalone
from bot.disagreement import disagreement
from bot.errors import QuestionError
from bot.journal import Journal, Unanswered
from bot.languages import LANGUAGES, detect, small_talk, strip_greeting
from bot.models import Answer, Citation, Quote
from bot.phrases import own_name, say
from bot.pins import Pins, hides_a_value, pinned_answer, verify
from bot.questions import complete, parts
from bot.quotes import Choice, choose
from bot.reader import Reader
from bot.refusal import Refusal
from bot.relevance import Vocabulary, can_answer, unheard_of
from bot.settings import Settings
from bot.verify import Gate
from corpus.arrivals import arrivals
from corpus.convert import READERS
from corpus.errors import UnreadableFile
from corpus.following.sources import folder_items
from corpus.following.sync import Sync, Synced, SyncStopped
from corpus.ingest import Ingest, Outcome, Progress
from corpus.isolation.isolated import Isolated
from corpus.library import Entry, Library, Removal, State, Withdrawal
from corpus.models import Document, Metadata
from corpus.normalise import one_line
from corpus.web.fetch import Fetcher
from vectorstore.embedder import PassageEmbedder, SentenceTransformerEmbedder
from vectorstore.fusion import Hit
from vectorstore.index import HybridIndex

Step = Literal["reading", "searching", "choosing", "checking"]
CURATED = "curated"
"""The source of the documents that are under version control."""
NEAREST = 20  # sentences offered to be pinned
HITS = 30  # passages read for one question: all that were scored


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the corpus holds: documents, their languages (most frequent first), the newest date."""

    documents: int
    languages: tuple[str, ...]
    newest: str | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A stored version with what has become of its document since."""

    document: Document
    current_version: int
    state: State
    replaced_at: str | None = None
    removal: Removal | None = None
    superseded_by: Metadata | None = None
    withdrawals: tuple[Withdrawal, ...] = ()


def _ignore(_step: Step) -> None:
    pass


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


class Assistant:
    """Everything a page or a command can ask for; safe to call from several threads.

    With `writable` false it answers beside another process that keeps the index.
    """

    def __init__(self, settings: Settings, embedder: PassageEmbedder | None = None, *, writable: bool = True) -> None:
        self.settings = settings
        data = settings.data_dir
        self.library = Library(data / "library.sqlite")
        self.embedder = embedder or SentenceTransformerEmbedder(
            settings.model, data / "models", threads=settings.question_threads
        )
        self.index = HybridIndex(data / "index", self.embedder, settings.chroma, writable=writable)
        self.journal = Journal(data / "journal.sqlite", keep_days=settings.keep_questions)
        self.gate = Gate(self.library)
        self.pins = Pins(data / "pins.sqlite")
        self.converter = Isolated()
        self.ingest = Ingest(self.library, self.index, self.converter.convert, self.verify_pins)
        self.sync = Sync(self.library, self.ingest, self.converter.convert)
        self._vocabulary = Vocabulary(self.index)
        self._choosing = Lock()
        self._reader: Reader | None = None
        self._reader_chosen = False

    @property
    def reader(self) -> Reader | None:
        """What reads the passages that are found; None when there is none, and the search alone decides."""
        with self._choosing:
            if not self._reader_chosen:
                self._reader = chosen_reader(self.settings, self.embedder, self.index.lower_states)
                self._reader_chosen = True
            return self._reader

    def warm_up(self) -> None:
        """Load the models and open the index, so that the first question does not wait."""
        self._found("Bonjour", self.settings.language, frozenset())

    def close(self) -> None:
        """End what runs beside this process."""
        self.converter.close()

    def prepare(self, progress: Progress = _silent) -> list[Synced]:
        """Bring the library in step with the curated documents, and finish what was interrupted.

        A removed document stays removed until its file changes. Returns what could not be done.
        """
        self.ingest.resume(progress)
        folder = self.settings.documents_dir
        if not folder.is_dir():
            return []
        try:
            found = folder_items(folder, settled=0.0, may_be_empty=True)
            first = not self.library.followed(CURATED)  # an older data folder: take over what is there
            synced = self.sync.run(CURATED, found, adopt=first, progress=progress)
        except SyncStopped as error:
            return [Synced(str(folder), "failed", reason=str(error), code=error.code, values=error.values)]
        return [outcome for outcome in synced if outcome.result == "failed"]

    def ask(
        self,
        question: str,
        *,
        language: str | None = None,
        history: Sequence[Turn] = (),
        on_step: Callable[[Step], None] = _ignore,
        record: bool = True,
        pins: bool = True,
    ) -> Answer:
        """Answer a question with verbatim sentences, or say that the documents do not.

        `language` is that of the frame; told from the question when None. With `record` the journal keeps the
        question; with `pins` an answer that the staff pinned goes before. Raises QuestionError for a question that
        is empty, too long, or when `language` is none of LANGUAGES.
        """
        began = time.perf_counter()
        on_step("reading")
        home = history[-1].language if history else self.settings.language
        question, language = self._read(question, language, home)
        answer = self._small_talk(question, language) or self._answer(question, language, history, on_step)
        answer = (self._pinned(question, language, answer) if pins else None) or answer
        answer = replace(answer, elapsed_ms=round((time.perf_counter() - began) * 1_000))
        return replace(answer, id=self.journal.record(answer, model=self.embedder.stamp)) if record else answer

    def candidates(self, question: str) -> tuple[Citation, ...]:
        """The sentences that are nearest to a question, best first, whether they answer it or not."""
        question, language = self._read(question, None, self.settings.language)
        hits = self.index.search(question, language, limit=NEAREST)
        scored = [(sentence.score, hit.passage, sentence.span) for hit in hits for sentence in hit.sentences]
        best = sorted(scored, key=lambda entry: (-entry[0], entry[1].id, entry[2]))[:NEAREST]
        quotes = (
            Quote(p.document_id, p.version, span, p.sentence_text(span), p.language, score) for score, p, span in best
        )
        return self.gate.citations(quotes)

    def verify_pins(self) -> None:
        """Read the quotes of the pinned answers again: those that no longer hold are not shown."""
        verify(self.pins, self.gate, self.library)

    def add(self, sources: Sequence[str | Path], progress: Progress = _silent) -> list[Outcome]:
        """Add files, the readable files of folders and archives, and documents at web addresses to the corpus."""
        outcomes = self.ingest.add(arrivals(sources, Fetcher().fetch), progress)
        if not outcomes:
            suffixes = ", ".join(READERS)
            raise UnreadableFile(f"no file of a known kind was found there: give one of {suffixes}, or a .zip of them")
        return outcomes

    def remove(self, document_id: str) -> None:
        """Take a document out of answers; its permalinks stay."""
        self.ingest.remove(document_id)

    def reindex(self, progress: Progress = _silent) -> int:
        """Empty the index and fill it again from the library; how many documents it holds then."""
        self.index.clear()
        return self.ingest.reindex(progress)

    def documents(self) -> list[Entry]:
        """The documents that answers are drawn from, and those still pending."""
        return self.library.entries()

    def document(self, document_id: str, version: int | None = None) -> DocumentView:
        """A stored version (the current one by default) with the state of its document."""
        library = self.library
        current, state = library.state(document_id)
        document = library.get(document_id, version)
        newer = library.superseded().get(document_id)
        return DocumentView(
            document,
            current,
            state,
            next(info.replaced_at for info in library.versions(document_id) if info.version == document.version),
            library.removal(document_id),
            library.get(newer).metadata if newer else None,
            library.withdrawals(document_id, document.version),
        )

    def coverage(self) -> Coverage:
        """How much the corpus holds, and how fresh it is."""
        entries = [entry.metadata for entry in self.library.entries("ready")]
        languages = Counter(metadata.language for metadata in entries)
        dates = [metadata.date for metadata in entries if metadata.date]
        return Coverage(len(entries), tuple(code for code, _ in languages.most_common()), max(dates, default=None))

    def feedback(self, answer_id: int, *, liked: bool, reason: str | None = None, comment: str = "") -> None:
        """Keep what somebody thinks of an answer, while its question is kept."""
        self.journal.feedback(answer_id, liked=liked, reason=reason or "", comment=comment)

    def unanswered(self) -> list[Unanswered]:
        """Questions that were refused, partly refused or disliked, newest first."""
        return self.journal.unanswered()

    def _read(self, question: str, language: str | None, home: str) -> tuple[str, str]:
        """The question on one line without control characters, and its language."""
        if language is not None and language not in LANGUAGES:
            spoken = ", ".join(own_name(code) for code in LANGUAGES)
            raise QuestionError(say("error_language", home, language=str(language)[:40], languages=spoken))
        most = self.settings.max_question_characters
        if len(question) > most:
            found = len(question)
            raise QuestionError(say("error_too_long", language or home, found=found, maximum=most))
        text = one_line(question)
        if not text:
            raise QuestionError(say("error_empty", language or home))
        return text, language or detect(text, home)

    def _small_talk(self, question: str, language: str) -> Answer | None:
        kind = small_talk(question, language)
        if kind is None:
            return None
        return Answer(question, language, "not_found", say(kind, language), small_talk=True, asked=question)

    def _pinned(self, question: str, language: str, found: Answer) -> Answer | None:
        """The answer that the staff pinned; none when it leaves out a value that the sources give by now."""
        pin = self.pins.find(strip_greeting(question, language), datetime.now(UTC).date())
        if pin is None or hides_a_value(question, language, pin.quotes, found):
            return None
        return pinned_answer(question, language, pin, self.gate)

    def _answer(self, question: str, language: str, history: Sequence[Turn], on_step: Callable[[Step], None]) -> Answer:
        asked = standalone(strip_greeting(question, language), history, language)
        pieces = parts(asked, language)
        on_step("searching")
        found = [self._search(piece, pieces[:number], language) for number, piece in enumerate(pieces)]
        on_step("choosing")
        weighed = [
            Part(piece, choice, disagreement(query, language, choice.candidates))
            for piece, (query, choice) in zip(pieces, found, strict=True)
        ]
        on_step("checking")
        return compose(question, asked, language, weighed, self.gate)

    def _search(self, piece: str, earlier: Sequence[str], language: str) -> tuple[str, Choice]:
        """What one part of a question is searched as, and the sentences found for it."""
        query = complete(piece, earlier[:1], language)
        unheard = unheard_of(query, language, self._vocabulary)

        def admit(quote: Quote, hit: Hit) -> bool:
            return not unheard and can_answer(query, language, quote, hit.terms, self._vocabulary)

        hits, refusing = self._found(query, language, self.library.superseded().keys())
        return query, choose(hits, language, refusing, admit)

    def _found(self, query: str, language: str, without: Set[str]) -> tuple[list[Hit], Refusal]:
        """The passages found, read when there is a reader, and how sure an answer from them must be."""
        hits = [hit for hit in self.index.search(query, language, limit=HITS) if hit.passage.document_id not in without]
        if (reader := self.reader) is None:
            return hits, refusal.load()
        weighing = rereading.load()
        return rereading.reread(reader, query, language, hits, weighing), weighing.refusal
