"""E-books (.epub) to blocks: the chapters in the order of the book, each read as a page of HTML.

Tables of contents are left out. A book whose text is encrypted is refused; scrambled fonts alone do no harm.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from corpus.decode import decode
from corpus.errors import UnreadableFile
from corpus.formats.about import iso_date, meaningful
from corpus.formats.blocks import Block, Reading
from corpus.formats.events import Events, stream
from corpus.formats.html import read_html
from corpus.formats.packages import Package, broken, encrypted, wrong_type
from corpus.normalise import MAX_CHARACTERS

WHAT = "an e-book (.epub)"
CONTAINER = "META-INF/container.xml"
PREFIXES = MappingProxyType(
    {
        "urn:oasis:names:tc:opendocument:xmlns:container": "c",
        "http://www.idpf.org/2007/opf": "opf",
        "http://openebook.org/namespaces/oeb-package/1.0/": "opf",
        "http://purl.org/dc/elements/1.1/": "dc",
        "http://www.w3.org/2001/04/xmlenc#": "enc",
    }
)
FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
CHAPTERS = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
CONTENTS = ("toc", "loi", "lot")
MAX_CHAPTERS = 2_000

DECLARED = re.compile(rb"^.{0,10}<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.DOTALL)
SELF_CLOSED = re.compile(r"<([A-Za-z][A-Za-z0-9:]*)((?:\s[^<>]*)?)/>")
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
ASIDE = re.compile(r"<(/?)aside\b", re.IGNORECASE)


def read_epub(data: bytes) -> Reading:
    """The blocks of a book and what it says about itself.

    UnreadableFile codes: wrong_type, broken, encrypted, too_large, encoding.
    """
    package = Package(data, WHAT)
    container = _Container()
    if CONTAINER not in package.names:
        raise wrong_type("a ZIP archive", WHAT)
    stream(package.read(CONTAINER), container)
    if container.book not in package.names:
        raise broken("the description of the book is missing")
    book = _Book(posixpath.dirname(container.book))
    stream(package.read(container.book), book)
    chapters = [path for path in book.chapters() if path in package.names]
    _check_rights(package, chapters)
    dropped: Counter[str] = Counter()
    blocks = tuple(_blocks(package, chapters, dropped))
    return Reading(
        blocks,
        title=meaningful(book.value("dc:title")),
        language=book.value("dc:language"),
        publisher=book.value("dc:publisher"),
        date=iso_date(book.value("dc:date")),
        dropped=dropped,
    )


def _blocks(package: Package, chapters: list[str], dropped: Counter[str]) -> Iterator[Block]:
    characters = 0
    for path in chapters[:MAX_CHAPTERS]:
        reading = read_html(_html(package.read(path)))
        dropped.update(reading.dropped)
        characters += sum(len(block.text) for block in reading.blocks)
        if characters > MAX_CHARACTERS:
            raise UnreadableFile(
                f"the book has more than {MAX_CHARACTERS:,} characters: split it into parts",
                code="too_large",
                limit=MAX_CHARACTERS,
            )
        yield from reading.blocks


def _html(data: bytes) -> str:
    """A chapter as HTML: elements that close themselves in XML would stay open, and asides are its notes."""
    declared = DECLARED.match(data)
    text = decode(data, declared.group(1).decode("ascii") if declared else "")
    return ASIDE.sub(r"<\1section", SELF_CLOSED.sub(_closed, text))


def _closed(element: re.Match[str]) -> str:
    name, attributes = element.groups()
    return element.group() if name.lower() in VOID else f"<{name}{attributes}></{name}>"


def _check_rights(package: Package, chapters: list[str]) -> None:
    rights = _Rights()
    if xml := package.read("META-INF/encryption.xml"):
        stream(xml, rights)
    if rights.encrypted & set(chapters):
        raise encrypted()


class _Container(Events):
    prefixes = PREFIXES

    def __init__(self) -> None:
        super().__init__()
        self.book = ""

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c:rootfile" and not self.book:
            self.book = attributes.get("full-path", "")


@dataclass(frozen=True, slots=True)
class _Item:
    path: str
    is_chapter: bool


class _Book(Events):
    """The reader of the description of the book, in `folder`."""

    prefixes = PREFIXES

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self._items: dict[str, _Item] = {}
        self._order: list[str] = []
        self._contents: set[str] = set()
        self._values: dict[str, list[str]] = {}

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "opf:item":
                is_contents = "nav" in attributes.get("properties", "").split()
                is_chapter = attributes.get("media-type", "").lower() in CHAPTERS and not is_contents
                self._items[attributes.get("id", "")] = _Item(self._path(attributes), is_chapter)
            case "opf:itemref":
                self._order.append(attributes.get("idref", ""))
            case "opf:reference" if attributes.get("type") in CONTENTS:
                self._contents.add(self._path(attributes))
            case _ if name.startswith("dc:"):
                self._values.setdefault(name, []).append("")

    def text(self, text: str) -> None:
        values = self._values.get(self.parent())
        if values and len(values[-1]) < 1_000:
            values[-1] += text

    def value(self, name: str) -> str:
        """The first text of an element of the metadata, empty when there is none."""
        return next((value.strip() for value in self._values.get(name, ()) if value.strip()), "")

    def chapters(self) -> list[str]:
        """The names of the chapters, each once, in the order of the book."""
        items = (self._items[key] for key in self._order if key in self._items)
        paths = dict.fromkeys(item.path for item in items if item.is_chapter)
        return [path for path in paths if path not in self._contents]

    def _path(self, attributes: Mapping[str, str]) -> str:
        href = unquote(attributes.get("href", "").split("#", 1)[0])
        return posixpath.normpath(posixpath.join(self._folder, href))


class _Rights(Events):
    """The reader of the list of what is encrypted."""

    prefixes = PREFIXES

    def __init__(self) -> None:
        super().__init__()
        self.encrypted: set[str] = set()
        self._method = ""

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "enc:EncryptionMethod" and self.parent() == "enc:EncryptedData":
            self._method = attributes.get("Algorithm", "")
        elif name == "enc:CipherReference" and self._method not in FONTS:
            self.encrypted.add(unquote(attributes.get("URI", "")))
