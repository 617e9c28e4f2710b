"""XML as a stream of events: no tree is built, nothing is fetched, and no entity is expanded.

In: the bytes of an XML file. Out: calls of the methods of an `Events`, with the short names of the format.
"""

from collections.abc import Mapping
from typing import ClassVar

from lxml import etree  # type: ignore[import-untyped]

from corpus.errors import UnreadableFile
from corpus.formats.packages import broken

MAX_DEPTH = 1_000
MAX_ELEMENTS = 3_000_000
MAX_NAMES = 5_000
"""Short names that are kept; a format has some hundreds."""
CHUNK = 65_536


class Events:
    """What the parser calls; the reader of a format overrides `opens`, `closes` and `text`."""

    prefixes: ClassVar[Mapping[str, str]]
    """Namespace to prefix; a name of another namespace is empty."""

    def __init__(self) -> None:
        self.path: list[str] = []
        """The names of the elements that are open; in `opens` and `closes`, without the one in question."""
        self._names: dict[str, str] = {}
        self._skipped = 0
        self._elements = 0

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def closes(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters of the element that is open, perhaps only a part of them."""

    def skip(self) -> None:
        """Leaves out what is in the element that just opened; called from `opens`, and it does not close."""
        self._skipped = 1

    def parent(self, above: int = 1) -> str:
        """The name of the element around the one that opens."""
        return self.path[-above] if len(self.path) >= above else ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Called by the parser."""
        self._elements += 1
        if len(self.path) + self._skipped > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise UnreadableFile(
                f"the document has more than {MAX_ELEMENTS:,} elements, or nests more than {MAX_DEPTH:,}: "
                "split it, or save it as plain text",
                code="too_large",
            )
        if self._skipped:
            self._skipped += 1
            return
        name = self._short(tag)
        self.opens(name, {self._short(key): value for key, value in attributes.items()})
        if not self._skipped:
            self.path.append(name)

    def end(self, tag: str) -> None:
        """Called by the parser."""
        if self._skipped:
            self._skipped -= 1
        else:
            self.closes(self.path.pop())

    def data(self, data: str) -> None:
        """Called by the parser."""
        if not self._skipped:
            self.text(data)

    def close(self) -> None:
        """Called by the parser at the end."""

    def _short(self, name: str) -> str:
        short = self._names.get(name)
        if short is None:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            uri, _, local = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
            prefix = self.prefixes.get(uri, "")
            short = self._names[name] = f"{prefix}:{local}" if prefix else "" if uri else local
        return short


def stream(xml: bytes, events: Events) -> None:
    """Parses `xml`; UnreadableFile (broken) where it is not well formed."""
    parser = etree.XMLParser(
        target=events, resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        for start in range(0, len(xml), CHUNK):
            parser.feed(xml[start : start + CHUNK])
        parser.close()
    except etree.XMLSyntaxError as error:
        raise broken(f"its XML: {error.msg}") from error
