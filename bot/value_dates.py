"""Dates in a folded text: years, months, days and ranges of them, in six languages.

Patterns read a `Plain`, `Dates` come out with the run of the folded text each covers. A month without day
or year is no date here, and a numeric date that could be read in two orders keeps its year only. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot import value_tables as tables
from bot.value_text import HAN, HAN_NUMERALS, Plain, alternatives, entries


class Day(NamedTuple):
    """A date or a part of one; what the text leaves out is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def real(self) -> bool:
        """Whether the calendar has it (29 February, where no year is given)."""
        try:
            date(self.year or 2000, self.month or 1, self.day or 1)
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Dates:
    """A date, or a range when `last` differs, at `start:end` of the folded text."""

    start: int
    end: int
    first: Day
    last: Day


MONTH_OF = {word: month for month, words in tables.MONTHS.items() for word in entries(words)}
GAP, SOME = r"[ \u00a0\u202f]{0,3}", r"[ \u00a0\u202f]{1,3}"
YEAR = r"(?:1[5-9]|20|21)\d\d"
DASH = "[-\u2010-\u2015−~～]"
MONTH = alternatives(MONTH_OF)
WEEKDAY = rf"(?:(?:{alternatives(entries(tables.WEEKDAYS))}),?{SOME})?"
ARTICLE = rf"(?:(?:el|le|the|del|al){SOME})?"
JOIN = (
    rf"(?:{GAP}{DASH}{GAP}|{SOME}(?:{alternatives(entries(tables.RANGE_WORDS + ' ' + tables.AND_WORDS))})"
    rf"{GAP}{ARTICLE}{WEEKDAY}|{SOME}و)"
)
TH = r"(?:st|nd|rd|th|er|º|°|\.)?"
OF = rf"(?:{GAP},?{SOME}(?:(?:de|del|of|d['’]){GAP})?|{GAP}[-]|{SOME}d['’])"
HAN_DAY = rf"(?:\d{{1,2}}|[{HAN_NUMERALS}]{{1,3}})"
HAN_YEAR = rf"(?:\d{{4}}|[{HAN_NUMERALS}]{{4}})"
TO = rf"{GAP}(?:至|到|{DASH}){GAP}"

PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d{HAN_NUMERALS}])(?:(?P<y>{HAN_YEAR}){GAP}年{GAP})?(?P<m>{HAN_DAY}){GAP}月"
        rf"(?:{GAP}(?P<d>{HAN_DAY}){GAP}(?:[日号](?:{TO}(?:(?P<m2>{HAN_DAY}){GAP}月{GAP})?(?P<d2>{HAN_DAY}){GAP}[日号])?"
        rf"|{TO}(?P<d3>{HAN_DAY}){GAP}[日号]))?",
        rf"(?<![\d{HAN_NUMERALS}])(?P<y>{HAN_YEAR}){GAP}年?{TO}(?P<y2>{HAN_YEAR}){GAP}年",
        rf"(?<![\d{HAN_NUMERALS}])(?P<y>{HAN_YEAR}){GAP}年(?!代)",
        rf"(?<![\w/.-])(?P<y>{YEAR})-(?P<m>\d\d)(?:-(?P<d>\d\d))?(?![\w/-])",
        rf"(?<![\w/.-])(?P<d>\d{{1,2}})(?P<sep>[./])(?P<m>\d{{1,2}})(?P=sep)(?P<y>{YEAR})(?![\w/-])",
        rf"(?<![\da-zа-я/.-])(?P<d>\d{{1,2}}){TH}(?:{JOIN}(?P<d2>\d{{1,2}}){TH})?{OF}(?P<m>{MONTH})(?![^\W{HAN}])\.?"
        rf"(?:{OF}(?P<y>{YEAR})(?!\d|[.,]\d))?",
        rf"(?<![^\W{HAN}])(?P<m>{MONTH})\.?{SOME}(?:the{SOME})?(?P<d>\d{{1,2}}){TH}(?:{JOIN}(?P<d2>\d{{1,2}}){TH})?"
        rf"(?![\w%]|[.,:]\d)(?:,?{SOME}(?P<y>{YEAR})(?!\d))?",
        rf"(?<![^\W{HAN}])(?:[وبلف])?(?P<m>{MONTH})\.?{OF}(?P<y>{YEAR})(?!\w|[.,]\d)",
        rf"(?<![\w/.-])(?P<y>{YEAR}){GAP}[-\u2010-\u2015]{GAP}(?P<y2>{YEAR})(?![\w/-])",
    )
)
RANGE = re.compile(
    rf"(?:{GAP}{DASH}{GAP}|{SOME}(?:{alternatives(entries(tables.RANGE_WORDS))}){SOME}{ARTICLE}{WEEKDAY})"
)
LONGEST_JOINT = 24
HAN_DIGIT = str.maketrans({c: str(n) for c, n in tables.HAN_DIGITS.items()})


def find_dates(text: Plain) -> list[Dates]:
    """Every date, in order, without overlap; two dates joined by a word for "to" are one range."""
    taken = bytearray(len(text.folded))
    found: list[Dates] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(text.folded):
            dates = None if any(taken[match.start() : match.end()]) else _read(match)
            if dates is not None:
                taken[dates.start : dates.end] = b"\1" * (dates.end - dates.start)
                found.append(dates)
    return list(_joined(text.folded, sorted(found, key=lambda dates: dates.start)))


def _read(match: re.Match[str]) -> Dates | None:
    parts = match.groupdict()
    year, month = _number(parts.get("y")), _month(parts.get("m"))
    first = Day(year, month, _number(parts.get("d")))
    if parts.get("sep") == "/" and (first.month or 0) > 12:
        first = Day(first.year, first.day, first.month)
    elif parts.get("sep") == "/" and (first.day or 0) <= 12 and first.day != first.month:
        first = Day(first.year)
    last = first
    if parts.get("d2") or parts.get("d3"):
        later = _month(parts.get("m2")) or first.month
        last = Day(first.year, later, _number(parts.get("d2") or parts.get("d3")))
    elif parts.get("y2"):
        last = Day(_number(parts["y2"]))
    ordered = first == last or tuple(v or 0 for v in first) < tuple(v or 0 for v in last)
    if not (first.real and last.real and ordered) or ((first.month is None) != (parts.get("m") is None) and not year):
        return None
    end = match.end() - (match.group()[-1:] == "." and parts.get("y") is None)
    return Dates(match.start(), end, first, last)


def _joined(folded: str, found: list[Dates]) -> Iterator[Dates]:
    """Merge neighbours that a word for "to" or a dash joins; the first takes the year of the last."""
    waiting: Dates | None = None
    for dates in found:
        between = folded[waiting.end : dates.start] if waiting else ""
        if waiting and len(between) <= LONGEST_JOINT and RANGE.fullmatch(between) and waiting.first == waiting.last:
            first = waiting.first if waiting.first.year else waiting.first._replace(year=dates.first.year)
            waiting = Dates(waiting.start, dates.end, first, dates.last)
            continue
        if waiting:
            yield waiting
        waiting = dates
    if waiting:
        yield waiting


def _number(digits: str | None) -> int | None:
    """Digits or Chinese numerals up to 31, or a year in Chinese digits."""
    if digits is None or digits.isdecimal():
        return None if digits is None else int(digits)
    if len(digits) == 4 or "十" not in digits:
        plain = digits.translate(HAN_DIGIT)
        return int(plain) if plain.isdecimal() else 0
    tens, _, ones = digits.partition("十")
    return tables.HAN_DIGITS.get(tens, 1) * 10 + tables.HAN_DIGITS.get(ones, 0)


def _month(word: str | None) -> int | None:
    if word is None:
        return None
    return MONTH_OF.get(word) or _number(word if word.isdecimal() or word[0] in HAN_NUMERALS else None)
