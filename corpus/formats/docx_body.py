"""The text of a Word document, part by part, to blocks: what each element means for them.

In: the events of `word/document.xml`, and of the notes. Out: a `Flow`, and whether Word noted its pages.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from corpus.formats.blocks import WIDE, Block
from corpus.formats.docx_styles import BODY_LEVEL, WORD, ListItem, Numbering, Styles, heading_level, is_on
from corpus.formats.events import Events, stream
from corpus.formats.flow import Flow, Part
from corpus.formats.numbering import number
from corpus.formats.opc import DRAWING
from corpus.formats.packages import wrong_type

WHAT = "a Word document (.docx)"

PREFIXES = {
    **WORD,
    **dict.fromkeys(DRAWING, "a"),
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "urn:schemas-microsoft-com:vml": "v",
}
SKIPPED = frozenset(
    (
        *("w:pPrChange", "w:rPrChange", "w:sectPrChange", "w:tblPrChange", "w:tblGridChange", "w:trPrChange"),
        *("w:tcPrChange", "w:numberingChange", "w:instrText", "w:delText", "w:delInstrText", "w:rt", "mc:Fallback"),
    )
)
COUNTED = {"w:object": "attachments", "w:altChunk": "attachments", "w:commentReference": "comments"}
DELETED = ("w:del", "w:moveFrom")
MARKS = ("w:rPr", "w:trPr")
"""In these an element of DELETED is about the end of a paragraph, or a row, and holds nothing."""
PICTURES = ("a:blip", "v:imagedata", "c:chart")
CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:cr": "\n", "w:br": "\n", "w:noBreakHyphen": "-"}
TEXT = ("w:t", "m:t")
HOLDERS = ("w:body", "w:txbxContent", "w:footnote", "w:endnote")
"""What else than a cell holds paragraphs."""
STRUCTURE = ("w:p", "w:r", "w:sdt")
SEPARATORS = ("separator", "continuationSeparator", "continuationNotice")
SYMBOLS = range(0xF000, 0xF100)
"""Private characters, which mean nothing outside of a symbol font."""
TABLES: Mapping[str, Part] = {"w:tbl": "table", "w:tr": "row", "w:tc": "cell"}


@dataclass(slots=True)
class _Paragraph:
    style: str = ""
    outline: int | None = None
    list_id: str = ""
    depth: int | None = None
    hidden: bool = False
    goes_on: bool = False
    """Its end was deleted."""


@dataclass(slots=True)
class _Run:
    hidden: bool = False
    right_to_left: bool = False
    languages: Mapping[str, str] = field(default_factory=dict)


Diagrams = Callable[[str], tuple[Block, ...]]
"""The texts of a diagram, by the id of its relation."""


class Body(Events):
    """The reader of the main part."""

    prefixes = PREFIXES
    root: ClassVar[tuple[str, ...]] = ("w:document",)

    def __init__(self, styles: Styles, numbering: Numbering, diagrams: Diagrams) -> None:
        super().__init__()
        self.flow = Flow()
        self.rendered = False
        self._styles = styles
        self._numbering = numbering
        self._diagrams = diagrams
        self._notes: dict[str, tuple[Block, ...]] = {}
        self._paragraphs: list[_Paragraph] = []
        self._runs: list[_Run] = []
        self._fields: list[bool] = []
        """For each open field, whether its result has begun."""
        self._merged: list[bool] = []
        self._placeholders: list[bool] = []
        self._carried = ""
        """The text of a paragraph whose end was deleted."""
        self._was_hidden = False
        self._broken = False
        """Whether a page break of the author came last: Word notes it once more."""
        self._languages: Counter[str] = Counter()

    def add_notes(self, kind: str, xml: bytes) -> None:
        """Reads the part of the footnotes or endnotes, before the text that refers to them."""
        reader = _Notes(self._styles, self._numbering, self._diagrams)
        stream(xml, reader)
        self._notes |= {f"{kind} {key}": blocks for key, blocks in reader.notes.items()}
        self.flow.dropped.update(reader.flow.dropped)

    def language(self) -> str:
        """The one that most of the text says that it is in, or nothing."""
        language, count = max(self._languages.items(), key=lambda item: item[1], default=("", 0))
        return language if 2 * count > self._languages.total() else ""

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self.path and name not in self.root:
            raise wrong_type("something else", WHAT)
        if name in SKIPPED:
            self.skip()
        elif name in COUNTED:
            self.flow.dropped[COUNTED[name]] += 1
            self.skip()
        elif name in DELETED:
            self._open_deletion()
        elif name in PICTURES:
            self.flow.picture()
        elif name in TABLES:
            self._end_carried()
            self._merged.append(False)
            self.flow.open(TABLES[name])
        elif name in STRUCTURE:
            self._open_structure(name)
        elif self.parent() == "w:r":
            self._open_in_run(name, attributes)
        elif self.parent() == "w:rPr" and self.parent(2) == "w:r":
            self._open_run_property(name, attributes)
        elif self.parent() == "w:pPr" or self.parent() == "w:numPr":
            self._open_paragraph_property(name, attributes)
        else:
            self._open_other(name, attributes)

    def closes(self, name: str) -> None:
        if name == "w:p":
            self._close_paragraph()
        elif name == "w:r":
            self._runs.pop()
        elif name == "w:sdt":
            self._placeholders.pop()
        elif name in TABLES:
            self._end_carried()
            self.flow.close(merged=self._merged.pop())
        elif name in HOLDERS:
            self._end_carried()

    def text(self, text: str) -> None:
        if self.parent() in TEXT:
            self._write(text)

    def break_page(self, *, rendered: bool) -> None:
        """A page begins: Word noted it (`rendered`), or the author asked for it, or both in this order."""
        self.rendered |= rendered
        if not (rendered and self._broken):
            self.flow.break_page()
        self._broken = not rendered

    def _open_structure(self, name: str) -> None:
        if name == "w:p":
            self._paragraphs.append(_Paragraph())
            self.flow.begin_paragraph()
            self.flow.write(self._carried)
            self._carried = ""
        elif name == "w:r":
            self._runs.append(_Run(hidden=bool(self._paragraphs) and self._paragraphs[-1].hidden))
        else:
            self._placeholders.append(False)

    def _open_other(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "w:vMerge" | "w:hMerge" if self.parent() == "w:tcPr" and self._merged:
                self._merged[-1] = attributes.get("w:val") != "restart"
            case "w:showingPlcHdr" if self._placeholders:
                self._placeholders[-1] = is_on(attributes)
            case "w:sdtContent" if self._placeholders and self._placeholders[-1]:
                self.skip()
            case "dgm:relIds":
                self.flow.aside(self._diagrams(attributes.get("r:dm", "")))

    def _open_in_run(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "w:lastRenderedPageBreak":
                self.break_page(rendered=True)
            case "w:br" if attributes.get("w:type") == "page":
                self.break_page(rendered=False)
            case "w:fldChar":
                self._open_field(attributes.get("w:fldCharType", ""))
            case "w:footnoteReference" | "w:endnoteReference":
                key = f"{name[2:].removesuffix('Reference')} {attributes.get('w:id', '')}"
                self.flow.note(self._notes.pop(key, ()))
            case "w:sym":
                self._write(_symbol(attributes.get("w:char", "")))
            case _ if name in CHARACTERS:
                self._write(CHARACTERS[name])

    def _open_run_property(self, name: str, attributes: Mapping[str, str]) -> None:
        run = self._runs[-1]
        match name:
            case "w:vanish":
                run.hidden = is_on(attributes)
            case "w:rStyle":
                run.hidden |= self._styles.hidden(attributes.get("w:val", ""))
            case "w:rtl":
                run.right_to_left = is_on(attributes)
            case "w:lang":
                run.languages = attributes

    def _open_paragraph_property(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._paragraphs:
            return
        paragraph, value = self._paragraphs[-1], attributes.get("w:val", "")
        match name:
            case "w:pStyle":
                paragraph.style = value
                paragraph.hidden = self._styles.hidden(value)
            case "w:outlineLvl":
                paragraph.outline = number(value, BODY_LEVEL)
            case "w:numId":
                paragraph.list_id = value
            case "w:ilvl":
                paragraph.depth = number(value)

    def _open_deletion(self) -> None:
        if self.parent() not in MARKS:
            self.flow.dropped["changes"] += 1
            self.skip()
        elif self.parent(2) == "w:pPr" and self._paragraphs:
            self._paragraphs[-1].goes_on = True

    def _open_field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(False)
        elif self._fields and kind == "separate":
            self._fields[-1] = True
        elif self._fields and kind == "end":
            self._fields.pop()

    def _close_paragraph(self) -> None:
        paragraph = self._paragraphs.pop()
        self._fields = [True] * len(self._fields)
        if paragraph.goes_on:
            self._carried = self.flow.join_next()
            return
        level = self._styles.level(paragraph.style)
        if paragraph.outline is not None:
            level = heading_level(paragraph.outline)
        direct = ListItem(paragraph.list_id, paragraph.depth or 0) if paragraph.list_id or paragraph.depth else None
        self.flow.end_paragraph(level, self._numbering.label(direct, paragraph.style))

    def _end_carried(self) -> None:
        """Where no paragraph follows that could take it, what is carried is one of its own."""
        if self._carried:
            self.flow.begin_paragraph()
            self.flow.write(self._carried)
            self.flow.end_paragraph()
            self._carried = ""

    def _write(self, text: str) -> None:
        if not all(self._fields):
            return
        run = self._runs[-1] if self._runs else _Run()
        if run.hidden:
            self.flow.dropped["hidden"] += not self._was_hidden
            self._was_hidden = True
            return
        self._was_hidden = False
        self._broken &= text.isspace()
        self.flow.write(text)
        key = "w:bidi" if run.right_to_left else "w:eastAsia" if WIDE.search(text) else "w:val"
        self._languages[run.languages.get(key, "")] += len(text)


class _Notes(Body):
    """The reader of the part of the footnotes, or of the endnotes."""

    root = ("w:footnotes", "w:endnotes")

    def __init__(self, styles: Styles, numbering: Numbering, diagrams: Diagrams) -> None:
        super().__init__(styles, numbering, diagrams)
        self.notes: dict[str, tuple[Block, ...]] = {}
        self._key = ""

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("w:footnote", "w:endnote"):
            if attributes.get("w:type") in SEPARATORS:
                self.skip()
            self._key = attributes.get("w:id", "")
        else:
            super().opens(name, attributes)

    def closes(self, name: str) -> None:
        super().closes(name)
        if name in ("w:footnote", "w:endnote"):
            self.notes[self._key] = self.flow.take()

    def break_page(self, *, rendered: bool) -> None:
        """The pages of a note are those of the text that refers to it."""


def _symbol(code: str) -> str:
    try:
        point = int(code, 16)
        return "" if point in SYMBOLS else chr(point)
    except (ValueError, OverflowError):
        return ""
