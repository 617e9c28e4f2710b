"""Which paragraphs are headings, and of which level.

In: the paragraphs of each page. Out: their levels, set in place. Tags and bookmarks say it; else a heading is
a short paragraph that is set larger than the text, or bold in a text that is not. Levels follow the sizes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from corpus.pdf.paragraphs import SMALLER, Body, Paragraph

LARGER = 1.12
"""How much larger than the text a heading is, if not bold."""
LONGEST = 200
MOST_LINES = 7
DEEPEST = 6
NO_HEADING = re.compile(r"[.,;،؛。，；…]$|(?:\.\s?){4}")
"""The end of a sentence, or the dots of a table of contents."""
WORD = re.compile(r"\w+")

Bookmarks = Mapping[tuple[int, str], int]
"""The level of a heading by the index of its page and its folded text."""
Type = tuple[float, bool]


def set_levels(pages: Sequence[Sequence[Paragraph]], body: Body, bookmarks: Bookmarks) -> None:
    """Set the levels of what is a heading and was not tagged as one."""
    tagged = any(paragraph.level for paragraphs in pages for paragraph in paragraphs)
    found: list[Paragraph] = []
    levels: dict[Type, int] = {}
    for number, paragraph in _candidates(pages):
        paragraph.level = bookmarks.get((number, fold_title(paragraph.text)), 0)
        if paragraph.level:
            levels.setdefault(paragraph.type, paragraph.level)
        elif not tagged and _stands_out(paragraph, body):
            found.append(paragraph)
    above = 0
    for kind in sorted({paragraph.type for paragraph in found} | set(levels), reverse=True):
        above = levels.setdefault(kind, min(above + 1, DEEPEST))
    for paragraph in found:
        paragraph.level = levels[paragraph.type]


def fold_title(text: str) -> str:
    """A title without what printing changes: its number, its case, its punctuation and spaces."""
    return "".join(WORD.findall(text.casefold())).lstrip("0123456789")


def _candidates(pages: Sequence[Sequence[Paragraph]]) -> Iterator[tuple[int, Paragraph]]:
    """Short paragraphs that do not end as a sentence does, with their page; the last of a document is none."""
    flat = [(number, paragraph) for number, paragraphs in enumerate(pages) for paragraph in paragraphs]
    for number, paragraph in flat[:-1]:
        if paragraph.level or paragraph.row or paragraph.note or len(paragraph.lines) > MOST_LINES:
            continue
        text = paragraph.text
        if len(text) <= LONGEST and any(c.isalpha() for c in text) and not NO_HEADING.search(text):
            yield number, paragraph


def _stands_out(paragraph: Paragraph, body: Body) -> bool:
    size, bold = paragraph.type
    return size >= LARGER * body.size or (bold and not body.bold and size >= SMALLER * body.size)
