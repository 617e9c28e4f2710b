"""The content of a PDF page to pieces of text with their places, through the streams that pypdf decodes.

It follows the operators that place and show text, forms within the page, and marked content: the numbers by
which tags refer to text, replacement texts, page headers and layers that are off. Nothing is rendered.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from corpus.pdf.fonts import Face, Glyph
from corpus.pdf.pieces import Frame, Page, Piece, add, frame_of
from corpus.pdf.state import (
    IDENTITY,
    Box,
    Document,
    Mark,
    Replacement,
    Style,
    matrix_of,
    resolved,
    shown_box,
    text_of,
    times,
)
from corpus.pdf.tokens import operations, too_large

MAX_FORM_DEPTH = 12
MAX_FORMS = 2_000
MAX_STATES = 512
MAX_GLYPHS = 300_000
"""Of one page; a page of small print has 10,000."""
INVISIBLE = 3
"""The rendering mode of text that is there to be found, not seen, as over a scan."""
FURNITURE = ("/Pagination", "/Background")
PAINTS = (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s")


def read_page(page: Any, document: Document) -> Page:
    """What a page of pypdf draws; raises the errors of pypdf for what it cannot decode."""
    interpreter = _Interpreter(document)
    contents = page.get_contents()
    if contents is not None:
        interpreter.run(contents.get_data(), resolved(page.get("/Resources")) or {})
    drawn = interpreter.page
    _hide_outside(drawn, shown_box(page))
    return drawn


class _Interpreter:
    def __init__(self, document: Document) -> None:
        self.page = Page()
        self._document = document
        self._style = Style()
        self._states: list[Style] = []
        self._text = self._line = IDENTITY
        self._marks: list[Mark] = [Mark()]
        self._resources: Mapping[str, Any] = {}
        self._forms: list[int] = []
        self._forms_seen = 0
        self._glyphs = 0
        self._frames: dict[tuple[float, float], Frame] = {}

    def run(self, data: bytes, resources: Mapping[str, Any]) -> None:
        """Follow the operators of a stream."""
        outer, self._resources = self._resources, resources
        for operator, operands in operations(data):
            if handle := HANDLERS.get(operator):
                try:
                    handle(self, operands)
                except (IndexError, TypeError, ValueError, OverflowError):
                    continue  # an operator without what it needs does nothing
            elif operator in PAINTS:
                self.page.paints += 1
        self._resources = outer

    def save(self, _operands: list[Any]) -> None:
        """The operator q."""
        if len(self._states) < MAX_STATES:
            self._states.append(self._style)

    def restore(self, _operands: list[Any]) -> None:
        """The operator Q."""
        if self._states:
            self._style = self._states.pop()

    def transform(self, operands: list[Any]) -> None:
        """The operator cm."""
        self._style = replace(self._style, matrix=times(matrix_of(operands), self._style.matrix))

    def style(self, **values: float | Face | None) -> None:
        """Change the graphics state."""
        self._style = replace(self._style, **values)  # type: ignore[arg-type]

    def font(self, operands: list[Any]) -> None:
        """The operator Tf."""
        fonts: Any = resolved(self._resources.get("/Font")) or {}
        raw = fonts.raw_get(operands[0]) if operands[0] in fonts else None
        self.style(face=self._face(raw), size=float(operands[1]))

    def _face(self, raw: Any) -> Face | None:
        if raw is None:
            return None
        key = getattr(raw, "idnum", None) or id(raw)
        if key not in self._document.faces:
            self._document.faces[key] = raw, Face(raw.get_object())
        return self._document.faces[key][1]

    def begin(self, _operands: list[Any]) -> None:
        """The operator BT."""
        self._text = self._line = IDENTITY

    def place(self, operands: list[Any]) -> None:
        """The operator Tm."""
        self._text = self._line = matrix_of(operands)

    def move(self, operands: list[Any]) -> None:
        """The operator Td."""
        x, y = float(operands[0]), float(operands[1])
        a, b, c, d, e, f = self._line
        self._line = self._text = (a, b, c, d, x * a + y * c + e, x * b + y * d + f)

    def move_leading(self, operands: list[Any]) -> None:
        """The operator TD."""
        self.style(leading=-float(operands[1]))
        self.move(operands)

    def next_line(self, _operands: list[Any]) -> None:
        """The operator T*."""
        self.move([0.0, -self._style.leading])

    def show(self, operands: list[Any]) -> None:
        """The operators Tj and TJ."""
        if self._style.face is None:
            return
        shown = operands[0] if isinstance(operands[0], list) else [operands[0]]
        for part in shown:
            if isinstance(part, bytes):
                for glyph in self._style.face.glyphs(part):
                    self._draw(glyph)
            elif isinstance(part, float):
                self._advance(-part / 1000 * self._style.size * self._style.stretch)

    def show_line(self, operands: list[Any]) -> None:
        """The operator '."""
        self.next_line([])
        self.show(operands)

    def show_spaced(self, operands: list[Any]) -> None:
        """The operator "."""
        self.style(word=float(operands[0]), letter=float(operands[1]))
        self.show_line(operands[2:])

    def _advance(self, width: float) -> None:
        a, b, c, d, e, f = self._text
        self._text = (a, b, c, d, e + width * a, f + width * b)

    def _draw(self, glyph: Glyph) -> None:
        style = self._style
        width = glyph.width * style.size * style.stretch
        mark = self._marks[-1]
        self.page.marked = self.page.marked or mark.artifact
        self._glyphs += 1
        if self._glyphs > MAX_GLYPHS:
            raise too_large(MAX_GLYPHS)
        if not mark.furniture:
            piece = self._piece(glyph.text, width, mark)
            if mark.replacement is not None:
                self._replace(mark.replacement, piece)
            else:
                add(self.page, piece)
        spacing = style.letter + (style.word if glyph.space else 0.0)
        self._advance(width + spacing * style.stretch)

    def _piece(self, text: str, width: float, mark: Mark) -> Piece:
        """A glyph where it stands, in the page turned so that its line reads from left to right."""
        style = self._style
        a, b, c, d, e, f = times(self._text, style.matrix)
        sign = -1.0 if style.size * style.stretch < 0 else 1.0
        turn, cosine, sine = self._frame(a * sign, b * sign)
        x, y = e + style.rise * c, f + style.rise * d
        start = x * cosine + y * sine
        length = abs(width) * math.hypot(a, b)
        size = max(abs(style.size) * math.hypot(c, d), 0.1)
        hidden = mark.hidden or style.mode == INVISIBLE
        return Piece(
            text, start, start + length, y * cosine - x * sine, size, bool(style.face and style.face.bold), turn,
            len(self.page.pieces), mark.number, mark.artifact, hidden,
        )  # fmt: skip

    def _frame(self, a: float, b: float) -> Frame:
        found = self._frames.get((a, b))
        if found is None:
            found = self._frames[a, b] = frame_of(a, b)
        return found

    def _replace(self, replacement: Replacement, piece: Piece) -> None:
        """Glyphs that a text stands for: it is drawn once, as wide as they are on their line."""
        first = replacement.piece
        if first is None:
            piece.text, piece.closed = replacement.text, len(replacement.text) != 1
            replacement.piece = piece
            if piece.text:
                add(self.page, piece)
        elif self._is_mark(first, piece):
            first.x0, first.x1, first.y = piece.x0, piece.x1, piece.y
        elif abs(first.y - piece.y) < 0.05 * piece.size and first in self.page.pieces[-1:]:
            first.x0, first.x1 = min(first.x0, piece.x0), max(first.x1, piece.x1)

    def _is_mark(self, first: Piece, piece: Piece) -> bool:
        """Whether the first glyph of a text is the mark of a letter that follows it, above or below the line."""
        before = self.page.pieces[-2] if len(self.page.pieces) > 1 else piece
        off = abs(first.y - before.y) > abs(piece.y - before.y)
        return off and first in self.page.pieces[-1:] and unicodedata.combining(first.text[-1]) > 0

    def mark(self, operands: list[Any]) -> None:
        """The operators BMC and BDC."""
        if len(self._marks) >= MAX_STATES:
            return
        outer, tag, named = self._marks[-1], operands[0], operands[1] if len(operands) > 1 else None
        properties = self._properties(named)
        number, actual = properties.get("/MCID"), properties.get("/ActualText")
        is_artifact = tag == "/Artifact"
        self._marks.append(
            Mark(
                int(number) if isinstance(number, (int, float)) and not self._forms else outer.number,
                Replacement(text_of(actual)) if actual is not None else outer.replacement,
                outer.artifact or is_artifact,
                outer.furniture or (is_artifact and resolved(properties.get("/Type")) in FURNITURE),
                outer.hidden or (tag == "/OC" and self._layer(named) in self._document.off),
            )
        )

    def _properties(self, value: Any) -> Mapping[str, Any]:
        if isinstance(value, str):
            value = resolved((resolved(self._resources.get("/Properties")) or {}).get(value))
        return value if isinstance(value, Mapping) else {}

    def _layer(self, name: Any) -> Any:
        properties: Any = resolved(self._resources.get("/Properties")) or {}
        return getattr(properties.raw_get(name), "idnum", None) if name in properties else None

    def end_mark(self, _operands: list[Any]) -> None:
        """The operator EMC."""
        if len(self._marks) > 1:
            self._marks.pop()

    def image(self, _operands: list[Any]) -> None:
        """An image within the stream."""
        self.page.images += 1

    def draw(self, operands: list[Any]) -> None:
        """The operator Do: an image is counted, a form is followed."""
        objects = resolved(self._resources.get("/XObject")) or {}
        drawn = resolved(objects.get(operands[0]))
        if not isinstance(drawn, Mapping):
            return
        if drawn.get("/Subtype") == "/Image":
            self.page.images += 1
            return
        self._forms_seen += 1
        if id(drawn) in self._forms or len(self._forms) >= MAX_FORM_DEPTH or self._forms_seen > MAX_FORMS:
            return
        self._follow(drawn)

    def _follow(self, form: Any) -> None:
        kept = (self._style, self._text, self._line, list(self._states), len(self._marks))
        matrix = resolved(form.get("/Matrix"))
        if isinstance(matrix, list) and len(matrix) == 6:
            self.transform([float(value) for value in matrix])
        self._forms.append(id(form))
        self.run(form.get_data(), resolved(form.get("/Resources")) or self._resources)
        self._forms.pop()
        self._style, self._text, self._line, self._states, marks = kept
        del self._marks[marks:]


def _hide_outside(page: Page, box: Box) -> None:
    """Hide what begins where the page does not show it."""
    left, bottom, right, top = box
    for piece in page.pieces:
        cosine, sine = math.cos(math.radians(piece.turn)), math.sin(math.radians(piece.turn))
        x, y = piece.x0 * cosine - piece.y * sine, piece.x0 * sine + piece.y * cosine
        if not (left - piece.size <= x <= right and bottom - piece.size <= y <= top + piece.size):
            piece.hidden = True


def _setter(name: str, scale: float = 1.0) -> Callable[[_Interpreter, list[Any]], None]:
    return lambda interpreter, operands: interpreter.style(**{name: float(operands[0]) * scale})


HANDLERS: dict[bytes, Callable[[_Interpreter, list[Any]], None]] = {
    b"q": _Interpreter.save,
    b"Q": _Interpreter.restore,
    b"cm": _Interpreter.transform,
    b"BT": _Interpreter.begin,
    b"Tf": _Interpreter.font,
    b"Tm": _Interpreter.place,
    b"Td": _Interpreter.move,
    b"TD": _Interpreter.move_leading,
    b"T*": _Interpreter.next_line,
    b"Tj": _Interpreter.show,
    b"TJ": _Interpreter.show,
    b"'": _Interpreter.show_line,
    b'"': _Interpreter.show_spaced,
    b"Tc": _setter("letter"),
    b"Tw": _setter("word"),
    b"Tz": _setter("stretch", 0.01),
    b"TL": _setter("leading"),
    b"Ts": _setter("rise"),
    b"Tr": _setter("mode"),
    b"BMC": _Interpreter.mark,
    b"BDC": _Interpreter.mark,
    b"EMC": _Interpreter.end_mark,
    b"EI": _Interpreter.image,
    b"Do": _Interpreter.draw,
}
