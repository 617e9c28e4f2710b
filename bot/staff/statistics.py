"""What was asked, answered, liked and cited over some days, for the dashboard. Days are those of UTC.

Only what the journal still keeps is counted; small talk is not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import get_args

from bot.journal import Asked, Journal
from bot.models import Status
from corpus.library import Library

STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Day:
    """One day: questions by status, and milliseconds that an answer took (None without questions)."""

    day: date
    by_status: Mapping[str, int]
    median_ms: int | None
    p95_ms: int | None

    @property
    def questions(self) -> int:
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class Cited:
    """A document and how many answers quoted it, on how many days."""

    document_id: str
    title: str
    answers: int
    days: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of `days`, the oldest first; counters are in falling order.

    `never_cited` are the documents in answers now that none of these answers quoted.
    """

    days: tuple[Day, ...]
    by_status: Mapping[str, int]
    by_language: Mapping[str, int]
    pinned: int
    liked: int
    disliked: int
    reasons: Mapping[str, int]
    median_ms: int | None
    p95_ms: int | None
    most_cited: tuple[Cited, ...]
    never_cited: tuple[Cited, ...]

    @property
    def questions(self) -> int:
        return sum(self.by_status.values())


def statistics(journal: Journal, library: Library, *, days: int, today: date) -> Statistics:
    """The figures of the `days` that end with `today`."""
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first, time(), UTC)
    asked = journal.asked(since)
    opinions = journal.opinions(since)
    by_day: dict[str, list[Asked]] = {(first + timedelta(days=n)).isoformat(): [] for n in range(days)}
    for question in asked:
        by_day.setdefault(question.day, []).append(question)
    titles = {entry.metadata.id: entry.metadata.title for entry in library.entries("ready")}
    cited = tuple(Cited(id, titles.get(id, id), answers, days) for id, answers, days in journal.cited(since))
    known = {document.document_id for document in cited}
    return Statistics(
        days=tuple(_day(date.fromisoformat(day), questions) for day, questions in sorted(by_day.items())),
        by_status=_by_status(asked),
        by_language=dict(Counter(question.language for question in asked).most_common()),
        pinned=sum(question.pinned for question in asked),
        liked=sum(opinion.liked for opinion in opinions),
        disliked=sum(not opinion.liked for opinion in opinions),
        reasons=dict(Counter(opinion.reason for opinion in opinions if not opinion.liked).most_common()),
        median_ms=_median(asked),
        p95_ms=_p95(asked),
        most_cited=cited,
        never_cited=tuple(Cited(id, title, 0, 0) for id, title in sorted(titles.items()) if id not in known),
    )


def rows(figures: Statistics) -> Iterator[tuple[object, ...]]:
    """A row a day: the date, questions by status in the order of STATUSES, median and 95th percentile in ms."""
    for day in figures.days:
        yield day.day.isoformat(), *(day.by_status[status] for status in STATUSES), day.median_ms, day.p95_ms


def _day(day: date, asked: Sequence[Asked]) -> Day:
    return Day(day, _by_status(asked), _median(asked), _p95(asked))


def _by_status(asked: Sequence[Asked]) -> dict[str, int]:
    counts = Counter(question.status for question in asked)
    return {status: counts[status] for status in STATUSES}


def _median(asked: Sequence[Asked]) -> int | None:
    return round(median(question.elapsed_ms for question in asked)) if asked else None


def _p95(asked: Sequence[Asked]) -> int | None:
    """The time that 95 of 100 answers did not exceed (nearest rank)."""
    ordered = sorted(question.elapsed_ms for question in asked)
    return ordered[-(-95 * len(ordered) // 100) - 1] if ordered else None
