"""Paragraphs, tables, notes and pages of a word processor's file, as its elements open and close, to blocks.

A table gives a line a row, a table of one column its paragraphs. What stands in a text box follows the
paragraph that holds it; a note follows the outermost block that refers to it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from corpus.errors import UnreadableFile
from corpus.formats.blocks import CELL, PAGE_BREAK, Block, Reading
from corpus.normalise import MAX_CHARACTERS

SPACES = re.compile(r"[ \t\n\f]+")
"""What is folded in a cell; a no-break space is typography and stays."""

Cell = list[Block]
Part = Literal["table", "row", "cell"]
AROUND: Mapping[Part, Part] = {"row": "table", "cell": "row"}


@dataclass(slots=True)
class _Frame:
    """Something open that gathers blocks: the document, a cell, or a paragraph with its text boxes."""

    blocks: list[Block] = field(default_factory=list)
    text: list[str] | None = None
    """That of a paragraph."""


@dataclass(slots=True)
class _Table:
    rows: list[list[Cell]] = field(default_factory=list)
    in_cell: bool = False
    breaks: int = 0
    """Pages that began in the row so far: each of its cells may say so again."""
    breaks_of_cell: int = 0


class Flow:
    """The blocks of one document, as they are written."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self._frames = [_Frame()]
        self._tables: list[_Table] = []
        self._parts: list[Part | None] = []
        """The open parts of tables; None for one in a wrong place, which is passed over."""
        self._notes: list[Block] = []
        self._characters = 0
        self._page = 1
        self._with_text: set[int] = set()
        self._with_pictures: set[int] = set()

    @property
    def in_paragraph(self) -> bool:
        """Whether text can be written now."""
        return self._frames[-1].text is not None

    def begin_paragraph(self) -> None:
        """What is written from now on belongs to it; it may stand in a text box of another one."""
        self._frames.append(_Frame(text=[]))

    def write(self, text: str) -> None:
        """Adds to the open paragraph, if there is one; UnreadableFile (too_large) beyond MAX_CHARACTERS in all."""
        pieces = self._frames[-1].text
        if pieces is None:
            return
        self._count(len(text))
        pieces.append(text)
        if text.strip():
            self._with_text.add(self._page)

    def end_paragraph(self, level: int = 0, label: str = "") -> None:
        """`level` is that of a heading; `label` the number in a list."""
        frame = self._frames.pop()
        text = "".join(frame.text or ())
        body = text.lstrip(PAGE_BREAK)
        breaks = text[: len(text) - len(body)]
        if body.strip():
            self._emit([Block(f"{breaks}{label} {body}" if label else text, level)])
        elif PAGE_BREAK in text:
            self._emit([Block(PAGE_BREAK * text.count(PAGE_BREAK))])
        self._emit(frame.blocks)

    def join_next(self) -> str:
        """Closes a paragraph whose end was deleted, and gives its text, for the next one to begin with."""
        frame = self._frames.pop()
        self._emit(frame.blocks)
        return "".join(frame.text or ())

    def note(self, blocks: Iterable[Block]) -> None:
        """Keeps a note, in which there are no headings, until the block that refers to it is complete."""
        self._notes.extend(replace(block, level=0) for block in blocks)

    def aside(self, blocks: Iterable[Block]) -> None:
        """Adds blocks after the paragraph that is open."""
        self._frames[-1].blocks.extend(blocks)

    def break_page(self) -> None:
        """A page begins here."""
        if self._tables and self._tables[-1].in_cell:
            row = self._tables[0]
            row.breaks_of_cell += 1
            if row.breaks_of_cell <= row.breaks:
                return
            row.breaks += 1
        self._page += 1
        text = self._frames[-1].text
        if text is not None:
            text.append(PAGE_BREAK)
        elif self._tables and not self._tables[-1].in_cell:
            self._tables[-1].rows.append([[Block(PAGE_BREAK)]])
        else:
            self._frames[-1].blocks.append(Block(PAGE_BREAK))

    def picture(self) -> None:
        """A picture stands here, and is left out."""
        self.dropped["images"] += 1
        self._with_pictures.add(self._page)

    def open(self, part: Part) -> None:
        """A part of a table begins; a table may stand in a cell of another one."""
        fits = part == "table" or self._parts[-1:] == [AROUND[part]]
        self._parts.append(part if fits else None)
        if not fits:
            return
        if part == "table":
            self._tables.append(_Table())
            return
        table = self._tables[-1]
        if part == "row":
            table.rows.append([])
            table.breaks = 0
        else:
            table.in_cell = True
            self._frames.append(_Frame())
        table.breaks_of_cell = 0

    def close(self, *, merged: bool = False, times: int = 1) -> None:
        """The part ends: a cell is `merged` when it only continues another, and stands `times` for equal ones."""
        part = self._parts.pop()
        if part == "table":
            self._emit(_table_blocks(self._tables.pop().rows))
        elif part == "cell":
            table = self._tables[-1]
            table.in_cell = False
            blocks = self._frames.pop().blocks
            if blocks and not merged:
                self._count((times - 1) * sum(len(block.text) for block in blocks))
                table.rows[-1] += [blocks] * times

    def open_frame(self) -> None:
        """The paragraphs that follow are those of a note, or of a text box."""
        self._frames.append(_Frame())

    def close_frame(self) -> list[Block]:
        """The blocks since `open_frame`."""
        return self._frames.pop().blocks

    def take(self) -> tuple[Block, ...]:
        """The blocks that are complete, which it forgets."""
        self._emit([])
        blocks, self._frames[0].blocks = self._frames[0].blocks, []
        return tuple(blocks)

    def reading(self, *, paged: bool) -> Reading:
        """All that was gathered; without pages, a document of pictures alone is one page."""
        self._emit([])
        pictures = self._with_pictures - self._with_text
        if not paged:
            pictures = {1} if self._with_pictures and not self._with_text else set()
        return Reading(
            tuple(self._frames[0].blocks),
            paged=paged,
            pictures=tuple(sorted(pictures)),
            dropped=+self.dropped,
        )

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_CHARACTERS:
            raise UnreadableFile(
                f"the text has more than {MAX_CHARACTERS:,} characters: split the document into parts",
                code="too_large",
                limit=MAX_CHARACTERS,
            )

    def _emit(self, blocks: list[Block]) -> None:
        self._frames[-1].blocks.extend(blocks)
        if len(self._frames) == 1 and self._notes:
            self._frames[0].blocks.extend(self._notes)
            self._notes = []


def _table_blocks(rows: list[list[Cell]]) -> list[Block]:
    """The blocks of a table: a page break stands between two of them, since a row must stay a line."""
    if all(len(row) <= 1 for row in rows):
        return [block for row in rows for cell in row for block in cell]
    blocks: list[Block] = []
    lines: list[str] = []
    for row in rows:
        before, line, after = _row(row)
        if before:
            blocks += [Block("\n".join(lines)), Block(PAGE_BREAK)]
            lines = []
        lines += [line] if line else []
        if after:
            blocks += [Block("\n".join(lines)), Block(PAGE_BREAK * after)]
            lines = []
    return [*blocks, Block("\n".join(lines))]


def _row(row: list[Cell]) -> tuple[bool, str, int]:
    """Whether a page begins with the row, its line, and how many pages begin in it."""
    texts = [" ".join(block.text for block in cell) for cell in row]
    everything = "".join(texts)
    before = everything.lstrip(" \t\n").startswith(PAGE_BREAK)
    cells = [SPACES.sub(" ", text).strip() for text in texts]
    return before, CELL.join(cell for cell in cells if cell), everything.count(PAGE_BREAK) - before
