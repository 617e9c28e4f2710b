"""The lines of a page to paragraphs, notes and rows of tables.

In: lines in reading order, and how the document is set. Out: `Paragraph`s. Pure. Tags say where paragraphs
begin; without them a larger gap, an indent, another type, a list sign, or a break that the next word would not
have needed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from corpus.formats.blocks import CELL, WIDE
from corpus.pdf.hyphens import joined
from corpus.pdf.lines import Line
from corpus.sentences import LIST_ITEM

SMALLER = 0.92
"""The share of the size of the text below which type is small."""
OTHER_SIZE = 0.08
SPACED = 1.3
"""A paragraph begins where a line stands so much further below the last one than is usual."""
INDENT = (0.9, 6.0)
LONGEST_LEADER = 200
CAPITAL = 0.5
"""How much wider than other letters, as a share of them."""

ENDED = re.compile(r"[.!?…؟۔。！？:：;؛][»”’\"')\]）」』]*(?:\[\d{1,3}\])*$")
LEADER = re.compile(r"(?:\.\s?){4,}\d{0,4}$")
"""The dots of a table of contents, with the page that they lead to."""
NOTE = re.compile(r"\[?\d{1,3}\]?[.)]?\s|[*†‡]")


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; `breaks` are the places in `lines` where a next page begins."""

    lines: list[Line]
    level: int = 0
    note: bool = False
    row: bool = False
    breaks: list[int] = field(default_factory=list)

    @property
    def type(self) -> tuple[float, bool]:
        """How it is set: its size to half a point, and whether it is bold."""
        return _size(self.lines[0]), all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        """Its lines joined, without regard to pages."""
        return joined([line.text for line in self.lines])


@dataclass(frozen=True, slots=True)
class Body:
    """How the running text of a document is set."""

    size: float
    bold: bool
    spacing: float
    """The usual distance of lines, as a share of their size."""


def body_of(pages: Iterable[Sequence[Line]]) -> Body:
    """How most of a document is set."""
    sizes: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    gaps: list[float] = []
    for lines in pages:
        for line in lines:
            sizes[_size(line)] += len(line.text)
            bold[line.bold] += len(line.text)
        pairs = ((one, other) for one, other in pairwise(lines) if one.region == other.region)
        gaps += [gap for one, other in pairs if 0.5 < (gap := (one.y - other.y) / one.size) < 4]
    gaps.sort()
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    return Body(size or 10.0, bold[True] > bold[False], gaps[len(gaps) * 3 // 10] if gaps else 1.2)


def read_paragraphs(lines: Sequence[Line], body: Body) -> list[Paragraph]:
    """The paragraphs of one page."""
    lowest: dict[int, float] = {}
    for line in lines:
        if line.size > SMALLER * body.size:
            lowest[line.region] = min(line.y, lowest.get(line.region, line.y))
    paragraphs: list[Paragraph] = []
    for (is_tagged, _), group in groupby(lines, key=_group):
        together = list(group)
        paragraphs += [_tagged(together)] if is_tagged else _placed(together, body)
    for paragraph in paragraphs:
        first = paragraph.lines[0]
        is_below = first.y < lowest.get(first.region, float("inf"))
        small = first.size <= SMALLER * body.size and not paragraph.row and not paragraph.level
        paragraph.note = paragraph.note or (small and is_below and NOTE.match(first.text) is not None)
    return paragraphs


def other_type(one: Line, other: Line) -> bool:
    """Whether two lines are set in clearly different sizes."""
    return abs(one.size - other.size) > OTHER_SIZE * max(one.size, other.size)


def fits(last: Line, line: Line) -> bool:
    """Whether the first word of `line` would have had room on the line before: then its break was meant."""
    room = last.x0 - last.edges[0] if last.rtl else last.edges[1] - last.x1
    word = line.text.split(" ", 1)[0]
    width = (line.x1 - line.x0) / max(len(line.text), 1)
    letters = 1 if WIDE.match(word) else len(word) + CAPITAL * sum(map(str.isupper, word))
    return room > letters * width + 0.8 * last.size


def _size(line: Line) -> float:
    return round(line.size * 2) / 2


def _group(line: Line) -> tuple[bool, int]:
    if line.tag is not None:
        return True, line.tag.row or line.tag.block
    return False, line.region


def _tagged(lines: list[Line]) -> Paragraph:
    """A paragraph, a heading or a row, as its tag says."""
    tag = lines[0].tag
    assert tag is not None
    if not tag.row:
        return Paragraph(lines, tag.level, tag.note)
    groups = groupby(lines, key=lambda line: line.tag and line.tag.block)
    cells = tuple(joined([line.text for line in group]) for _, group in groups)
    bold = all(line.bold for line in lines)
    return Paragraph([replace(lines[0], text=CELL.join(cells), cells=cells, bold=bold)], row=True)


def _placed(lines: Iterable[Line], body: Body) -> Iterator[Paragraph]:
    """The paragraphs of one column, by the places of its lines."""
    current: list[Line] = []
    for line in lines:
        if current and (line.cells or current[-1].cells or _begins(current, line, body)):
            yield Paragraph(current, row=bool(current[0].cells))
            current = []
        current.append(line)
    if current:
        yield Paragraph(current, row=bool(current[0].cells))


def _begins(current: Sequence[Line], line: Line, body: Body) -> bool:
    """Whether a paragraph begins with `line`, after those of `current`."""
    last = current[-1]
    if other_type(last, line) or LIST_ITEM.match(line.text) or LEADER.search(last.text[-LONGEST_LEADER:]):
        return True
    alone = fits(last, line)
    if line.bold != last.bold and (last.bold or alone):
        return True
    gap = (last.y - line.y) / max(last.size, line.size)
    if gap > SPACED * body.spacing or gap < 0:
        return True
    ended = ENDED.search(last.text) is not None
    if _is_indented(current, line) and (len(current) > 1 or alone or ended):
        return True
    return alone and (ended or not line.text[:1].islower())


def _is_indented(current: Sequence[Line], line: Line) -> bool:
    """Whether `line` begins as the first line of a paragraph; the lines of a list item all do but the first."""
    last = current[-1]
    indent = last.x1 - line.x1 if line.rtl else line.x0 - last.x0
    low, high = (share * line.size for share in INDENT)
    return low < indent < high and not LIST_ITEM.match(current[0].text)
