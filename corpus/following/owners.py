"""Which file or address a document belongs to, so that no other one overwrites it.

In: the library as it is when a run begins, and the plan of the run. Out: what already holds an item's bytes, and
whether an item may have an id.
"""

from collections.abc import Mapping

from corpus.database import connect
from corpus.errors import CorpusError
from corpus.following.plan import Plan
from corpus.following.sources import Item
from corpus.library import Entry, Followed, Library

Place = tuple[str, str]
"""A source and a key in it."""


def gone(source: str) -> str:
    """The reason that is kept with a document taken out because its file is gone: it may come back with the file."""
    return f"its file is no longer in {source}"


class Owners:
    """The documents of a library and what follows them; it remembers what was claimed in this run.

    With `adopt` an item may have the id of a document that nothing follows.
    """

    def __init__(
        self, library: Library, source: str, followed: Mapping[str, Followed], plan: Plan, *, adopt: bool = False
    ) -> None:
        self._library = library
        self._source = source
        self._followed = followed
        self._adopt = adopt
        self._leaving = {row.key for row in plan.removed}
        self._moving = self._leaving | {item.key for item in plan.changed}
        self._claimed: dict[str, str] = {}
        self._contents: dict[str, tuple[str, str]] = {}
        self.entries = {entry.metadata.id: entry for entry in library.entries("pending", "ready", "removed")}
        self.places = _places(library)

    def elsewhere(self) -> set[str]:
        """The ids of the documents that other sources follow."""
        return {id for id, places in self.places.items() if any(source != self._source for source, _ in places)}

    def holding(self, item: Item) -> Entry | None:
        """The document that was made from exactly the item's bytes: its own, else one in answers, else a removed one.

        One that was removed because its file had gone does not count: the file is back.
        """
        own = self._followed[item.key].document_id if item.key in self._followed else ""
        held = [entry for entry in self.entries.values() if entry.sha256 == item.sha256 and not self._is_gone(entry)]
        return min(held, key=lambda e: (e.metadata.id != own, e.state == "removed", e.metadata.id), default=None)

    def same_content(self, item: Item) -> tuple[str, str] | None:
        """Another item with these bytes and the id of their document: staying where it is, or earlier in this run."""
        if item.sha256 in self._contents:
            return self._contents[item.sha256]
        held = self.holding(item)
        if held is None:
            return None
        for source, key in self.places.get(held.metadata.id, ()):
            if source != self._source or key not in {item.key, *self._moving}:
                return key, held.metadata.id
        return None

    def take(self, document_id: str, item: Item) -> None:
        """Remember in this run that the item has this document."""
        self._claimed[document_id] = item.key
        self._contents[item.sha256] = item.key, document_id

    def leaves(self, document_id: str) -> bool:
        """Whether a document that nothing follows any more is to be taken out: not when staff did so already."""
        removal = self._library.removal(document_id)
        return document_id in self.entries and (removal is None or removal.reason == gone(self._source))

    def claim(self, document_id: str, item: Item) -> None:
        """Let the item have the id in this run; raises CorpusError (id_taken) when it is another's."""
        own = item.key in self._followed and self._followed[item.key].document_id == document_id
        owner = self._claimed.get(document_id) or ("" if own else self._owner(document_id, item))
        if owner:
            raise CorpusError(
                f"its id {document_id!r} is also that of {owner}: give the file another name, or another id in its "
                "front matter, or remove that document first",
                code="id_taken",
                id=document_id,
                owner=owner,
            )
        self.take(document_id, item)

    def _owner(self, document_id: str, item: Item) -> str:
        """What a document belongs to, other than to the item or to what leaves in this run."""
        places = self.places.get(document_id, [])
        for source, key in places:
            if source != self._source:
                return f"{key} in {source}"
            if key != item.key and key not in self._leaving:
                return key
        entry = self.entries.get(document_id)
        by_hand = entry is not None and entry.state != "removed" and not places and not self._adopt
        return "a document that was added by hand" if by_hand else ""

    def _is_gone(self, entry: Entry) -> bool:
        """Whether it was taken out because its file had gone from this source."""
        if entry.state != "removed":
            return False
        removal = self._library.removal(entry.metadata.id)
        return removal is not None and removal.reason == gone(self._source)


def _places(library: Library) -> dict[str, list[Place]]:
    """What follows each document, in all the sources."""
    places: dict[str, list[Place]] = {}
    with connect(library.path) as db:
        rows = db.execute("SELECT document_id, source, key FROM followed ORDER BY source, key").fetchall()
    for document_id, source, key in rows:
        places.setdefault(document_id, []).append((source, key))
    return places
