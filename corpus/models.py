"""Positions and documents: frozen values, checked when they are made.

Offsets count Unicode code points of the canonical text of one document version. A span is half open:
``text[start:end]``.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["primary", "press", "reference"]
KINDS: tuple[str, ...] = get_args(Kind)

DOCUMENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}")
ISO_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}|und")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the canonical text; `level` 1 is the title."""

    span: Span
    level: int


@dataclass(frozen=True, slots=True)
class Content:
    """The canonical text of one document version.

    `pages` holds the offset at which each page starts, empty for formats without pages.
    """

    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()

    def page_of(self, offset: int) -> int | None:
        """The number (from 1) of the page that holds `offset`, or None without pages."""
        return sum(start <= offset for start in self.pages) or None

    def section_of(self, offset: int) -> str:
        """The heading under which `offset` stands, other than the title at the head of the text; empty without one."""
        above = [heading for heading in self.headings if 0 < heading.span.start <= offset]
        return above[-1].span.of(self.text) if above else ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a citation says about its document. `date` is ISO 8601, possibly only a year or a month."""

    id: str
    title: str
    language: str
    publisher: str = ""
    date: str | None = None
    url: str | None = None
    kind: Kind = "reference"
    sources: tuple[str, ...] = ()
    supersedes: str | None = None
    digest: bool = False

    def __post_init__(self) -> None:
        if not DOCUMENT_ID.fullmatch(self.id):
            raise ValueError(f"id: found {self.id!r}, expected lower-case letters, digits, '.', '_' or '-'")
        if not self.title.strip():
            raise ValueError("title: it is empty")
        if self.date is not None and not ISO_DATE.fullmatch(self.date):
            raise ValueError(f"date: found {self.date!r}, expected YYYY, YYYY-MM or YYYY-MM-DD")
        if not LANGUAGE_CODE.fullmatch(self.language):
            raise ValueError(f"language: found {self.language!r}, expected a code such as fr, en or ar")
        if self.kind not in KINDS:
            raise ValueError(f"kind: found {self.kind!r}, expected one of {', '.join(KINDS)}")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url: found {self.url!r}, expected an address that starts with http:// or https://")


@dataclass(frozen=True, slots=True)
class Document:
    """One stored version of a document; `sha256` is the hash of its original bytes."""

    metadata: Metadata
    version: int
    content: Content
    sha256: str

    @property
    def id(self) -> str:
        return self.metadata.id

    @property
    def text(self) -> str:
        return self.content.text


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document version: the unit that is indexed.

    `sentences` are spans into the document's canonical text, in order, inside `span`.
    """

    document_id: str
    version: int
    span: Span
    text: str
    language: str
    sentences: tuple[Span, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.text) != len(self.span):
            raise ValueError(f"{self.id}: {len(self.text)} characters for a span of {len(self.span)}")
        if any(s.start < self.span.start or s.end > self.span.end for s in self.sentences):
            raise ValueError(f"{self.id}: a sentence lies outside of the passage")

    @property
    def id(self) -> str:
        return f"{self.document_id}:{self.version}:{self.span.start}"

    def sentence_text(self, span: Span) -> str:
        """The characters of one of the passage's sentences."""
        return self.text[span.start - self.span.start : span.end - self.span.start]
