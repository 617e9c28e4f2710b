"""The dashboard over a real journal: figures, charts whose bars are as high as the figures, the CSV file."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.pages.staff import dashboard
from bot.pages.staff.charts import Bar, Frame, chart, ticks
from bot.phrases import format_date, format_day
from bot.staff.statistics import STATUSES, Day
from corpus.database import connect
from tests.bot.pages.staff.whole import site_of, whole_desk, words
from tests.bot.staff.clock import Clock
from tests.bot.staff.conftest import FakeFetcher

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bot.staff.desk import Desk

PAGE = "/staff/dashboard"
NASTY = '"><script>alert(1)</script>\u202e'
TODAY = datetime.now(UTC).date()
KINDS = dashboard.STACKED


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> "Desk":
    return whole_desk(tmp_path, clock, FakeFetcher(), keep_questions=400)


@pytest.fixture
def site(desk: "Desk") -> Any:
    return site_of(desk, [dashboard.router])


def ask(desk: "Desk", back: int, status: str, times: int = 1, *, ms: int = 100, cited: str = "", **more: Any) -> None:
    """Questions that were asked some days ago, as the journal keeps them; `reason` is that of a dislike."""
    at = datetime.combine(TODAY - timedelta(days=back), datetime.min.time(), UTC).isoformat(timespec="seconds")
    answer = json.dumps({"text": "", "citations": [[cited, 1, 0, 5]] if cited else []})
    with connect(desk.settings.data_dir / "journal.sqlite") as db:
        for _ in range(times):
            id = db.execute(
                "INSERT INTO questions (asked_at, question, asked, language, status, answer, model, elapsed_ms, "
                "small_talk, pinned) VALUES (?, 'q', 'q', ?, ?, ?, 'm', ?, 0, ?)",
                (at, more.get("language", "fr"), status, answer, ms, more.get("pinned", False)),
            ).lastrowid
            if "reason" in more or "liked" in more:
                opinion = (id, at, more.get("liked", False), more.get("reason", ""))
                db.execute("INSERT INTO feedback VALUES (?, ?, ?, ?, '')", opinion)


def a_day(back: int, ms: int | None = 100, **by_status: int) -> Day:
    counts = {status: by_status.get(status, 0) for status in STATUSES}
    asked = ms if sum(counts.values()) else None
    return Day(TODAY - timedelta(days=back), counts, asked, asked and 3 * asked)


def svgs(markup: str) -> dict[str, ElementTree.Element]:
    """The charts of a page by their class; each must be well-formed."""
    found = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg class=\"chart.*?</svg>", markup, re.DOTALL)]
    return {str(svg.get("class")).split()[1]: svg for svg in found}


def heights(svg: ElementTree.Element) -> list[dict[str, float]]:
    """The height of each part of each bar."""
    bars = [group.findall("rect") for group in svg.findall("g")]
    return [
        {str(rect.get("class")).removeprefix("part "): float(rect.get("height", "0")) for rect in bar[1:]}
        for bar in bars
    ]


def unit(svg: ElementTree.Element) -> float:
    """How high one is on the axis, by its lowest two marks and what is written at them."""
    lines = [float(line.get("y1", "0")) for line in svg.findall("line")]
    marks = [int(re.sub(r"\D", "", text.text or "")) for text in svg.findall("text") if text.get("class") == "tick"]
    assert marks == ticks(marks[-1]) and len(marks) == len(lines)
    return (lines[0] - lines[1]) / (marks[1] - marks[0])


# Charts


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (1, [0, 1]), (7, [0, 2, 4, 6, 8]), (23, [0, 5, 10, 15, 20, 25]), (100, [0, 20, 40, 60, 80, 100])],
)
def test_the_axis_has_round_numbers(most: int, expected: list[int]) -> None:
    assert ticks(most) == expected


def test_the_axis_reaches_every_number_in_few_steps() -> None:
    for most in [*range(1, 3_000), 10**6 + 1, 10**9]:
        marks = ticks(most)
        assert marks[-1] >= most > marks[-2] and 2 <= len(marks) <= 6
        assert re.fullmatch(r"(1|2|5|25)0*", str(marks[1]))


@pytest.mark.parametrize("length", [1, 7, 30, 90])
def test_bars_are_as_high_as_the_figures(length: int) -> None:
    days = [a_day(n, answered=n * 3 % 17, partial=n % 4, disputed=n % 3, not_found=n * 7 % 5) for n in range(length)]
    days = sorted(days, key=lambda day: day.day)
    svg = svgs(dashboard.questions_charts(days, "fr"))["wide"]
    one = unit(svg)
    found = heights(svg)
    assert len(found) == length
    for day, parts in zip(days, found, strict=True):
        assert {kind: round(height / one) for kind, height in parts.items()} == {
            kind: count for kind, count in day.by_status.items() if count
        }
        assert all(abs(height / one - round(height / one)) < 0.02 for height in parts.values())


def test_parts_stand_on_each_other_and_bars_side_by_side() -> None:
    days = [a_day(1 - n, answered=5, partial=2, disputed=1, not_found=4) for n in range(2)]
    svg = svgs(dashboard.questions_charts(days, "fr"))["wide"]
    ends = []
    for group in svg.findall("g"):
        parts = group.findall("rect")[1:]
        assert [part.get("class") for part in parts] == [f"part {kind}" for kind in KINDS]
        for below, above in pairwise(parts):
            bottom = float(above.get("y", "0")) + float(above.get("height", "0"))
            assert abs(bottom - float(below.get("y", "0"))) < 0.02
        ends.append((float(parts[0].get("x", "0")), float(parts[0].get("width", "0"))))
    assert ends[0][0] + ends[0][1] < ends[1][0] and ends[0][1] == ends[1][1]


def test_many_days_become_weeks_and_nothing_is_lost() -> None:
    days = [a_day(364 - n, answered=n % 5, not_found=1) for n in range(365)]
    both = svgs(dashboard.questions_charts(days, "fr"))
    for svg in both.values():
        total: Counter[str] = Counter()
        one = unit(svg)
        for parts in heights(svg):
            total.update({kind: round(height / one) for kind, height in parts.items()})
        assert len(heights(svg)) == 53
        assert total == {"answered": sum(day.by_status["answered"] for day in days), "not_found": 365}
    assert "Questions par semaine" in words(dashboard.questions_charts(days, "fr"))
    month = svgs(dashboard.questions_charts(days[-90:], "fr"))
    assert (len(heights(month["wide"])), len(heights(month["narrow"]))) == (90, 13)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_bar_says_its_day_and_its_figures(language: str) -> None:
    days = [a_day(1), a_day(0, answered=12, not_found=3)]
    titles = [
        group.findtext("title") or "" for group in svgs(dashboard.questions_charts(days, language))["wide"].findall("g")
    ]
    assert titles[1].startswith(format_date(TODAY.isoformat(), language)) and "15" in titles[1] and "12" in titles[1]
    assert ("Sans réponse\u00a0: 3" if language == "fr" else "Unanswered: 3") in titles[1]
    assert titles[0].endswith("0")


@pytest.mark.parametrize(
    ("language", "written"), [("fr", "3 mars"), ("en", "3 Mar"), ("ar", "3 مارس"), ("zh", "3月3日"), ("ru", "3 мар.")]
)
def test_days_are_written_as_each_language_does(language: str, written: str) -> None:
    assert format_day("2026-03-03", language) == written


def labels(svg: ElementTree.Element) -> list[tuple[float, float]]:
    """From where to where each label under the bars reaches, about."""
    size = float(svg.get("font-size", "0"))
    texts = [text for text in svg.findall("text") if text.get("class") == "label"]
    found = []
    for text in texts:
        half = sum(1.0 if c >= "\u2e80" else 0.58 for c in text.text or "") * size / 2
        found.append((float(text.get("x", "0")) - half, float(text.get("x", "0")) + half))
    return sorted(found)


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize("frame", [dashboard.WIDE, dashboard.NARROW], ids=lambda frame: frame.name)
@pytest.mark.parametrize("language", ["fr", "ar", "zh"])
def test_labels_do_not_run_into_each_other(language: str, frame: Frame, rtl: bool) -> None:
    for length in (1, 2, 7, 30, 53, 90):
        days = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(length)]
        bars = [Bar(format_day(day, language), day, (1,)) for day in days]
        turned = Frame(frame.width, frame.height, frame.letters, frame.name, rtl)
        drawn = chart(bars, ["answered"], turned, id="x", about="", axis="", number=str)
        ends = labels(svgs(drawn)[frame.name])
        assert ends and ends[0][0] >= -0.1 and ends[-1][1] <= frame.width + 0.1
        assert all(left[1] < right[0] for left, right in pairwise(ends))


def test_a_chart_from_right_to_left_is_the_mirror_of_the_other() -> None:
    bars = [Bar(f"{n}", f"{n}", (n, 2)) for n in range(6)]
    ltr, rtl = (
        svgs(chart(bars, KINDS[:2], Frame(400, 200, 12, "wide", turned), id="x", about="", axis="", number=str))["wide"]
        for turned in (False, True)
    )
    for one, other in zip(ltr.iter("rect"), rtl.iter("rect"), strict=True):
        if one.get("class") != "ground":
            ends = float(one.get("x", "0")), float(one.get("x", "0")) + float(one.get("width", "0"))
            assert abs(400 - ends[1] - float(other.get("x", "0"))) < 0.02
            assert (one.get("y"), one.get("height")) == (other.get("y"), other.get("height"))


def test_a_bar_is_never_below_the_axis() -> None:
    with pytest.raises(ValueError, match="none below 0"):
        Bar("", "", (1, -1))


def test_texts_of_a_chart_are_text() -> None:
    drawn = chart(
        [Bar(NASTY, NASTY, (1,))], ["answered"], dashboard.WIDE, id=NASTY, about=NASTY, axis=NASTY, number=str
    )
    assert "<script" not in drawn and svgs(drawn)["wide"].findtext("g/title") == NASTY


# The page


def test_the_figures_are_those_of_the_journal(desk: "Desk", editor: "TestClient") -> None:
    ask(desk, 0, "answered", 6, cited="phare", ms=100)
    ask(desk, 2, "not_found", 3, language="ar", ms=300)
    ask(desk, 2, "partial", 1, reason="wrong", ms=900)
    ask(desk, 3, "disputed", 2, pinned=True, liked=True)
    ask(desk, 8, "answered", 50)
    page = editor.get(PAGE, params={"days": "7"})
    said = spaced(page.text)
    assert page.status_code == 200
    for expected in (
        "Questions 12",
        "Réponses complètes 6 50 %",
        "Réponses partielles 1 8 %",
        "Sources en désaccord 2 17 %",
        "Sans réponse 3 25 %",
        "Réponses fixées 2 17 %",
        "français 9 75 %",
        "arabe 3 25 %",
        "Utile 2 67 %",
        "Pas utile 1 33 %",
        "Inexacte 1",
        "Documents jamais cités pendant ces jours : 1",
    ):
        assert expected in said, expected
    assert 'href="/staff/documents/phare"' in page.text and 'href="/staff/documents/prix"' in page.text
    assert "Questions 62" in spaced(editor.get(PAGE).text)


def spaced(page: str) -> str:
    """What a reader sees, cells apart."""
    return words(page.replace("<", " <"))


def test_the_table_has_the_figures_of_the_chart(desk: "Desk", viewer: "TestClient") -> None:
    for back in range(7):
        ask(desk, back, "answered", 2 + back)
        ask(desk, back, "not_found", back)
    page = viewer.get(PAGE, params={"days": "7"}).text
    svg = svgs(page.split('id="times"')[0])["wide"]
    one = unit(svg)
    table = re.search(r'<table class="figures-table">(.*?)</table>', page, re.DOTALL)
    assert table is not None
    rows = [re.findall(r'<td class="number">(.*?)</td>', row) for row in table[1].split("<tr>")[2:]]
    drawn = [{kind: round(height / one) for kind, height in parts.items()} for parts in heights(svg)]
    assert [[int(cell) for cell in row[1:5]] for row in reversed(rows)] == [
        [parts.get(kind, 0) for kind in KINDS] for parts in drawn
    ]
    assert [int(row[0]) for row in rows] == [2 + 2 * back for back in range(7)]


def test_without_questions_the_page_says_so(desk: "Desk", viewer: "TestClient") -> None:
    page = viewer.get(PAGE)
    assert page.status_code == 200 and "Aucune question pendant ces jours." in words(page.text)
    assert "<svg" not in page.text and "NaN" not in page.text
    ask(desk, 0, "answered")
    assert "<svg" in viewer.get(PAGE).text


@pytest.mark.parametrize("days", ["", "31", "-7", "7; DROP", "９", "365" * 9])
def test_other_periods_are_the_usual_one(viewer: "TestClient", days: str) -> None:
    page = viewer.get(PAGE, params={"days": days})
    assert page.status_code == 200 and 'href="/staff/dashboard?days=30" aria-current="true"' in page.text


@pytest.mark.parametrize(("kept", "says"), [(0, "Aucune question n’est gardée"), (14, "sont gardées 14 jours")])
def test_days_that_are_forgotten_are_explained(tmp_path: Path, clock: Clock, kept: int, says: str) -> None:
    from tests.bot.pages.staff.browsing import browser, logged_in

    desk = whole_desk(tmp_path, clock, FakeFetcher(), keep_questions=kept)
    viewer = logged_in(browser(site_of(desk, [dashboard.router])), "victor")
    assert says in words(viewer.get(PAGE, params={"days": "30"}).text)
    assert kept == 0 or says not in words(viewer.get(PAGE, params={"days": "7"}).text)


def test_hostile_values_are_text_and_nothing_has_a_style(desk: "Desk", viewer: "TestClient") -> None:
    ask(desk, 0, "answered", cited=NASTY, language=NASTY, reason=NASTY)
    page = viewer.get(PAGE)
    assert page.status_code == 200 and "<script>alert" not in page.text
    assert " style=" not in page.text and "<style" not in page.text and not re.search(r"\son\w+=", page.text)


def test_many_reasons_are_cut(desk: "Desk", viewer: "TestClient") -> None:
    for n in range(40):
        ask(desk, 0, "answered", reason=f"reason number {n}")
    assert viewer.get(PAGE).text.count("reason number") == dashboard.MOST_REASONS


def test_the_csv_file_has_a_line_a_day(desk: "Desk", viewer: "TestClient") -> None:
    ask(desk, 1, "answered", 4, ms=200)
    ask(desk, 1, "disputed", 1, ms=200)
    response = viewer.get("/staff/dashboard.csv", params={"days": "7"})
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/csv")
    assert f"statistics-7-days-{TODAY}.csv" in response.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert [row["day"] for row in rows] == [(TODAY - timedelta(days=6 - n)).isoformat() for n in range(7)]
    expected: Mapping[str, str] = {"answered": "4", "disputed": "1", "partial": "0", "median_ms": "200"}
    assert {name: rows[5][name] for name in expected} == expected and rows[6]["median_ms"] == ""
    event = desk.audit.entries(1)[0]
    assert (event.actor, event.action, event.details["days"]) == ("victor", "statistics_exported", 7)
