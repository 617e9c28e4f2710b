"""Running headers, footers and page numbers: the lines at the edges of pages that are no part of the text.

In: the lines of each page. Out: the same without them. Pure. A line goes when it stands at one height on most
pages with the same words, or with the number of the page in the same place of them. What a tagged document
holds outside of such marks of its own is text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from corpus.pdf.lines import Line

EDGE = 3
"""Lines at the top and at the bottom of a page that may be furniture."""
SAME_HEIGHT = 8.0
MOST = 0.5
ALTERNATING = 0.4
"""The share of pages that suffices from five pages on: headers of left and right pages differ."""
LONGEST_NUMBER = 40
"""Characters of a line that holds a page number alone."""
NUMBER = re.compile(r"\d+")
PAGE_NUMBER = re.compile(
    r"[-–—\[(|/ ]*(?:(?:page|pg?|seite|página|стр|с|страница|صفحة|第)\.?\s*)?(\d{1,4})"
    r"(?:\s*(?:/|sur|of|de|из|von|من|\|)\s*(\d{1,4}))?\s*(?:页|頁)?[-–—\])|/ .]*",
    re.IGNORECASE,
)

Place = tuple[int, int]
"""The index of a page, and of a line on it."""
Key = tuple[str, int, int]


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without running headers, footers and page numbers."""
    dropped = set(_page_numbers(pages))
    dropped |= set(_running(pages, dropped))
    return [
        [line for index, line in enumerate(lines) if (number, index) not in dropped]
        for number, lines in enumerate(pages)
    ]


def _edges(lines: Sequence[Line], number: int, dropped: set[Place], size: int = EDGE) -> Iterator[tuple[int, int]]:
    """The indices of the outermost lines by their height, with the side: 0 for the top, 1 for the bottom."""
    left = [index for index in range(len(lines)) if (number, index) not in dropped]
    by_height = sorted(left, key=lambda index: -lines[index].y)
    yield from ((index, 0) for index in by_height[:size])
    yield from ((index, 1) for index in by_height[-size:])


def _running(pages: Sequence[Sequence[Line]], dropped: set[Place]) -> Iterator[Place]:
    """Lines of the same words, and lines that differ by the number of their page alone."""
    used = sum(1 for lines in pages if lines)
    held: dict[Key, set[Place]] = {}
    for number, lines in enumerate(pages):
        for index, side in _edges(lines, number, dropped):
            for text in _texts(lines[index].text, number):
                for height in _heights(lines[index].y):
                    held.setdefault((text, side, height), set()).add((number, index))
    for places in held.values():
        count = len({number for number, _ in places})
        if count > 1 and (count > MOST * used or (used >= 5 and count >= ALTERNATING * used)):
            yield from places


def _texts(text: str, number: int) -> Iterator[str]:
    """What a line has in common with those of other pages: its text, or its text but for one page number."""
    folded = "".join(text.split()).casefold()
    yield folded
    if len(folded) > 120:
        return
    for found in NUMBER.finditer(folded):
        offset = int(found[0][:6]) - number
        if abs(offset) <= 50 and len(folded) > len(found[0]):
            yield f"{folded[: found.start()]}\0{offset}\0{folded[found.end() :]}"


def _heights(y: float) -> tuple[int, int]:
    """Two overlapping ranks of heights, so that lines a little apart share one."""
    return round(y / SAME_HEIGHT) * 2, int(y // SAME_HEIGHT) * 2 + 1


def _page_numbers(pages: Sequence[Sequence[Line]]) -> Iterator[Place]:
    """Bare page numbers: the outermost lines that count along with the pages."""
    found: list[tuple[Place, int]] = []
    for number, lines in enumerate(pages):
        for index, _ in set(_edges(lines, number, set(), 1)):
            match = PAGE_NUMBER.fullmatch(lines[index].text[:LONGEST_NUMBER])
            if match and (match[2] is None or int(match[1]) <= int(match[2])):
                found.append(((number, index), int(match[1]) - number))
    usual = Counter(offset for _, offset in found).most_common(1)
    if usual and (usual[0][1] > 1 or (len(pages) == 1 and usual[0][0] == 1)):
        yield from (place for place, offset in found if offset == usual[0][0])
