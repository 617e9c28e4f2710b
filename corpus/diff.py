"""What a new version of a text changes, paragraph by paragraph and word by word; pure, in bounded time.

In: two texts. Out: `Change`s that cover both, in order. Where a text is too long and too repetitive to be aligned, a
stretch of it counts as removed and its counterpart as added: more is marked than was changed, never less.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, get_args

from corpus.alignment import Pair, common, rising
from corpus.formats.blocks import UNSPACED, WIDE

ChangeKind = Literal["same", "removed", "added", "changed"]
PieceKind = Literal["same", "removed", "added"]
CHANGE_KINDS: tuple[str, ...] = get_args(ChangeKind)
PIECE_KINDS: tuple[str, ...] = get_args(PieceKind)

ALIKE = 0.4
"""Share of their words that two paragraphs have in common when one is a new wording of the other."""
COMMON_WORD = 16
"""A word that stands in more paragraphs does not help to find the counterpart of one."""
CANDIDATES = 3
PAIRED = 20_000
"""Paragraphs in a row that have no equal; more are compared as one."""

MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
LINE = re.compile(r"[^\n]*\n+|[^\n]+")
TOKEN = re.compile(rf"\d+(?:[.,]\d+)*+|[{UNSPACED}]|(?:(?![\d{UNSPACED}])[\w{MARKS}])++|\s+|.", re.DOTALL)
HAS_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of the old text ("removed"), of the new ("added") or of both ("same")."""

    kind: PieceKind
    text: str

    def __post_init__(self) -> None:
        if self.kind not in PIECE_KINDS or not self.text:
            raise ValueError(f"not a piece: {self.kind!r} {self.text!r}")


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph with the line ends after it, as it was and as it is; `old` or `new` is empty where there is none.

    The pieces that are not "added" make `old`, those that are not "removed" make `new`. In a "same" one at most the
    number of line ends differs.
    """

    kind: ChangeKind
    old: str
    new: str
    pieces: tuple[Piece, ...]

    def __post_init__(self) -> None:
        if self.kind not in CHANGE_KINDS:
            raise ValueError(f"not a kind of change: {self.kind!r}")
        old = "".join([piece.text for piece in self.pieces if piece.kind != "added"])
        new = "".join([piece.text for piece in self.pieces if piece.kind != "removed"])
        if (old, new) != (self.old, self.new):
            raise ValueError("the pieces do not make the old and the new text")


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many unchanged paragraphs that are not shown."""

    count: int


def changes(old: str, new: str) -> tuple[Change, ...]:
    """The changes from `old` to `new`, in order: their `old` make the old text, their `new` the new one."""
    before, after = LINE.findall(old), LINE.findall(new)
    pairs = common([line.rstrip("\n") for line in before], [line.rstrip("\n") for line in after])
    found: list[Change] = []
    i = j = 0
    for a, b in (*pairs, (len(before), len(after))):
        found += _between(before[i:a], after[j:b])
        if a < len(before):
            found.append(_change("same", before[a], after[b]))
        i, j = a + 1, b + 1
    return tuple(found)


def collapse(found: Sequence[Change], keep: int = 1) -> tuple[Change | Skipped, ...]:
    """`found` with `keep` unchanged paragraphs beside each change, and `Skipped` for the others."""
    near = [0] * (len(found) + 1)
    for number, change in enumerate(found):
        if change.kind != "same":
            near[max(0, number - keep)] += 1
            near[min(len(found), number + keep + 1)] -= 1
    shown, level = [], 0
    for change, step in zip(found, near, strict=False):
        level += step
        shown.append((level > 0, change))
    parts: list[Change | Skipped] = []
    for visible, run in groupby(shown, key=lambda pair: pair[0]):
        kept = [change for _, change in run]
        parts += kept if visible else [Skipped(len(kept))]
    return tuple(parts)


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """The changes of paragraphs none of which is the same."""
    if len(old) + len(new) > PAIRED:
        old, new = ["".join(old)] * bool(old), ["".join(new)] * bool(new)
    i = j = 0
    for a, b in (*_counterparts(old, new), (len(old), len(new))):
        yield from (Change("removed", line, "", (Piece("removed", line),)) for line in old[i:a])
        yield from (Change("added", "", line, (Piece("added", line),)) for line in new[j:b])
        if a < len(old):
            yield _change("changed", old[a], new[b])
        i, j = a + 1, b + 1


def _counterparts(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pairs of paragraphs of which one is a new wording of the other, in rising order."""
    if not old or not new:
        return []
    words = [_words(line) for line in new]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, of_line in enumerate(words):
        for word in of_line:
            holders[word].append(number)
    pairs: list[Pair] = []
    for number, line in enumerate(old):
        own = _words(line)
        shared = Counter(j for word in own if len(holders.get(word, ())) <= COMMON_WORD for j in holders.get(word, ()))
        scores = [(_likeness(own, words[j]), -j) for j, _ in shared.most_common(CANDIDATES)]
        best, place = max(scores, default=(0.0, 0))
        if best >= ALIKE:
            pairs.append((number, -place))
    return rising(pairs)


def _words(line: str) -> frozenset[str]:
    """The words of a paragraph; of an unspaced script its pairs of characters."""
    tokens = [token for token in TOKEN.findall(line) if HAS_WORD.match(token)]
    return frozenset(
        token + following if WIDE.match(token) else token
        for token, following in zip(tokens, [*tokens[1:], ""], strict=False)
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _change(kind: ChangeKind, old: str, new: str) -> Change:
    """A paragraph with its pieces; what lies between two changes and holds no word belongs to both."""
    if old == new:
        return Change(kind, old, new, (Piece("same", old),))
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    pieces: list[Piece] = []
    removed, added, same = [""], [""], [""]
    i = j = 0
    for a, b in (*common(before, after), (len(before), len(after))):
        if (a > i or b > j) and same[-1]:
            if (removed[-1] or added[-1]) and not any(map(HAS_WORD.match, same)):
                removed += same
                added += same
            else:
                pieces += _pieces(removed, added, same)
                removed, added = [""], [""]
            same = [""]
        removed += before[i:a]
        added += after[j:b]
        same += before[a : a + 1]
        i, j = a + 1, b + 1
    return Change(kind, old, new, (*pieces, *_pieces(removed, added, same)))


def _pieces(removed: Sequence[str], added: Sequence[str], same: Sequence[str]) -> Iterator[Piece]:
    """Pieces in the order in which they are shown; empty ones are left out."""
    parts: tuple[tuple[PieceKind, str], ...] = (
        ("removed", "".join(removed)),
        ("added", "".join(added)),
        ("same", "".join(same)),
    )
    return (Piece(kind, text) for kind, text in parts if text)
