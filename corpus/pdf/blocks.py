"""The lines of a PDF to blocks, with a PAGE_BREAK where each page begins.

In: the lines of each page, in reading order, and the titles of the bookmarks. Out: `Block`s. Pure. A paragraph
that runs on over a page end is one block; what else its page holds comes before it, notes above all, so that
its sentences stay whole and every line keeps its page.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from corpus.formats.blocks import PAGE_BREAK, Block
from corpus.pdf.headings import Bookmarks, set_levels
from corpus.pdf.hyphens import Words
from corpus.pdf.lines import Line
from corpus.pdf.paragraphs import ENDED, Paragraph, body_of, fits, other_type, read_paragraphs
from corpus.sentences import LIST_ITEM


def read_blocks(pages: Sequence[Sequence[Line]], bookmarks: Bookmarks) -> list[Block]:
    """The blocks of a document, page by page."""
    body = body_of(pages)
    words = Words([line.text for lines in pages for line in lines])
    paragraphs = [read_paragraphs(lines, body) for lines in pages]
    set_levels(paragraphs, body, bookmarks)
    _join(paragraphs)
    return list(_blocks(paragraphs, words))


def _join(pages: list[list[Paragraph]]) -> None:
    """Make one of the parts of paragraphs that run on in the next column or on the next page."""
    begun: Sequence[Paragraph] = ()
    for paragraphs in pages:
        _join_columns(paragraphs)
        first = next((paragraph for paragraph in paragraphs if not paragraph.note), None)
        last = _begin_of(first, begun) if first else None
        if first and last:
            last.breaks.append(len(last.lines))
            last.lines += first.lines
            paragraphs.remove(first)
            if not paragraphs:
                begun = [last]  # longer than the page: it may go on
                continue
        begun = [paragraph for paragraph in paragraphs if not paragraph.note]


def _begin_of(paragraph: Paragraph, before: Sequence[Paragraph]) -> Paragraph | None:
    """What `paragraph` goes on with: by its tag anything on the page before, else its last paragraph."""
    tag = paragraph.lines[0].tag
    candidates = before[-1:] if tag is None else before[::-1]
    return next((one for one in candidates if _runs_on(one, paragraph)), None)


def _join_columns(paragraphs: list[Paragraph]) -> None:
    kept: list[Paragraph] = []
    for paragraph in paragraphs:
        last = kept[-1] if kept else None
        if last and last.lines[-1].region != paragraph.lines[0].region and _runs_on(last, paragraph):
            last.lines += paragraph.lines
        else:
            kept.append(paragraph)
    paragraphs[:] = kept


def _runs_on(one: Paragraph, other: Paragraph) -> bool:
    """Whether `other`, in the next column or on the next page, goes on with the sentence of `one`."""
    last, line = one.lines[-1], other.lines[0]
    if any(part.level or part.row or part.note for part in (one, other)):
        return False
    if last.tag is not None and line.tag is not None:
        return last.tag.block == line.tag.block
    if other_type(last, line) or last.bold != line.bold or LIST_ITEM.match(line.text) or ENDED.search(last.text):
        return False
    return line.text[:1].islower() or not fits(last, line)


def _blocks(pages: Sequence[Sequence[Paragraph]], words: Words) -> Iterator[Block]:
    """Blocks in the order of pages; of each page what runs on comes last."""
    begun = 0
    for number, paragraphs in enumerate(pages):
        while begun < number:
            yield Block(PAGE_BREAK)
            begun += 1
        ordered = sorted(paragraphs, key=lambda paragraph: bool(paragraph.breaks))
        for is_row, group in groupby(ordered, key=lambda paragraph: paragraph.row):
            if is_row:
                yield Block("\n".join(paragraph.text for paragraph in group))
                continue
            for paragraph in group:
                yield Block(_text(paragraph, words), paragraph.level)
                begun += len(paragraph.breaks)


def _text(paragraph: Paragraph, words: Words) -> str:
    """The lines of a paragraph joined, with a PAGE_BREAK where its next page begins."""
    parts: list[str] = []
    for index, line in enumerate(paragraph.lines):
        text = line.text
        if index:
            parts[-1], text, glue = words.join(parts[-1], text)
            broken = index in paragraph.breaks
            if broken and not glue:  # the rest of a divided word stays on the page where it began
                head, _, text = text.partition(" ")
                parts[-1] += head
            parts.append(PAGE_BREAK if broken else glue)
        parts.append(text)
    return "".join(parts)
