"""Open Packaging, the container of docx: parts found by their relationships, and the document's properties.

Both spellings of the namespaces are known, transitional and strict. A target is only looked up among the
names of the package.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from corpus.formats.about import iso_date, meaningful
from corpus.formats.blocks import Block
from corpus.formats.events import Events, stream
from corpus.formats.packages import Package

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
EXTENDED = (
    "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
    "http://purl.oclc.org/ooxml/officeDocument/extendedProperties",
)
DRAWING = (
    "http://schemas.openxmlformats.org/drawingml/2006/main",
    "http://purl.oclc.org/ooxml/drawingml/main",
)
DC = "http://purl.org/dc/elements/1.1/"
TERMS = "http://purl.org/dc/terms/"
PROPERTIES = {
    "p:title": "title",
    "p:language": "language",
    "p:created": "created",
    "p:modified": "modified",
    "p:Company": "company",
}
MACROS = "vbaproject.bin"


@dataclass(frozen=True, slots=True)
class Relation:
    """From a part to another: the last word of its type, and the name of its target in the package."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Properties:
    """What a document says about itself, as strings that are empty where it says nothing."""

    title: str = ""
    date: str = ""
    publisher: str = ""
    language: str = ""


def relations(package: Package, part: str) -> dict[str, Relation]:
    """Those of a part (of the package itself for an empty name) to other parts, by their id."""
    folder, name = posixpath.split(part)
    found = _Relations(folder)
    xml = package.read(posixpath.join(folder, "_rels", f"{name}.rels"))
    if xml:
        stream(xml, found)
    return found.relations


def target(relations: Mapping[str, Relation], kind: str) -> str:
    """The part of the first relation of a kind, or an empty name."""
    return next((relation.target for relation in relations.values() if relation.kind == kind), "")


def properties(package: Package) -> Properties:
    """From the parts `core` and `app`, which may be missing."""
    found = _Properties()
    of_package = relations(package, "")
    for kind in ("core-properties", "coreProperties", "extended-properties", "extendedProperties"):
        if xml := package.read(target(of_package, kind)):
            stream(xml, found)
    values = {name: "".join(pieces).strip()[:1_000] for name, pieces in found.values.items()}
    date = iso_date(values.get("created", "")) or iso_date(values.get("modified", ""))
    return Properties(meaningful(values.get("title", "")), date, values.get("company", ""), values.get("language", ""))


def diagram(xml: bytes) -> tuple[Block, ...]:
    """The texts of a diagram (SmartArt), from its data part."""
    found = _Diagram()
    if xml:
        stream(xml, found)
    return tuple(Block(text) for text in found.texts if text.strip())


def has_macros(package: Package) -> bool:
    """Whether it holds a program, which is never read."""
    return any(name.lower().endswith(MACROS) for name in package.names)


class _Relations(Events):
    prefixes = MappingProxyType({RELATIONSHIPS: "r"})

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.relations: dict[str, Relation] = {}
        self._folder = folder

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "r:Relationship" and attributes.get("TargetMode") != "External":
            path = posixpath.join("/", self._folder, attributes.get("Target", ""))
            kind = attributes.get("Type", "").rsplit("/", 1)[-1]
            self.relations[attributes.get("Id", "")] = Relation(kind, posixpath.normpath(path).lstrip("/"))


class _Diagram(Events):
    prefixes = MappingProxyType(dict.fromkeys(DRAWING, "a"))

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def opens(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "a:p":
            self.texts.append("")

    def text(self, text: str) -> None:
        if self.parent() == "a:t" and self.texts:
            self.texts[-1] += text


class _Properties(Events):
    prefixes = MappingProxyType(dict.fromkeys((CORE, DC, TERMS, *EXTENDED), "p"))

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}

    def text(self, text: str) -> None:
        if key := PROPERTIES.get(self.parent()):
            self.values.setdefault(key, []).append(text)
