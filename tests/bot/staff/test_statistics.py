"""The figures of the dashboard against a journal whose every question is known."""

import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.journal import Journal
from bot.staff.statistics import STATUSES, rows, statistics
from corpus.library import Library
from corpus.models import Content, Metadata

TODAY = date(2024, 11, 10)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.sqlite")
    for id in ("a", "b", "c"):
        library.save(
            id.encode(), f"{id}.md", Metadata(id=id, title=f"Titre {id}", language="fr"), Content(f"Texte {id}.")
        )
        library.mark(id, "ready")
    return library


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite", keep_days=36_500)


def put(journal: Journal, *questions: tuple[str, str, str, int, tuple[str, ...]], small_talk: int = 0) -> None:
    """(moment, language, status, milliseconds, documents)"""
    with closing(sqlite3.connect(journal._path)) as db:
        for at, language, status, ms, cited in questions:
            answer = '{"text": "", "citations": [' + ", ".join(f'["{id}", 1, 0, 3]' for id in cited) + "]}"
            db.execute(
                "INSERT INTO questions (asked_at, question, asked, language, status, answer, model, elapsed_ms, "
                "small_talk) VALUES (?, 'q', 'q', ?, ?, ?, 'm', ?, ?)",
                (at, language, status, answer, ms, small_talk),
            )
        db.commit()


def test_every_figure(journal: Journal, library: Library) -> None:
    put(
        journal,
        ("2024-11-08T23:59:59+00:00", "fr", "answered", 100, ("a", "a", "b")),
        ("2024-11-10T00:00:00+00:00", "fr", "not_found", 10, ()),
        ("2024-11-10T10:00:00+00:00", "ar", "disputed", 300, ("a",)),
        ("2024-11-03T10:00:00+00:00", "zh", "answered", 9_999, ("c",)),
    )
    put(journal, ("2024-11-10T11:00:00+00:00", "en", "not_found", 1, ()), small_talk=1)
    figures = statistics(journal, library, days=3, today=TODAY)
    assert [day.day for day in figures.days] == [TODAY - timedelta(days=n) for n in (2, 1, 0)]
    assert [day.questions for day in figures.days] == [1, 0, 2]
    assert figures.by_status == {"answered": 1, "partial": 0, "not_found": 1, "disputed": 1}
    assert list(figures.by_language.items()) == [("fr", 2), ("ar", 1)]
    assert (figures.median_ms, figures.p95_ms) == (100, 300)
    assert [(c.document_id, c.title, c.answers, c.days) for c in figures.most_cited] == [
        ("a", "Titre a", 2, 2),
        ("b", "Titre b", 1, 1),
    ]
    assert [c.document_id for c in figures.never_cited] == ["c"]
    assert list(rows(figures))[1] == ("2024-11-09", 0, 0, 0, 0, None, None)
    assert len(next(rows(figures))) == 3 + len(STATUSES)


def test_opinions_and_pins_are_counted(journal: Journal, library: Library) -> None:
    today = date.today()
    put(journal, *[(f"{today}T00:00:0{n}+00:00", "fr", "answered", 5, ()) for n in range(3)])
    journal.feedback(1, liked=True, reason="", comment="")
    for id, reason in ((2, "wrong"), (3, "wrong"), (3, "unclear")):
        journal.feedback(id, liked=False, reason=reason, comment="")
    figures = statistics(journal, library, days=2, today=today)
    assert (figures.liked, figures.disliked, figures.pinned) == (1, 3, 0)
    assert list(figures.reasons.items()) == [("wrong", 2), ("unclear", 1)]


def test_an_empty_journal(journal: Journal, library: Library) -> None:
    figures = statistics(journal, library, days=30, today=TODAY)
    assert figures.questions == 0 and len(figures.days) == 30 and figures.median_ms is None
    assert len(figures.never_cited) == 3


def test_a_year_of_questions_is_counted_quickly(journal: Journal, library: Library) -> None:
    day = [(TODAY - timedelta(days=n % 365)).isoformat() for n in range(20_000)]
    put(journal, *[(f"{d}T10:00:00+00:00", "fr", "answered", n % 700, ("a", "b")) for n, d in enumerate(day)])
    began = time.perf_counter()
    figures = statistics(journal, library, days=365, today=TODAY)
    assert time.perf_counter() - began < 1
    assert figures.questions == 20_000
    assert [(c.answers, c.days) for c in figures.most_cited] == [(20_000, 365)] * 2
