"""Numbers, percentages, money, dates and durations of a text as values that compare across languages.

`extract` finds them with their places, `relate` says how two of them stand to each other. A count carries
what it counts as a class that does not depend on the language, where the tables know the noun. Names and
identifiers are no values. A month alone, "one" and nouns that are far from their number are not read. Pure.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from bot.value_dates import Dates, Day, find_dates
from bot.value_models import Bound, Kind, Value
from bot.value_reading import quantities
from bot.value_text import Plain, plain
from corpus.models import Span

__all__ = ["Bound", "Kind", "Relation", "Value", "days", "extract", "relate", "same_unit"]

Relation = Literal["equal", "compatible", "different", "incomparable"]
Interval = tuple[Decimal, Decimal, bool]

NEAR = Decimal("0.05")
"""How far "about" may be from an exact amount, as a share of it."""
AKIN = ({"people", "members"}, {"states", "members"})
HOURS = {"week": Decimal(168), "day": Decimal(24), "hour": Decimal(1), "minute": Decimal(1) / 60}
MONTHS = {"year": Decimal(12), "month": Decimal(1)}


def extract(text: str, language: str) -> tuple[Value, ...]:
    """The values of `text` in order, without overlap; `language` is that of the text."""
    read = plain(text)
    dates = find_dates(read)
    found = [_date(read, d) for d in dates] + list(quantities(read, dates, language))
    return tuple(sorted(found, key=lambda value: value.span))


def relate(a: Value, b: Value) -> Relation:
    """How two values stand to each other.

    "200" and "more than 200" are different statements, 46 and "more than 40" are compatible; dates and
    rounded numbers compare at the precision that both have.
    """
    if a.kind != b.kind:
        return "incomparable"
    if a.kind == "date":
        return _relate_dates(a, b)
    if not same_unit(a.unit, b.unit):
        return _relate_times(a, b) if a.kind == "duration" else "incomparable"
    if a.statement == b.statement:
        return "equal"
    if _rounds(a, b) or _rounds(b, a) or _meet(_interval(a), _interval(b)):
        return "compatible"
    return "different"


def same_unit(a: str, b: str) -> bool:
    """Whether two counts may count the same; an unknown unit may be any."""
    return a == b or not a or not b or {a, b} in AKIN


def days(value: Value) -> Decimal | None:
    """How many days a full range of dates or a duration lasts, both ends counted; None where unknown."""
    if value.kind == "duration" and value.amount is not None and value.unit in HOURS:
        return value.amount * HOURS[value.unit] / 24
    first, last = value.first, value.last
    if first is None or last is None or first == last or not (first.real and last.real) or not last.day:
        return None
    start, end = (date(d.year or 2000, d.month or 1, d.day or 1) for d in (first, last))
    return Decimal((end - start).days + 1)


def _date(read: Plain, dates: Dates) -> Value:
    return Value("date", Span(*read.original(dates.start, dates.end)), first=dates.first, last=dates.last)


def _relate_dates(a: Value, b: Value) -> Relation:
    if (a.first, a.last) == (b.first, b.last):
        return "equal"
    assert a.first and a.last and b.first and b.last
    a_range, b_range = a.first != a.last, b.first != b.last
    if a_range == b_range:
        agree = _agree(a.first, b.first) and _agree(a.last, b.last)
    else:
        one, many = (b, a) if a_range else (a, b)
        agree = _within(one.first, many.first, many.last)
    return "compatible" if agree else "different"


def _agree(a: Day, b: Day) -> bool:
    return all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))


def _within(day: Day | None, first: Day | None, last: Day | None) -> bool:
    assert day and first and last
    shared = [i for i in range(3) if day[i] is not None and first[i] is not None and last[i] is not None]
    return [first[i] for i in shared] <= [day[i] for i in shared] <= [last[i] for i in shared]


def _relate_times(a: Value, b: Value) -> Relation:
    for scale in (HOURS, MONTHS):
        if a.unit in scale and b.unit in scale and a.amount is not None and b.amount is not None:
            same = a.amount * scale[a.unit] == b.amount * scale[b.unit] and a.bound == b.bound
            return "equal" if same else "different"
    return "incomparable"


def _interval(value: Value) -> Interval:
    """The least and the greatest amount a value allows, and whether the ends belong to it."""
    assert value.amount is not None
    low, high = value.amount, value.amount if value.upper is None else value.upper
    infinity = Decimal("Infinity")
    if value.bound == "about":
        return low * (1 - NEAR), high * (1 + NEAR), True
    if value.bound in ("more", "least"):
        return low, infinity, value.bound == "least"
    if value.bound in ("less", "most"):
        return -infinity, high, value.bound == "most"
    return low, high, True


def _meet(a: Interval, b: Interval) -> bool:
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return low < high or (low == high and all(low not in (i[0], i[1]) or i[2] for i in (a, b)))


def _rounds(rough: Value, fine: Value) -> bool:
    """Whether an exact amount is the other, rounded to the decimals that the first gives."""
    if rough.amount is None or fine.amount is None or {rough.bound, fine.bound} != {"exact"}:
        return False
    if rough.upper is not None or fine.upper is not None or fine.amount == fine.amount.to_integral_value():
        return False
    exponent = rough.amount.as_tuple().exponent
    step = Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(1)
    return fine.amount.quantize(step) == rough.amount
