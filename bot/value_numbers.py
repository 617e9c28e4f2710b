"""Amounts in a row of tokens: digits with separators, scales, number words and Chinese numerals.

Tokens of `bot.value_text` come in, amounts with the tokens they cover come out. A number that is a part of
a name ("CSP-29", "78/265", "COVID-19", "article 7") is none. "One" alone is an article, not an amount. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from bot import value_tables as tables
from bot.value_text import SPACE, Lexicon, Plain, Token, entries, forms

DIGITS_AT_MOST = 18
"""Digits of the longest amount: a longer run is no number that anyone counts."""
WORDS_AT_MOST = 12
"""Tokens of the longest number in words."""
POINT_LANGUAGES = ("en", "zh")
"""Where "65.123" is a decimal fraction; elsewhere the point groups thousands."""

LABEL_WORDS = frozenset(entries(tables.LABELS))
SUFFIXES = frozenset(entries(tables.ORDINAL_SUFFIXES))
SCALE_OF = {word: scale for scale, words in tables.SCALES.items() for word in entries(words)}
GROUPED = re.compile(rf"\d{{1,3}}(?P<sep>[{SPACE}.,'’٬])\d{{3}}(?:(?P=sep)\d{{3}})*")
NAME_BEFORE = re.compile(r"[^\W\d][-.:/’'_\u2010-\u2015]?$|\d[-./:_]$|№\s?$")
NAME_AFTER = re.compile(r"[_/:]\w")
TIGHT_DASH = re.compile(r"(?<!\d)\d{1,7}[-\u2010-\u2015]$")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the tokens `first` to `last` that word it; an ordinal is a place, not a count."""

    number: Decimal
    first: int
    last: int
    ordinal: bool = False


def amount_at(text: Plain, index: int, language: str) -> Amount | None:
    """The amount that begins at a token, or None."""
    token = text.tokens[index]
    if token.kind == "number":
        return _from_digits(text, index, language)
    if token.kind == "numeral":
        return _from_numerals(text, index)
    return _from_words(text.tokens, index, language) if token.kind == "word" else None


def _from_digits(text: Plain, index: int, language: str) -> Amount | None:
    token = text.tokens[index]
    following = text.tokens[index + 1] if index + 1 < len(text.tokens) else None
    tight = following is not None and following.start == token.end
    ordinal = is_ordinal(text, index)
    named = _is_name(text, token) or _is_labelled(text.tokens, index)
    if named or (tight and not ordinal and following and _clings(following)):
        return None
    scaled = following is not None and following.text in SCALE_OF
    number = parse_digits(token.text, language, scaled=scaled)
    if number is None:
        return None
    if ordinal:
        return Amount(number, index, index + (2 if text.tokens[index + 1].text == "-" else 1), True)
    number, last = _scaled(text.tokens, number, index)
    return Amount(number, index, last)


def _clings(following: Token) -> bool:
    """Whether a word right after the digits makes a name of them ("24info"), unlike "5k" or "33.5m"."""
    return following.kind == "word" and following.text not in SCALE_OF and not _is_unit(following.text)


def _is_name(text: Plain, token: Token) -> bool:
    before, after = (
        text.folded[max(0, token.start - 12) : token.start],
        text.folded[token.end : token.end + 2],
    )
    if NAME_BEFORE.search(before) and not TIGHT_DASH.search(before) and not _is_clitic(before):
        return True
    return before[-1:] == "[" or bool(NAME_AFTER.match(after))


def _is_clitic(before: str) -> bool:
    """Whether what clings to the digits is an Arabic "and", or an elided article before a count."""
    return bool(re.search(r"(?:^|[^\w])(?:[وبل]|[dl]['’])$|[\u3400-\u9fff]$", before))


def _is_labelled(tokens: Sequence[Token], index: int) -> bool:
    """Whether the word before names what the number is the number of ("article 7", "第3条")."""
    before = tokens[index - 1] if index else None
    if before is None:
        return False
    if before.text == "." and index > 1:
        before = tokens[index - 2] if tokens[index - 2].text in ("art", "no", "p", "pp", "fig", "sec") else before
    return before.text in ("第", "№") or (before.kind == "word" and any(f in LABEL_WORDS for f in forms(before.text)))


def is_ordinal(text: Plain, index: int) -> bool:
    """Whether the number's suffix makes it a place in a row ("30th", "16e", "30-я")."""
    after = text.tokens[index + 1 : index + 3]
    end = text.tokens[index].end
    if after and after[0].kind == "word" and after[0].start == end:
        return after[0].text in SUFFIXES
    tight = len(after) == 2 and after[0].text == "-" and after[0].start == end and after[1].start == end + 1
    return tight and after[1].text in SUFFIXES and after[1].text > "z"


def parse_digits(digits: str, language: str, *, scaled: bool = False) -> Decimal | None:
    """The number that digits with separators write, or None where they write something else.

    `scaled`: a word like "million" follows, so that a single separator is a decimal one.
    """
    if sum(map(str.isdecimal, digits)) > DIGITS_AT_MOST:
        return None
    whole, mark, decimals = digits, "", ""
    marks = re.findall(r"\D", digits)
    if not _groups(digits, language, scaled=scaled) and marks and marks[-1] in ".,٫":
        whole, mark, decimals = digits.rpartition(marks[-1])
        if mark in whole:
            return None
    if not whole.isdecimal() and not GROUPED.fullmatch(whole):
        return None
    return Decimal(re.sub(r"\D", "", whole) + ("." + decimals if decimals else ""))


def _groups(digits: str, language: str, *, scaled: bool) -> bool:
    """Whether all separators group thousands."""
    match = GROUPED.fullmatch(digits)
    if match is None or digits.startswith("0"):
        return False
    single = digits.count(match["sep"]) == 1
    if scaled and single and match["sep"] in ".,":
        return False
    return not (single and match["sep"] == "." and language in POINT_LANGUAGES and not digits.endswith("000"))


def _scaled(tokens: Sequence[Token], number: Decimal, last: int) -> tuple[Decimal, int]:
    """Multiply by the scales that follow ("33.5 million", "2 mil millones", "8 млн.", "3万")."""
    while last + 1 < len(tokens):
        following = tokens[last + 1]
        scale = SCALE_OF.get(following.text)
        if scale is None and following.kind == "numeral" and set(following.text) <= set(tables.HAN_SCALES):
            for character in following.text:
                number *= tables.HAN_SCALES[character]
        elif scale is not None:
            number *= scale
        else:
            break
        last += 1
        if number >= 10**DIGITS_AT_MOST:
            break
    return number, last


def _from_numerals(text: Plain, index: int) -> Amount | None:
    """Chinese numerals; 一 alone, scales alone and numbers after 第 are no counts."""
    token = text.tokens[index]
    number = han_number(token.text)
    if number is None or number <= 1 or _is_labelled(text.tokens, index):
        return None
    return Amount(Decimal(number), index, index)


def han_number(numerals: str) -> int | None:
    """The number that Chinese numerals write ("二百", "一百二十三", "二〇二四"); None where they write none."""
    if len(numerals) > WORDS_AT_MOST or (set(numerals) <= set(tables.HAN_SCALES) and numerals != "十"):
        return None
    if not set(numerals) & set(tables.HAN_SCALES):
        return int("".join(str(tables.HAN_DIGITS[c]) for c in numerals))
    total = section = digit = 0
    for character in numerals:
        scale = tables.HAN_SCALES.get(character)
        if scale is None:
            digit = tables.HAN_DIGITS[character]
        elif scale < 10**4:
            section, digit = section + max(digit, 1) * scale, 0
        else:
            total, section, digit = (total + max(section + digit, 1)) * scale, 0, 0
    return total + section + digit


@cache
def _words(language: str) -> dict[str, int]:
    table = tables.NUMBER_WORDS.get(language, {})
    found = {word: number for number, words in table.items() for word in entries(words)}
    return found | dict.fromkeys(entries(tables.ONES.get(language, "")), 1)


def _from_words(tokens: Sequence[Token], index: int, language: str) -> Amount | None:
    """A number in words; the conjunction and the hyphen inside it belong to it."""
    values: list[int] = []
    last = index - 1
    for position in range(index, min(index + WORDS_AT_MOST, len(tokens))):
        value = _word(tokens[position].text, language)
        if value is not None:
            values.append(value)
            last = position
        elif not values or not _links(tokens[position].text, language):
            break
    number = _sum(values, language)
    if number is None or number <= 1 or (len(values) == 1 and tokens[index].text in SCALE_OF):
        return None
    return Amount(Decimal(number), index, last)


def _links(word: str, language: str) -> bool:
    return word == "-" or (bool(word) and word == tables.CONJUNCTIONS.get(language))


def _word(word: str, language: str) -> int | None:
    words = _words(language)
    value = words.get(word, SCALE_OF.get(word) if language in tables.NUMBER_WORDS else None)
    if value is None and language == "ar" and word[:1] in ("و", "ب", "ل"):
        value = words.get(word[1:])
    return value


def _sum(values: Sequence[int], language: str) -> int | None:
    """Add and multiply the words of a number; None where they do not make one ("two three")."""
    total = current = 0
    before = 0
    for value in values:
        if value >= 1000 and before >= 1000:
            total *= value
        elif value >= 1000:
            total, current = total + max(current, 1) * value, 0
        elif value == 100 and current:
            current = current * 100 if current < 10 else current + 100
        elif language == "fr" and value == 20 and before == 4:
            current += 76
        elif before and not _may_follow(value, before, language):
            return None
        else:
            current += value
        before = value
    return total + current


def _may_follow(value: int, before: int, language: str) -> bool:
    if language == "fr" and before == 10:
        return value in (7, 8, 9)
    if before >= 100 or (language == "ar" and value in (10, *range(20, 100, 10))):
        return before >= 100 or before < 10
    return before >= 20 and value < (20 if language == "fr" else 10)


@cache
def _unit_words() -> Lexicon:
    return Lexicon.of(tables.UNITS | tables.CURRENCIES | tables.DURATIONS)


def _is_unit(word: str) -> bool:
    return word in _unit_words()
