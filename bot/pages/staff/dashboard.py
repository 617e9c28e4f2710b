"""The dashboard: what was asked and answered over some days, as a chart, as tables, and as a CSV file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from bot.assistant import Assistant
from bot.pages.log import REASONS
from bot.pages.markup import direction
from bot.pages.staff.charts import Bar, Frame, chart, swatch
from bot.pages.staff.findings import percent
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import render
from bot.pages.staff.tables import csv_download
from bot.phrases import format_date, format_day, format_number, language_name, say_to_staff
from bot.settings import Settings
from bot.staff.audit import Audit
from bot.staff.statistics import STATUSES, Day, Statistics, rows, statistics

PAGE = f"{STAFF}/dashboard"
PERIODS = (7, 30, 90, 365)
USUAL = 30
STACKED = ("answered", "partial", "disputed", "not_found")
"""The statuses from the axis upwards."""
TIMES = ("median", "slow")

MOST_REASONS, MOST_CITED = 12, 10
WIDE = Frame(1_000, 300, 14, "wide")
NARROW = Frame(350, 250, 12, "narrow")
WEEK = 7
MOST_BARS = {WIDE.name: 120, NARROW.name: 31}
"""More days than that are put together in weeks."""


class DashboardDesk(Protocol):
    """What the page needs of the desk."""

    @property
    def assistant(self) -> Assistant: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class Legend:
    """A square of the chart and what it stands for."""

    square: Markup
    text: str


def router(desk: DashboardDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter()

    @router.get("/dashboard")
    def dashboard(request: Request, days: str = "") -> Response:
        return _dashboard(request, desk, _period(days))

    @router.get("/dashboard.csv")
    def export(request: Request, days: str = "") -> Response:
        period = _period(days)
        figures = _figures(desk, period)
        desk.audit.record(request.state.account.name, "statistics_exported", days=period)
        name = f"statistics-{period}-days-{_today():%Y-%m-%d}.csv"
        return csv_download(name, ("day", *STATUSES, "median_ms", "p95_ms"), rows(figures))

    return router


def questions_charts(days: Sequence[Day], language: str) -> Markup:
    """Questions a day, or a week when there are many days, by what became of them; for wide pages and narrow ones."""
    return Markup().join(_questions_chart(days, language, frame) for frame in _frames(language))


def times_charts(days: Sequence[Day], language: str) -> Markup:
    """How long answers took: the median, and the time that 95 of 100 do not exceed."""
    return Markup().join(_times_chart(days, language, frame) for frame in _frames(language))


def _dashboard(request: Request, desk: DashboardDesk, period: int) -> Response:
    language, figures = request.state.language, _figures(desk, period)
    return render(
        request,
        "dashboard.html",
        period=period,
        periods=PERIODS,
        figures=figures,
        kept=desk.settings.keep_questions,
        chart=questions_charts(figures.days, language),
        times=times_charts(figures.days, language),
        legend=_legend(STACKED, "figure", language),
        times_legend=_legend(TIMES, "time", language),
        statuses=STACKED,
        share=lambda part, whole: percent(part / whole, language) if whole else "",
        milliseconds=lambda value: "" if value is None else _milliseconds(value, language),
        spoken=[(language_name(code, language), count) for code, count in figures.by_language.items()],
        reasons=_reasons(figures.reasons, language),
        cited=figures.most_cited[:MOST_CITED],
        cited_less=figures.most_cited[MOST_CITED:],
    )


def _questions_chart(days: Sequence[Day], language: str, frame: Frame) -> Markup:
    weekly = len(days) > MOST_BARS[frame.name]
    groups = _weeks(days) if weekly else [[day] for day in days]
    bars = [
        Bar(_label(group, len(days), language), *_told(group, language))
        for group in groups
    ]  # fmt: skip
    return chart(
        bars,
        STACKED,
        frame,
        id=f"questions-{frame.name}",
        about=say_to_staff("chart_questions_about", language),
        axis=say_to_staff("axis_weekly" if weekly else "axis_daily", language),
        number=lambda number: format_number(number, language),
    )


def _told(group: Sequence[Day], language: str) -> tuple[str, tuple[int, ...]]:
    """What the bar of some days says, and its parts."""
    parts = tuple(sum(day.by_status[status] for day in group) for status in STACKED)
    figures = {f"figure_{status}": count for status, count in zip(STACKED, parts, strict=True) if count}
    return _said(group, {"figure_questions": sum(parts)} | figures, language), parts


def _said(group: Sequence[Day], figures: Mapping[str, object], language: str) -> str:
    pairs = [
        say_to_staff("figure_pair", language, name=say_to_staff(key, language), count=count)
        for key, count in figures.items()
    ]
    return " · ".join([_when(group, language), *pairs])


def _times_chart(days: Sequence[Day], language: str, frame: Frame) -> Markup:
    bars = []
    for day in days:
        median, slow = day.median_ms or 0, day.p95_ms or 0
        values = {"time_median": median, "time_slow": slow} if day.questions else {}
        shown = {key: _milliseconds(value, language) for key, value in values.items()}
        title = _said([day], shown, language)
        bars.append(Bar(_label([day], len(days), language), title, (median, max(slow - median, 0))))
    return chart(
        bars,
        TIMES,
        frame,
        id=f"times-{frame.name}",
        about=say_to_staff("chart_times_about", language),
        axis=say_to_staff("axis_times", language),
        number=lambda number: format_number(number, language),
    )


def _weeks(days: Sequence[Day]) -> list[Sequence[Day]]:
    """Seven days each, the last of which ends with the last day; the first may be shorter."""
    first = len(days) % WEEK
    starts = range(first, len(days), WEEK)
    return [*([days[:first]] if first else []), *(days[start : start + WEEK] for start in starts)]


def _label(group: Sequence[Day], days: int, language: str) -> str:
    """The first day of a bar, or over a long time its month."""
    first = group[0].day.isoformat()
    return format_date(first[:7], language) if days > MOST_BARS[WIDE.name] else format_day(first, language)


def _when(group: Sequence[Day], language: str) -> str:
    first, last = (format_date(day.day.isoformat(), language) for day in (group[0], group[-1]))
    return first if len(group) == 1 else say_to_staff("days_from_to", language, first=first, last=last)


def _legend(kinds: Sequence[str], prefix: str, language: str) -> list[Legend]:
    """From the top of the bars to the axis, as the eye finds them."""
    return [
        Legend(swatch(kind, f"legend-{kind}"), say_to_staff(f"{prefix}_{kind}", language)) for kind in reversed(kinds)
    ]


def _reasons(reasons: Mapping[str, int], language: str) -> list[tuple[str, int]]:
    """Why answers were disliked; what came from elsewhere is shown as it is."""
    shown = [
        (say_to_staff(f"reason_{reason}", language) if reason in REASONS else reason, count)
        for reason, count in reasons.items()
    ]
    return [(text or say_to_staff("reason_none", language), count) for text, count in shown[:MOST_REASONS]]


def _milliseconds(value: int, language: str) -> str:
    return say_to_staff("milliseconds", language, count=value)


def _frames(language: str) -> tuple[Frame, Frame]:
    rtl = direction(language) == "rtl"
    wide, narrow = (
        Frame(frame.width, frame.height, frame.letters, frame.name, rtl) for frame in (WIDE, NARROW)
    )  # fmt: skip
    return wide, narrow


def _figures(desk: DashboardDesk, period: int) -> Statistics:
    return statistics(desk.assistant.journal, desk.assistant.library, days=period, today=_today())


def _period(days: str) -> int:
    return int(days) if days in map(str, PERIODS) else USUAL


def _today() -> date:
    return datetime.now(UTC).date()
