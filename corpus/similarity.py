"""Texts that share much of their wording: copies, versions of one communiqué, an agency's text inside of an article.

In: texts. Out: `Neighbour`s. Pure, but for a bounded cache of sketches. A sketch holds the smallest hashes of a
text's shingles (bottom-k sampling, Broder 1997): two of them estimate which share of their shingles both texts have.
Translations and retellings have none in common.
"""

import re
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, islice
from threading import Lock
from zlib import crc32

WORDS = 5
"""Words in a shingle."""
CHARACTERS = 8
"""Characters in a shingle of an unspaced script."""
KEPT = 256
"""Hashes that a sketch holds at least: the estimate of a share of .5 is off by .03 (standard error)."""
KEPT_PART = 8
"""Of a long text it holds one in so many, so that a short text inside of it is found."""
KEPT_AT_MOST = 4_096
LEAST_SAMPLE = 12
"""With fewer hashes of a text to compare nothing is said about whether another one holds it."""
CONTEXT = 3
"""Words on each side of a figure that tell that two texts give it for the same thing."""
FIGURES_READ = 5_000
FIGURES_TOLD = 5
CACHED = 1_024

HASHES = 1 << 32
WINDOW = 40
"""Characters looked at on each side of a figure."""

LETTER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff"
"""Of unspaced scripts."""
MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
NUMBER = r"\d+(?:[.,'’\u00a0\u202f]\d+)*+"
WORD = rf"(?:(?![\d{LETTER}])[\w{MARKS}])++"
WORDS_OF = re.compile(f"{NUMBER}|{WORD}")
LETTERS_OF = re.compile(f"[{LETTER}]+")
TOKENS_OF = re.compile(f"{NUMBER}|[{LETTER}]|{WORD}")
NUMBERS_OF = re.compile(NUMBER)
DIGITS = {zero + value: str(value) for zero in (0x660, 0x6F0, 0xFF10) for value in range(10)}
FOLDS = {**DIGITS, 0x640: None, **dict.fromkeys(range(0x64B, 0x660)), 0x670: None}
"""Other digits as ASCII ones; Arabic vowel signs and lengthening dropped."""
FOLDED = re.compile("[" + "".join(map(chr, FOLDS)) + "]")
GROUPED = re.compile(r"\d{1,3}(?:\D\d{3})+")


@dataclass(frozen=True, slots=True)
class Sketch:
    """`hashes`: the smallest of a text's shingles, rising; `size`: how many different shingles it has."""

    hashes: tuple[int, ...]
    size: int

    @property
    def limit(self) -> int:
        """The sketch holds every shingle whose hash is not above."""
        return HASHES if len(self.hashes) == self.size else self.hashes[-1]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another document and what it has in common with a text; shares are estimates from 0 to 1.

    `share`: of the shingles of both, those that both have. `contained`: of the text's, those that the document has.
    `contains`: of the document's, those that the text has. `figures`: pairs of different numbers that the text and
    the document give in the same place, at most FIGURES_TOLD.
    """

    document_id: str
    share: float
    contained: float = 0.0
    contains: float = 0.0
    figures: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not all(0 <= value <= 1 for value in (self.share, self.contained, self.contains)):
            raise ValueError(f"{self.document_id}: a share is from 0 to 1")

    @property
    def numbers_differ(self) -> bool:
        """Whether the two give different numbers in the same place."""
        return bool(self.figures)

    @property
    def closeness(self) -> float:
        """The largest of the three shares."""
        return max(self.share, self.contained, self.contains)


def neighbours(text: str, others: Iterable[tuple[str, str]], *, least: float = 0.5) -> list[Neighbour]:
    """Those of `others` (id, text) that have at least `least` in common with `text`, closest first."""
    own = sketch(text)
    found: list[Neighbour] = []
    for document_id, other in others:
        theirs = sketch(other)
        near = Neighbour(document_id, share(own, theirs), containment(own, theirs), containment(theirs, own))
        if near.closeness >= least:
            figures = different_figures(text, other)
            found.append(Neighbour(document_id, near.share, near.contained, near.contains, figures))
    return sorted(found, key=lambda near: (-near.closeness, -near.share, near.document_id))


def share(a: Sketch, b: Sketch) -> float:
    """An estimate of the Jaccard index of the shingles of two texts."""
    left, right, both = _sample(a, b)
    return both / (left + right - both) if both else 0.0


def containment(part: Sketch, whole: Sketch) -> float:
    """An estimate of the share of the shingles of `part` that `whole` has; 0 where the sample is too small."""
    size, _, both = _sample(part, whole)
    return both / size if size >= LEAST_SAMPLE else 0.0


def different_figures(text: str, other: str) -> tuple[tuple[str, str], ...]:
    """Pairs of numbers that stand between the same words and differ, in the order of `text`."""
    theirs = _figures(other)
    pairs: dict[tuple[str, str], None] = {}
    for place, numbers in _figures(text).items():
        there = theirs.get(place, numbers)
        if numbers - there and there - numbers:
            pairs[min(numbers - there), min(there - numbers)] = None
    return tuple(pairs)[:FIGURES_TOLD]


def sketch(text: str) -> Sketch:
    """The sketch of `text`, from the cache when it was made before."""
    return _sketches.of(text)


class _Sketches:
    """Sketches by the hash of their text; any thread may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[bytes, Sketch] = OrderedDict()

    def of(self, text: str) -> Sketch:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).digest()
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = _sketch(text)
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made


_sketches = _Sketches(CACHED)


def _sketch(text: str) -> Sketch:
    text = _folded(text)
    shingles = {*_shingles(WORDS_OF.findall(text), WORDS, " ")}
    shingles.update(_shingles("".join(LETTERS_OF.findall(text)), CHARACTERS, ""))
    return Sketch(_smallest(shingles), len(shingles))


def _folded(text: str) -> str:
    text = text.casefold()
    return text.translate(FOLDS) if FOLDED.search(text) else text


def _shingles(tokens: Sequence[str], width: int, separator: str) -> list[int]:
    """Hashes of the runs of `width` tokens, the same in every process; of all tokens when there are fewer."""
    if not tokens:
        return []
    data = separator.join(tokens).encode("utf-32-le", "surrogatepass")
    gap = 4 * len(separator)
    starts = [0, *accumulate(4 * len(token) + gap for token in tokens)]
    ends = starts[width:] or starts[-1:]
    return [crc32(data[start : end - gap]) for start, end in zip(starts, ends, strict=False)]


def _smallest(shingles: set[int]) -> tuple[int, ...]:
    size = len(shingles)
    count = min(size, max(KEPT, min(KEPT_AT_MOST, size // KEPT_PART)))
    bound = HASHES * count * 2 // max(size, 1)
    low = [value for value in shingles if value < bound]
    return tuple(sorted(low if len(low) >= count else shingles)[:count])


def _figures(text: str) -> dict[str, set[str]]:
    """The numbers of a text by what stands around them, other numbers there masked."""
    text = _folded(text)
    found: dict[str, set[str]] = defaultdict(set)
    for number in islice(NUMBERS_OF.finditer(text), FIGURES_READ):
        before = TOKENS_OF.findall(text, max(0, number.start() - WINDOW), number.start())[-CONTEXT:]
        after = TOKENS_OF.findall(text, number.end(), number.end() + WINDOW)[:CONTEXT]
        masked = ["0" if token[0].isdigit() else token for token in (*before, "#", *after)]
        if len(masked) > CONTEXT and len({*masked} - {"0", "#"}) > 1:
            found[" ".join(masked)].add(_figure(number.group()))
    return found


def _figure(token: str) -> str:
    """A number without separators of thousands, its decimals after a stop."""
    return re.sub(r"\D", "" if GROUPED.fullmatch(token) else ".", token)


def _sample(a: Sketch, b: Sketch) -> tuple[int, int, int]:
    """How many hashes of `a`, of `b` and of both lie in the range in which both sketches are complete."""
    limit = min(a.limit, b.limit)
    left = a.hashes[: bisect_right(a.hashes, limit)]
    right = b.hashes[: bisect_right(b.hashes, limit)]
    return len(left), len(right), len(set(left).intersection(right))
