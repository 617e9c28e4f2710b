"""A text made ready to be read for values: folded characters that remember where they stood, and tokens.

In: any text. Out: lower case without accents, Arabic letter forms or other digits than ASCII, with the offset
of each folded character; and the tokens of that folding. Linear in the length of the text. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from vectorstore.lexical import LETTERS

READ_AT_MOST = 20_000
"""Characters of one text that are read: far more than a sentence or a page."""
PHRASE = 4
"""Words of the longest phrase in the tables."""
STEM_AT_MOST = 16
"""Letters of a word that are compared with the stems of the tables."""

HAN = "\u3400-\u9fff\uf900-\ufaff"
HAN_NUMERALS = "〇零一二两兩三四五六七八九十百千万萬亿億"
SPACE = " \u00a0\u202f\u2009"
TOKEN = re.compile(
    rf"(?P<number>(?:\d{{1,3}}(?:[{SPACE}]\d{{3}}(?!\d))++|\d++)(?:[.,'’٬٫]\d++)*+)"
    rf"|(?P<numeral>[{HAN_NUMERALS}]++)|(?P<han>[{HAN}])|(?P<word>[^\W\d_{HAN}]++)|(?P<mark>[^\s\w]|_)"
)
CLITICS = ("وبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال", "و", "ب", "ل", "ف", "ك")

Kind = Literal["number", "numeral", "han", "word", "mark"]


@dataclass(frozen=True, slots=True)
class Token:
    """A run of the folded text: digits with their separators, a word, one Han character, or a mark."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Plain:
    """`folded[i]` comes from the character `offsets[i]` of the text that was read."""

    text: str
    folded: str
    offsets: tuple[int, ...]

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens, in order; white space is between them."""
        return tuple(
            Token(match.lastgroup, match.group(), match.start(), match.end())  # type: ignore[arg-type]
            for match in TOKEN.finditer(self.folded)
        )

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where a run of the folded text stands in the text; marks that belong to a letter go with it."""
        last = self.offsets[end - 1] + 1
        while last < len(self.text) and unicodedata.combining(self.text[last]):
            last += 1
        return self.offsets[start], last


def plain(text: str) -> Plain:
    """`text` folded, up to READ_AT_MOST characters."""
    text = text[:READ_AT_MOST]
    folded: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        for kept in fold_character(character):
            folded.append(kept)
            offsets.append(offset)
    return Plain(text, "".join(folded), tuple(offsets))


@lru_cache(65_536)
def fold_character(character: str) -> str:
    """A character's folding: none for a combining mark, several for a ligature."""
    parts = (c for c in unicodedata.normalize("NFD", character.lower()) if not unicodedata.combining(c))
    return "".join(_digit(c) for c in parts).translate(LETTERS)


def fold(text: str) -> str:
    """The folding alone, for the words of tables."""
    return "".join(map(fold_character, text))


def entries(words: str) -> Iterable[str]:
    """The folded entries of a table's string; "_" inside an entry is a space."""
    return (fold(word).replace("_", " ").strip() for word in words.split())


@dataclass(frozen=True)
class Lexicon:
    """Words and stems that name classes; an entry ending in "*" is a stem."""

    whole: dict[str, str]
    stems: dict[str, str]

    @classmethod
    def of(cls, table: dict[str, str]) -> "Lexicon":
        """A lexicon of a table of classes, each with its words in one string."""
        pairs = [(word, name) for name, words in table.items() for word in entries(words)]
        whole = {word: name for word, name in pairs if not word.endswith("*")}
        return cls(whole, {word[:-1]: name for word, name in pairs if word.endswith("*")})

    def find(self, word: str) -> str | None:
        """The class of a folded word or phrase; Arabic prefixes may be left out."""
        for form in forms(word):
            if form in self.whole:
                return self.whole[form]
            for length in range(min(len(form), STEM_AT_MOST), 1, -1):
                if (name := self.stems.get(form[:length])) is not None:
                    return name
        return None

    @cached_property
    def han(self) -> tuple[tuple[str, str], ...]:
        """The entries in Han characters, the longest first."""
        pairs = [(w, n) for w, n in self.whole.items() if re.match(f"[{HAN}]", w)]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    def __contains__(self, word: str) -> bool:
        return self.find(word) is not None


def forms(word: str) -> tuple[str, ...]:
    """A word as it stands, and without each Arabic prefix it may have."""
    if not "ء" <= word[:1] <= "ي":
        return (word,)
    return word, *(word[len(p) :] for p in CLITICS if word.startswith(p) and len(word) > len(p) + 1)


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character
