"""Pieces of text on one baseline to a line of text.

In: pieces, in any order. Out: `Line`. Pure. Their places say where words end and in which order letters are
read; a small raised number is that of a note.
"""

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.formats.blocks import WIDE
from corpus.pdf.bidi import kind, logical
from corpus.pdf.pieces import RTL, Piece, fold
from corpus.pdf.tags import Tag

WORD_GAP = 0.18
"""A gap in ems that is a space where no space is drawn; printed spaces are 0.2 to 0.35 wide."""
DRAWN_SPACE_GAP = 0.4
"""The same on a line whose spaces are drawn: its letters may be spaced out."""
WIDE_GAP = 1.3
RAISED = (0.15, 0.86)
"""A note mark stands at least so much of the line's size above its baseline, and is at most so large."""
ASCENT, DESCENT = 0.75, 0.22

THIN = 0.01
"""Ems of a mark that has no width of its own."""

LETTERS = re.compile(r"[^\W\d_]")
UNIT = re.compile(r"(?:^|[^\w])(?:[mkcd]?m|10)$")
HIDDEN_HYPHEN = re.compile("\u00ad(?!$)")
SOFT_END = re.compile("\u00ad[-\u2010]$")
ENDS = frozenset(".,;:!?)]»،؛؟")
EXPONENTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

Edges = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or a row of a table with its `cells`, where it stands on its page."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool = False
    rtl: bool = False
    cells: tuple[str, ...] = ()
    region: int = 0
    """The same for the lines of one column."""
    edges: Edges = (0.0, 0.0)
    """Where its column begins and ends."""
    tag: Tag | None = None


def level(one: Piece, other: Piece) -> bool:
    """Whether two pieces stand on one line: what they share is near half of the smaller one's height."""
    if one.turn != other.turn:
        return False
    top = min(piece.y + ASCENT * piece.size for piece in (one, other))
    bottom = max(piece.y - DESCENT * piece.size for piece in (one, other))
    return top - bottom > 0.45 * (ASCENT + DESCENT) * min(one.size, other.size)


def middle(piece: Piece) -> float:
    """Twice the place of the middle of a piece: what orders pieces on a line."""
    return piece.x0 + piece.x1


def is_rtl(pieces: Iterable[Piece]) -> bool:
    """Whether most letters run from right to left."""
    balance = 0
    for piece in pieces:
        balance += 1 if kind(piece.text) == "R" else -len(LETTERS.findall(piece.text))
    return balance > 0


def make_line(
    pieces: Sequence[Piece], rtl: bool, edges: Edges, *, region: int = 0, tag: Tag | None = None
) -> Line | None:
    """The line that pieces make; `rtl` is the direction of its page. None without text."""
    drawn = [piece for piece in pieces if not piece.text.isspace()]
    if not drawn:
        return None
    turned = _runs_rtl(drawn, rtl) if any(RTL.search(piece.text) for piece in drawn) else rtl and _ends_first(drawn)
    text = _read(_with_marks(sorted(pieces, key=middle)), turned)
    main = _main(drawn)
    line = Line(
        text, min(p.x0 for p in drawn), max(p.x1 for p in drawn), main.y, main.size, all(p.bold for p in drawn),
        turned, (), region, edges, tag,
    )  # fmt: skip
    return line if text else None


def _main(pieces: Sequence[Piece]) -> Piece:
    return max(pieces, key=lambda piece: (round(piece.size, 1), len(piece.text)))


def _runs_rtl(pieces: Sequence[Piece], rtl: bool) -> bool:
    """The direction of a line with right-to-left text: that of its page when it also has other letters."""
    right = sum(kind(piece.text) == "R" for piece in pieces)
    left = sum(len(LETTERS.findall(piece.text)) for piece in pieces if kind(piece.text) == "L")
    return right > left or (rtl and 4 * right > left)


def _ends_first(pieces: Sequence[Piece]) -> bool:
    """Whether a line without right-to-left letters has the sign of its end on the left, as the last of such text."""
    first, last = min(pieces, key=middle), max(pieces, key=middle)
    return first.text[0] in ENDS and last.text[-1] not in ENDS


def _with_marks(pieces: list[Piece]) -> list[Piece]:
    """Pieces in order, each combining mark within the letter that it stands on."""
    marks = [piece for piece in pieces if piece.text and all(unicodedata.combining(c) for c in piece.text)]
    if not marks:
        return pieces
    others = [piece for piece in pieces if piece.text and not all(unicodedata.combining(c) for c in piece.text)]
    letters = [piece for piece in others if not piece.text.isspace()]
    places = [middle(letter) for letter in letters]
    drawn = sorted(letters, key=_sequence)
    for mark in sorted(marks, key=lambda piece: piece.seq) if letters else ():
        after = bisect(places, middle(mark))
        near = letters[max(after - 1, 0) : after + 1]
        base = _drawn_next(mark, drawn) or min(near, key=lambda letter: abs(middle(letter) - middle(mark)))
        base.text += mark.text
    return others if letters else pieces


def _drawn_next(mark: Piece, drawn: Sequence[Piece]) -> Piece | None:
    """The letter of a mark without a width, which does not say where it is seen: right-to-left text that is drawn
    from left to right has each letter after its marks.
    """
    place = bisect(drawn, mark.seq, key=_sequence)
    if place == len(drawn) or mark.x1 - mark.x0 > THIN * mark.size:
        return None
    letter = drawn[place]
    if not RTL.search(letter.text) or abs(middle(letter) - middle(mark)) > 2 * mark.size:
        return None
    return letter if not place or drawn[place - 1].x0 < letter.x0 else None


def _sequence(piece: Piece) -> int:
    return piece.seq


def _read(pieces: Sequence[Piece], rtl: bool) -> str:
    """Pieces from left to right as text, with the spaces between words."""
    drawn = [piece for piece in pieces if not piece.text.isspace()]
    with_spaces = 12 * (len(pieces) - len(drawn)) > sum(len(piece.text) for piece in drawn)
    main = _main(drawn)
    parts: list[str] = []
    last: Piece | None = None
    for piece in pieces:
        if piece.text.isspace():
            parts.append(piece.text)
            continue
        if last is not None and parts[-1].strip() and _is_apart(last, piece, with_spaces):
            parts.append(" ")
        note = _is_note(piece, main)
        if rtl:
            parts += [f"]{piece.text}["] if note else _glyphs(piece)
        else:
            parts.append(_note(piece.text, "".join(parts[-3:])) if note else piece.text)
        last = piece
    text = fold(logical(parts) if rtl else "".join(parts)).strip()
    return HIDDEN_HYPHEN.sub("", SOFT_END.sub("\u00ad", text))


def _is_apart(last: Piece, piece: Piece, with_spaces: bool) -> bool:
    gap = (piece.x0 - last.x1) / max(last.size, piece.size)
    if WIDE.match(last.text[-1:]) and WIDE.match(piece.text):
        return gap > WIDE_GAP
    return gap > (DRAWN_SPACE_GAP if with_spaces else WORD_GAP)


def _is_note(piece: Piece, main: Piece) -> bool:
    """Whether a piece is a small raised number."""
    raised = piece.y - main.y > RAISED[0] * main.size and piece.size < RAISED[1] * main.size
    return raised and piece.text.isdecimal() and len(piece.text) <= 3


def _note(number: str, before: str) -> str:
    """The number of a note as a text writes it; after a unit or a ten it is an exponent."""
    return number.translate(EXPONENTS) if UNIT.search(before) else f"[{number}]"


def _glyphs(piece: Piece) -> list[str]:
    """The glyphs of a piece, one by one; right-to-left ligatures and marked letters stay whole."""
    return [piece.text] if RTL.search(piece.text) else list(piece.text)
