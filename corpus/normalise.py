"""Text normalisation, done once when a document is converted, before any offset exists.

In: decoded text. Out: the canonical text: NFC, LF line ends, no invisible controls, single spaces, at most
one blank line in a row. Only white space and typography change; `normalise` is idempotent. Zero-width
joiners stay (Persian and Indic scripts need them) and so does a single no-break space (it is typography
that a quote must show).
"""

import re
import sys
import unicodedata
from functools import lru_cache

from corpus.errors import UnreadableFile

MAX_CHARACTERS = 5_000_000
MAX_MARKS = 8
"""Combining marks kept in a row. NFC sorts each run in quadratic time; no orthography needs more."""

SURROGATE = re.compile(r"[\ud800-\udfff]")
NEWLINE = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls that are neither a tab nor a line end
    r"\u00ad\u200b\ufeff"  # soft hyphen, zero-width space, byte order mark
    r"\u202a-\u202e\u2066-\u2069]"  # bidirectional embeddings, overrides, isolates
)
SPACES = re.compile(r"[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
NO_BREAK = "\u00a0\u202f"
LINE_EDGE = re.compile(
    r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]?\n[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]?"
)
BLANK_LINES = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    """The canonical form of `text`; UnreadableFile when it is longer than MAX_CHARACTERS."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(
            f"the text has {len(text):,} characters, at most {MAX_CHARACTERS:,} are accepted: "
            "split the document into parts"
        )
    text = SURROGATE.sub("\ufffd", text)
    text = INVISIBLE.sub("", NEWLINE.sub("\n", text))
    text = _bound_marks(unicodedata.normalize("NFC", _bound_marks(text)))
    text = LINE_EDGE.sub("\n", SPACES.sub(_one_space, text))
    return BLANK_LINES.sub("\n\n", text).strip()


def one_line(text: str) -> str:
    """`text` normalised and on one line, for a title or a heading."""
    return " ".join(normalise(text).split())


def _one_space(run: re.Match[str]) -> str:
    spaces = run.group()
    if len(spaces) == 1:
        return " " if spaces == "\t" else spaces
    return spaces[0] if not spaces.strip(NO_BREAK) else " "


def _bound_marks(text: str) -> str:
    return text if text.isascii() else _marks().sub(r"\1", text)


@lru_cache(maxsize=1)
def _marks() -> re.Pattern[str]:
    """A run of more than MAX_MARKS combining marks (categories Mn, Mc, Me); group 1 is what is kept."""
    basic = _ranges(range(0x300, 0x10000))
    astral = _ranges(range(0x10000, sys.maxunicode + 1))
    mark = rf"(?:[{basic}]|(?=[\U00010000-\U0010ffff])[{astral}])"
    return re.compile(rf"({mark}{{{MAX_MARKS}}}){mark}++")


def _ranges(points: range) -> str:
    """The combining marks among `points`, as the inside of a character class."""
    parts: list[str] = []
    first = last = -2
    for point in points:
        if not unicodedata.category(chr(point)).startswith("M"):
            continue
        if point != last + 1 and first >= 0:
            parts.append(f"\\U{first:08x}-\\U{last:08x}")
        first = first if point == last + 1 else point
        last = point
    return "".join([*parts, f"\\U{first:08x}-\\U{last:08x}"])
