"""A value of a text: a number, a share, money, a date or a duration, with its place and its bound. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.value_dates import Day
from corpus.models import Span

Kind = Literal["number", "percent", "money", "date", "ordinal", "duration"]
Bound = Literal["exact", "more", "least", "less", "most", "about"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a text at `span` (code points), with the words that bound it ("more than 200").

    `amount` to `upper` for all kinds but dates; `unit` is a class of nouns or the folded noun, a currency
    code, or a unit of time; `nouns` are the terms of the words beside a count. Dates have `first` and `last`.
    """

    kind: Kind
    span: Span
    amount: Decimal | None = None
    upper: Decimal | None = None
    bound: Bound = "exact"
    unit: str = ""
    nouns: tuple[str, ...] = ()
    first: Day | None = None
    last: Day | None = None

    @property
    def statement(self) -> tuple[object, ...]:
        """What the value says, for counting equal ones; the noun is not a part of it."""
        unit = "" if self.kind == "number" else self.unit
        return self.kind, self.amount, self.upper, self.bound, unit, self.first, self.last
