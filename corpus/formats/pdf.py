"""A PDF to blocks with its pages.

In: the bytes of a file. Out: `Reading`. pypdf reads it, in Python and within its limits; pdfium opens what it
cannot, and gives the text of pages whose letters pypdf does not know. Nothing is rendered or run: a page that
is only a picture is reported, not read. To be called in a process that may be killed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from corpus.errors import UnreadableFile
from corpus.formats.blocks import Reading
from corpus.normalise import MAX_CHARACTERS
from corpus.pdf import pdfium
from corpus.pdf.blocks import read_blocks
from corpus.pdf.content import read_page
from corpus.pdf.fonts import UNKNOWN
from corpus.pdf.furniture import without_furniture
from corpus.pdf.info import Info, occurs, read_info
from corpus.pdf.layout import read_lines
from corpus.pdf.lines import Line
from corpus.pdf.pieces import Page
from corpus.pdf.state import Document, layers_off
from corpus.pdf.tags import Tag, read_tags

MAX_PAGES = 2_000
MAX_STREAM = 50_000_000
"""Bytes of a decoded stream."""
DOUBTFUL = 0.05
"""The share of unknown characters on a page above which pdfium may know better."""
DRAWN_LETTERS = 100
"""Shapes on a page without text from which on it is taken for a picture of a page."""
TITLE_WITHIN = 20_000


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is kept of a page."""

    lines: list[Line]
    images: int
    hidden: int
    is_picture: bool
    marked: bool
    doubt: float


@dataclass(frozen=True, slots=True)
class _Source:
    """What a library made of a file."""

    sheets: list[_Sheet]
    info: Info = field(default_factory=Info)
    tagged: bool = False


def read_pdf(data: bytes) -> Reading:
    """The blocks of a PDF; UnreadableFile with the codes encrypted, broken, scan, no_text, encoding, too_large
    or too_many_pages.
    """
    source = _by_pypdf(data)
    if source is None:
        source = _Source(list(_sheets(pdfium.read_pages(data), pdfium.count_pages(data))))
    elif any(sheet.doubt > DOUBTFUL for sheet in source.sheets):
        source = replace(source, sheets=_mended(source.sheets, data))
    lines = [sheet.lines for sheet in source.sheets]
    if not any(lines):
        raise _without_text(source.sheets)
    _check_letters(lines)
    if not (source.tagged and any(sheet.marked for sheet in source.sheets)):
        bare = without_furniture(lines)
        lines = bare if any(bare) else lines
    return _reading(source, lines)


def _by_pypdf(data: bytes) -> _Source | None:
    """What pypdf makes of it, or None for a file that it cannot read."""
    from pypdf import apply_configuration
    from pypdf.errors import LimitReachedError

    try:
        with apply_configuration(zlib_maximum_output_length=MAX_STREAM, lzw_maximum_output_length=MAX_STREAM):
            return _read(_reader(data))
    except (UnreadableFile, MemoryError):
        raise
    except LimitReachedError as error:
        raise UnreadableFile(
            "it expands to more than a document does, as a file made to harm would: print it to a new PDF",
            code="too_large",
            limit=MAX_STREAM,
        ) from error
    except Exception:  # noqa: BLE001 - pypdf raises anything for damaged files; pdfium may read them
        return None


def _reader(data: bytes) -> Any:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    return PdfReader(BytesIO(pdfium.decrypted(data))) if reader.is_encrypted else reader


def _read(reader: Any) -> _Source:
    catalog = reader.trailer["/Root"]
    document = Document(off=layers_off(catalog))
    tags: dict[Any, dict[int, Tag]] = {}
    for (key, number), tag in read_tags(catalog).items():
        tags.setdefault(key, {})[number] = tag
    keys = [getattr(page.indirect_reference, "idnum", None) for page in reader.pages[: MAX_PAGES + 1]]
    pages = (read_page(page, document) for page in reader.pages)
    sheets = list(_sheets(pages, len(keys), [tags.get(key, {}) for key in keys]))
    return _Source(sheets, read_info(reader), bool(tags))


def _sheets(pages: Iterable[Page], count: int, tags: Sequence[Mapping[int, Tag]] = ()) -> Iterator[_Sheet]:
    """The pages, as long as they are not too many and their text not too long."""
    if count > MAX_PAGES:
        raise UnreadableFile(
            f"it has more than {MAX_PAGES:,} pages: split the document into parts",
            code="too_many_pages",
            limit=MAX_PAGES,
        )
    length = 0
    for number, page in enumerate(pages):
        length += sum(len(piece.text) for piece in page.pieces)
        if length > MAX_CHARACTERS:
            raise UnreadableFile(
                f"found more than {MAX_CHARACTERS:,} characters: split the document into parts",
                code="too_large",
                limit=MAX_CHARACTERS,
            )
        yield _sheet(page, tags[number] if tags else {})


def _sheet(page: Page, tags: Mapping[int, Tag]) -> _Sheet:
    hidden = _hidden(page)
    lines = read_lines(page, tags)
    drawn = page.images > 0 or page.paints > DRAWN_LETTERS
    return _Sheet(lines, page.images, hidden, drawn and not lines, page.marked, _doubt(page))


def _hidden(page: Page) -> int:
    """How many words stay hidden; those over a picture were recognised in it and are its text."""
    hidden = [piece for piece in page.pieces if piece.hidden and not piece.text.isspace()]
    seen = sum(len(piece.text) for piece in page.pieces if not piece.hidden)
    if page.images and sum(len(piece.text) for piece in hidden) > seen:
        for piece in page.pieces:
            piece.hidden = False
        return 0
    return len(hidden)


def _doubt(page: Page) -> float:
    """The share of characters that are not known."""
    shown = [piece.text for piece in page.pieces if not piece.text.isspace()]
    length = sum(len(text) for text in shown)
    return sum(text.count(UNKNOWN) for text in shown) / length if length else 0.0


def _mended(sheets: list[_Sheet], data: bytes) -> list[_Sheet]:
    """With the text of pdfium for the pages on which it knows more of the characters."""
    try:
        others = list(_sheets(pdfium.read_pages(data), len(sheets)))
    except UnreadableFile:
        return sheets
    pairs = zip(sheets, others, strict=False)
    mended = [other if own.doubt > DOUBTFUL and other.doubt < own.doubt / 2 else own for own, other in pairs]
    return mended + sheets[len(mended) :]


def _check_letters(lines: Sequence[Sequence[Line]]) -> None:
    """UnreadableFile (encoding) when most of the text is in letters that the file does not name."""
    texts = [line.text for page in lines for line in page]
    if 2 * sum(text.count(UNKNOWN) for text in texts) > sum(len(text) for text in texts):
        raise UnreadableFile(
            "it draws its letters without saying which they are, so that a viewer cannot copy them either: "
            "add the original document, or run text recognition (OCR) on it first",
            code="encoding",
        )


def _without_text(sheets: Sequence[_Sheet]) -> UnreadableFile:
    if any(sheet.is_picture for sheet in sheets):
        return UnreadableFile(
            f"its {len(sheets)} pages are pictures without text, as a scanner makes them: "
            "run text recognition (OCR) on it first, or add the original document",
            code="scan",
            pages=len(sheets),
        )
    return UnreadableFile("no text was found, expected at least a line: check the file in a viewer", code="no_text")


def _reading(source: _Source, lines: Sequence[Sequence[Line]]) -> Reading:
    info = source.info
    begin = "\n".join(line.text for page in lines[:5] for line in page)[:TITLE_WITHIN]
    dropped = dict(info.dropped) | {
        "images": sum(sheet.images for sheet in source.sheets),
        "hidden": sum(sheet.hidden for sheet in source.sheets),
    }
    pictures = (
        number
        for number, (sheet, page) in enumerate(zip(source.sheets, lines, strict=True), 1)
        if sheet.is_picture or (sheet.images and not page)
    )
    return Reading(
        tuple(read_blocks(lines, info.bookmarks)),
        title=info.title if occurs(info.title, begin) else "",
        publisher=info.publisher,
        date=info.date,
        paged=True,
        pictures=tuple(pictures),
        dropped={kind: count for kind, count in sorted(dropped.items()) if count},
    )
