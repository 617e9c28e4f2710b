"""The styles of an OpenDocument text: what they say about pages, hidden text, titles and the numbers of lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from corpus.formats.events import Events
from corpus.formats.numbering import Level, number

NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
PREFIXES = MappingProxyType(
    {
        f"{NAMESPACE}{name}:1.0": prefix
        for name, prefix in {
            "office": "office",
            "text": "text",
            "table": "table",
            "style": "style",
            "drawing": "draw",
            "meta": "meta",
            "manifest": "manifest",
            "xsl-fo-compatible": "fo",
        }.items()
    }
    | {"http://purl.org/dc/elements/1.1/": "dc", "http://www.w3.org/1998/Math/MathML": "math"}
)
FORMS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "أ, ب, ت, ...": "arabicAlpha",
    "А, Б, .., Аа, Аб, ... (ru)": "russianUpper",
    "а, б, .., аа, аб, ... (ru)": "russianLower",
    "一, 二, 三, ...": "chineseCounting",
}
LISTS = ("text:list-level-style-number", "text:outline-level-style", "text:list-level-style-bullet")
LONGEST_CHAIN = 20


@dataclass(slots=True)
class Style:
    parent: str = ""
    list_style: str | None = None
    """Empty where it takes headings out of their numbering."""
    hidden: bool = False
    page_before: bool = False
    page_after: bool = False


class Styles(Events):
    """The reader of `styles.xml`; the text has styles of its own before its body."""

    prefixes = PREFIXES

    def __init__(self) -> None:
        super().__init__()
        self.styles: dict[str, Style] = {}
        """By family and name."""
        self.lists: dict[str, dict[int, Level]] = {}
        """The levels of a list, by the name of its style and the depth from 0; those of headings for ""."""
        self._style = Style()
        self._levels: dict[int, Level] = {}

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        style = self._style
        match name:
            case "style:style":
                key = f"{attributes.get('style:family')} {attributes.get('style:name')}"
                self._style = self.styles[key] = Style(
                    attributes.get("style:parent-style-name", ""),
                    attributes.get("style:list-style-name"),
                    page_before=attributes.get("style:master-page-name", "") != "",
                )
            case "style:text-properties":
                style.hidden = attributes.get("text:display") == "none"
            case "style:paragraph-properties" | "style:table-properties":
                style.page_before |= attributes.get("fo:break-before") == "page"
                style.page_after |= attributes.get("fo:break-after") == "page"
            case "text:list-style" | "text:outline-style":
                key = "" if name == "text:outline-style" else attributes.get("style:name", "")
                self._levels = self.lists.setdefault(key, {})
            case _ if name in LISTS:
                self._levels[number(attributes.get("text:level", ""), 1) - 1] = _level(attributes)

    def style(self, family: str, name: str) -> Style:
        """A style by its name, the default one for a name that is not known."""
        return self.styles.get(f"{family} {name}", Style())

    def is_hidden(self, family: str, name: str) -> bool:
        """Whether text in the style is not shown."""
        return any(self.style(family, above).hidden for above in self._chain(family, name))

    def is_title(self, name: str) -> bool:
        """Whether paragraphs of the style are the title of the document."""
        return "Title" in self._chain("paragraph", name)

    def is_numbered(self, name: str) -> bool:
        """Whether headings of the style take part in the numbering of headings."""
        lists = (self.style("paragraph", above).list_style for above in self._chain("paragraph", name))
        return next((list_style for list_style in lists if list_style is not None), None) != ""

    def _chain(self, family: str, name: str) -> list[str]:
        names: list[str] = []
        while name and len(names) < LONGEST_CHAIN:
            names.append(name)
            name = self.style(family, name).parent
        return names


def _level(attributes: Mapping[str, str]) -> Level:
    """A level of a list; a bullet has no format."""
    depth = number(attributes.get("text:level", ""), 1)
    shown = min(max(1, number(attributes.get("text:display-levels", ""), 1)), depth, 9)
    form = FORMS.get(attributes.get("style:num-format", ""), "none")
    places = ".".join(f"%{place}" for place in range(depth - shown + 1, depth + 1))
    template = f"{attributes.get('style:num-prefix', '')}{places}{attributes.get('style:num-suffix', '')}"
    return Level(form, template, number(attributes.get("text:start-value", ""), 1))
