"""The text of a draft as it will be cited, in the parts that a page shows; pure.

In: a content and its passages. Out: headings, passages and what is in neither, in order, cut where a page begins.
Nothing of the text is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.models import Content, Passage, Span

PartKind = Literal["heading", "passage", "rest"]
SHOWN = 200_000
"""Characters of a text that are shown at first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand on one page; `page` is its number when it begins with them, else 0."""

    text: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the text. `pages` begin before it, `number` is that of a passage, `level` that of a heading."""

    kind: PartKind
    start: int
    pieces: tuple[Piece, ...]
    pages: tuple[int, ...] = ()
    number: int = 0
    level: int = 0


def parts(content: Content, passages: Sequence[Passage], most: int | None = SHOWN) -> tuple[tuple[Part, ...], bool]:
    """The parts that begin in the first `most` characters, and whether those are all."""
    found: list[Part] = []
    page = 0  # how many have begun
    for kind, span, number in _spans(content, passages):
        if most is not None and span.start >= most:
            return tuple(found), False
        begun = page
        while page < len(content.pages) and content.pages[page] <= span.start:
            page += 1
        inside = page
        while page < len(content.pages) and content.pages[page] < span.end:
            page += 1
        pieces = _pieces(content, span, inside, page)
        level = number if kind == "heading" else 0
        found.append(Part(kind, span.start, pieces, tuple(range(begun + 1, inside + 1)), number - level, level))
    return tuple(found), True


def passage_at(passages: Sequence[Passage], offset: int) -> int:
    """The number, from 1, of the passage that holds `offset` or follows it; 0 without one."""
    return next((number for number, p in enumerate(passages, start=1) if offset < p.span.end), 0)


def _pieces(content: Content, span: Span, first: int, last: int) -> tuple[Piece, ...]:
    """The words of a span, cut at the starts of the pages from `first` to before `last` (counted from 0)."""
    cuts = [(span.start, 0), *((content.pages[page], page + 1) for page in range(first, last))]
    ends = [start for start, _ in cuts[1:]] + [span.end]
    return tuple(Piece(content.text[start:end], page) for (start, page), end in zip(cuts, ends, strict=True))


def _spans(content: Content, passages: Sequence[Passage]) -> Iterator[tuple[PartKind, Span, int]]:
    """Every span of the text that holds words, with the number of the passage or the level of the heading."""
    own = [(p.span, "passage", number) for number, p in enumerate(passages, start=1)]
    taken = {span.start for span, _, _ in own}
    own += [(h.span, "heading", h.level) for h in content.headings if h.span.start not in taken]
    position = 0
    for span, kind, number in sorted(own):
        if span.start < position:  # a heading inside of a passage: the text has nothing but headings
            continue
        yield from _rest(content.text, position, span.start)
        yield ("passage" if kind == "passage" else "heading"), span, number
        position = span.end
    yield from _rest(content.text, position, len(content.text))


def _rest(text: str, start: int, end: int) -> Iterator[tuple[PartKind, Span, int]]:
    words = text[start:end]
    if words.strip():
        first = start + len(words) - len(words.lstrip())
        yield "rest", Span(first, start + len(words.rstrip())), 0
