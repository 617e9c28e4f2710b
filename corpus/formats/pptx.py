"""Presentations (.pptx) to blocks: a slide is a page, its title a heading, its notes follow.

python-pptx opens the file: it knows the order of the slides and where a layout puts a placeholder. The texts
are taken from its elements, since it passes over equations, diagrams and shapes with a fallback. Hidden slides
keep their numbers and lose their texts.
"""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from corpus.errors import UnreadableFile
from corpus.formats.blocks import CELL, PAGE_BREAK, Block, Reading
from corpus.formats.opc import diagram, has_macros, properties
from corpus.formats.packages import Package, broken, wrong_type

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

WHAT = "a PowerPoint presentation (.pptx)"
MAX_XML = 30_000_000
"""A tree of it takes about 550 MB."""
MAX_GROUPS = 50
"""Groups within groups."""
ROW = 91_440
"""Shapes whose tops differ by less (a tenth of an inch, in EMU) are read from left to right."""

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")
"""Kinds of placeholders that repeat on every slide, or show the slide on its notes."""
COMMENT = re.compile(rb"<(?:\w+:)?cm[ >]")


def read_pptx(data: bytes) -> Reading:
    """The blocks of a presentation, a page a slide, and what it says about itself.

    UnreadableFile codes: wrong_type, broken, encrypted, too_large.
    """
    package = Package(data, WHAT, most_xml=MAX_XML)
    if "ppt/presentation.xml" not in package.names:
        raise wrong_type("a ZIP archive without slides", WHAT)
    reader = _Deck()
    blocks = _read(reader, data)
    reader.dropped["macros"] += has_macros(package)
    about = properties(package)
    return Reading(
        blocks,
        title=about.title,
        language=about.language,
        publisher=about.publisher,
        date=about.date,
        paged=True,
        pictures=tuple(reader.pictures),
        dropped=+reader.dropped,
    )


def _read(reader: "_Deck", data: bytes) -> tuple[Block, ...]:
    from pptx import Presentation

    try:
        return tuple(reader.blocks(Presentation(BytesIO(data))))
    except (UnreadableFile, MemoryError):
        raise
    except Exception as error:  # the library raises whatever its parts meet in a damaged file
        raise broken(f"{type(error).__name__}: {error}"[:200]) from error


class _Deck:
    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.pictures: list[int] = []

    def blocks(self, deck: "Presentation") -> Iterator[Block]:
        for number, slide in enumerate(deck.slides, 1):
            if number > 1:
                yield Block(PAGE_BREAK)
            if slide.element.get("show") in ("0", "false"):
                self.dropped["hidden"] += 1
                continue
            images = self.dropped["images"]
            texts = list(self._slide(slide, 1 if number == 1 else 2))
            if self.dropped["images"] > images and not any(block.text.strip() for block in texts):
                self.pictures.append(number)
            yield from texts
            if slide.has_notes_slide:
                yield from self._notes(slide)

    def _slide(self, slide: "Slide", level: int) -> Iterator[Block]:
        for part in slide.part.rels.values():
            if part.reltype.endswith("/comments") and not part.is_external:
                self.dropped["comments"] += len(COMMENT.findall(part.target_part.blob))
        _choose(slide.element)
        title = slide.shapes.title
        if title is not None:
            yield Block(" ".join(_paragraphs(title.element)), level)
        yield from self._shapes(slide.shapes, title.shape_id if title is not None else None, slide.part, 0)

    def _shapes(self, shapes: Any, title: int | None, part: Any, depth: int) -> Iterator[Block]:
        """The blocks of shapes from top to bottom; those of a group stay together."""
        if depth > MAX_GROUPS:
            raise broken(f"groups stand in more than {MAX_GROUPS} others")
        for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // ROW, shape.left or 0)):
            element = shape.element
            if element.tag == f"{P}grpSp":
                yield from self._shapes(shape.shapes, title, part, depth + 1)
            elif element.tag == f"{P}pic":
                self.dropped["images"] += 1
            elif element.tag == f"{P}graphicFrame":
                yield from self._frame(element, part)
            elif shape.shape_id != title and _kind(element) not in FURNITURE:
                self.dropped["images"] += element.find(f"{P}spPr/{A}blipFill") is not None
                yield from map(Block, _paragraphs(element))

    def _frame(self, element: Any, part: Any) -> Iterator[Block]:
        """The blocks of a table or a diagram; charts and embedded files are counted."""
        for table in element.iter(f"{A}tbl"):
            yield Block("\n".join(_rows(table)))
        for ids in element.iter(DIAGRAM):
            relation = part.rels.get(ids.get(RELATION))
            if relation is not None and not relation.is_external:
                yield from diagram(relation.target_part.blob)
        self.dropped["images"] += next(element.iter(f"{C}chart"), None) is not None
        self.dropped["attachments"] += next(element.iter(f"{P}oleObj"), None) is not None

    def _notes(self, slide: "Slide") -> Iterator[Block]:
        for element in slide.notes_slide.element.iter(f"{P}sp"):
            if _kind(element) not in FURNITURE:
                yield from map(Block, _paragraphs(element))


def _choose(slide: Any) -> None:
    """Where a slide gives a choice for new programs and a fallback for old ones, takes the choice."""
    for alternatives in list(slide.iter(f"{MC}AlternateContent")):
        choice = alternatives.find(f"{MC}Choice")
        parent = alternatives.getparent()
        for element in [] if choice is None else list(choice):
            alternatives.addprevious(element)
        parent.remove(alternatives)


def _kind(shape: Any) -> str:
    """The kind of placeholder that a shape is, or nothing."""
    placeholder = next(shape.iter(f"{P}ph"), None)
    return "" if placeholder is None else placeholder.get("type", "obj")


def _rows(table: Any) -> Iterator[str]:
    for row in table.iter(f"{A}tr"):
        cells = [cell for cell in row.iter(f"{A}tc") if not {"hMerge", "vMerge"} & set(cell.keys())]
        texts = (" ".join(" ".join(_paragraphs(cell)).split("\n")) for cell in cells)
        yield CELL.join(text for text in texts if text)


def _paragraphs(element: Any) -> Iterator[str]:
    for paragraph in element.iter(f"{A}p"):
        pieces = (
            "\n" if piece.tag == f"{A}br" else piece.text or "" for piece in paragraph.iter(f"{A}t", f"{A}br", f"{M}t")
        )
        text = "".join(pieces).strip()
        if text:
            yield text
