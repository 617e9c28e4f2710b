"""Which documents a list shows: searched, filtered, sorted and cut into pages; pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from corpus.library import Entry
from corpus.models import KINDS, LANGUAGE_CODE
from vectorstore.lexical import fold

Standing = Literal["answering", "indexing", "superseded", "withdrawn"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
TAGS: Mapping[Standing, str] = {"answering": "ok", "indexing": "", "superseded": "warn", "withdrawn": "bad"}
"""The class of the tag of each."""
SORTS = ("date", "title", "changed")
LINES = 100
MOST_WORDS = 200  # characters of a search


@dataclass(frozen=True, slots=True)
class Row:
    """A document, what has become of it, and the id of the one that supersedes it, if one does."""

    entry: Entry
    standing: Standing
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list was asked for; empty is everything."""

    q: str = ""
    state: str = ""
    language: str = ""
    kind: str = ""
    sort: str = SORTS[0]

    @classmethod
    def read(cls, q: str = "", state: str = "", language: str = "", kind: str = "", sort: str = "") -> "Wanted":
        """From the values of an address: what means nothing asks for nothing."""
        return cls(
            q.strip()[:MOST_WORDS],
            state if state in STANDINGS else "",
            language if LANGUAGE_CODE.fullmatch(language) else "",
            kind if kind in KINDS else "",
            sort if sort in SORTS else SORTS[0],
        )

    @property
    def narrows(self) -> bool:
        """Whether some documents may be left out."""
        return bool(self.q or self.state or self.language or self.kind)

    def query(self) -> dict[str, str]:
        """The values of an address that asks for this."""
        return {name: value for name, value in asdict(self).items() if value and (name, value) != ("sort", SORTS[0])}


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, its number from 1, of how many pages."""

    rows: tuple[Row, ...]
    number: int
    of: int


def rows(entries: Sequence[Entry], superseded: Mapping[str, str]) -> list[Row]:
    """Every document with its standing."""
    return [
        Row(entry, standing(entry.state, newer := superseded.get(entry.metadata.id, "")), newer) for entry in entries
    ]


def standing(state: str, superseded_by: str) -> Standing:
    """What has become of a document, for those who look after it."""
    if state == "removed":
        return "withdrawn"
    if state == "pending":
        return "indexing"
    return "superseded" if superseded_by else "answering"


def listed(found: Sequence[Row], wanted: Wanted, changed: Callable[[Entry], str]) -> list[Row]:
    """The rows that are wanted, in order; `changed` tells when a document was changed last (ISO 8601, UTC)."""
    words = fold(wanted.q).split()
    chosen = [row for row in found if _fits(row, wanted, words)]
    chosen.sort(key=lambda row: (fold(row.entry.metadata.title), row.entry.metadata.id))
    if wanted.sort == "date":
        chosen.sort(key=lambda row: row.entry.metadata.date or "", reverse=True)
    elif wanted.sort == "changed":
        chosen.sort(key=lambda row: changed(row.entry), reverse=True)
    return chosen


def page(found: Sequence[Row], number: int) -> Page:
    """The page with this number, or the nearest that there is."""
    of = max(1, -(-len(found) // LINES))
    number = min(max(1, number), of)
    return Page(tuple(found[(number - 1) * LINES : number * LINES]), number, of)


def counts(found: Sequence[Row]) -> Mapping[Standing, int]:
    """How many documents stand where."""
    return Counter(row.standing for row in found)


def _fits(row: Row, wanted: Wanted, words: Sequence[str]) -> bool:
    metadata = row.entry.metadata
    asked = (wanted.state, row.standing), (wanted.language, metadata.language), (wanted.kind, metadata.kind)
    if any(value and value != own for value, own in asked):
        return False
    text = fold(f"{metadata.title}\n{metadata.publisher}\n{metadata.id}") if words else ""
    return all(word in text for word in words)
