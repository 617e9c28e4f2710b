"""PDF files for tests: documents as programs write them, and files that no program would write."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from fpdf import FPDF

from tests.corpus.fonts import font_for

CORE = "Times"
SENTENCES = (
    "Le ministre a ouvert la séance numéro {} en rappelant les engagements pris à La Haye et les progrès réalisés.",
    "Les experts de la délégation {} ont présenté leurs travaux sur la détection précoce des substances toxiques.",
    "Une enveloppe de {} millions de dirhams sera consacrée à la formation des laboratoires désignés de la région.",
    "Plusieurs intervenants ont souligné, au point {}, que la machine ne remplace jamais le regard de l'inspecteur.",
)


def sentence(number: int) -> str:
    """A sentence that no other number gives."""
    return SENTENCES[number % len(SENTENCES)].format(number)


def paragraph(start: int, count: int = 4) -> str:
    """Sentences from `start` on."""
    return " ".join(sentence(number) for number in range(start, start + count))


class Paper(FPDF):
    """Pages of A4, in a font of this machine that has `letters`, else in one that every PDF reader has."""

    def __init__(self, letters: str = "", *, header: str = "", footer: str = "") -> None:
        super().__init__()
        self.top, self.bottom = header, footer
        path = font_for(letters) if letters else None
        self.face = "own" if path else CORE
        if path:
            self.add_font("own", "", str(path))
        self.set_font(self.face, size=11)

    def header(self) -> None:
        """The running header."""
        if self.top:
            self.set_font(self.face, size=9)
            self.cell(0, 8, self.top, align="R", new_x="LMARGIN", new_y="NEXT")
            self.ln(4)

    def footer(self) -> None:
        """The running footer, with {} for the number of the page."""
        if self.bottom:
            self.set_y(-15)
            self.set_font(self.face, size=9)
            self.cell(0, 8, self.bottom.format(self.page_no()), align="C")

    def title_line(self, text: str, size: float = 16, style: str = "B") -> None:
        """A heading."""
        self.set_font(self.face, style if self.face == CORE else "", size)
        self.cell(0, 12, text, new_x="LMARGIN", new_y="NEXT")

    def text_block(self, text: str, **options: Any) -> None:
        """A paragraph."""
        self.set_font(self.face, size=options.pop("size", 11))
        self.multi_cell(**{"w": 0, "h": 6, "text": text, "align": "L"} | options, new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def bytes(self) -> bytes:
        """The file."""
        return bytes(self.output())


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """A stream object, compressed."""
    packed = zlib.compress(data, 9)
    return b"<< /Length %d /Filter /FlateDecode %b >>\nstream\n%b\nendstream" % (len(packed), extra, packed)


def raw_pdf(objects: Mapping[int, bytes], *, trailer: bytes = b"", root: int = 1) -> bytes:
    """A file of numbered objects as they are given, with a table of where they stand."""
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, int] = {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    size = max(places, default=0) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, start)
    return bytes(out)


HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
ONE_PAGE = {
    1: b"<< /Type /Catalog /Pages 2 0 R >>",
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    b"/Resources << /Font << /F1 5 0 R >> >> >>",
    5: HELVETICA,
}


def drawn(content: bytes, objects: Mapping[int, bytes] | None = None, *, trailer: bytes = b"") -> bytes:
    """A file of one page that draws `content` in Helvetica (/F1); `objects` replace those of ONE_PAGE."""
    return raw_pdf(ONE_PAGE | {4: stream(content)} | dict(objects or {}), trailer=trailer)


def line(text: str, x: float, y: float, size: float = 11) -> bytes:
    """The operators that write a line."""
    shown = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /F1 %g Tf %g %g Td (%b) Tj ET\n" % (size, x, y, shown)


def unicode_font(meanings: Mapping[int, str], width: int = 600) -> dict[int, bytes]:
    """Objects for /F1 (5): a font of numbered glyphs that says what each means."""
    entries = b"".join(
        b"<%04x> <%b>\n" % (code, text.encode("utf-16-be").hex().encode()) for code, text in meanings.items()
    )
    table = (
        b"begincmap\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        b"%d beginbfchar\n%bendbfchar\nendcmap" % (len(meanings), entries)
    )
    return {
        5: b"<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /Identity-H "
        b"/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        6: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made /DW %d "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>" % width,
        7: stream(table),
    }


def glyphs(codes: Sequence[int], x: float, y: float, size: float = 11) -> bytes:
    """The operators that draw glyphs of a `unicode_font` from left to right."""
    return b"BT /F1 %g Tf %g %g Td <%b> Tj ET\n" % (size, x, y, b"".join(b"%04x" % code for code in codes))


def pages(contents: Sequence[bytes], objects: Mapping[int, bytes] | None = None, *, catalog: bytes = b"") -> bytes:
    """A file with a page for each content, in Helvetica (/F1), with an image (/Im) that it may draw."""
    numbers = range(20, 20 + 2 * len(contents), 2)
    made: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (b" ".join(b"%d 0 R" % n for n in numbers), len(contents)),
        5: HELVETICA,
        8: stream(bytes(300), b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /BitsPerComponent 8 "
                  b"/ColorSpace /DeviceRGB"),
    }  # fmt: skip
    for number, content in zip(numbers, contents, strict=True):
        made[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 5 0 R >> /XObject << /Im 8 0 R >> >> >>" % (number + 1)
        )
        made[number + 1] = stream(content)
    return raw_pdf(made | dict(objects or {}))
