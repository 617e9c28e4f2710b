"""PDF pages by pdfium, for the files that pypdf cannot read: the same pieces of text, without tags.

In: the bytes of a file. Out: pages, or the same file without its encryption. pdfium turns right-to-left text
around on its own account, so that only the places of its characters are used, not their order.
"""

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from corpus.errors import UnreadableFile
from corpus.pdf.fonts import BOLD, HEAVY, SYMBOLS, UNKNOWN
from corpus.pdf.pieces import RTL, Page, Piece, add, frame_of

LIGATURE = {"ال": "لا", "أل": "لأ", "إل": "لإ", "آل": "لآ"}
"""Lam and alef in one glyph, which pdfium gives from left to right: no glyph joins an alef to a lam."""
SPACES = re.compile(r"[\s\u00a0]")


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """The document; UnreadableFile when it needs a password or is no PDF even for pdfium."""
    from pypdfium2 import PdfDocument, PdfiumError, raw  # type: ignore[import-untyped]

    try:
        document = PdfDocument(data, password="")
        try:
            yield document
        finally:
            document.close()
    except PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UnreadableFile(
                "it is encrypted and opens with a password only: save it without one", code="encrypted"
            ) from error
        raise UnreadableFile(
            "its structure is damaged, no program here can read it: open it in the program that made it and "
            "save it as a new PDF",
            code="broken",
        ) from error


def decrypted(data: bytes) -> bytes:
    """The same file without its encryption, which must open with no password."""
    from pypdfium2 import raw

    with _opened(data) as document:
        copy = BytesIO()
        document.save(copy, flags=raw.FPDF_REMOVE_SECURITY)
        return copy.getvalue()


def count_pages(data: bytes) -> int:
    """How many pages the file has."""
    with _opened(data) as document:
        return len(document)


def read_pages(data: bytes) -> Iterator[Page]:
    """What each page draws."""
    with _opened(data) as document:
        for index in range(len(document)):
            page = document[index]
            drawn = Page()
            try:
                _count_objects(page, drawn)
                text = page.get_textpage()
                _Characters(text.raw, drawn).read(text.count_chars())
                text.close()
            finally:
                page.close()
            yield drawn


def _count_objects(page: Any, drawn: Page) -> None:
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        kind = raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page.raw, index))
        drawn.images += kind == raw.FPDF_PAGEOBJ_IMAGE
        drawn.paints += kind == raw.FPDF_PAGEOBJ_PATH


class _Characters:
    """The characters of a page of pdfium, to pieces."""

    def __init__(self, text: Any, page: Page) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._text = text
        self._page = page
        self._bold: dict[bytes, bool] = {}
        self._name = ctypes.create_string_buffer(128)

    def read(self, count: int) -> None:
        """Add all to the page; several characters in one place are those of a ligature."""
        last: Piece | None = None
        place = (0.0, 0.0)
        for index in range(count):
            piece = self._piece(index, last)
            if piece is None:
                continue
            if last is not None and place == (piece.x0, piece.y) and not piece.text.isspace():
                pair = last.text[-1:] + piece.text
                last.text, last.x1 = last.text[:-1] + LIGATURE.get(pair, pair), max(last.x1, piece.x1)
                continue
            place = (piece.x0, piece.y)
            add(self._page, piece)
            last = self._page.pieces[-1]

    def _piece(self, index: int, last: Piece | None) -> Piece | None:
        character = self._character(index)
        x, y, rect = ctypes.c_double(), ctypes.c_double(), self._raw.FS_RECTF()
        if not character or not self._raw.FPDFText_GetCharOrigin(self._text, index, x, y):
            return None
        if character == " " and self._raw.FPDFText_GetFontSize(self._text, index) <= 1.0:
            return self._added_space(last)
        self._raw.FPDFText_GetLooseCharBox(self._text, index, rect)
        angle = self._raw.FPDFText_GetCharAngle(self._text, index)
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFText_GetMatrix(self._text, index, matrix)
        turn, cosine, sine = frame_of(matrix.a, matrix.b) if angle else (0, 1.0, 0.0)
        size = max(self._raw.FPDFText_GetFontSize(self._text, index) * (matrix.c**2 + matrix.d**2) ** 0.5, 0.1)
        start = x.value * cosine + y.value * sine
        end = max(rect.left * cosine, rect.right * cosine) + max(rect.bottom * sine, rect.top * sine)
        return Piece(
            character, start, max(start, end), y.value * cosine - x.value * sine, size, self._is_bold(index), turn,
            len(self._page.pieces),
        )  # fmt: skip

    def _added_space(self, last: Piece | None) -> Piece | None:
        """A space that pdfium adds where it sees a gap; it sees them wrong in right-to-left text."""
        if last is None or last.text.isspace() or RTL.search(last.text):
            return None
        return Piece(" ", last.x1, last.x1, last.y, last.size, last.bold, last.turn, last.seq + 1)

    def _character(self, index: int) -> str:
        code = self._raw.FPDFText_GetUnicode(self._text, index)
        if 0xD800 <= code < 0xDC00:  # pdfium counts in UTF-16
            low = self._raw.FPDFText_GetUnicode(self._text, index + 1)
            return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)) if 0xDC00 <= low < 0xE000 else UNKNOWN
        if code in (0, 10, 13) or 0xDC00 <= code < 0xE000:
            return UNKNOWN if code == 0 else ""
        if code == 2:  # how pdfium says a hyphen at a line end
            return "\u00ad"
        character = chr(code)
        if self._raw.FPDFText_HasUnicodeMapError(self._text, index) == 1 or character < " ":
            return UNKNOWN
        return " " if SPACES.match(character) else SYMBOLS.get(character, character)

    def _is_bold(self, index: int) -> bool:
        flags = ctypes.c_int()
        length = self._raw.FPDFText_GetFontInfo(self._text, index, self._name, 128, flags)
        name = self._name.value if length <= 128 else b""
        if name not in self._bold:
            heavy = self._raw.FPDFText_GetFontWeight(self._text, index) >= HEAVY
            self._bold[name] = heavy or BOLD.search(name.decode("utf-8", "replace")) is not None
        return self._bold[name]
