"""Whether two sentences speak of one matter: the same place or event, the same years, neither denied.

Words of any script come down to the skeleton of their consonants, so that "Madrid", "Мадриде" and "مدريد" are
one name; Chinese names are out of reach. Names of who reports a thing are set aside. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot import value_tables as tables
from bot.value_text import Lexicon, Plain, Token, entries, forms, plain
from bot.values import Value, extract
from vectorstore.lexical import terms

LETTERS = {
    **dict(zip("бвгджзклмнпрстфхцчшщ", "bvgdjzklmnprstfhcsss", strict=True)),
    **dict(zip("بتثجدذرزسشصضطظعغفقكلمنهپچڤگ", "bttjdzrzsssdtz-gfkklmnhpsvg", strict=False)),
    "ж": "j", "خ": "h", "ح": "h", "ч": "s", "q": "k", "c": "k", "y": "", "w": "", "x": "ks", "-": "",
}  # fmt: skip
LATIN_PAIRS = ((r"sch|sh|ch", "s"), ("ph", "f"), ("kh", "h"), ("gh", "g"), ("ck|qu", "k"), ("th", "t"))
DOUBLED = re.compile(r"(.)\1")  # one letter in Arabic script: "Marrakech"
MEMORY = 4096
SHORTEST = 2
PREFIX = 3
NEAR_ATTRIBUTION = 3
BREAKS = frozenset(",;:()؛،；，：（）—–")
UNCAPITALISED = ("ar", "zh", "de")
ATTRIBUTION = Lexicon.of({"said": tables.ATTRIBUTION})
HAN_ATTRIBUTION = tuple(tables.HAN_ATTRIBUTION.split())
NEGATION = Lexicon.of({"not": tables.NEGATIONS})
HAN_NEGATION = tuple(tables.HAN_NEGATIONS.split())
COMMON = frozenset(entries(tables.COMMON_NAMES))
END = Token("mark", ",", 0, 0)
UNITS = Lexicon.of(tables.UNITS)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a sentence is about, for comparing: all skeletons of it, its names, its years, its polarity."""

    language: str
    skeletons: frozenset[str]
    names: frozenset[str]
    years: frozenset[int]
    denied: bool
    terms: frozenset[str]


@lru_cache(MEMORY)
def matter(text: str, language: str, spans: tuple[tuple[int, int], ...] = ()) -> Matter:
    """The matter of a sentence; `spans` are the values in question, whose words are left out."""
    read = plain(text)
    reported = reporting(read.tokens) | _reporting_clauses(read, spans)
    skeletons, names, denied = set(), set(), False
    for index, token in enumerate(read.tokens):
        offset = read.offsets[token.start]
        if token.kind != "word" or any(start <= offset < end for start, end in spans):
            continue
        found = skeletons_of(token.text)
        skeletons |= found
        denied |= token.text in NEGATION and index not in reported
        if index and index not in reported and language not in UNCAPITALISED:
            names |= found if _is_name(text, offset, token) else set()
    denied |= any(word in text for word in HAN_NEGATION) and language == "zh"
    years = frozenset(
        v.first.year for v in extract(text, language) if v.first and v.first.year and not is_reporting(v, text)
    )
    return Matter(language, frozenset(skeletons), frozenset(names), years, denied, frozenset(terms(text)))


def same_matter(best: Matter, other: Matter, asked: Matter, pool: frozenset[str]) -> bool:
    """Whether `other` answers the question `asked` about the same thing as `best` does.

    `pool` are the names of all candidates: scripts without capitals are searched for them.
    """
    if best.denied != other.denied or _apart(best.years if not asked.years else asked.years, other.years):
        return False
    mine, theirs = names_in(best, pool), names_in(other, pool)
    wanted = {name for name in mine if meets(name, asked.skeletons)}
    if not _terms_agree(best, other, asked):
        return False
    if wanted and other.language != "zh":
        shared = any(meets(name, other.skeletons) for name in wanted)
        return shared or (other.language not in UNCAPITALISED and not any(not meets(n, mine) for n in theirs))
    return not (mine and theirs) or any(meets(name, theirs) for name in mine)


def names_in(sentence: Matter, pool: frozenset[str]) -> frozenset[str]:
    """The names of a sentence; in a script without capitals, those of the pool that it has."""
    if sentence.language not in UNCAPITALISED:
        return sentence.names
    return frozenset(name for name in pool if meets(name, sentence.skeletons))


def meets(name: str, others: frozenset[str]) -> bool:
    """Whether a name is among others; the end of a longer name may be an inflection."""
    if name in others:
        return True
    return any(min(len(name), len(o)) >= PREFIX and (o.startswith(name) or name.startswith(o)) for o in others)


def reporting(tokens: Sequence[Token]) -> frozenset[int]:
    """The tokens that say who reports: the words around an attribution, and what stands in brackets."""
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text in ATTRIBUTION:
            found |= set(_until(tokens, index, -1)) | set(_until(tokens, index, 1)) | {index}
    depth = 0
    for index, token in enumerate(tokens):
        depth = max(0, depth + (token.text in "(（") - (token.text in ")）"))
        if depth:
            found.add(index)
    return frozenset(found)


def _reporting_clauses(read: Plain, spans: tuple[tuple[int, int], ...]) -> frozenset[int]:
    """The tokens of clauses that only say who reports: they have an attribution and none of the values."""
    found: set[int] = set()
    clause: list[int] = []
    for index, token in enumerate((*read.tokens, END)):
        if token.text not in BREAKS:
            clause.append(index)
            continue
        places = [read.offsets[read.tokens[i].start] for i in clause]
        said = any(read.tokens[i].text in ATTRIBUTION for i in clause if read.tokens[i].kind == "word")
        if said and not any(start <= place < end for place in places for start, end in spans):
            found.update(clause)
        clause = []
    return frozenset(found)


def is_reporting(value: Value, text: str) -> bool:
    """Whether a date is that of a report ("said on 24 October", "(June 2024)"), not of what it reports."""
    read = plain(text)
    inside = [i for i, t in enumerate(read.tokens) if value.span.start <= read.offsets[t.start] < value.span.end]
    if not inside or any(word in text for word in HAN_ATTRIBUTION):
        return False
    around = reporting(read.tokens)
    return inside[0] in around


def skeletons_of(word: str) -> set[str]:
    """The consonants of a folded word, without each Arabic prefix that it may have."""
    return {s for form in forms(word) if len(s := _skeleton(form)) >= SHORTEST}


@lru_cache(MEMORY)
def _skeleton(word: str) -> str:
    word = DOUBLED.sub(r"\1", word)
    for pattern, letter in LATIN_PAIRS:
        word = re.sub(pattern, letter, word)
    return "".join(LETTERS.get(c, c if "a" <= c <= "z" and c not in "aeiou" else "") for c in word)


def _is_name(text: str, offset: int, token: Token) -> bool:
    end = offset + len(token.text)
    acronym = text[offset:end].isupper() and len(token.text) > 1
    return text[offset].isupper() and not acronym and token.text not in COMMON and token.text not in UNITS


def _until(tokens: Sequence[Token], index: int, step: int) -> list[int]:
    found = []
    for position in range(index + step, index + step * (NEAR_ATTRIBUTION + 2), step):
        if not 0 <= position < len(tokens) or tokens[position].text in BREAKS:
            break
        found.append(position)
    return found


def _apart(wanted: frozenset[int], years: frozenset[int]) -> bool:
    return bool(wanted) and bool(years) and not wanted & years


def _terms_agree(best: Matter, other: Matter, asked: Matter) -> bool:
    """In the question's language: at least half of the question's terms that the best sentence has."""
    if not best.language == other.language == asked.language:
        return True
    return 2 * len(asked.terms & other.terms) >= len(asked.terms & best.terms)
