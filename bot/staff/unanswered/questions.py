"""The questions without an answer, for staff: in groups, given to somebody, asked again, dismissed, reopened.

Every method that changes something takes the account that acts first, and writes to the audit log, without words of
the public: these are forgotten with the journal. Grouping and asking again run in the background, one of each.
"""

import time
from collections.abc import Sequence
from contextlib import suppress

from bot.assistant import Assistant
from bot.models import Answer
from bot.staff.audit import Audit
from bot.staff.background import Background, Task
from bot.staff.inbox import require_editor
from bot.staff.models import Account
from bot.staff.unanswered.board import Board, Group, Order
from corpus.errors import CorpusError
from corpus.ingest import Progress

MOST_GROUPS = 5_000
MOST_REASON = 1_000  # characters
FRESH = 10.0  # seconds during which the journal is not looked at again


class Questions:
    """The groups of unanswered questions of an assistant."""

    def __init__(self, assistant: Assistant, audit: Audit) -> None:
        self._assistant, self._audit = assistant, audit
        self._board = Board(assistant.journal, assistant.embedder)
        self._grouping = Background("grouping questions", "questions_busy")
        self._asking = Background("asking again", "questions_busy")
        self._looked = -FRESH

    @property
    def grouping(self) -> Task | None:
        """How far new questions are put into groups, or how that ended."""
        return self._grouping.task

    @property
    def asking(self) -> Task | None:
        """How far a group is asked again (`what` is its id), or how that ended."""
        return self._asking.task

    def refresh(self, seconds: float = 0.0, *, now: bool = False) -> bool:
        """Begin to put new questions into groups, unless that was done just before; whether it has ended.

        Waits so many seconds for it. With `now` it is done again.
        """
        if now or time.monotonic() - self._looked > FRESH:
            with suppress(CorpusError):  # it is running
                self._grouping.start("group", self._board.refresh)
                self._looked = time.monotonic()
        return self._grouping.wait(seconds)

    def groups(self, order: Order = "count") -> Sequence[Group]:
        """The groups in every state: most asked, or most recently asked, first."""
        return self._board.groups(limit=MOST_GROUPS, order=order)

    def group(self, group_id: str) -> Group:
        """One group; UnknownDocument when there is none."""
        return self._board.group(group_id)

    def assign(self, actor: Account, group_id: str, name: str | None) -> None:
        """Give a group to somebody, or to nobody; either takes it up again."""
        require_editor(actor)
        self._board.assign(group_id, name)
        self._audit.record(actor.name, "questions_assigned", group_id, to=name or "")

    def dismiss(self, actor: Account, group_id: str, reason: str) -> None:
        """Set a group aside that needs no answer, with a reason."""
        require_editor(actor)
        reason = " ".join(reason.split())[:MOST_REASON]
        if not reason:
            raise CorpusError("a reason is needed: colleagues will read it", code="dismissal_reason_needed")
        self._board.dismiss(group_id, reason)
        self._audit.record(actor.name, "questions_dismissed", group_id, reason=reason)

    def reopen(self, actor: Account, group_id: str) -> None:
        """Take a group up again."""
        require_editor(actor)
        self._board.reopen(group_id)
        self._audit.record(actor.name, "questions_reopened", group_id)

    def ask_again(self, actor: Account, group_id: str, seconds: float = 0.0) -> bool:
        """Begin to ask every wording of a group again; whether that has ended within so many seconds.

        The journal keeps no question of it. CorpusError while another group is asked again.
        """
        require_editor(actor)
        group = self._board.group(group_id)
        self._asking.start(group.id, lambda report: self._ask_all(group, report))
        self._audit.record(actor.name, "questions_asked_again", group.id, count=len(group.questions))
        return self._asking.wait(seconds)

    def _ask_all(self, group: Group, report: Progress) -> None:
        asked = 0

        def ask(question: str, language: str) -> Answer:
            nonlocal asked
            report("ask", asked, len(group.questions))
            asked += 1
            return self._assistant.ask(question, language=language, record=False)

        self._board.retry(group.id, ask)
