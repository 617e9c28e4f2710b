"""The parts of a page without tags, in the order in which they are read.

In: pieces. Out: groups of `Segment`s: lines, or parts of lines with wide gaps between them. Pure. A white
strip from top to bottom with lines on both sides parts columns, if they were drawn one after another or if
both are filled as prose is. Otherwise what stands side by side is a table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from corpus.pdf.lines import WORD_GAP, level, middle
from corpus.pdf.pieces import Piece

GAP = 0.9
"""A gap in ems that may part columns or cells; on a justified line a word space seldom reaches it."""
SURE_GAP = 2.5
"""A gap that does so alone; a smaller one needs another above or below it."""
STRETCHED = 1.8
"""How far the word spaces of one justified line may differ."""
TIGHT_GAP = 0.4
"""A gap that parts cells when it repeats below."""
JUMP_GAP = 0.5
"""A gap that suffices between pieces that were not drawn one after the other."""
MIN_LINES = 3
MOST_CELLS = 50
MAX_SEGMENTS = 2_000
"""On a page with more no columns are looked for: it is a drawing or a map."""
MAX_DEPTH = 6
SMALLER, RUN = 0.9, 3.0
"""So many ems of smaller type on a baseline of its own are a line beside a large one, and no raised signs."""
FULL = 0.75
LONG_LINE = 18


@dataclass(slots=True)
class Segment:
    """Pieces on one baseline, from left to right."""

    pieces: list[Piece] = field(default_factory=list)
    x0: float = 0.0
    x1: float = 0.0
    y: float = 0.0
    size: float = 0.0
    seq: int = 0

    def close(self) -> "Segment":
        """The segment with its measures, without spaces at its end."""
        while self.pieces[-1].text.isspace():
            self.pieces.pop()
        head = max(self.pieces, key=lambda piece: piece.size)
        self.x0, self.x1 = self.pieces[0].x0, max(piece.x1 for piece in self.pieces)
        self.y, self.size, self.seq = head.y, head.size, min(piece.seq for piece in self.pieces)
        return self


def read_regions(pieces: Sequence[Piece], rtl: bool) -> Iterator[list[Segment]]:
    """The columns, bands and tables of a page; `rtl` is its direction."""
    drawn = _rows(pieces)
    starts = _cell_starts(drawn)
    rows = [list(_segments(row, starts)) for row in drawn]
    segments = [segment for index, row in enumerate(rows) for segment in _mended(row, rows, index, starts)]
    yield from _columns(segments, rtl, 0)


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces by baseline, from top to bottom; the largest piece of a row says where it stands."""
    rows: list[tuple[Piece, list[Piece]]] = []
    for piece in sorted(pieces, key=lambda piece: (-round(piece.y, 1), piece.text.isspace())):
        for index in range(len(rows) - 1, max(len(rows) - 6, -1), -1):
            head, row = rows[index]
            if level(head, piece):
                row.append(piece)
                if piece.size > head.size and not piece.text.isspace():
                    rows[index] = (piece, row)
                break
        else:
            if not piece.text.isspace():
                rows.append((piece, [piece]))
    parts = [part for _, row in rows for part in _baselines(row)]
    return [sorted(part, key=middle) for part in sorted(parts, key=lambda part: -max(part, key=_weight).y)]


def _weight(piece: Piece) -> tuple[bool, float]:
    return not piece.text.isspace(), piece.size


def _baselines(row: list[Piece]) -> Iterator[list[Piece]]:
    """A row in parts: a title of one column may be as tall as two lines of the column beside it."""
    main = max(row, key=_weight)
    small = [piece for piece in row if piece.size < SMALLER * main.size]
    large = [piece for piece in row if piece.size >= SMALLER * main.size and not piece.text.isspace()]
    beside = [part for part in _rows(small) if _is_beside(part, main, large)] if small else []
    moved = {id(piece) for part in beside for piece in part}
    yield [piece for piece in row if id(piece) not in moved]
    yield from beside


def _is_beside(part: Sequence[Piece], main: Piece, large: Sequence[Piece]) -> bool:
    """Whether smaller type has a baseline of its own, and is no raised or lowered sign of what is near."""
    own = max(part, key=_weight)
    on_line = abs(own.y - main.y) < 0.1 * own.size
    return not on_line and (_longest_run(part) > RUN or _is_away(part, large))


def _is_away(pieces: Sequence[Piece], others: Sequence[Piece]) -> bool:
    """Whether nothing of `others` is near."""
    start, end = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    near = GAP * pieces[0].size
    return not any(other.x0 < end + near and other.x1 > start - near for other in others)


def _longest_run(pieces: Iterable[Piece]) -> float:
    """How far words on one baseline go on without a wide gap, in ems."""
    longest = start = end = float("-inf")
    for piece in sorted((piece for piece in pieces if not piece.text.isspace()), key=middle):
        if piece.x0 > end + JUMP_GAP * piece.size:
            start = piece.x0
        end = max(end, piece.x1)
        longest = max(longest, (end - start) / max(piece.size, 1.0))
    return longest


def _cell_starts(rows: Sequence[Sequence[Piece]]) -> frozenset[int]:
    """The ids of pieces that begin cells close to others: several stand below one another after gaps without
    a space, on a page that draws its spaces.
    """
    found: dict[int, list[int]] = {}
    pairs = [pair for row in rows for pair in pairwise(row)]
    spaces = sum(other.text.isspace() for _, other in pairs)
    for one, other in pairs:
        if not one.text.isspace() and not other.text.isspace() and _gap(one, other) > TIGHT_GAP:
            found.setdefault(round(other.x0 / 2), []).append(id(other))
    if 10 * spaces < len(pairs):
        return frozenset()
    return frozenset(piece for starts in found.values() if len(starts) >= MIN_LINES for piece in starts)


def _segments(row: Sequence[Piece], starts: frozenset[int]) -> Iterator[Segment]:
    """A row, parted at wide gaps, but for a line whose word spaces are all stretched alike."""
    for chain in _chains(row):
        words = [piece for piece in chain if not piece.text.isspace()]
        gaps = [gap for one, other in pairwise(words) if (gap := _gap(one, other)) > WORD_GAP]
        stretched = len(gaps) > 2 and max(gaps) < STRETCHED * min(gaps)
        segment = Segment()
        last: Piece | None = None
        for piece in chain:
            if not piece.text.isspace():
                if last is not None and not stretched and (_gap(last, piece) > GAP or id(piece) in starts):
                    yield segment.close()
                    segment = Segment()
                last = piece
            segment.pieces.append(piece)
        yield segment.close()


def _chains(row: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces of a row that were drawn one after another without a gap that parts them for sure."""
    chain: list[Piece] = []
    last: Piece | None = None
    for piece in row:
        if piece.text.isspace():
            if chain:
                chain.append(piece)
            continue
        if last is not None:
            gap = _gap(last, piece)
            if gap > SURE_GAP or (gap > JUMP_GAP and abs(piece.seq - last.seq) > 3):
                yield chain
                chain = []
        chain.append(piece)
        last = piece
    if chain:
        yield chain


def _gap(one: Piece, other: Piece) -> float:
    """What lies between two pieces, in ems."""
    return (other.x0 - one.x1) / max(other.size, 1.0)


def _mended(
    row: list[Segment], rows: Sequence[Sequence[Segment]], index: int, starts: frozenset[int]
) -> Iterator[Segment]:
    """A row without the gaps that are but wide word spaces: no row near it has one in the same place."""
    around = (*rows[max(index - 3, 0) : index], *rows[index + 1 : index + 4])
    near = [pair for other in around for pair in pairwise(other[:MOST_CELLS])]
    current = row[0]
    for segment in row[1:]:
        gap = segment.x0 - current.x1
        alone = id(segment.pieces[0]) not in starts and not any(
            left.x1 < segment.x0 and right.x0 > current.x1 for left, right in near
        )
        if (
            len(row) < MOST_CELLS
            and alone
            and gap < SURE_GAP * segment.size
            and segment.seq - current.pieces[-1].seq in range(4)
        ):
            current.pieces += segment.pieces
            current.close()
            continue
        yield current
        current = segment
    yield current


def _columns(segments: list[Segment], rtl: bool, depth: int) -> Iterator[list[Segment]]:
    gutter = _gutter(segments) if depth < MAX_DEPTH and len(segments) <= MAX_SEGMENTS else None
    if gutter is None:
        if segments:
            yield segments
        return
    x, start, end = gutter
    yield from _columns(segments[:start], rtl, depth + 1)
    for group in _sides(segments[start:end], x, rtl):
        yield from _columns(sorted(group, key=lambda s: (-s.y, s.x0)), rtl, depth + 1)
    yield from _columns(segments[end:], rtl, depth + 1)


def _gutter(segments: Sequence[Segment]) -> tuple[float, int, int] | None:
    """The white strip with most lines beside it: where it ends, and the range of the segments on both sides."""
    found: list[tuple[int, float, float, int, int]] = []
    for x in _strips(segments):
        for start, end in _free(segments, x):
            count, gap = _support(segments[start:end], x)
            if count >= MIN_LINES:
                found.append((count, gap, x, start, end))
    for _, _, x, start, end in sorted(found, reverse=True):
        if _is_columns(segments[start:end], x):
            return x, start, end
    return None


def _strips(segments: Sequence[Segment]) -> Iterator[float]:
    """Where a white strip may end: before several lines that begin together, or after some that end together."""
    begins: dict[int, list[float]] = {}
    ends: dict[int, list[float]] = {}
    for segment in segments:
        begins.setdefault(round(segment.x0 / 4), []).append(segment.x0)
        ends.setdefault(round(segment.x1 / 4), []).append(segment.x1 + JUMP_GAP * segment.size)
    yield from (min(near) - 0.5 for near in begins.values() if len(near) >= MIN_LINES)
    yield from (max(near) + 0.5 for near in ends.values() if len(near) >= MIN_LINES)


def _free(segments: Sequence[Segment], x: float) -> Iterator[tuple[int, int]]:
    """The runs of segments, from top to bottom, none of which reaches into the strip before `x`."""
    start = 0
    for index, segment in enumerate(segments):
        if segment.x0 < x < segment.x1 + JUMP_GAP * segment.size:
            if index > start:
                yield start, index
            start = index + 1
    if len(segments) > start:
        yield start, len(segments)


def _support(segments: Sequence[Segment], x: float) -> tuple[int, float]:
    """How many segments each side of `x` has where both have some, and how wide the gap is."""
    left = [s for s in segments if s.x1 <= x]
    right = [s for s in segments if s.x0 >= x]
    if min(len(left), len(right)) < MIN_LINES:
        return 0, 0.0
    top = min(side[0].y for side in (left, right))
    bottom = max(side[-1].y for side in (left, right))
    count = min(sum(bottom - s.size / 2 <= s.y <= top + s.size / 2 for s in side) for side in (left, right))
    return count, min(s.x0 for s in right) - max(s.x1 for s in left)


def _is_columns(segments: Sequence[Segment], x: float) -> bool:
    """Whether both sides of `x` are read from top to bottom, not row by row."""
    return MIN_LINES * len(_drawn(segments, x)) <= len(segments) or all(
        _is_prose([s for s in segments if (s.x0 < x) == is_left]) for is_left in (True, False)
    )


def _drawn(segments: Sequence[Segment], x: float) -> list[list[Segment]]:
    """The segments in drawing order, parted where the side of `x` changes."""
    ordered = sorted(segments, key=lambda s: s.seq)
    return [list(group) for _, group in groupby(ordered, key=lambda s: s.x0 < x)]


def _is_prose(side: Sequence[Segment]) -> bool:
    """Whether most lines are as long as their column is wide, and long enough to be sentences."""
    width = max(s.x1 for s in side) - min(s.x0 for s in side)
    full = [s for s in side if s.x1 - s.x0 > FULL * width and sum(len(p.text) for p in s.pieces) >= LONG_LINE]
    return len(side) > MIN_LINES and len(full) >= 0.55 * len(side)


def _sides(segments: Sequence[Segment], x: float, rtl: bool) -> list[list[Segment]]:
    """The sides of `x` as they were drawn, if that was one after another, else the first to read first."""
    groups = _drawn(segments, x)
    if MIN_LINES * len(groups) <= len(segments):
        return groups
    sides = [[s for s in segments if (s.x0 < x) == is_left] for is_left in (True, False)]
    return sides[::-1] if rtl else sides
