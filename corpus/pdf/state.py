"""What the operators of a PDF page change: matrices, the style of text, and stretches of marked content.

Pure, apart from following the references of pypdf's objects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from corpus.pdf.fonts import Face
from corpus.pdf.pieces import Piece

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Style:
    """The part of the graphics state that text depends on."""

    matrix: Matrix = IDENTITY
    face: Face | None = None
    size: float = 0.0
    letter: float = 0.0
    word: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass(slots=True)
class Replacement:
    """What glyphs stand for, drawn once as `piece`."""

    text: str
    piece: Piece | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of marked content; what it does not say is inherited from the one around it."""

    number: int | None = None
    """How tags refer to it."""
    replacement: Replacement | None = None
    artifact: bool = False
    furniture: bool = False
    """Whether it is said to be a running header, a footer or a background."""
    hidden: bool = False


@dataclass(slots=True)
class Document:
    """What the pages of a document share."""

    faces: dict[int, tuple[Any, Face]] = field(default_factory=dict)
    """The fonts by the number of their object, or by the id of an object, which is kept."""
    off: frozenset[Any] = frozenset()
    """The layers that are not shown."""


def layers_off(catalog: Mapping[str, Any]) -> frozenset[Any]:
    """The numbers of the layers that a document does not show when it is opened."""
    default = resolved((resolved(catalog.get("/OCProperties")) or {}).get("/D")) or {}
    off = resolved(default.get("/OFF")) or []
    return frozenset(_numbers(off if isinstance(off, list) else []))


def _numbers(references: list[Any]) -> Iterator[int]:
    for reference in list.__iter__(references):
        if isinstance(number := getattr(reference, "idnum", None), int):
            yield number


def resolved(value: Any) -> Any:
    """What a reference refers to."""
    return value.get_object() if hasattr(value, "get_object") else value


def matrix_of(operands: list[Any]) -> Matrix:
    """Six operands as a matrix; raises ValueError or TypeError for others."""
    a, b, c, d, e, f = (float(value) for value in operands[-6:])
    return a, b, c, d, e, f


def times(m: Matrix, n: Matrix) -> Matrix:
    """The matrix that applies `m`, then `n`."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def text_of(raw: Any) -> str:
    """A text string: UTF-16 or UTF-8 with its mark, else as Latin-1, which serves for the rest."""
    raw = resolved(raw)
    if not isinstance(raw, bytes):
        return str(raw)
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    return raw.decode("latin-1")


def shown_box(page: Any) -> Box:
    """What the page shows."""
    box = page.cropbox
    x0, y0, x1, y1 = (float(value) for value in (box.left, box.bottom, box.right, box.top))
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
