"""Blocks, what each reader of a format gives, and their assembly to a canonical text with headings.

A block is a paragraph, a heading, a list item or a table (one row a line). In the canonical text blocks
are separated by blank lines, and a heading is a line of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.models import Content, Heading, Span
from corpus.normalise import normalise, one_line

CELL = " | "
SEPARATOR = "\n\n"
UNSPACED = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
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


def assemble(blocks: Iterable[Block]) -> Content:
    """The canonical text: each block normalised, empty ones dropped."""
    parts: list[str] = []
    headings: list[Heading] = []
    position = 0
    for block in blocks:
        part = one_line(block.text) if block.level else normalise(block.text)
        if not part:
            continue
        if block.level:
            headings.append(Heading(Span(position, position + len(part)), block.level))
        parts.append(part)
        position += len(part) + len(SEPARATOR)
    return Content(SEPARATOR.join(parts), tuple(headings))


def unwrap(text: str) -> str:
    """Lines joined to one, with a space, or without one between characters of an unspaced script."""
    return WRAPPED_UNSPACED.sub("", text).replace("\n", " ")
