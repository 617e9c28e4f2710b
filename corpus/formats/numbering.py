"""The numbers of lists as a reader sees them: counters by level, and how a number is written.

Pure. In: the definition of each level. Out: "3.", "b)", "Article 2", or nothing for a bullet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACE = re.compile(r"%([1-9])")
MAX_NUMBER = 999
"""Above it a number is written in digits: letters and Roman numerals grow with it."""
LONGEST_TEMPLATE = 40
SILENT = ("bullet", "none")

ALPHABETS = {
    "lowerLetter": "abcdefghijklmnopqrstuvwxyz",
    "upperLetter": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщэюя",
    "russianUpper": "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЭЮЯ",
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
}
CHINESE = frozenset(
    ("chineseCounting", "chineseCountingThousand", "taiwaneseCountingThousand", "japaneseCounting", "ideographDigital")
)
CHINESE_DIGITS = "〇一二三四五六七八九"
ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class Level:
    """How one level is numbered; in `template`, "%2" is the number of the second level."""

    form: str = "decimal"
    template: str = ""
    start: int = 1


class Counters:
    """The numbers of one list."""

    def __init__(self, levels: Mapping[int, Level]) -> None:
        self._levels = levels
        self._counts: dict[int, int] = {}

    def next(self, depth: int, start: int | None = None) -> str:
        """The label of the next item at `depth`, from 0; deeper levels begin anew."""
        level = self._levels.get(depth)
        if level is None:
            return ""
        self._counts = {other: count for other, count in self._counts.items() if other <= depth}
        first = level.start if start is None else start
        self._counts[depth] = first if start is not None or depth not in self._counts else self._counts[depth] + 1
        if level.form in SILENT:
            return ""
        template = level.template[:LONGEST_TEMPLATE]
        return PLACE.sub(lambda place: self._written(int(place.group(1)) - 1), template).strip()

    def _written(self, depth: int) -> str:
        level = self._levels.get(depth, Level())
        return written(self._counts.setdefault(depth, level.start), level.form)


def written(number: int, form: str) -> str:
    """`number` in a form of Office Open XML (17.18.59); digits where the form is not known here."""
    if form in SILENT:
        return ""
    if not 0 < number <= MAX_NUMBER:
        return str(number)
    if form in ALPHABETS:
        alphabet = ALPHABETS[form]
        times, letter = divmod(number - 1, len(alphabet))
        return alphabet[letter] * (times + 1)
    if form in ("lowerRoman", "upperRoman"):
        return _roman(number) if form == "lowerRoman" else _roman(number).upper()
    if form in CHINESE and number < 100:
        return _chinese(number)
    return f"{number:02}" if form == "decimalZero" else str(number)


def number(text: str, default: int = 0) -> int:
    """A small whole number of an attribute, or `default`."""
    return int(text) if re.fullmatch(r"\d{1,6}", text) else default


def _roman(number: int) -> str:
    text = ""
    for value, letters in ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十" if tens else ""
    return ten + (CHINESE_DIGITS[ones] if ones or not tens else "")
