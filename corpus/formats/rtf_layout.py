"""The paragraphs, tables, notes and text boxes of RTF, whose words say where they end and never where they begin.

In: text, and the ends. Out: a `Flow`.
"""

from dataclasses import dataclass, field

from corpus.formats.blocks import CELL, Block
from corpus.formats.flow import Flow, Part
from corpus.formats.rtf_words import NUMBER

PARTS: tuple[Part, ...] = ("table", "row", "cell")


@dataclass(slots=True)
class Stage:
    """The state of the paragraphs of the text, of a note or of a text box."""

    in_table: bool = False
    level: int = 0
    label: list[str] = field(default_factory=list)
    """What stands before the text of an item of a list."""
    parts: list[Part] = field(default_factory=list)
    """Those of a table that are open."""
    next_cell: bool = False
    """Whether a cell has ended of a table that stands in a cell."""


class Layout:
    """The document as it grows."""

    def __init__(self) -> None:
        self.flow = Flow()
        self._stages = [Stage()]

    @property
    def stage(self) -> Stage:
        """That of the paragraphs which are written now."""
        return self._stages[-1]

    def write(self, text: str) -> None:
        """Adds to the paragraph, which white space alone does not begin."""
        if not self.flow.in_paragraph:
            if not text.strip():
                return
            self._begin_paragraph()
        if self.stage.next_cell:
            self.flow.write(CELL)
            self.stage.next_cell = False
        self.flow.write(text)

    def end_paragraph(self) -> None:
        """Its number in a list is what was gathered as its label, unless that is a bullet."""
        stage = self.stage
        if self.flow.in_paragraph:
            label = " ".join("".join(stage.label).split())
            self.flow.end_paragraph(stage.level, label if NUMBER.search(label) else "")
        stage.label.clear()

    def end_cell(self) -> None:
        """A cell ends, perhaps an empty one."""
        self.end_paragraph()
        self._open_table()
        self._close_parts("cell")

    def end_row(self) -> None:
        """A row ends."""
        self.end_paragraph()
        self._close_parts("row")

    def open_stage(self) -> None:
        """A note or a text box begins."""
        self.flow.open_frame()
        self._stages.append(Stage())

    def close_stage(self) -> list[Block]:
        """The blocks of the note or the text box."""
        self._end_stage()
        self._stages.pop()
        return self.flow.close_frame()

    def close(self) -> None:
        """The end of the document."""
        while len(self._stages) > 1:
            self.flow.aside(self.close_stage())
        self._end_stage()

    def _begin_paragraph(self) -> None:
        if self.stage.in_table:
            self._open_table()
        else:
            self._close_parts("table")
        self.flow.begin_paragraph()

    def _end_stage(self) -> None:
        self.end_paragraph()
        self._close_parts("table")

    def _open_table(self) -> None:
        parts = self.stage.parts
        for part in PARTS[len(parts) :]:
            self.flow.open(part)
            parts.append(part)

    def _close_parts(self, outermost: Part) -> None:
        parts = self.stage.parts
        while outermost in parts:
            self.flow.close()
            parts.pop()
