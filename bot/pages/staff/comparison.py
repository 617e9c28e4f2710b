"""What a new version changes, for a page: the changes, and between them what stays the same, folded; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.diff import Change, Skipped, collapse

WORTH_FOLDING = 3
UNFOLDED = 200
"""Unchanged paragraphs in a row that can be unfolded; of more only the number is shown."""
SHOWN = 500
"""Paragraphs and folds that are shown at first."""


@dataclass(frozen=True, slots=True)
class Fold:
    """So many paragraphs that stay the same; `changes` is empty when they are too many to be unfolded."""

    count: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to show, whether that is all, and how many paragraphs are new, gone and reworded."""

    parts: tuple[Change | Fold, ...]
    complete: bool
    added: int
    removed: int
    changed: int

    @property
    def same(self) -> bool:
        """Whether the two texts have the same paragraphs."""
        return not (self.added or self.removed or self.changed)


def comparison(found: Sequence[Change], most: int | None = SHOWN) -> Comparison:
    """`found` as a page shows it."""
    parts: list[Change | Fold] = []
    at = 0
    for part in collapse(found):
        count = part.count if isinstance(part, Skipped) else 1
        run = tuple(found[at : at + count])
        at += count
        if isinstance(part, Skipped) and count >= WORTH_FOLDING:
            parts.append(Fold(count, run if count <= UNFOLDED else ()))
        else:
            parts += run
    kinds = [change.kind for change in found]
    counts = {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}
    complete = most is None or len(parts) <= most
    return Comparison(tuple(parts if complete else parts[:most]), complete, **counts)
