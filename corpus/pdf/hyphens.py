"""Lines of a paragraph to one text: a space between them, none in scripts without, and words undivided.

A word divided at a line end is joined without its hyphen, unless the document writes it with one elsewhere
or it is of a kind that is written with one. Pure.
"""

import re
from collections.abc import Sequence

from corpus.formats.blocks import WIDE

SOFT = "\u00ad"
HYPHENS = ("-", "\u2010", SOFT)
LONGEST_WORD = 80
DIVIDED = re.compile(r"(\w[\w’'-]*)[-\u2010\u00ad]$")
HYPHENATED = re.compile(r"(?<!\w)[^\W\d_]\w*+(?:[-\u2010\u2011]\w++)++")
WORD = re.compile(r"\w+")
KEPT_BEFORE = re.compile(
    r"à|ci|là|mêmes?|ils?|elles?|on|je|tu|nous|vous|moi|toi|lui|leurs?|y|en|ce|t|être|delà|dess[uo]us|midi|fils"
    r"|général(?:e|es)?|généraux|chef|to|of",
    re.IGNORECASE,
)
"""What French and English put after a hyphen more often than a printer divides a word there."""
KEPT_AFTER = re.compile(
    r"non|demi|vice|peut|quatre|vingt|franco|sino|ce(?:lui|lle|ux|lles)|quelques|eux|elles|nous|vous", re.IGNORECASE
)


DIVIDING = 25
"""Lines for each that ends in a hyphen, from which on a text has no divided words but only words with hyphens."""


class Words:
    """How a document writes its words, for the joining of its lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._plain: set[str] = set()
        self._hyphenated: set[str] = set()
        self._divides = DIVIDING * sum(map(_ends_divided, lines)) > len(lines)
        for line in lines:
            self._plain.update(word.casefold() for word in WORD.findall(line))
            self._hyphenated.update(_same(word) for word in HYPHENATED.findall(line))

    def join(self, one: str, other: str) -> tuple[str, str, str]:
        """Two lines as they are joined, and what stands between them: a space or nothing."""
        divided = DIVIDED.search(one[-LONGEST_WORD:]) if one.endswith(HYPHENS) else None
        head = WORD.match(other)
        if not divided or not head:
            close = bool(one and other and WIDE.match(one[-1]) and WIDE.match(other))
            return one, other, "" if close or one.endswith(("/", "\u2010")) else " "
        in_word = one[-2].isalpha() and head[0][0].islower()
        if one[-1] == SOFT or (in_word and not self._keeps(divided[1], head[0])):
            return one[:-1], other, ""
        return one, other, ""

    def _keeps(self, before: str, after: str) -> bool:
        """Whether the word is written with its hyphen."""
        part = re.split(r"[-\u2010]", before)[-1]
        if (part + after).casefold() in self._plain:
            return False
        if _same(f"{before}-{after}") in self._hyphenated or "-" in before:
            return True
        return not self._divides or bool(KEPT_BEFORE.fullmatch(after) or KEPT_AFTER.fullmatch(part))


def joined(lines: Sequence[str]) -> str:
    """Lines as one text, by what these lines alone show."""
    words = Words(lines)
    text = lines[0] if lines else ""
    for line in lines[1:]:
        text, line, glue = words.join(text, line)
        text += glue + line
    return text


def _ends_divided(line: str) -> bool:
    return line.endswith(HYPHENS) and line[-2:-1].isalpha()


def _same(word: str) -> str:
    return word.casefold().replace("\u2010", "-").replace("\u2011", "-")
