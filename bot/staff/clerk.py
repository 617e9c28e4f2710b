"""The clerk: reads the drafts that came in and publishes those that staff approved, in a thread of its own.

What is to be done stands in the drafts' states, so a kill at any moment loses nothing: the next start goes on.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from threading import Event, Thread

from bot.staff.drafts import Draft, Drafts, DraftState, Problem
from corpus import quality
from corpus.convert import Converted
from corpus.errors import CorpusError, UnreadableFile
from corpus.ingest import Ingest
from corpus.library import Library
from corpus.models import Document, Metadata
from corpus.quality import Finding
from corpus.similarity import Neighbour, neighbours
from corpus.split import split
from corpus.web.fetch import Fetched

TOGETHER = 32  # drafts published at once, so that the model gets full batches
IDLE = 30.0  # seconds after which the clerk looks for scheduled drafts, without being woken
LOG = logging.getLogger(__name__)

Fetch = Callable[[str], Fetched]
Record = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the clerk works with; `record` writes the audit log, `read` converts a file."""

    drafts: Drafts
    library: Library
    ingest: Ingest
    read: Callable[[bytes, str], Converted]
    fetch: Fetch
    record: Record


@dataclass(frozen=True, slots=True)
class Indexing:
    """How far the publication that is under way has come, in documents."""

    done: int
    of: int


class Clerk:
    """Works through the drafts, one thread, oldest first."""

    def __init__(self, tools: Tools, today: Callable[[], date] = lambda: datetime.now(UTC).date()) -> None:
        self._tools = tools
        self._today = today
        self._awake, self._stopping = Event(), Event()
        self._thread: Thread | None = None
        self.indexing: Indexing | None = None

    def start(self) -> None:
        """Work in the background until `stop`."""
        self._thread = Thread(target=self._run, name="clerk", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._awake.set()

    def stop(self) -> None:
        """End after the draft at hand."""
        self._stopping.set()
        self._awake.set()
        if self._thread:
            self._thread.join()

    def work(self) -> None:
        """Do all that there is to do now."""
        while not self._stopping.is_set() and self._step():
            pass

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(IDLE)
            self._awake.clear()
            try:
                self.work()
            except Exception:  # a full disk must not end the clerk: the drafts are still there
                LOG.exception("The drafts could not be worked on")

    def _step(self) -> bool:
        """The next thing to do; false when there is nothing."""
        drafts = self._tools.drafts
        for draft in drafts.due(self._today()):
            drafts.begin(draft.id)
        if reading := drafts.waiting("reading"):
            self._guarded(self._read, reading)
        elif queued := drafts.waiting("queued", TOGETHER):
            self._guarded(self._publish, queued)
        return bool(reading) or bool(queued)

    def _guarded(self, work: Callable[[Sequence[Draft]], None], batch: Sequence[Draft]) -> None:
        """Work on drafts; what nobody foresaw fails them rather than being tried for ever."""
        try:
            work(batch)
        except CorpusError:
            raise
        except Exception as error:
            LOG.exception("A draft failed")
            for draft in batch:
                self._tools.drafts.fail(draft.id, Problem("internal", f"It could not be read ({error!r:.200})", {}))

    def _read(self, batch: Sequence[Draft]) -> None:
        drafts = self._tools.drafts
        for draft in batch:
            try:
                name, data = self._file(draft)
                converted = self._proposed(self._tools.read(data, name), draft)
            except UnreadableFile as error:
                drafts.fail(draft.id, Problem.of(error))
                continue
            findings = self.examine(converted, data, draft)
            state: DraftState = "quarantine" if quality.blocking(findings) else "ready"
            document = Document(converted.metadata, 1, converted.content, "")
            drafts.converted(draft.id, converted, findings, len(split(document)), state)

    def _file(self, draft: Draft) -> tuple[str, bytes]:
        data = self._tools.drafts.data(draft.id)
        if data or not draft.address:
            return draft.name, data
        fetched = self._tools.fetch(draft.address)
        self._tools.drafts.fetched(draft.id, fetched.name, fetched.data)
        return fetched.name, fetched.data

    def _proposed(self, converted: Converted, draft: Draft) -> Converted:
        """The metadata that is proposed: those of the document it renews, else an id that is not taken."""
        metadata = converted.metadata
        if draft.address and not metadata.url:
            metadata = replace(metadata, url=draft.address)
        if draft.target:
            metadata = _renewed(metadata, self._tools.library.get(draft.target).metadata)
        else:
            metadata = replace(metadata, id=self._free(metadata.id, draft))
        return replace(converted, metadata=metadata)

    def _free(self, wanted: str, draft: Draft) -> str:
        """`wanted`, or with a number when another draft has it; a document that has it is renewed."""
        taken = {d.metadata.id for d in self._tools.drafts.listed() if d.metadata and d.id != draft.id}
        free, number = wanted, 1
        while free in taken:
            number += 1
            free = f"{wanted[:110]}-{number}"
        return free

    def examine(self, converted: Converted, data: bytes, draft: Draft) -> tuple[Finding, ...]:
        """The quality gate, with what only the library can tell."""
        own = converted.metadata.id
        found: list[Finding] = []
        if held := self._tools.library.holding(data):
            found.append(Finding("already_held", "error", {"document_id": held.metadata.id}))
        entries = {entry.metadata.id: entry for entry in self._tools.library.entries("pending", "ready", "removed")}
        if own in entries:
            values = {"document_id": own, "version": entries[own].version}
            found.append(Finding("new_version", "note" if draft.target == own else "warning", values))
        near = self._neighbours(converted.content.text, own)
        return (*found, *quality.examine(converted, today=self._today(), neighbours=near))

    def _neighbours(self, text: str, own: str) -> list[Neighbour]:
        library = self._tools.library
        entries = [entry for entry in library.entries() if entry.metadata.id != own]
        return neighbours(text, ((e.metadata.id, library.text(e.metadata.id, e.version)) for e in entries))

    def _publish(self, batch: Sequence[Draft]) -> None:
        tools = self._tools
        stored: dict[int, tuple[str, int]] = {}
        for draft in batch:
            if draft.metadata is None:
                tools.drafts.fail(draft.id, Problem("not_read", "It was approved before it was read.", {}))
                continue
            try:
                data, content = tools.drafts.data(draft.id), tools.drafts.content(draft.id)
                self._check_id(draft, draft.metadata.id, data)
                outcome = tools.ingest.store(data, draft.name, draft.metadata, content, approved_at=draft.changed_at)
            except CorpusError as error:
                tools.drafts.fail(draft.id, Problem.of(error))
                continue
            stored[draft.id] = outcome.document_id, outcome.version
        try:
            tools.ingest.index_stored([document_id for document_id, _ in stored.values()], self._report)
        finally:
            self.indexing = None
        for draft in batch:
            if draft.id in stored and tools.drafts.published(draft.id, *stored[draft.id]):
                document_id, version = stored[draft.id]
                tools.record(draft.approved_by, "document_published", document_id, version=version, draft=draft.id)

    def _check_id(self, draft: Draft, own: str, data: bytes) -> None:
        """Refuse to renew a document that came in after the draft was looked at, as something else."""
        if draft.target == own or any(finding.code == "new_version" for finding in draft.findings):
            return
        entries = self._tools.library.entries("pending", "ready", "removed")
        other = next((entry for entry in entries if entry.metadata.id == own), None)
        if other and other.sha256 != hashlib.sha256(data).hexdigest():  # else stored by a run that was interrupted
            raise CorpusError(
                f"the id {own!r} is that of another document by now: read the draft again", code="id_taken", id=own
            )

    def _report(self, what: str, done: int, of: int) -> None:
        if what == "index":
            self.indexing = Indexing(done, of)


def _renewed(metadata: Metadata, current: Metadata) -> Metadata:
    """What a new version says about itself, completed from the current one, whose id it keeps."""
    return replace(
        metadata,
        id=current.id,
        publisher=metadata.publisher or current.publisher,
        url=metadata.url or current.url,
        kind=current.kind,
        date=metadata.date or current.date,
        supersedes=metadata.supersedes or current.supersedes,
    )
