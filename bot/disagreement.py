"""Sentences that give different values for one question: the groups that the reader is shown.

A question and its candidate sentences come in, groups of equal values go out, or none. Only questions for a
count, a share, money, a date or a duration are compared; who, what and yes or no are not. A sentence that
speaks of another place, event or year than the best one does not count. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from bot import value_tables as tables
from bot.expected import Expected, expected
from bot.models import Quote
from bot.same_matter import (
    ATTRIBUTION,
    HAN_ATTRIBUTION,
    Matter,
    is_reporting,
    matter,
    meets,
    names_in,
    same_matter,
    skeletons_of,
)
from bot.value_text import plain
from bot.values import Kind, Value, days, extract, relate, same_unit
from corpus.models import Span
from vectorstore.lexical import terms

MOST_GROUPS = 6
MEMORY = 4096
LEAST_SHARE: dict[Kind, float] = {"number": 0.5, "percent": 0.8, "duration": 0.5, "date": 0.8, "money": 0.8}
"""Of the best sentence's score: a sentence below it does not count. Dates and sums stand in many sentences
that are about something else."""
FAR = 10_000
CLAUSE = frozenset(";；؛")


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that give one value; `value` is how the first of them words it."""

    value: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class _Stated:
    quote: Quote
    value: Value
    matter: Matter


def disagreement(
    question: str, language: str, quotes: Sequence[Quote], *, least_share: float | None = None
) -> tuple[Group, ...]:
    """The different values that `quotes`, best first, give for `question`; empty when they do not differ.

    Every quote of a group has its `answer_span` on the value. The best group is first, at most MOST_GROUPS.
    """
    wanted = expected(question, language)
    if wanted is None or not quotes:
        return ()
    share = LEAST_SHARE.get(wanted.kind, LEAST_SHARE["number"]) if least_share is None else least_share
    least = max(quote.score for quote in quotes) * share
    stated = [s for quote in quotes if quote.score >= least for s in _stated(question, language, wanted, quote)]
    groups = _grouped(_about_one(stated, matter(question, language), wanted))
    if len(groups) < 2:
        return ()
    return tuple(_group(members) for members in groups[:MOST_GROUPS])


def answer_span(question: str, language: str, text: str, text_language: str | None = None) -> Span | None:
    """The words of `text`, one sentence, that give the value `question` asks for; None without one.

    `text_language` is the language of the sentence, when it is another than the question's.
    """
    wanted = expected(question, language)
    value = None if wanted is None else _value(question, language, wanted, text, text_language or language)
    return None if value is None else value.span


def has_value(question: str, language: str, text: str, text_language: str) -> bool:
    """Whether `text` has a value of the kind that `question` asks for; true for questions of another kind.

    Lenient where units or durations may be worded in ways that are not read: only a count of another known
    class, or no count, sum, share or date at all, does not do.
    """
    wanted = expected(question, language)
    if wanted is None or wanted.kind == "duration":
        return True
    values = extract(text, text_language)
    if wanted.kind == "date":
        published = _reporting_question(question)
        return any(v.kind == "date" and (published or not is_reporting(v, text)) for v in values)
    if wanted.kind == "number":
        counts = [v for v in values if v.kind in ("number", "percent") or (v.kind == "money" and not wanted.unit)]
        return any(v.kind in ("percent", "money") or _fits(v, wanted) or not _known(v.unit) for v in counts)
    return any(v.kind == wanted.kind for v in values)


def _known(unit: str) -> bool:
    return unit in tables.UNITS


def _stated(question: str, language: str, wanted: Expected, quote: Quote) -> list[_Stated]:
    """What a quote states: its value, or one for each of its clauses when the clauses oppose two sources."""
    found = [_value(question, language, wanted, quote.text, quote.language)]
    if CLAUSE & set(quote.text):
        parts = _clauses(quote.text)
        each = [_value(question, language, wanted, part, quote.language) for _, part in parts]
        if all(each):
            found = [v and replace(v, span=_moved(v.span, at)) for (at, _), v in zip(parts, each, strict=True)]
    return [_Stated(quote, v, matter(quote.text, quote.language, ((v.span.start, v.span.end),))) for v in found if v]


def _clauses(text: str) -> list[tuple[int, str]]:
    cuts = [0, *(i + 1 for i, c in enumerate(text) if c in CLAUSE), len(text)]
    return [(a, text[a:b]) for a, b in pairwise(cuts) if text[a:b].strip()]


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


@lru_cache(MEMORY)
def _value(question: str, language: str, wanted: Expected, text: str, text_language: str) -> Value | None:
    """The value of a sentence that answers: of the kind and unit asked for, nearest to the question's words."""
    given = [v for v in extract(question, language) if v.kind == "date"]
    published = _reporting_question(question)
    found = [v for v in extract(text, text_language) if _fits(v, wanted)]
    if wanted.kind == "date":
        found = [v for v in found if all(relate(v, date) == "compatible" for date in given)]
        found = [v for v in found if published or not is_reporting(v, text)]
    if not found:
        return None
    places = _places(question, text)
    return min(found, key=lambda v: (_misfit(v, wanted), _distance(v.span, places), v.span))


def _reporting_question(question: str) -> bool:
    words = (token.text for token in plain(question).tokens if token.kind == "word")
    return any(word in ATTRIBUTION for word in words) or any(w in question for w in HAN_ATTRIBUTION)


def _fits(value: Value, wanted: Expected) -> bool:
    if wanted.kind == "duration":
        return value.kind == "duration" or (value.kind == "date" and days(value) is not None)
    if value.kind != wanted.kind:
        return False
    if wanted.kind != "number" or not wanted.unit:
        return True
    return (bool(value.unit) and same_unit(value.unit, wanted.unit)) or wanted.unit in value.nouns


def _misfit(value: Value, wanted: Expected) -> int:
    return int(value.kind != wanted.kind or (wanted.kind == "number" and value.unit != wanted.unit))


def _places(question: str, text: str) -> list[int]:
    """Where the words of the question stand in the sentence, across scripts by their consonants."""
    asked = frozenset(s for t in plain(question).tokens if t.kind == "word" for s in skeletons_of(t.text) if len(s) > 2)
    wanted, read = set(terms(question)), plain(text)
    return [
        read.offsets[token.start]
        for token in read.tokens
        if token.kind in ("word", "han")
        and (set(terms(token.text)) & wanted or any(s in asked for s in skeletons_of(token.text)))
    ]


def _distance(span: Span, places: Sequence[int]) -> int:
    return min((max(span.start - p, p - span.end, 0) for p in places), default=FAR)


def _about_one(stated: Sequence[_Stated], asked: Matter, wanted: Expected) -> list[_Stated]:
    """The statements that speak of what the best one speaks of, the best one first."""
    if wanted.kind in ("date", "duration"):
        stated = [replace(s, matter=replace(s.matter, years=frozenset())) for s in stated]
    pool = frozenset(name for s in stated for name in s.matter.names) | asked.names
    named = frozenset(name for name in pool if meets(name, asked.skeletons))
    if not stated:
        return []
    best = max(stated, key=lambda s: (bool(names_in(s.matter, pool) & named), s.matter.denied and asked.denied))
    return [best, *(s for s in stated if s is not best and same_matter(best.matter, s.matter, asked, pool))]


def _grouped(stated: Sequence[_Stated]) -> list[list[_Stated]]:
    groups: list[list[_Stated]] = []
    order = {id(statement): rank for rank, statement in enumerate(stated)}
    for statement in sorted(stated, key=lambda s: -_precision(s.value)):
        group = next((g for g in groups if _alike(g[0].value, statement.value)), None)
        if group is None:
            groups.append([statement])
        elif all(member.quote.key != statement.quote.key for member in group):
            group.append(statement)
    groups = [sorted(group, key=lambda s: order[id(s)]) for group in groups]
    return sorted(groups, key=lambda group: order[id(group[0])])


def _precision(value: Value) -> int:
    """How many parts a date gives: coarse dates join the finer ones with which they agree."""
    return 0 if value.first is None else sum(part is not None for part in value.first)


def _alike(a: Value, b: Value) -> bool:
    """Whether two values are one for the reader: dates that agree, else the same statement."""
    if a.kind == b.kind == "date":
        return relate(a, b) != "different"
    if {a.kind, b.kind} <= {"date", "duration"}:
        return a.statement == b.statement or (days(a) is not None and days(a) == days(b))
    return a.statement == b.statement


def _group(members: Sequence[_Stated]) -> Group:
    quotes = tuple(replace(s.quote, answer_span=s.value.span) for s in members)
    return Group(members[0].value.span.of(members[0].quote.text), quotes)
