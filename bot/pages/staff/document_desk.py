"""What the pages of published documents need of the desk, and what they share."""

from typing import Protocol

from markupsafe import Markup

from bot.assistant import Assistant
from bot.pages import markup
from bot.pages.staff.gate import STAFF
from bot.staff.documents import Documents
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Span

PAGE = f"{STAFF}/documents"
NO_REASON = "withdrawal_reason_needed"


class DocumentsDesk(Protocol):
    """The documents and the assistant of one server."""

    @property
    def assistant(self) -> Assistant: ...

    @property
    def documents(self) -> Documents: ...


def of_reason(error: CorpusError) -> CorpusError:
    """`error` when it is about the reason that somebody gave; raises it when it is not."""
    if error.code != NO_REASON:
        raise error
    return error


def span_of(start: str, end: str) -> Span:
    """The span that an address or a form names; UnknownDocument when it names none."""
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1 for text in (start, end)]
    if not 0 <= numbers[0] < numbers[1]:
        raise UnknownDocument(f"found {start[:20]!r} to {end[:20]!r}, expected a passage", code="document_unknown")
    return Span(*numbers)


def reading(language: str) -> dict[str, str]:
    """The attributes of an element that shows the text of a document."""
    return {"lang": language, "dir": "auto" if language == "und" else markup.direction(language)}


def isolated(value: object) -> Markup:
    """A value from elsewhere, which cannot turn the direction of what stands around it."""
    return Markup(markup.isolated(value))
