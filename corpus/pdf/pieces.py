"""What a page draws, whoever reads it: pieces of text with their places, and how much is no text."""

import math
import re
import unicodedata
from dataclasses import dataclass, field

RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
FOLDED = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06\ufb13-\ufd3d\ufd50-\ufdff\ufe70-\ufefc]")
"""Shapes of letters, as fonts have them: ligatures, Arabic presentation forms, radicals for ideographs."""
NEAR = 0.12
"""Gap, in ems, below which two glyphs belong to one word without a doubt."""
BACK = 0.3
SLIP = 0.05
"""How far back, in ems, the pen may go after a letter that takes no room of its own."""

Frame = tuple[int, float, float]
"""The direction of a baseline: degrees, cosine, sine."""


@dataclass(slots=True, eq=False)
class Piece:
    """A word, a space, or a glyph of a script that runs right to left.

    `x0`, `x1` and `y` are those of its baseline when the page is turned so that it reads from left to right.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    turn: int
    seq: int
    mark: int | None = None
    """The number by which a tagged PDF refers to it."""
    artifact: bool = False
    hidden: bool = False
    """Whether nobody sees it: drawn invisibly, in a layer that is off, or outside of the page."""
    closed: bool = False
    """Whether nothing may be added: a space, right-to-left text, the text of a replacement."""


@dataclass(slots=True)
class Page:
    """What one page draws."""

    pieces: list[Piece] = field(default_factory=list)
    images: int = 0
    paints: int = 0
    """How many shapes are filled or stroked; letters may be drawn as such."""
    marked: bool = False
    """Whether it shows text that it marks as no part of the document, as running headers are."""


def fold(text: str) -> str:
    """`text` with its letters instead of their shapes; nothing else changes."""
    return FOLDED.sub(lambda shape: unicodedata.normalize("NFKC", shape[0]), text)


def frame_of(a: float, b: float) -> Frame:
    """The direction of a baseline along (a, b), to the nearest degree; a quarter turn is exact."""
    degrees = round(math.degrees(math.atan2(b, a))) % 360
    return degrees, math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def add(page: Page, piece: Piece) -> None:
    """Add what is drawn next: to the last piece when it goes on in it."""
    last = page.pieces[-1] if page.pieces else None
    piece.closed = piece.closed or piece.text.isspace() or RTL.search(piece.text) is not None
    if last is not None and _overhangs(last, piece):
        last.x0, last.x1 = min(last.x0, piece.x0), piece.x0
    if last is not None and not last.closed and not piece.closed and _goes_on(last, piece):
        last.text += piece.text
        last.x1 = max(last.x1, piece.x1)
        return
    page.pieces.append(piece)


def _overhangs(last: Piece, piece: Piece) -> bool:
    """Whether a right-to-left letter is wider than it lets the pen move, as the lam of a lam-alef in some fonts."""
    return (
        last.x0 - SLIP * last.size < piece.x0 < last.x1
        and (last.turn, last.y) == (piece.turn, piece.y)
        and last.text != piece.text
        and RTL.search(last.text) is not None
        and not any(map(unicodedata.combining, last.text + piece.text))
    )


def _goes_on(last: Piece, piece: Piece) -> bool:
    gap = piece.x0 - last.x1
    return (
        -BACK * last.size < gap < NEAR * last.size
        and abs(piece.y - last.y) < 0.05 * last.size
        and abs(piece.size - last.size) < 0.05 * last.size
        and (piece.turn, piece.mark, piece.bold) == (last.turn, last.mark, last.bold)
        and (piece.artifact, piece.hidden) == (last.artifact, last.hidden)
    )
