"""Plain text to blocks.

- Blank lines separate paragraphs. Where lines are long on average, each line is a paragraph.
- Otherwise lines were wrapped by hand and are joined, except list items and rows, and except where the
  next word would have fitted on the line: such a break was meant.
- The first paragraph is the heading when it is one short line that does not end as a sentence does.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.formats.blocks import BIDI, WIDE, Block, Reading, count_overrides, unwrap
from corpus.normalise import normalise
from corpus.sentences import LIST_ITEM, TABLE_ROW

LONG_LINE = 80
"""Columns of an average line above which a line is a paragraph."""
LONGEST_HEADING = 250

SENTENCE_END = re.compile(r"[.。؛;,،，:：]$")


def read_plain(text: str) -> Reading:
    """The blocks of a plain text."""
    overrides = count_overrides(text)
    text = normalise(text)
    lines = [line for line in text.split("\n") if line]
    widths = [_width(line) for line in lines]
    long = sum(widths) > LONG_LINE * len(lines)
    widest = max(widths, default=0)
    spaced = "\n\n" in text
    paragraphs: list[str] = []
    for paragraph in text.split("\n\n"):
        parts = paragraph.split("\n")
        paragraphs += parts if long else _unwrapped(parts, widest, keep=spaced)
    level = 1 if len(paragraphs) > 1 and _is_heading(paragraphs[0]) else 0
    blocks = (Block(paragraphs[0], level), *(Block(part) for part in paragraphs[1:]))
    return Reading(blocks, dropped={BIDI: overrides} if overrides else {})


def _unwrapped(lines: list[str], width: int, *, keep: bool) -> Iterator[str]:
    """Paragraphs of wrapped lines; with `keep` a break that was meant stays a line end inside one."""
    groups: list[list[str]] = [[lines[0]]]
    for previous, line in pairwise(lines):
        if _meant(previous, line, width):
            groups.append([line])
        else:
            groups[-1].append(line)
    paragraphs = [unwrap("\n".join(group)) for group in groups]
    yield from ["\n".join(paragraphs)] if keep else paragraphs


def _meant(line: str, following: str, width: int) -> bool:
    """Whether the break between two lines was made on purpose, not by wrapping."""
    if LIST_ITEM.match(following) or TABLE_ROW.match(line) or TABLE_ROW.match(following):
        return True
    first_word = following.split(" ", 1)[0]
    room = 2 if WIDE.match(following) else _width(first_word) + 1
    return not following[0].islower() and _width(line) + room <= width


def _is_heading(paragraph: str) -> bool:
    return "\n" not in paragraph and len(paragraph) <= LONGEST_HEADING and not SENTENCE_END.search(paragraph)


def _width(line: str) -> int:
    """Columns: characters of an unspaced script take two."""
    return len(line) + len(WIDE.findall(line))
