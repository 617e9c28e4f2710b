"""The inbox: files, pasted texts and addresses come in, are looked at, and are published or not.

Every method takes the account that acts first; one that may not edit is refused. What it does is written to the
audit log.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import PurePath

from bot.errors import NotAllowed
from bot.staff.audit import Action, Audit
from bot.staff.clerk import Clerk, Indexing
from bot.staff.drafts import Draft, Drafts, DraftState, Problem
from bot.staff.models import Account
from corpus import quality
from corpus.arrivals import Arrival, unpacked
from corpus.convert import Converted
from corpus.diff import Change, changes
from corpus.errors import CorpusError, UnreadableFile
from corpus.library import Library
from corpus.models import Content, Document, Metadata, Passage
from corpus.split import split

MOST_FILES = 500  # of one upload, those in its archives included
MOST_TITLE, MOST_PASTED = 200, 2_000_000  # characters
EDITABLE: tuple[DraftState, ...] = ("ready", "quarantine", "scheduled")
NOT_IN_NAME = re.compile(r"[^\w-]+")
FIELDS = ("id", "title", "publisher", "date", "language", "url", "kind", "supersedes")
"""What staff may change of a draft's metadata."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft as it would be published.

    `passages` are what it will be cited by; `replaces` is the current version of the document that it would
    renew, and `changes` how its text differs from that one.
    """

    draft: Draft
    content: Content
    passages: tuple[Passage, ...]
    replaces: Document | None
    changes: tuple[Change, ...]


def require_editor(actor: Account) -> None:
    """Raise NotAllowed unless the account may change the corpus."""
    if not actor.may_edit:
        raise NotAllowed(f"{actor.name} may look but not change anything: ask an editor", code="viewer_only")


class Inbox:
    """What staff do with drafts; `clerk` does the work that takes time."""

    def __init__(
        self,
        drafts: Drafts,
        library: Library,
        audit: Audit,
        clerk: Clerk,
        *,
        addresses: bool,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._drafts, self._library, self._audit, self._clerk = drafts, library, audit, clerk
        self._addresses = addresses
        self._today = today

    def upload(self, actor: Account, files: Iterable[tuple[str, bytes]], *, target: str = "") -> list[int]:
        """Take in files and the files of archives; the numbers of their drafts.

        With `target` they are meant as a new version of that document.
        """
        require_editor(actor)
        self._check_target(target)
        added: list[int] = []
        for arrival in _unpacked(files):
            if len(added) == MOST_FILES:
                raise UnreadableFile(
                    f"more than {MOST_FILES} files at once: the first {MOST_FILES} were taken in, add the rest again",
                    code="too_many_files",
                    maximum=MOST_FILES,
                )
            draft_id = self._drafts.add(arrival.name, arrival.data, actor.name, target=target)
            added.append(draft_id)
            if arrival.problem:
                self._drafts.fail(draft_id, Problem.of(arrival.problem))
            self._audit.record(actor.name, "draft_added", str(draft_id), name=arrival.name)
        self._clerk.wake()
        return added

    def paste(self, actor: Account, title: str, text: str, *, target: str = "") -> int:
        """Take in a text under a title."""
        require_editor(actor)
        title, text = title.strip()[:MOST_TITLE], text.strip()
        if not text or len(text) > MOST_PASTED:
            raise UnreadableFile(
                f"found {len(text):,} characters, expected 1 to {MOST_PASTED:,}: paste the text of the document",
                code="pasted_length",
                maximum=MOST_PASTED,
            )
        whole = f"{title}\n\n{text}" if title else text
        name = " ".join(NOT_IN_NAME.sub(" ", title or text.splitlines()[0]).split())[:60] or "texte"
        return self.upload(actor, [(f"{name}.txt", whole.encode("utf-8", "replace"))], target=target)[0]

    def add_address(self, actor: Account, address: str, *, target: str = "") -> int:
        """Take in the document at a web address, fetched in the background."""
        require_editor(actor)
        self._check_target(target)
        address = address.strip()
        if not self._addresses:
            raise NotAllowed("documents are not fetched here (BOT_FETCH_ADDRESSES is false)", code="addresses_off")
        if not address.startswith(("http://", "https://")) or len(address) > 2_000:
            raise UnreadableFile(
                f"found {address[:60]!r}, expected an address that starts with https:// or http://",
                code="address_scheme",
            )
        draft_id = self._drafts.add("", b"", actor.name, address=address, target=target)
        self._audit.record(actor.name, "draft_added", str(draft_id), address=address)
        self._clerk.wake()
        return draft_id

    def drafts(self, *states: DraftState) -> list[Draft]:
        """The drafts in these states, newest first."""
        return self._drafts.listed(*states)

    def counts(self) -> Mapping[str, int]:
        """How many drafts are in each state."""
        return self._drafts.counts()

    @property
    def indexing(self) -> Indexing | None:
        """How far a publication that is under way has come."""
        return self._clerk.indexing

    def preview(self, draft_id: int) -> Preview:
        """A draft as it would be published; UnknownDocument when there is none."""
        draft, content = self._drafts.get(draft_id), self._drafts.content(draft_id)
        if draft.metadata is None:
            return Preview(draft, content, (), None, ())
        current = self._current(draft.metadata.id)
        differing = changes(current.text, content.text) if current and content.text else ()
        return Preview(draft, content, split(Document(draft.metadata, 1, content, "")), current, differing)

    def revise(self, actor: Account, draft_id: int, values: Mapping[str, str]) -> Draft:
        """Change what a draft says about itself; FIELDS that are missing stay as they are."""
        require_editor(actor)
        draft = self._drafts.get(draft_id)
        metadata = _metadata(draft, values)
        if metadata.supersedes and self._current(metadata.supersedes) is None:
            found = metadata.supersedes
            raise CorpusError(f"supersedes: there is no document {found!r}", code="bad_supersedes", found=found)
        if any(d.metadata and d.metadata.id == metadata.id and d.id != draft.id for d in self._drafts.listed()):
            raise CorpusError(
                f"id: another draft has {metadata.id!r} too: choose another one", code="id_taken", id=metadata.id
            )
        dropped, pictures = self._drafts.losses(draft_id)
        converted = Converted(metadata, self._drafts.content(draft_id), dropped, pictures)
        findings = self._clerk.examine(converted, self._drafts.data(draft_id), draft)
        if not self._drafts.revise(draft_id, metadata, findings):
            raise _too_late(draft_id)
        self._audit.record(actor.name, "draft_revised", str(draft_id), **_differing(draft.metadata, metadata))
        return self._drafts.get(draft_id)

    def publish(self, actor: Account, draft_id: int, *, on: date | None = None, reason: str = "") -> None:
        """Have a draft published, now or on a day to come.

        A draft with an error of the quality gate needs a reason why it is published all the same.
        """
        require_editor(actor)
        draft, reason = self._drafts.get(draft_id), reason.strip()[:1_000]
        if quality.blocking(draft.findings) and not reason:
            raise CorpusError(
                f"{draft.title}: the quality gate found errors: say why it is to be published all the same",
                code="reason_needed",
                title=draft.title,
            )
        state: DraftState = "scheduled" if on and on > self._today() else "queued"
        day = on if state == "scheduled" else None
        if not self._drafts.move(draft_id, EDITABLE, state, publish_on=day, note=reason, by=actor.name):
            raise _too_late(draft_id)
        action: Action = "draft_scheduled" if day else "draft_approved"
        self._audit.record(actor.name, action, str(draft_id), title=draft.title, on=str(day or ""), reason=reason)
        self._clerk.wake()

    def quarantine(self, actor: Account, draft_id: int, note: str = "") -> None:
        """Keep a draft from being published."""
        self._put(actor, draft_id, ("ready", "scheduled"), "quarantine", "draft_quarantined", note)

    def release(self, actor: Account, draft_id: int) -> None:
        """Let a draft out of quarantine, or take back its publication on a day to come."""
        self._put(actor, draft_id, ("quarantine", "scheduled"), "ready", "draft_released", "")

    def retry(self, actor: Account, draft_id: int) -> None:
        """Read a draft again that could not be read."""
        require_editor(actor)
        if not self._drafts.retry(draft_id):
            raise _too_late(draft_id)
        self._audit.record(actor.name, "draft_retried", str(draft_id))
        self._clerk.wake()

    def discard(self, actor: Account, draft_id: int) -> None:
        """Delete a draft for good."""
        require_editor(actor)
        draft = self._drafts.get(draft_id)
        if not self._drafts.discard(draft_id):
            raise _too_late(draft_id)
        self._audit.record(actor.name, "draft_discarded", str(draft_id), title=draft.title)

    def _put(
        self, actor: Account, draft_id: int, before: Sequence[DraftState], state: DraftState, action: Action, note: str
    ) -> None:
        require_editor(actor)
        self._drafts.get(draft_id)
        if not self._drafts.move(draft_id, before, state, note=note.strip()[:1_000]):
            raise _too_late(draft_id)
        self._audit.record(actor.name, action, str(draft_id), note=note)

    def _check_target(self, target: str) -> None:
        if target:
            self._library.state(target)

    def _current(self, document_id: str) -> Document | None:
        try:
            return self._library.get(document_id)
        except CorpusError:
            return None


def _unpacked(files: Iterable[tuple[str, bytes]]) -> Iterator[Arrival]:
    """The files, and in place of an archive its members; a name never holds a folder."""
    for name, data in files:
        yield from unpacked(PurePath(name.replace("\\", "/")).name[:MOST_TITLE] or "?", data)


def _metadata(draft: Draft, values: Mapping[str, str]) -> Metadata:
    if draft.metadata is None:
        raise CorpusError("this draft has not been read yet: wait for it", code="not_read")
    given = {name: value.strip() for name, value in values.items() if name in FIELDS}
    optional = {name: given[name] or None for name in ("date", "url", "supersedes") if name in given}
    try:
        return replace(draft.metadata, **{**given, **optional})  # type: ignore[misc]
    except ValueError as error:
        field = str(error).split(":", 1)[0]
        raise CorpusError(str(error), code=f"bad_{field}", found=given.get(field, "")) from error


def _differing(before: Metadata | None, after: Metadata) -> dict[str, str]:
    return {
        name: str(getattr(after, name)) for name in FIELDS if before and getattr(before, name) != getattr(after, name)
    }


def _too_late(draft_id: int) -> CorpusError:
    return CorpusError(
        f"draft {draft_id} is no longer in a state in which this can be done: reload the page", code="too_late"
    )
