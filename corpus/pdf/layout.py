"""What a page draws to its lines, in the order in which they are read.

In: a page, and the tags of its marks. Out: `Line`s. Pure. A tagged page is read as its tags say, any other by
the places of its pieces; cells that stand side by side make one line, a row, however many lines each has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from corpus.formats.blocks import CELL
from corpus.pdf.columns import Segment, read_regions
from corpus.pdf.hyphens import joined
from corpus.pdf.lines import ASCENT, DESCENT, Edges, Line, is_rtl, level, make_line
from corpus.pdf.pieces import Page, Piece
from corpus.pdf.tags import Tag

COVERED = 0.95
"""The share of the characters, without artifacts, that tags must cover to be followed."""
NEXT_LINE = (0.6, 1.45)
"""How far below a line, in ems, the next line of the same cell stands."""
SAME_PLACE = 2.5
FEW = 2
"""Lines of a column that may reach beyond it, such as a header and a footer."""
NEAR_LABEL = 4.0
LABEL = re.compile(
    r"\(?(?:(?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3}){0,4}|[IVXLCivxlc]{1,6}|[A-Za-zА-Яа-я])[.)]?|[-*•–—·▪◦‣●○■□▸✓❖]|\[\d{1,3}\]"
)


def read_lines(page: Page, tags: Mapping[int, Tag]) -> list[Line]:
    """The lines of a page; `tags` are those of its marks, used when they cover it."""
    pieces = [piece for piece in page.pieces if not piece.hidden]
    rtl = is_rtl(pieces)
    if _covers(tags, pieces):
        return list(_tagged(pieces, tags, rtl))
    turns: dict[int, list[Piece]] = {}
    for piece in pieces:
        turns.setdefault(piece.turn, []).append(piece)
    lines: list[Line] = []
    for turned in sorted(turns.values(), key=len, reverse=True):
        for region in read_regions(turned, rtl):
            lines += _placed(region, rtl, len(lines))
    return lines


def _covers(tags: Mapping[int, Tag], pieces: Sequence[Piece]) -> bool:
    text = [piece for piece in pieces if not piece.artifact and not piece.text.isspace()]
    tagged = sum(len(piece.text) for piece in text if piece.mark in tags)
    return tagged > 0 and tagged >= COVERED * sum(len(piece.text) for piece in text)


def _tagged(pieces: Sequence[Piece], tags: Mapping[int, Tag], rtl: bool) -> Iterator[Line]:
    """Lines in the order of the tags; what is tagged as an artifact is no part of the text."""
    held: dict[int, list[tuple[int, int, Piece]]] = {}
    first: dict[int, Tag] = {}
    tag = Tag()
    for piece in pieces:
        if piece.artifact:
            continue
        tag = tags.get(piece.mark, tag) if piece.mark is not None else tag
        held.setdefault(tag.block, []).append((tag.order, piece.seq, piece))
        if tag.order <= first.setdefault(tag.block, tag).order:
            first[tag.block] = tag
    edges = (min((p.x0 for p in pieces), default=0.0), max((p.x1 for p in pieces), default=0.0))
    for block in sorted(held, key=lambda block: first[block].order):
        ordered = [piece for _, _, piece in sorted(held[block], key=lambda one: one[:2])]
        for row in _runs(ordered):
            if line := make_line(row, rtl, edges, tag=first[block]):
                yield line


def _runs(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces in reading order, parted where the baseline changes."""
    row: list[Piece] = []
    for piece in pieces:
        if row and not level(max(row, key=lambda one: one.size), piece):
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _placed(segments: Sequence[Segment], rtl: bool, region: int) -> Iterator[Line]:
    """The lines and rows of one part of a page, from top to bottom."""
    edges = _edges(segments)
    for row in _side_by_side(_cells(segments)):
        lines = [
            [line for s in cell if (line := make_line(s.pieces, rtl, edges, region=region))]
            for cell in sorted(row, key=lambda cell: cell[0].x0, reverse=rtl)
        ]
        yield from _joined([cell for cell in lines if cell], edges, region)


def _edges(segments: Sequence[Segment]) -> Edges:
    """Where the lines of a part begin and end, but for a few that reach further, as headers do."""
    beyond = min(len(segments) // 10, FEW)
    return sorted(s.x0 for s in segments)[beyond], sorted(s.x1 for s in segments)[-1 - beyond]


def _cells(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments that were drawn one after another, each right below the last one."""
    cells: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.seq):
        last = cells[-1][-1] if cells else None
        if last is not None and _is_below(last, segment):
            cells[-1].append(segment)
        else:
            cells.append([segment])
    return cells


def _is_below(last: Segment, segment: Segment) -> bool:
    one, other = last.pieces[0], segment.pieces[0]
    if abs(last.size - segment.size) > 0.08 * last.size or one.bold != other.bold:
        return False
    low, high = (share * max(last.size, segment.size) for share in NEXT_LINE)
    places = (last.x0 - segment.x0, last.x1 - segment.x1, last.x0 + last.x1 - segment.x0 - segment.x1)
    return low < last.y - segment.y < high and min(abs(place) for place in places) < SAME_PLACE


def _side_by_side(cells: list[list[Segment]]) -> Iterator[list[list[Segment]]]:
    """Cells that share some height, from top to bottom."""
    row: list[list[Segment]] = []
    low = 0.0
    for cell in sorted(cells, key=lambda cell: -(cell[0].y + ASCENT * cell[0].size)):
        top = cell[0].y + ASCENT * cell[0].size
        bottom = cell[-1].y - DESCENT * cell[-1].size
        if row and top - low < 0.35 * cell[0].size:
            yield row
            row = []
        low = min(low, bottom) if row else bottom
        row.append(cell)
    if row:
        yield row


def _joined(cells: list[list[Line]], edges: Edges, region: int) -> Iterator[Line]:
    """The lines of a paragraph, of a label and its paragraph, or a row."""
    if len(cells) == 2 and len(cells[0]) == 1 and _is_label(cells[0][0], cells[1][0]):
        label, first = cells[0][0], cells[1][0]
        yield _merged([label, first], f"{label.text} {first.text}", (), edges, region)
        yield from cells[1][1:]
    elif len(cells) > 1:
        texts = tuple(joined([line.text for line in cell]) for cell in cells)
        yield _merged([line for cell in cells for line in cell], CELL.join(texts), texts, edges, region)
    else:
        yield from (line for cell in cells for line in cell)


def _is_label(label: Line, line: Line) -> bool:
    """Whether `label` is the number or the sign of a paragraph, not a cell beside it."""
    gap = max(line.x0 - label.x1, label.x0 - line.x1)
    return LABEL.fullmatch(label.text) is not None and gap < NEAR_LABEL * line.size and abs(label.y - line.y) < 2.0


def _merged(lines: Sequence[Line], text: str, cells: tuple[str, ...], edges: Edges, region: int) -> Line:
    main = max(lines, key=lambda line: line.size)
    return Line(
        text, min(line.x0 for line in lines), max(line.x1 for line in lines), lines[0].y, main.size,
        all(line.bold for line in lines), main.rtl, cells, region, edges,
    )  # fmt: skip
