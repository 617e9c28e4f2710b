"""What stands around an amount: its bound, its sign, what it counts or measures.

A `Plain` and the dates found in it come in, values come out in order. A noun is looked for a few words
behind the number, then before it. Pure.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from bot import value_tables as tables
from bot.value_dates import Dates, Day
from bot.value_models import Bound, Kind, Value
from bot.value_numbers import Amount, amount_at
from bot.value_text import PHRASE, Lexicon, Plain
from corpus.models import Span
from vectorstore.lexical import terms

AHEAD = 4
"""Words after a number among which its noun is looked for."""
AHEAD_HAN = 10
BACK = 40
"""Tokens before a number among which its noun is looked for, when none follows."""
ENDS = frozenset(".!?。！？؟;；؛:：()（）[]|")
RANGE_MARKS = frozenset("-–—~～至到")
HAN_AFTER = ("以上", "以下", "左右", "上下")


def quantities(read: Plain, dates: Sequence[Dates], language: str) -> Iterator[Value]:
    """The values that are no dates, in order; they keep clear of the dates and of each other."""
    taken = iter(dates)
    dated = next(taken, None)
    tokens, index, low = read.tokens, 0, 0
    while index < len(tokens):
        while dated and dated.end <= tokens[index].start:
            low, dated = max(low, dated.end), next(taken, None)
        if dated and dated.start < tokens[index].end:
            index += 1
            continue
        amount = amount_at(read, index, language)
        limits = low, dated.start if dated else len(read.folded)
        value = _dual(read, index) if amount is None else _Reading(read, amount, language, limits).value()
        index = max(value[1] if value else index, amount.last if amount else index)
        if value:
            low = tokens[index].end
            yield value[0]
        index += 1


def _dual(read: Plain, index: int) -> tuple[Value, int] | None:
    """An Arabic dual of a unit of time, which is a number and its noun in one word."""
    token = read.tokens[index]
    unit = _lexicon("DUALS").find(token.text) if token.kind == "word" else None
    if unit is None:
        return None
    return Value("duration", Span(*read.original(token.start, token.end)), Decimal(2), unit=unit), index


@cache
def _lexicon(table: str) -> Lexicon:
    words = getattr(tables, table)
    return Lexicon.of(words if isinstance(words, dict) else {table: words})


class _Reading:
    """One amount with what stands around it; `start` and `end` are tokens and grow as words are read."""

    def __init__(self, read: Plain, amount: Amount, language: str, limits: tuple[int, int]) -> None:
        self.low, self.high = limits
        self.read, self.tokens, self.amount, self.language = read, read.tokens, amount, language
        self.start, self.end = amount.first, amount.last
        self.upper: Decimal | None = None
        self.bound: Bound = "exact"

    def value(self) -> tuple[Value, int] | None:
        """The value and its last token; None for a name's number."""
        if self.amount.ordinal:
            return self._made("ordinal")
        self._range()
        self._after()
        currency = self._take("CURRENCIES", after=True)
        kind: Kind = "money" if currency else "number"
        unit = currency or ""
        if not currency and self._percent():
            kind, unit = "percent", ""
        elif not currency and (time := self._time()):
            kind, unit = "duration", time
        elif not currency and (before := self._take("CURRENCIES", after=False)):
            kind, unit = "money", before
        nouns: tuple[str, ...] = ()
        if kind == "number":
            unit, nouns = self._noun()
            if self._is_year(unit):
                return self._year()
            if self._in_name(unit):
                return None
        self._after()
        self._before()
        return self._made(kind, unit, nouns)

    def _made(self, kind: Kind, unit: str = "", nouns: tuple[str, ...] = ()) -> tuple[Value, int]:
        span = Span(*self.read.original(self.tokens[self.start].start, self.tokens[self.end].end))
        amount = self.amount.number
        return Value(kind, span, amount, self.upper, self.bound, unit, nouns), self.end

    def _range(self) -> None:
        """A second, greater amount behind a dash or a word for "to"."""
        joint = self.tokens[self.end + 1 : self.end + 2]
        joins = joint and (joint[0].text in RANGE_MARKS or joint[0].text in _lexicon("RANGE_WORDS").whole)
        if not joins or self.end + 2 >= len(self.tokens):
            return
        upper = amount_at(self.read, self.end + 2, self.language)
        clear = upper and self.tokens[upper.last].end <= self.high
        if upper and clear and not upper.ordinal and upper.number > self.amount.number:
            self.upper, self.end = upper.number, upper.last

    def _phrase(self, at: int, step: int) -> Iterator[tuple[str, int]]:
        """Runs of up to PHRASE tokens from `at` on, in the direction of `step`, the longest first."""
        words: list[str] = []
        runs: list[tuple[str, int]] = []
        for position in range(at, at + step * PHRASE, step):
            token = self.tokens[position] if 0 <= position < len(self.tokens) else None
            if token is None or token.text in ENDS - {"."} or not self.low <= token.start < self.high:
                break
            word = token.text
            words = [*words, word] if step > 0 else [word, *words]
            runs.append((" ".join(w for w in words if w not in "'’-"), position))
        return reversed(runs)

    def _take(self, table: str, *, after: bool) -> str | None:
        """The class of a word or sign of `table` beside the value, which then belongs to the value."""
        lexicon = _lexicon(table)
        at = self.end + 1 if after else self.start - 1
        for phrase, position in self._phrase(at, 1 if after else -1):
            name = lexicon.find(phrase)
            if name is None and after and table == "CURRENCIES":
                name = self._linked(lexicon, phrase)
            if name and after:
                self.end = position
            elif name:
                self.start = position
            if name:
                return name
        return self._han(lexicon) if after else None

    @staticmethod
    def _linked(lexicon: Lexicon, phrase: str) -> str | None:
        """A currency behind "de", "d'" or the adjective of a country ("millions d'euros", "US dollars")."""
        head, _, tail = phrase.partition(" ")
        return lexicon.find(tail) if head in ("d", "de", "of", "us") and tail else None

    def _han(self, lexicon: Lexicon) -> str | None:
        start = self.tokens[self.end].end
        rest = self.read.folded[start : start + 8]
        lead = len(rest) - len(rest.lstrip("多余餘 个個"))
        for word, name in lexicon.han:
            if rest.startswith(word, lead):
                if lead and rest[0] in "多余餘":
                    self.bound = "more"
                while self.end + 1 < len(self.tokens) and self.tokens[self.end + 1].start < start + lead + len(word):
                    self.end += 1
                return name
        return None

    def _percent(self) -> bool:
        """Whether a sign or word for "per cent" follows, or 百分之 stands before."""
        at = self.start - 3
        if (
            at >= 0
            and self.tokens[at].start >= self.low
            and "".join(token.text for token in self.tokens[at : self.start]) == "百分之"
        ):
            self.start = at
            return True
        return self._take("PERCENT", after=True) is not None

    def _time(self) -> str | None:
        """A unit of time, or a hyphen and one ("three-day")."""
        end = self.end
        time = self._take("DURATIONS", after=True)
        if time == "year" and self._looks_like_year():
            self.end = end
            return None
        return time

    def _noun(self) -> tuple[str, tuple[str, ...]]:
        """What a count counts: a known noun close behind, else the noun behind, else a known one before."""
        words = list(self._words_behind())
        known = [name for word in words if (name := _lexicon("UNITS").find(word))]
        nouns = tuple(term for word in words for term in terms(word)[:1])
        if han := self._han_noun():
            return han, nouns
        if known:
            return (known[1] if known[0] == "members" and len(known) > 1 else known[0]), nouns
        if nouns:
            return nouns[0], nouns
        return self._noun_before(), ()

    def _words_behind(self) -> Iterator[str]:
        for token in self.tokens[self.end + 1 : self.end + 1 + AHEAD]:
            if token.text in "-'’+":
                continue
            if token.kind != "word" or token.text in _lexicon("STOP_WORDS").whole:
                return
            yield token.text

    def _han_noun(self) -> str | None:
        start = self.tokens[self.end].end
        rest = self.read.folded[start : start + AHEAD_HAN].lstrip()
        rest = rest[: next((i for i, c in enumerate(rest) if not c.isalnum()), len(rest))]
        found = [(rest.find(w), -len(w), name) for w, name in _lexicon("UNITS").han if w in rest]
        first = rest.lstrip("多余")[:1]
        measure = next((name for name, words in tables.MEASURES.items() if first in words.split()), None)
        return measure or (min(found)[2] if found else None)

    def _noun_before(self) -> str:
        for token in reversed(self.tokens[max(0, self.start - BACK) : self.start]):
            if token.text in {"。", "!", "?", "；", ";"}:
                break
            if token.kind == "word" and (name := _lexicon("UNITS").find(token.text)):
                return name
        head = self.read.folded[max(0, self.tokens[self.start].start - BACK) : self.tokens[self.start].start]
        last = [(head.rfind(w) + len(w), len(w), n) for w, n in _lexicon("UNITS").han if w in head]
        return max(last)[2] if last else ""

    def _is_year(self, unit: str) -> bool:
        return self._looks_like_year() and not (unit in tables.UNITS and self._words_known())

    def _looks_like_year(self) -> bool:
        token = self.tokens[self.amount.first]
        alone = self.amount.last == self.amount.first and token.text.isdecimal() and len(token.text) == 4
        return alone and token.kind == "number" and 1500 <= self.amount.number < 2200

    def _words_known(self) -> bool:
        following = next(self._words_behind(), "")
        return following in _lexicon("UNITS") or self._han_noun() is not None

    def _year(self) -> tuple[Value, int]:
        day = Day(int(self.amount.number))
        token = self.tokens[self.amount.first]
        span = Span(*self.read.original(token.start, token.end))
        return Value("date", span, first=day, last=day), self.amount.first

    def _in_name(self, unit: str) -> bool:
        """Whether a capitalised word right before makes a name with the number ("Channel 24")."""
        before = self.tokens[self.start - 1] if self.start else None
        if before is None or before.kind != "word" or unit in tables.UNITS:
            return False
        if before.text in _lexicon("STOP_WORDS").whole:
            return False
        bound = any(_lexicon("BOUNDS").find(phrase) for phrase, _ in self._phrase(self.start - 1, -1))
        return not bound and self.read.text[self.read.offsets[before.start]].isupper()

    def _after(self) -> None:
        """Words behind that bound the amount ("200+", "200 or more", "200多", "200人以上")."""
        for phrase, position in self._phrase(self.end + 1, 1):
            joined = phrase.replace(" ", "").lstrip("人名个位国")
            name = _lexicon("BOUNDS_AFTER").find(joined if joined in HAN_AFTER else phrase)
            if name and self.bound == "exact":
                self.bound, self.end = name, position  # type: ignore[assignment]
                return

    def _before(self) -> None:
        """Words before that bound the amount ("more than", "ما يزيد عن", "超过")."""
        for phrase, position in self._phrase(self.start - 1, -1):
            name = _lexicon("BOUNDS").find(phrase) or self._han_bound(phrase)
            if name:
                self.bound, self.start = name, position  # type: ignore[assignment]
                return

    @staticmethod
    def _han_bound(phrase: str) -> str | None:
        return _lexicon("HAN_BOUNDS").whole.get(phrase.replace(" ", ""))
