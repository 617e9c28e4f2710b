"""HTML to blocks, as a stream of events from lxml: no tree is built and nothing recurses.

Scripts, styles, navigation, forms, side matter and hidden elements are dropped with all that they hold.
Comments, attributes and addresses never reach the text. The publisher and the date are those of the `meta`
elements of the page.
"""

import re
from collections import Counter
from collections.abc import Mapping

from lxml import etree  # type: ignore[import-untyped]

from corpus.errors import UnreadableFile
from corpus.formats.about import iso_date
from corpus.formats.blocks import CELL, Block, Reading
from corpus.normalise import one_line


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


DROPPED = _names(
    "script style noscript template nav footer aside form button select textarea svg iframe object canvas "
    "audio video map dialog"
)
BLOCKS = _names(
    "address article blockquote body caption center dd details div dl dt fieldset figcaption figure header "
    "hr html legend li main ol p pre section summary ul"
)
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
CELLS = ("td", "th")
WHOLE = ("html", "body", "main", "article")
COUNTED = {"script": "scripts", "form": "forms", "svg": "images"}
FURNITURE = "furniture"
"""What every page has around its text, and is not counted."""
DROPPED_ROLES = _names("navigation search dialog alertdialog contentinfo complementary")
"""The roles of elements of any name that say what some names of DROPPED say."""
NOTICE = re.compile(
    r"(?:cookie|consent|rgpd|gdpr)[\w-]{0,40}?(?:banner|bar|notice|popup|modal|overlay|dialog|message|bandeau|consent)"
    r"|(?:banner|bar|notice|popup|modal|overlay|dialog|message|bandeau)[\w-]{0,40}?(?:cookie|consent|rgpd|gdpr)"
    r"|onetrust|didomi|tarteaucitron|axeptio",
    re.IGNORECASE,
)
"""In the name or the classes of an element: a notice about cookies."""
LONGEST_NAME = 500
MARKS = ("noteref", "doc-noteref", "doc-backlink")
"""The kinds of links between a note and its place: numbers that would stick to a word."""
PUBLISHER = ("citation_publisher", "dc.publisher", "dcterms.publisher", "publisher", "og:site_name", "author")
DATE = ("article:published_time", "citation_publication_date", "citation_date", "dc.date", "dcterms.date", "date")
"""The names of `meta` elements, the best first."""
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
LINE_BREAK = "\u2028"
SPACES = re.compile(r"[ \t\r\n\f]+")

MAX_DEPTH = 5_000
CHUNK = 16_384


def read_html(text: str) -> Reading:
    """The blocks, title and language of a page; UnreadableFile when it is nested beyond MAX_DEPTH."""
    events = _Events()
    parser = etree.HTMLParser(target=events, recover=True, huge_tree=True)
    for start in range(0, len(text), CHUNK):
        parser.feed(text[start : start + CHUNK])
        if events.depth > MAX_DEPTH:
            raise UnreadableFile(
                f"the page nests more than {MAX_DEPTH:,} elements: save it as Markdown or plain text", code="too_large"
            )
    if text:
        parser.close()
    return events.reading()


class _Events:
    """The target of the parser: gathers text and turns it into blocks at each border."""

    def __init__(self) -> None:
        self.depth = 0
        self._dropped_at: int | None = None
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._rows: list[list[str]] = []
        self._tables = 0
        self._preformatted = 0
        self._in_title = False
        self._title = ""
        self._language = ""
        self._dropped: Counter[str] = Counter()
        self._meta: dict[str, str] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""
        self.depth += 1
        if self._dropped_at is not None:
            return
        if kind := _dropped_as(tag, attributes):
            self._dropped_at = self.depth
            self._dropped[kind] += 1
        elif tag == "img":
            self._dropped["images"] += 1
        elif tag == "meta":
            self._keep(attributes)
        elif tag == "html":
            self._language = attributes.get("lang", "")
        elif tag == "title":
            self._in_title = True
        elif tag == "br":
            self._text.append(LINE_BREAK)
        elif tag == "tr" and self._tables:
            self._rows.append([])
        elif tag == "table" or tag in HEADINGS or tag in BLOCKS:
            self._border(tag)
            self._tables += tag == "table"
            self._preformatted += tag == "pre"

    def end(self, tag: str) -> None:
        """An element closes, or the parser closes it."""
        self.depth -= 1
        if self._dropped_at is not None:
            if self.depth < self._dropped_at:
                self._dropped_at = None
        elif tag == "title":
            self._in_title = False
        elif tag in HEADINGS:
            self._flush(HEADINGS[tag])
        elif tag in CELLS and self._rows:
            self._rows[-1].append(self._taken(" "))
        elif tag == "table" or tag in BLOCKS:
            self._border(tag)
            self._tables -= tag == "table"
            self._preformatted -= tag == "pre"

    def data(self, data: str) -> None:
        """Text of the element that is open."""
        if self._in_title:
            self._title += data
        elif self._dropped_at is None:
            self._text.append(data.replace("\n", LINE_BREAK) if self._preformatted else data)

    def comment(self, text: str) -> None:
        """A comment, or what the parser takes for one: the declaration of XML begins with a question mark."""
        if self._dropped_at is None and not text.startswith("?"):
            self._dropped["comments"] += 1

    def close(self) -> None:
        """The end of the page."""
        self._border("html")

    def reading(self) -> Reading:
        """What was gathered; the only first-level heading, else the title of the page, is its title."""
        first_level = [block.text for block in self._blocks if block.level == 1]
        title = first_level[0] if len(first_level) == 1 else self._title
        return Reading(
            tuple(self._blocks),
            title=one_line(title[:1_000]),
            language=self._language,
            publisher=self._first(PUBLISHER),
            date=iso_date(self._first(DATE)),
            dropped={kind: count for kind, count in self._dropped.items() if kind != FURNITURE},
        )

    def _keep(self, attributes: Mapping[str, str]) -> None:
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        if name in PUBLISHER or name in DATE:
            self._meta.setdefault(name, one_line(attributes.get("content", "")[:1_000]))

    def _first(self, names: tuple[str, ...]) -> str:
        return next((self._meta[name] for name in names if self._meta.get(name)), "")

    def _border(self, tag: str) -> None:
        """A block begins or ends; inside a cell that only matters for a heading or another table."""
        if self._tables and tag in BLOCKS and tag not in ("body", "html"):
            self._text.append(" ")
            return
        if self._rows:
            self._rows[-1].append(self._taken(" "))
            rows = [CELL.join(cell for cell in row if cell) for row in self._rows]
            self._blocks.append(Block("\n".join(row for row in rows if row)))
            self._rows = []
        self._flush()

    def _flush(self, level: int = 0) -> None:
        text = self._taken(LINE_BREAK)
        if text:
            self._blocks.append(Block(text, level))

    def _taken(self, line_break: str) -> str:
        """The text gathered since the last border, its white space folded as a browser does."""
        text = SPACES.sub(" ", "".join(self._text))
        self._text.clear()
        return text.replace(LINE_BREAK, line_break).strip()


def _dropped_as(tag: str, attributes: Mapping[str, str]) -> str:
    """As what an element is dropped, or nothing when it is read."""
    if tag in DROPPED:
        return COUNTED.get(tag, FURNITURE)
    if _hidden(attributes):
        return "hidden"
    role = attributes.get("role", "").strip().lower()
    is_mark = attributes.get("epub:type") in MARKS or role in MARKS
    return FURNITURE if is_mark or role in DROPPED_ROLES or _is_notice(tag, attributes) else ""


def _is_notice(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element is a notice about cookies; what holds the whole page may have a class that tells of one."""
    names = (attributes.get("id", ""), attributes.get("class", ""))
    return tag not in WHOLE and any(NOTICE.search(name[:LONGEST_NAME]) for name in names if name)


def _hidden(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or HIDDEN_STYLE.search(attributes.get("style", "")) is not None
    )
