"""Blocks, what each reader of a format gives, and their assembly to a canonical text with headings.

A block is a paragraph, a heading, a list item or a table (one row a line). In the canonical text blocks
are separated by blank lines, and a heading is a line of its own. In a format with pages, PAGE_BREAK in a
block, or alone as one, is where the next page begins; a sentence may run on over it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from corpus.models import Content, Heading, Span
from corpus.normalise import normalise, one_line

CELL = " | "
SEPARATOR = "\n\n"
PAGE_BREAK = "\f"
UNSPACED = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
WIDE = re.compile(f"[{UNSPACED}]")
OVERRIDE = re.compile("[\u202d\u202e]")
"""Characters that show letters in another order than they are stored in; `normalise` takes them out."""
BIDI = "bidi"
WRAPPED_UNSPACED = re.compile(rf"(?<=[{UNSPACED}])\n(?=[{UNSPACED}])")


@dataclass(frozen=True, slots=True)
class Block:
    """`level` is that of a heading, from 1, or 0."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format's reader found: the blocks, and what the file says about itself outside of them."""

    blocks: tuple[Block, ...]
    title: str = ""
    language: str = ""
    publisher: str = ""
    date: str = ""
    """ISO 8601, or empty."""
    paged: bool = False
    """Whether the format has pages: only then does PAGE_BREAK mean one."""
    pictures: tuple[int, ...] = ()
    """The numbers of the pages that hold pictures and no text, as a scan does."""
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How much was left out, by kind: images, scripts, forms, comments, macros, attachments, hidden, changes.
    The overrides in the blocks are counted as BIDI unless the reader did so.
    """

    def __post_init__(self) -> None:
        overrides = sum(map(count_overrides, (block.text for block in self.blocks)))
        if overrides and BIDI not in self.dropped:
            object.__setattr__(self, "dropped", {**self.dropped, BIDI: overrides})


def assemble(blocks: Iterable[Block], *, paged: bool = False) -> Content:
    """The canonical text: each block normalised, empty ones dropped."""
    parts: list[str] = []
    headings: list[Heading] = []
    pages = [0] if paged else []
    position = 0
    for block in blocks:
        part, breaks = _normalised(block, paged=paged)
        pages.extend(position + offset for offset in breaks)
        if not part:
            continue
        if block.level:
            headings.append(Heading(Span(position, position + len(part)), block.level))
        parts.append(part)
        position += len(part) + len(SEPARATOR)
    text = SEPARATOR.join(parts)
    return Content(text, tuple(headings), tuple(min(start, len(text)) for start in pages))


def _normalised(block: Block, *, paged: bool) -> tuple[str, list[int]]:
    """A block as it stands in the canonical text, and the offsets in it at which pages begin."""
    clean = one_line if block.level else normalise
    if not paged:
        return clean(block.text), []
    text, breaks = "", []
    for number, piece in enumerate(block.text.split(PAGE_BREAK)):
        part = clean(piece)
        if text and part:
            text += "" if WIDE.match(text[-1]) and WIDE.match(part) else " "
        if number:
            breaks.append(len(text))
        text += part
    return text, breaks


def count_overrides(text: str) -> int:
    """How many characters of `text` override its direction."""
    return 0 if text.isascii() else len(OVERRIDE.findall(text))


def unwrap(text: str) -> str:
    """Lines joined to one, with a space, or without one between characters of an unspaced script."""
    return WRAPPED_UNSPACED.sub("", text).replace("\n", " ")
