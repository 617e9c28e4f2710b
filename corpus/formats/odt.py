"""OpenDocument texts (.odt) to blocks, as a stream of events.

odfdo builds the tree of the whole file and has no order of reading for notes and text boxes, so the parts are
read here. Deletions, annotations, hidden text and programs are left out and counted. Repeated cells are never
expanded beyond MAX_REPEATED. Pages are known where the file notes its soft page breaks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from corpus.formats.about import iso_date, meaningful
from corpus.formats.blocks import Reading
from corpus.formats.events import Events, stream
from corpus.formats.flow import Flow, Part
from corpus.formats.numbering import Counters, number
from corpus.formats.odt_styles import PREFIXES, Style, Styles
from corpus.formats.packages import Package, encrypted, wrong_type

WHAT = "an OpenDocument text (.odt)"
OTHERS = {
    "office:spreadsheet": "an OpenDocument spreadsheet",
    "office:presentation": "an OpenDocument presentation",
    "office:drawing": "an OpenDocument drawing",
}
MAX_REPEATED = 50
MACROS = re.compile(r"Scripts/.+|Basic/.+(?<!-lc\.xml)(?<!-lb\.xml)")

SKIPPED = frozenset(
    (
        *("text:note-citation", "text:ruby-text", "text:sequence-decls", "text:variable-decls"),
        *("text:user-field-decls", "text:dde-connection-decls", "table:covered-table-cell", "office:annotation-end"),
    )
)
COUNTED = {
    "office:annotation": "comments",
    "draw:object": "attachments",
    "draw:object-ole": "attachments",
    "text:script": "scripts",
    "text:hidden-text": "hidden",
}
CHARACTERS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
PARAGRAPHS = ("text:p", "text:h")
TABLES: Mapping[str, Part] = {"table:table": "table", "table:table-row": "row", "table:table-cell": "cell"}
NOT_TEXT = frozenset(("text:note", "text:note-body", "text:list", "text:list-item", "text:list-header", "text:ruby"))
"""What may stand in a paragraph, and holds elements only: the rest of `text:` there are spans and fields."""
SPACES = re.compile(r"[ \t\r\n]+")


def read_odt(data: bytes) -> Reading:
    """The blocks of a document and what it says about itself.

    UnreadableFile codes: wrong_type, broken, encrypted, too_large.
    """
    package = Package(data, WHAT)
    if "encrypted-package" in package.names or b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise encrypted()
    if "content.xml" not in package.names:
        raise wrong_type("a ZIP archive", WHAT)
    styles = Styles()
    if xml := package.read("styles.xml"):
        stream(xml, styles)
    body = _Body(styles)
    stream(package.read("content.xml"), body)
    body.flow.dropped["macros"] += any(MACROS.fullmatch(name) for name in package.names)
    about = _Meta()
    if xml := package.read("meta.xml"):
        stream(xml, about)
    return replace(
        body.flow.reading(paged=body.soft_breaks),
        title=meaningful(about.value("dc:title")),
        language=about.value("dc:language"),
        date=iso_date(about.value("meta:creation-date")) or iso_date(about.value("dc:date")),
    )


@dataclass(slots=True)
class _List:
    style: str
    counters: Counters
    depth: int
    label: str = ""
    """That of the item, until its first paragraph takes it."""


@dataclass(slots=True)
class _Paragraph:
    level: int = 0
    label: str = ""
    page_after: bool = False


class _Body(Styles):
    """The reader of `content.xml`."""

    def __init__(self, shared: Styles) -> None:
        super().__init__()
        self.styles |= shared.styles
        self.lists |= shared.lists
        self.flow = Flow()
        self.soft_breaks = False
        self._paragraphs: list[_Paragraph] = []
        self._lists: list[_List] = []
        self._kept: dict[str, Counters] = {}
        """The counters of the last list in a style, which another list may continue."""
        self._headings = Counters(self.lists.get("", {}))
        self._frames: list[bool] = []
        """For each open frame, whether what it shows is counted."""
        self._times: list[int] = []
        self._begun = False

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in OTHERS and self.parent() == "office:body":
            raise wrong_type(OTHERS[name], WHAT)
        if name in SKIPPED:
            self.skip()
        elif name in COUNTED:
            self._count(COUNTED[name])
        elif name in PARAGRAPHS:
            self._open_paragraph(name, attributes)
        elif name in TABLES:
            self._open_table(name, attributes)
        elif name in CHARACTERS:
            self.flow.write(CHARACTERS[name])
        elif name.startswith("draw:"):
            self._open_drawing(name)
        elif name.startswith("text:list"):
            self._open_list(name, attributes)
        else:
            self._open_other(name, attributes)

    def closes(self, name: str) -> None:
        if name in PARAGRAPHS:
            paragraph = self._paragraphs.pop()
            self.flow.end_paragraph(paragraph.level, paragraph.label)
            if paragraph.page_after:
                self.flow.break_page()
        elif name in TABLES:
            self.flow.close(times=self._times.pop())
        elif name == "text:list":
            self._lists.pop()
        elif name == "text:note-body":
            self.flow.note(self.flow.close_frame())
        elif name == "draw:frame":
            self._frames.pop()

    def text(self, text: str) -> None:
        parent = self.parent()
        if parent.startswith("text:") and parent not in NOT_TEXT:
            self.flow.write(SPACES.sub(" ", text))

    def _count(self, kind: str) -> None:
        if kind == "attachments" and self._frames:
            self._frames[-1] = True
        self.flow.dropped[kind] += 1
        self.skip()

    def _open_other(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "text:soft-page-break":
                self.soft_breaks = True
                self.flow.break_page()
            case "text:span" if self.is_hidden("text", attributes.get("text:style-name", "")):
                self._count("hidden")
            case "text:section" if (
                attributes.get("text:display") == "none" or attributes.get("text:is-hidden") == "true"
            ):
                self._count("hidden")
            case "text:deletion":
                self._count("changes")
            case "text:insertion" | "text:format-change" | "text:number" | "office:scripts":
                self.skip()
            case "text:note-body":
                self.flow.open_frame()
            case _ if self.parent() == "office:forms":
                self._count("forms")
            case _:
                super().opens(name, attributes)

    def _open_paragraph(self, name: str, attributes: Mapping[str, str]) -> None:
        style_name = attributes.get("text:style-name", "")
        if self.is_hidden("paragraph", style_name):
            self._count("hidden")
            return
        style = self.style("paragraph", style_name)
        self._break_before(style)
        paragraph = _Paragraph(int(self.is_title(style_name)), page_after=style.page_after)
        self._paragraphs.append(paragraph)
        self.flow.begin_paragraph()
        if self._lists:
            paragraph.label, self._lists[-1].label = self._lists[-1].label, ""
        if name == "text:h":
            paragraph.level = max(1, number(attributes.get("text:outline-level", ""), 1))
            if not self._lists and attributes.get("text:is-list-header") != "true" and self.is_numbered(style_name):
                paragraph.label = self._headings.next(paragraph.level - 1)

    def _break_before(self, style: Style) -> None:
        """A page that the author asked for, but not before the first paragraph."""
        if style.page_before and self._begun:
            self.flow.break_page()
        self._begun = True

    def _open_table(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table:table":
            self._break_before(self.style("table", attributes.get("table:style-name", "")))
        times = number(attributes.get("table:number-columns-repeated", ""), 1)
        self._times.append(times if times <= MAX_REPEATED else 1)
        self.flow.open(TABLES[name])

    def _open_drawing(self, name: str) -> None:
        if name == "draw:frame":
            self._frames.append(False)
        elif name == "draw:image":
            if not (self._frames and self._frames[-1]):
                self.flow.picture()
            if self._frames:
                self._frames[-1] = True
            self.skip()

    def _open_list(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "text:list":
            self._lists.append(self._new_list(attributes))
        elif name == "text:list-item" and self._lists:
            item, start = self._lists[-1], attributes.get("text:start-value", "")
            item.label = item.counters.next(item.depth, number(start, 1) if start else None)
        elif name == "text:list-header" and self._lists:
            self._lists[-1].label = ""
        else:
            super().opens(name, attributes)

    def _new_list(self, attributes: Mapping[str, str]) -> _List:
        around = self._lists[-1] if self._lists else None
        style = attributes.get("text:style-name", "") or (around.style if around else "")
        if around and style == around.style:
            return _List(style, around.counters, around.depth + 1)
        goes_on = "text:continue-list" in attributes or attributes.get("text:continue-numbering") == "true"
        if not goes_on or style not in self._kept:
            self._kept[style] = Counters(self.lists.get(style, {}) if style else {})
        return _List(style, self._kept[style], around.depth + 1 if around else 0)


class _Meta(Events):
    """The reader of `meta.xml`."""

    prefixes = PREFIXES

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, str] = {}

    def text(self, text: str) -> None:
        name = self.parent()
        if self.parent(2) == "office:meta" and len(self._values.get(name, "")) < 1_000:
            self._values[name] = self._values.get(name, "") + text

    def value(self, name: str) -> str:
        """The text of an element, empty when there is none."""
        return self._values.get(name, "").strip()
