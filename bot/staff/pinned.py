"""Pinning for staff: find quotes for a question, pin them, move a pin to a new version, take it off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.assistant import Assistant
from bot.models import Citation, Quote
from bot.pins import Pin, Pins, check_number, hides_a_value, moved
from bot.staff.audit import Audit
from bot.staff.inbox import require_editor
from bot.staff.models import Account
from corpus.errors import CorpusError
from corpus.models import Span
from corpus.split import sentences_at

CHECKED = 5  # wordings that are asked, to see whether the sources differ


@dataclass(frozen=True, slots=True)
class Candidates:
    """Quotes that could be pinned for a question: what the answer shows now, then what is near."""

    question: str
    language: str
    quotes: tuple[Citation, ...]
    answered: bool


class PinnedAnswers:
    """The pins of an assistant, with who may change them and the audit log."""

    def __init__(
        self, assistant: Assistant, audit: Audit, *, today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self._assistant, self._audit, self._today = assistant, audit, today

    @property
    def _pins(self) -> Pins:
        return self._assistant.pins

    def entries(self) -> list[Pin]:
        """Every pin, newest first."""
        return self._pins.all()

    def get(self, pin_id: int) -> Pin:
        """One pin."""
        return self._pins.get(pin_id)

    def citations(self, pin: Pin) -> tuple[Citation, ...]:
        """The quotes of a pin that may be shown now."""
        return self._assistant.gate.citations(pin.quotes)

    def candidates(self, question: str, language: str) -> Candidates:
        """The quotes to choose from for a question, most likely first; `language` is that of the page."""
        found = self._assistant.candidates(question)
        answer = self._assistant.ask(question, record=False, pins=False)
        shown = answer.citations or answer.related
        known = {citation.address for citation in shown}
        rest = [citation for citation in found if citation.address not in known]
        return Candidates(question, answer.language, (*shown, *rest), answer.status != "not_found")

    def pin(
        self,
        actor: Account,
        questions: Sequence[str],
        addresses: Sequence[tuple[str, int, int, int]],
        *,
        pin_id: int = 0,
        expires_on: date | None = None,
        note: str = "",
    ) -> int:
        """Pin the quotes at `addresses` (document, version, start, end) to a question's wordings; the pin's id.

        With `pin_id` that pin is changed. Raises CorpusError when a quote may not be shown now, is no whole
        sentence, or leaves out a value that other sources give.
        """
        require_editor(actor)
        check_number(len(addresses))
        quotes = tuple(self._quote(*address) for address in addresses)
        if len(self._assistant.gate.citations(quotes)) < len(quotes):
            raise CorpusError("a quote is no longer in the current documents: choose again", code="pin_quote_gone")
        for question in questions[:CHECKED]:
            answer = self._assistant.ask(question, record=False, pins=False)
            if hides_a_value(question, answer.language, quotes, answer):
                raise CorpusError(
                    f"the sources give different values for {question!r}: choose a quote for each of them",
                    code="pin_hides_value",
                    question=question,
                )
        pin = Pin(pin_id, tuple(questions), quotes, expires_on, note.strip(), actor.name, "")
        saved = self._pins.save(pin, self._today())
        action = "pin_changed" if pin_id else "pin_created"
        self._audit.record(actor.name, action, str(saved), question=questions[0], expires=str(expires_on or ""))  # type: ignore[arg-type]
        return saved

    def move(self, actor: Account, pin_id: int) -> None:
        """Move a pin to the same words in the new versions of its documents; refused unless they stand there once."""
        require_editor(actor)
        pin = moved(self._pins.get(pin_id), self._assistant.library)
        if pin is None or len(self._assistant.gate.citations(pin.quotes)) < len(pin.quotes):
            raise CorpusError(
                "its words do not stand once in the current documents: choose again", code="pin_not_movable"
            )
        self._pins.save(pin, self._today())
        self._audit.record(actor.name, "pin_moved", str(pin_id))

    def remove(self, actor: Account, pin_id: int) -> None:
        """Take a pin off."""
        require_editor(actor)
        pin = self._pins.get(pin_id)
        self._pins.remove(pin_id)
        self._audit.record(actor.name, "pin_removed", str(pin_id), question=pin.questions[0])

    def _quote(self, document_id: str, version: int, start: int, end: int) -> Quote:
        document = self._assistant.library.get(document_id, version)
        span = Span(start, end) if 0 <= start < end <= len(document.text) else Span(0, 0)
        if not span or sentences_at(document, span) != span:
            raise CorpusError("a quote is no longer in the current documents: choose again", code="pin_quote_gone")
        return Quote(document_id, version, span, span.of(document.text), document.metadata.language, 1.0)
