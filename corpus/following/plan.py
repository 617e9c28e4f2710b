"""What a synchronisation would do, by the hashes of what a source holds and of what was last seen of it.

Pure. A document that staff changed or removed in the meantime is left alone as long as its file is the same.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from corpus.following.sources import Item
from corpus.library import Followed

FEW = 3
"""Up to so many documents, only the loss of all of them is suspicious; above, that of more than a third."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Items by what happens to them, and what was followed and is found no more.

    `lost` counts the removed whose content is found nowhere in the source: a file that was only moved is not.
    `followed` counts what was followed before.
    """

    added: tuple[Item, ...]
    changed: tuple[Item, ...]
    unchanged: tuple[Item, ...]
    removed: tuple[Followed, ...]
    lost: int
    followed: int

    @property
    def too_many_removed(self) -> bool:
        """Whether so much would disappear that the source itself is more likely to be missing."""
        if self.followed <= FEW:
            return 0 < self.lost == self.followed
        return self.lost * 3 > self.followed


def plan(items: Iterable[Item], followed: Mapping[str, Followed], unread: Collection[str] = ()) -> Plan:
    """Compare; of two items with one key the first counts.

    `unread` are the keys that could not be read this time, or beginnings of keys that end in a slash: what is
    followed there is neither changed nor removed.
    """
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.key, item)
    known = {key: item for key, item in found.items() if key in followed}
    beginnings = tuple(key for key in unread if key.endswith("/"))
    held = {key for key in followed if key in unread or key.startswith(beginnings)}
    removed = tuple(row for key, row in followed.items() if key not in found and key not in held)
    hashes = {item.sha256 for item in found.values()}
    return Plan(
        added=tuple(item for key, item in found.items() if key not in followed),
        changed=tuple(item for key, item in known.items() if item.sha256 != followed[key].sha256),
        unchanged=tuple(item for key, item in known.items() if item.sha256 == followed[key].sha256),
        removed=removed,
        lost=sum(row.sha256 not in hashes for row in removed),
        followed=len(followed),
    )
