"""Words for lexical search: text to normalised terms, and BM25 on a scale from 0 to 1.

Terms do not depend on the language of a text, so that a name or a number is found across languages:
accents, Arabic letter forms, diacritics and tatweel are folded, digits of every script become ASCII and
their groups are joined ("65 000", "65,000" and "٦٥٠٠٠" are one term), words are cut to a stem's length, and
Chinese runs become characters and pairs. Pure; imports nothing of ours.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# BM25's usual constants (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework").
K1, B = 1.2, 0.75
STEM = 6  # letters kept of a word; measured on French against 5, 7 and Snowball: within half a point
ARABIC_STEM = 5
GRAM = 4
ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال")

LETTERS = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": None}
    | {"ø": "o", "ł": "l", "ı": "i", "ß": "ss", "œ": "oe", "æ": "ae", "đ": "d", "ё": "е"}
)
CJK = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff"
TOKEN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")  # FTS5 parts words at an underscore too
IS_CJK = re.compile(rf"[{CJK}]")
IS_ARABIC = re.compile("[\u0621-\u064a]")
GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f,.'’٬]\d{3})+(?![\d])")
READ_AT_MOST = 20_000  # characters of one text


def fold(text: str) -> str:
    """Lower case without accents, Arabic letter forms or other digits than ASCII."""
    # Twice: the compatibility form of "№" has a capital.
    text = unicodedata.normalize("NFKD", text[:READ_AT_MOST].casefold()).casefold()
    kept = (c for c in text if not unicodedata.combining(c))
    folded = "".join(_ascii_digit(c) for c in kept).translate(LETTERS)
    return GROUPED.sub(lambda match: re.sub(r"\D", "", match[0]), folded)


def terms(text: str) -> list[str]:
    """The terms of `text`, in order, repetitions included."""
    found: list[str] = []
    for token in TOKEN.findall(fold(text)):
        if IS_CJK.match(token):
            found.extend(token)
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            found.append(_stem(token))
    return found


def grams(text: str) -> list[str]:
    """Overlapping runs of GRAM characters (pairs in Chinese), which survive inflection and slips."""
    found: list[str] = []
    spaced: list[str] = []
    for token in TOKEN.findall(fold(text)):
        if IS_CJK.match(token):
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            spaced.append(token)
    joined = f" {' '.join(spaced)} "
    found.extend(joined[i : i + GRAM] for i in range(len(joined) - GRAM + 1))
    return found


def match_any(query_terms: Iterable[str]) -> str:
    """An FTS5 expression that finds any of the terms; every term is quoted, so none is an operator."""
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in query_terms)


@dataclass(frozen=True, slots=True)
class Weighing:
    """BM25 for one question over a collection of known size.

    A score is divided by the most that any text could reach, so that 1 means every term of the question,
    many times, and scores of different questions compare.
    """

    idf: Mapping[str, float]
    average_length: float

    @classmethod
    def over(
        cls, query: Iterable[str], frequencies: Mapping[str, int], texts: int, average_length: float
    ) -> "Weighing":
        """Weigh the terms of a question by the number of texts that hold each."""
        return cls(
            {
                term: math.log1p((texts - frequencies.get(term, 0) + 0.5) / (frequencies.get(term, 0) + 0.5))
                for term in set(query)
            },
            max(average_length, 1.0),
        )

    @classmethod
    def among(cls, query: Iterable[str], texts: Sequence[Sequence[str]]) -> "Weighing":
        """Weigh the terms of a question by a few candidate texts alone."""
        wanted = set(query)
        frequencies = Counter(term for text in texts for term in wanted.intersection(text))
        length = sum(map(len, texts)) / max(len(texts), 1)
        return cls.over(wanted, frequencies, len(texts), length)

    def score(self, text: Sequence[str], average_length: float | None = None) -> float:
        """BM25 of a text, from 0 to 1."""
        most = sum(self.idf.values()) * (K1 + 1)
        if not most:
            return 0.0
        norm = K1 * (1 - B + B * len(text) / (average_length or self.average_length))
        counts = Counter(term for term in text if term in self.idf)
        return sum(self.idf[t] * n * (K1 + 1) / (n + norm) for t, n in counts.items()) / most


def _stem(word: str) -> str:
    if not IS_ARABIC.match(word):
        return word if word.isdigit() else word[:STEM]
    for prefix in ARABIC_PREFIXES:
        if word.startswith(prefix) and len(word) > len(prefix) + 2:
            return word[len(prefix) :][:ARABIC_STEM]
    return word[:ARABIC_STEM]


def _ascii_digit(character: str) -> str:
    if character.isdecimal() and not character.isascii():
        return str(unicodedata.decimal(character))
    return character
