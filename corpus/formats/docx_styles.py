"""What the styles and the numbering of a docx say about a paragraph: its level as a heading, its number, hidden or not.

In: the parts `styles.xml` and `numbering.xml`, which may be empty. Out: `Styles` and `Numbering`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from corpus.formats.events import Events, stream
from corpus.formats.headings import level_of_name
from corpus.formats.numbering import Counters, Level, number

WORD = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
}
BODY_LEVEL = 9
"""The outline level that means none."""
LONGEST_CHAIN = 20
OFF = ("0", "false", "off")


@dataclass(slots=True)
class Style:
    """One style as it is written; what it does not say is inherited."""

    name: str = ""
    parent: str = ""
    outline: int | None = None
    list_id: str = ""
    depth: int = 0
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ListItem:
    """The list and the depth that a paragraph or a style names; the id "0" takes it out of a list."""

    list_id: str
    depth: int


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, xml: bytes) -> None:
        reader = _StylesReader()
        if xml:
            stream(xml, reader)
        self._styles = reader.styles

    def level(self, style_id: str) -> int:
        """The heading level, from 1, of paragraphs in a style, or 0; known by outline level, name or id."""
        for known_as, style in self._chain(style_id):
            if style.outline is not None:
                return heading_level(style.outline)
            if level := level_of_name(style.name) or level_of_name(known_as):
                return level
        return 0

    def item(self, style_id: str) -> ListItem | None:
        """The list that a style puts its paragraphs in."""
        return next((ListItem(style.list_id, style.depth) for _, style in self._chain(style_id) if style.list_id), None)

    def hidden(self, style_id: str) -> bool:
        """Whether text in a style is not shown."""
        return any(style.hidden for _, style in self._chain(style_id))

    def _chain(self, style_id: str) -> Iterator[tuple[str, Style]]:
        """A style and those it is based on; one without a definition still has its id."""
        for _ in range(LONGEST_CHAIN):
            if not style_id:
                return
            style = self._styles.get(style_id, Style())
            yield style_id, style
            style_id = style.parent


class Numbering:
    """The lists of a document; `label` has to be asked for in the order of the paragraphs."""

    def __init__(self, xml: bytes, styles: Styles) -> None:
        reader = _NumberingReader()
        if xml:
            stream(xml, reader)
        self._styles = styles
        self._abstract_of = reader.abstract_of
        self._starts = reader.starts
        self._style_depths = reader.style_depths
        self._counters = {abstract: Counters(levels) for abstract, levels in reader.levels.items()}

    def label(self, direct: ListItem | None, style_id: str) -> str:
        """The number of the next paragraph, which may name a list itself or through its style."""
        item = direct if direct and direct.list_id else self._of_style(style_id, direct)
        if item is None or item.list_id not in self._abstract_of:
            return ""
        counters = self._counters.get(self._abstract_of[item.list_id])
        if counters is None:
            return ""
        return counters.next(item.depth, self._starts.pop((item.list_id, item.depth), None))

    def _of_style(self, style_id: str, direct: ListItem | None) -> ListItem | None:
        item = self._styles.item(style_id)
        if item is None:
            return None
        if direct:
            return replace(item, depth=direct.depth)
        depth = self._style_depths.get((self._abstract_of.get(item.list_id, ""), style_id), item.depth)
        return replace(item, depth=depth)


def heading_level(outline: int) -> int:
    """The heading level, from 1, of an outline level, from 0; 0 for that of the body."""
    return 0 if outline >= BODY_LEVEL else outline + 1


def is_on(attributes: Mapping[str, str]) -> bool:
    """Whether a property that can be on or off is on."""
    return attributes.get("w:val", "1").lower() not in OFF


class _StylesReader(Events):
    prefixes = WORD

    def __init__(self) -> None:
        super().__init__()
        self.styles: dict[str, Style] = {}
        self._style = Style()

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("w:val", "")
        style = self._style
        match name:
            case "w:style":
                self._style = self.styles[attributes.get("w:styleId", "")] = Style()
            case "w:name" if self.parent() == "w:style":
                style.name = value
            case "w:basedOn":
                style.parent = value
            case "w:outlineLvl":
                style.outline = number(value, BODY_LEVEL)
            case "w:numId":
                style.list_id = value
            case "w:ilvl":
                style.depth = number(value)
            case "w:vanish":
                style.hidden = is_on(attributes)
            case "w:tblStylePr":
                self.skip()


class _NumberingReader(Events):
    prefixes = WORD

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[str, dict[int, Level]] = {}
        """By abstract list and depth."""
        self.abstract_of: dict[str, str] = {}
        self.starts: dict[tuple[str, int], int] = {}
        """Where a list begins anew, by its id and depth."""
        self.style_depths: dict[tuple[str, str], int] = {}
        self._levels: dict[int, Level] = {}
        self._id = ""
        self._depth = 0

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("w:val", "")
        match name, self.parent():
            case "w:abstractNum", _:
                self._id = attributes.get("w:abstractNumId", "")
                self._levels = self.levels.setdefault(self._id, {})
            case "w:num", _:
                self._id = attributes.get("w:numId", "")
            case "w:abstractNumId", "w:num":
                self.abstract_of[self._id] = value
            case "w:lvl", "w:abstractNum":
                self._depth = number(attributes.get("w:ilvl", ""))
                self._levels[self._depth] = Level()
            case "w:lvl", _:
                self.skip()
            case "w:lvlOverride", _:
                self._depth = number(attributes.get("w:ilvl", ""))
            case "w:startOverride", _:
                self.starts[self._id, self._depth] = number(value, 1)
            case "w:pStyle", "w:lvl":
                self.style_depths[self._id, value] = self._depth
            case (("w:start" | "w:numFmt" | "w:lvlText"), _) if self._depth in self._levels:
                self._levels[self._depth] = _with(self._levels[self._depth], name, value)


def _with(level: Level, name: str, value: str) -> Level:
    if name == "w:start":
        return replace(level, start=number(value, 1))
    return replace(level, form=value) if name == "w:numFmt" else replace(level, template=value)
