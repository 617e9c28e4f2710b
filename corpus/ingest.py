"""A document on its way in (convert, store as a pending version, split, index, mark as ready) and out of answers.

A failure in the middle leaves a version pending; `resume` finishes it. The index is reached through the
contract below, so that this package imports nothing above it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from threading import RLock
from typing import Literal, Protocol

from corpus.arrivals import Arrival
from corpus.convert import Converted, convert
from corpus.errors import CorpusError, StorageError, UnreadableFile
from corpus.library import Library
from corpus.models import Content, Document, Metadata, Passage, Span
from corpus.split import sentences_at, split

GROUP = 64  # documents indexed together, so that the model gets full batches

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much."""


class PassageIndex(Protocol):
    """What ingestion needs of an index."""

    def replace(
        self, documents: Sequence[tuple[Document, tuple[Passage, ...]]], progress: Callable[[int, int], None]
    ) -> None:
        """Index the documents in place of what is held of them."""

    def remove(self, document_id: str) -> None:
        """Take a document out."""

    def held(self) -> set[tuple[str, int]]:
        """The ids and versions of which something is indexed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: str
    result: Literal["added", "changed", "unchanged", "failed"]
    document_id: str = ""
    version: int = 0
    passages: int = 0
    reason: str = ""


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


class Ingest:
    """Brings files into a library and an index; `read` converts them, `changed` is told of every change."""

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        read: Callable[[bytes, str], Converted] = convert,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.library = library
        self.index = index
        self._read = read
        self._changed = changed
        self._indexing = RLock()

    def add(self, files: Iterable[Arrival], progress: Progress = _silent) -> list[Outcome]:
        """Add files; one that cannot be read does not stop the others."""
        outcomes: list[Outcome] = []
        taken: dict[str, str] = {}
        for done, arrival in enumerate(files, start=1):
            outcome = self._save(arrival, taken)
            outcomes.append(outcome)
            taken[outcome.document_id] = outcome.path
            progress("read", done, done)  # how many there are is not known
        fresh = [o.document_id for o in outcomes if o.result in ("added", "changed")]
        counts = self.index_stored(fresh, progress)
        return [replace(o, passages=counts.get(o.document_id, o.passages)) for o in outcomes]

    def store(self, data: bytes, name: str, metadata: Metadata, content: Content, *, approved_at: str = "") -> Outcome:
        """Store a converted document as a pending version, without indexing it.

        Refused when the document was withdrawn since `approved_at` (ISO 8601, UTC): whoever approved the version did
        not know of it.
        """
        with self._indexing if approved_at else nullcontext():
            removal = self.library.removal(metadata.id)
            if approved_at and removal and removal.removed_at >= approved_at:
                raise CorpusError(f"{metadata.id} is withdrawn: bring it back first", code="document_is_withdrawn")
            document, new = self.library.save(data, name, metadata, content)
        result: Literal["added", "changed", "unchanged"] = "unchanged"
        if new:
            result = "added" if document.version == 1 else "changed"
        return Outcome(name, result, document.id, document.version)

    def restore(self, document_id: str, version: int) -> Document:
        """Make an old version current again, as a new one; refused while the document is withdrawn."""
        with self._indexing:  # nobody withdraws it between the look and the change
            if self.library.state(document_id)[1] == "removed":
                raise CorpusError(f"{document_id} is withdrawn: bring it back first", code="document_is_withdrawn")
            document = self.library.restore(document_id, version)
        self.index_stored([document_id])
        return document

    def remove(self, document_id: str, reason: str = "") -> None:
        """Take a document out of answers; its versions stay for permalinks."""
        with self._indexing:
            self.library.mark(document_id, "removed", reason=reason)  # first: nothing of it is quoted from here on
            self.index.remove(document_id)
        self._changed()

    def reinstate(self, document_id: str) -> None:
        """Bring a removed document back as it was."""
        self.library.mark(document_id, "pending")
        self.index_stored([document_id])

    def withdraw_passage(self, document_id: str, version: int, span: Span, reason: str) -> Span:
        """Take the whole sentences that a span touches out of answers; the span that was withdrawn."""
        whole = sentences_at(self.library.get(document_id, version), span)
        self.library.withdraw_passage(document_id, version, whole, reason)  # first, as in `remove`
        self._reindex_passages(document_id)
        return whole

    def reinstate_passage(self, document_id: str, version: int, span: Span) -> None:
        """Let a withdrawn passage be quoted again."""
        self.library.reinstate_passage(document_id, version, span)
        self._reindex_passages(document_id)

    def _reindex_passages(self, document_id: str) -> None:
        """The same version is indexed again: a kill before the end leaves it pending."""
        with self._indexing:  # a document that is withdrawn meanwhile stays so
            version, state = self.library.state(document_id)
            if state == "removed":
                return
            self.library.mark(document_id, "pending", version=version)
        self.index_stored([document_id])

    def resume(self, progress: Progress = _silent) -> list[str]:
        """Finish what was interrupted: index what is pending or not in the index, take out what was removed."""
        held = self.index.held()
        indexed = {document_id for document_id, _ in held}
        for entry in self.library.entries("removed"):
            if entry.metadata.id in indexed:
                self.index.remove(entry.metadata.id)
        with self._indexing:
            lost = [e.metadata.id for e in self.library.entries("ready") if (e.metadata.id, e.version) not in held]
            for document_id in lost:
                self.library.mark(document_id, "pending")
        pending = [entry.metadata.id for entry in self.library.entries("pending")]
        self.index_stored(pending, progress)
        return pending

    def reindex(self, progress: Progress = _silent) -> int:
        """Index every current document again; the caller has emptied the index."""
        with self._indexing:
            ids = [entry.metadata.id for entry in self.library.entries()]
            for document_id in ids:
                self.library.mark(document_id, "pending")
        self.index_stored(ids, progress)
        return len(ids)

    def _save(self, arrival: Arrival, taken: Mapping[str, str]) -> Outcome:
        """Store a file; `taken` are the ids of this call, so that two files of one id do not replace each other."""
        shown = arrival.shown
        try:
            if arrival.problem:
                raise arrival.problem
            if held := self.library.holding(arrival.data):
                return Outcome(shown, "unchanged", held.metadata.id, held.version)
            converted = self._read(arrival.data, arrival.name)
            metadata = converted.metadata
            if other := taken.get(metadata.id):
                raise UnreadableFile(
                    f"{shown}: its id {metadata.id!r} is also that of {other}: "
                    "give one of them another id in its front matter, or another name"
                )
            if arrival.url and not metadata.url:
                metadata = replace(metadata, url=arrival.url)
            return replace(self.store(arrival.data, arrival.name, metadata, converted.content), path=shown)
        except StorageError:
            raise
        except CorpusError as error:
            return Outcome(shown, "failed", reason=str(error))

    def index_stored(self, ids: Iterable[str], progress: Progress = _silent) -> dict[str, int]:
        """Index the current versions of stored documents together; how many passages each has."""
        wanted = list(dict.fromkeys(ids))
        counts: dict[str, int] = {}
        for start in range(0, len(wanted), GROUP):
            ids_of_group = wanted[start : start + GROUP]

            def report(done: int, of: int, start: int = start, size: int = len(ids_of_group)) -> None:
                progress("index", start + size * done // max(of, 1), len(wanted))

            with self._indexing:  # a document is read, indexed and marked before another thread changes it
                documents = [self.library.get(i) for i in ids_of_group if self.library.state(i)[1] != "removed"]
                group = [(document, split(document, self._withdrawn(document))) for document in documents]
                self.index.replace(group, report)
                for document, passages in group:
                    counts[document.id] = len(passages)
                    self.library.mark(document.id, "ready", version=document.version)
        if wanted:
            self._changed()
        return counts

    def _withdrawn(self, document: Document) -> list[Span]:
        return [withdrawal.span for withdrawal in self.library.withdrawals(document.id, document.version)]
