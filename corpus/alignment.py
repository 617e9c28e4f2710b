"""What two sequences have in common, in their order, in bounded time; pure.

In: two sequences of hashable items. Out: pairs of offsets of equal items, both rising. Short sequences get a longest
common subsequence (bit-parallel, after Hyyrö 2004); longer ones are first cut at items that stand once in each
(patience diff), and a part without such items that is still too long has nothing in common.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

EXACT = 200_000_000
"""Product of the lengths up to which the longest common subsequence is searched: a matrix of so many bits."""
DEPTH = 8
"""How often a part is cut again at items that stand once in it."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Part:
    """`old[a:b]` against `new[c:d]`."""

    a: int
    b: int
    c: int
    d: int
    depth: int = 0


def common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """Pairs (offset in `old`, offset in `new`) of equal items, both rising."""
    numbers: dict[Hashable, int] = {}
    left = [numbers.setdefault(item, len(numbers)) for item in old]
    right = [numbers.setdefault(item, len(numbers)) for item in new]
    found: list[Pair] = []
    waiting = [_Part(0, len(left), 0, len(right))]
    while waiting:
        part = _trimmed(left, right, waiting.pop(), found)
        if part.a == part.b or part.c == part.d:
            continue
        if (part.b - part.a) * (part.d - part.c) <= EXACT:
            pairs = _longest(left[part.a : part.b], right[part.c : part.d])
            found += [(part.a + i, part.c + j) for i, j in pairs]
        elif part.depth < DEPTH:
            anchors = _anchors(left, right, part)
            found += anchors
            waiting += _between(part, anchors) if anchors else ()
    return sorted(found)


def rising(pairs: Sequence[Pair]) -> list[Pair]:
    """A longest selection of `pairs`, whose first offsets rise, in which the second ones rise too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        place = bisect_left(ends, j)
        before.append(last[place - 1] if place else -1)
        ends[place:], last[place:] = [j, *ends[place + 1 :]], [number, *last[place + 1 :]]
    chosen: list[Pair] = []
    number = last[-1] if last else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _trimmed(old: Sequence[int], new: Sequence[int], part: _Part, found: list[Pair]) -> _Part:
    """`part` without the equal items at its ends, which go to `found`."""
    a, b, c, d = part.a, part.b, part.c, part.d
    while a < b and c < d and old[a] == new[c]:
        found.append((a, c))
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
        found.append((b, d))
    return _Part(a, b, c, d, part.depth)


def _anchors(old: Sequence[int], new: Sequence[int], part: _Part) -> list[Pair]:
    """Items that stand once in each side of `part`, in an order common to both."""
    once_old = _once(old, part.a, part.b)
    once_new = _once(new, part.c, part.d)
    return rising([(i, once_new[item]) for item, i in once_old.items() if item in once_new])


def _once(items: Sequence[int], start: int, end: int) -> dict[int, int]:
    """The items that stand once in `items[start:end]`, in order, with their offsets."""
    counts = Counter(items[start:end])
    return {items[i]: i for i in range(start, end) if counts[items[i]] == 1}


def _between(part: _Part, anchors: Sequence[Pair]) -> Iterator[_Part]:
    a, c = part.a, part.c
    for i, j in (*anchors, (part.b, part.d)):
        yield _Part(a, i, c, j, part.depth + 1)
        a, c = i + 1, j + 1


def _longest(old: Sequence[int], new: Sequence[int]) -> list[Pair]:
    """The pairs of a longest common subsequence; time and memory grow with the product of the lengths / 64."""
    if len(old) > len(new):
        return [(i, j) for j, i in _longest(new, old)]
    rows = _rows(old, new)
    pairs: list[Pair] = []
    i, j = len(old), len(new)
    while i and j:
        if _bit(rows[i - 1], j - 1):
            j -= 1
            continue
        i -= 1
        if not i or _bit(rows[i - 1], j - 1):
            j -= 1
            pairs.append((i, j))
    return pairs[::-1]


def _rows(old: Sequence[int], new: Sequence[int]) -> list[bytes]:
    """For each item of `old` a row of bits, one an item of `new`: 0 where the common subsequence grows."""
    size = len(new) // 8 + 1
    places: dict[int, bytearray] = {item: bytearray(size) for item in set(old)}
    for j, item in enumerate(new):
        if item in places:
            places[item][j >> 3] |= 1 << (j & 7)
    masks: dict[int, int] = {}
    row = every = (1 << len(new)) - 1
    rows: list[bytes] = []
    for item in old:
        if item not in masks:
            masks[item] = int.from_bytes(places.pop(item), "little")
        matched = row & masks[item]
        row = ((row + matched) | (row - matched)) & every
        rows.append(row.to_bytes(size, "little"))
    return rows


def _bit(row: bytes, place: int) -> int:
    return row[place >> 3] >> (place & 7) & 1
