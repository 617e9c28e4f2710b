"""What staff do with published documents: take them out with a reason, bring them back, go back to a version.

Every method that changes something takes the account that acts first, and writes to the audit log.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.assistant import Assistant, DocumentView
from bot.staff.audit import Audit
from bot.staff.inbox import require_editor
from bot.staff.models import Account
from corpus.diff import Change, changes
from corpus.errors import CorpusError
from corpus.library import Entry, VersionInfo
from corpus.models import Span

MOST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class History:
    """A document as it is now, with all its versions, the oldest first."""

    view: DocumentView
    versions: tuple[VersionInfo, ...]


class Documents:
    """The documents of an assistant, for staff."""

    def __init__(self, assistant: Assistant, audit: Audit) -> None:
        self._assistant, self._audit = assistant, audit

    def entries(self) -> Sequence[Entry]:
        """Every document, withdrawn ones too."""
        return self._assistant.library.entries("pending", "ready", "removed")

    def history(self, document_id: str) -> History:
        """A document with its versions."""
        return History(self._assistant.document(document_id), self._assistant.library.versions(document_id))

    def compare(self, document_id: str, old: int, new: int) -> tuple[Change, ...]:
        """How the text of one version differs from that of another."""
        library = self._assistant.library
        return changes(library.text(document_id, old), library.text(document_id, new))

    def withdraw(self, actor: Account, document_id: str, reason: str) -> None:
        """Take a document out of answers; its permalinks say why."""
        require_editor(actor)
        reason = _reason(reason)
        self._assistant.ingest.remove(document_id, reason)
        self._audit.record(actor.name, "document_withdrawn", document_id, reason=reason)

    def reinstate(self, actor: Account, document_id: str) -> None:
        """Bring a withdrawn document back into answers."""
        require_editor(actor)
        self._assistant.ingest.reinstate(document_id)
        self._audit.record(actor.name, "document_reinstated", document_id)

    def restore(self, actor: Account, document_id: str, version: int) -> int:
        """Make an old version current again; the number of the version that it becomes."""
        require_editor(actor)
        document = self._assistant.ingest.restore(document_id, version)
        self._audit.record(actor.name, "version_restored", document_id, version=version, becomes=document.version)
        return document.version

    def withdraw_passage(self, actor: Account, document_id: str, version: int, span: Span, reason: str) -> Span:
        """Take the sentences that a span touches out of answers; the span that was withdrawn."""
        require_editor(actor)
        reason = _reason(reason)
        whole = self._assistant.ingest.withdraw_passage(document_id, version, span, reason)
        values = {"version": version, "start": whole.start, "end": whole.end, "reason": reason}
        self._audit.record(actor.name, "passage_withdrawn", document_id, **values)
        return whole

    def reinstate_passage(self, actor: Account, document_id: str, version: int, span: Span) -> None:
        """Let a withdrawn passage be quoted again."""
        require_editor(actor)
        self._assistant.ingest.reinstate_passage(document_id, version, span)
        values = {"version": version, "start": span.start, "end": span.end}
        self._audit.record(actor.name, "passage_reinstated", document_id, **values)


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())[:MOST_REASON]
    if not reason:
        raise CorpusError("a reason is needed: readers of the permalink will see it", code="withdrawal_reason_needed")
    return reason
