"""The facade, and the only place that assembles: questions in, answers made of verified quotes out."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bot import frame, refusal
from bot.conversation import Turn, standalone
from bot.disagreement import Group, answer_span, disagreement
from bot.errors import QuestionError
from bot.journal import Journal, Unanswered
from bot.languages import LANGUAGES, detect, small_talk, strip_greeting
from bot.models import Answer, Citation, Position, Quote
from bot.phrases import own_name, say
from bot.questions import complete, leans_back, parts
from bot.quotes import Choice, choose, distinct
from bot.relevance import Vocabulary, can_answer, unheard_of
from bot.settings import Settings
from bot.verify import Gate
from corpus.errors import UnreadableFile
from corpus.ingest import Ingest, Outcome, Progress, files_below
from corpus.library import Entry, Library, State
from corpus.models import Document
from corpus.normalise import one_line
from vectorstore.embedder import PassageEmbedder, SentenceTransformerEmbedder
from vectorstore.fusion import Hit
from vectorstore.index import HybridIndex

Step = Literal["reading", "searching", "choosing", "checking"]
HITS = 30  # passages read for one question: all that were scored
QUOTES_A_VALUE = 3


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


def _ignore(_step: Step) -> None:
    pass


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


class Assistant:
    """Everything a page or a command can ask for; safe to call from several threads."""

    def __init__(self, settings: Settings, embedder: PassageEmbedder | None = None) -> None:
        self.settings = settings
        data = settings.data_dir
        self.library = Library(data / "library.sqlite")
        self.embedder = embedder or SentenceTransformerEmbedder(
            settings.embedding_model, data / "models", threads=settings.question_threads
        )
        self.index = HybridIndex(data / "index", self.embedder, settings.chroma)
        self.journal = Journal(data / "journal.sqlite", keep_days=settings.keep_questions)
        self._ingest = Ingest(self.library, self.index)
        self._gate = Gate(self.library)
        self._vocabulary = Vocabulary(self.index)

    def prepare(self, progress: Progress = _silent) -> list[Outcome]:
        """Index the curated documents that are new or changed, and finish what was interrupted.

        Returns the files that could not be read.
        """
        self._ingest.resume(progress)
        folder = self.settings.documents_dir
        if not folder.is_dir():
            return []
        outcomes = self._ingest.add_files(files_below([folder]), progress)
        return [outcome for outcome in outcomes if outcome.result == "failed"]

    def ask(
        self,
        question: str,
        *,
        language: str | None = None,
        history: Sequence[Turn] = (),
        on_step: Callable[[Step], None] = _ignore,
    ) -> Answer:
        """Answer a question with verbatim sentences, or say that the documents do not.

        `language` is that of the frame; told from the question when None. Raises QuestionError for a
        question that is empty, too long, or when `language` is none of LANGUAGES.
        """
        began = time.perf_counter()
        on_step("reading")
        home = history[-1].language if history else self.settings.language
        question, language = self._read(question, language, home)
        answer = self._small_talk(question, language) or self._answer(question, language, history, on_step)
        answer = replace(answer, elapsed_ms=round((time.perf_counter() - began) * 1_000))
        return replace(answer, id=self.journal.record(answer, model=self.embedder.stamp))

    def add(self, paths: Sequence[Path], progress: Progress = _silent) -> list[Outcome]:
        """Add files, and the readable files of folders, to the corpus."""
        files = files_below(paths)
        if not files:
            raise UnreadableFile("no file of a known kind was found there: give a .md, .txt or .html file")
        return self._ingest.add_files(files, progress)

    def remove(self, document_id: str) -> None:
        """Take a document out of answers; its permalinks stay."""
        self._ingest.remove(document_id)

    def reindex(self, progress: Progress = _silent) -> int:
        """Empty the index and fill it again from the library; how many documents it holds then."""
        self.index.clear()
        return self._ingest.reindex(progress)

    def documents(self) -> list[Entry]:
        """The documents that answers are drawn from, and those still pending."""
        return self.library.entries()

    def document(self, document_id: str, version: int | None = None) -> DocumentView:
        """A stored version (the current one by default) with the state of its document."""
        current, state = self.library.state(document_id)
        return DocumentView(self.library.get(document_id, version), current, state)

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
            raise QuestionError(say("error_language", home, language=language[:40], languages=spoken))
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

    def _answer(self, question: str, language: str, history: Sequence[Turn], on_step: Callable[[Step], None]) -> Answer:
        asked = standalone(strip_greeting(question, language), history, language)
        pieces = parts(asked, language)
        on_step("searching")
        found = [(piece, self._search(piece, pieces[:n], language)) for n, piece in enumerate(pieces)]
        on_step("choosing")
        if len(found) == 1:
            groups = disagreement(asked, language, found[0][1].candidates)
            on_step("checking")
            return self._single(question, asked, language, found[0][1], groups)
        on_step("checking")
        return self._several(question, asked, language, found)

    def _search(self, piece: str, earlier: Sequence[str], language: str) -> Choice:
        query = complete(piece, earlier[:1], language) if leans_back(piece, language) else piece
        unheard = unheard_of(query, language, self._vocabulary)

        def admit(quote: Quote, hit: Hit) -> bool:
            return not unheard and can_answer(query, language, quote, hit.terms, self._vocabulary)

        return choose(self.index.search(query, language, limit=HITS), language, refusal.load(), admit)

    def _single(self, question: str, asked: str, language: str, choice: Choice, groups: Sequence[Group]) -> Answer:
        if len(groups) > 1 and (answer := self._disputed(question, asked, language, groups)):
            return answer
        citations = self._gate.citations(_marked(choice.answering, asked, language))
        if not citations:
            related = self._gate.citations(choice.related)
            text = frame.not_found(language, related=bool(related))
            return Answer(question, language, "not_found", text, related=related, asked=asked)
        text = frame.answered(citations, language)
        return Answer(question, language, "answered", text, citations, asked=asked)

    def _several(self, question: str, asked: str, language: str, found: Sequence[tuple[str, Choice]]) -> Answer:
        quotes = [q for piece, choice in found for q in _marked(choice.answering[:2], piece, language)]
        citations = self._gate.citations(distinct(quotes))
        missing = tuple(piece for piece, choice in found if not choice.answering)
        if not citations:
            related = self._gate.citations(distinct([q for _, choice in found for q in choice.related]))
            text = frame.not_found(language, related=bool(related))
            return Answer(question, language, "not_found", text, related=related, asked=asked)
        if not missing:
            text = frame.answered(citations, language)
            return Answer(question, language, "answered", text, citations, asked=asked)
        text = frame.partial(citations, missing, language)
        return Answer(question, language, "partial", text, citations, missing=missing, asked=asked)

    def _disputed(self, question: str, asked: str, language: str, groups: Sequence[Group]) -> Answer | None:
        """The answer that shows every value; None when fewer than two survive the gate."""
        citations: list[Citation] = []
        positions = []
        for group in groups:
            verified = self._gate.citations(_by_document(group.quotes)[:QUOTES_A_VALUE])
            numbered = [c.numbered(len(citations) + c.number) for c in verified]
            if numbered:
                citations += numbered
                positions.append(Position(group.value, tuple(c.number for c in numbered)))
        if len(positions) < 2:
            return None
        text = frame.disputed(positions, citations, language)
        return Answer(
            question, language, "disputed", text, tuple(citations), disagreement=tuple(positions), asked=asked
        )


def _marked(quotes: Sequence[Quote], asked: str, language: str) -> list[Quote]:
    """The quotes with the words that answer marked, where the question asks for a value."""
    return [replace(quote, answer_span=answer_span(asked, language, quote.text, quote.language)) for quote in quotes]


def _by_document(quotes: Sequence[Quote]) -> list[Quote]:
    """The first quote of each document."""
    return list({quote.document_id: quote for quote in reversed(quotes)}.values())[::-1]
