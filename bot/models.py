"""Questions' answers as frozen values; `to_json` gives the objects that commands and HTTP promise.

A `Citation` is an address into a stored text with the text that stood there. Only `bot.verify` makes one
`verified`.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from corpus.models import Span

Status = Literal["answered", "partial", "not_found", "disputed"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document, as an address, with how sure it is that it answers (0 to 1)."""

    document_id: str
    version: int
    span: Span
    text: str
    language: str
    score: float
    answer_span: Span | None = None

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What tells two quotes apart: equal texts of two documents are two quotes."""
        return self.document_id, self.version, self.span.start, self.span.end


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with what a reader needs to weigh it; `number` is its place in the answer, from 1."""

    number: int
    document_id: str
    version: int
    title: str
    publisher: str
    date: str | None
    language: str
    kind: str
    digest: bool
    url: str | None
    page: int | None
    start: int
    end: int
    quote: str
    answer_span: tuple[int, int] | None
    verified: bool
    score: float
    section: str = ""
    """The heading under which the quote stands; empty without one."""

    @property
    def permalink(self) -> str:
        """The path of the page that shows the quote in its context."""
        return f"/sources/{self.document_id}/{self.version}?start={self.start}&end={self.end}"

    @property
    def address(self) -> tuple[str, int, int, int]:
        """Where the quote stands: document, version, start, end."""
        return self.document_id, self.version, self.start, self.end

    def numbered(self, number: int) -> "Citation":
        return replace(self, number=number)


@dataclass(frozen=True, slots=True)
class Position:
    """One of the values that the sources give, as the first quote words it, and its citations' numbers."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says to one question.

    `answer` is the frame in the asker's language with the quotes in it; `missing` are the parts of the
    question that no document answers.
    """

    question: str
    language: str
    status: Status
    answer: str
    citations: tuple[Citation, ...] = ()
    related: tuple[Citation, ...] = ()
    disagreement: tuple[Position, ...] = ()
    missing: tuple[str, ...] = ()
    small_talk: bool = False
    pinned: bool = False
    """Whether the staff chose the quotes for this question."""
    asked: str = ""
    """The question as it was searched for: a follow-up is completed from the conversation."""
    elapsed_ms: int = 0
    id: int | None = None
    """The journal's number, when the question was kept."""

    def to_json(self, id: str | int | None = None) -> dict[str, Any]:
        """The object of the command `ask --json` and of `POST /api/v1/ask`."""
        return {
            "id": self.id if id is None else id,
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "answer": self.answer,
            "citations": [_citation(c) for c in self.citations],
            "related": [_citation(c) for c in self.related],
            "disagreement": [{"value": p.value, "citations": list(p.citations)} for p in self.disagreement],
            "missing": list(self.missing),
            "small_talk": self.small_talk,
            "pinned": self.pinned,
            "elapsed_ms": self.elapsed_ms,
        }


def _citation(citation: Citation) -> dict[str, Any]:
    values = asdict(citation)
    span = citation.answer_span
    return values | {"answer_span": None if span is None else list(span), "score": round(citation.score, 4)}
