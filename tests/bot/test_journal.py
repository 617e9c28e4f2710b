"""The journal: what is kept, for how long, feedback, and what found no answer."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.journal import COMMENT_CHARACTERS, MIGRATIONS, Journal
from bot.models import Answer, Citation, Status
from corpus.errors import StorageError

CITATION = Citation(
    number=1,
    document_id="communique",
    version=3,
    title="Communiqué",
    publisher="OIAC",
    date="2024-10-24",
    language="fr",
    kind="primary",
    digest=True,
    url=None,
    page=None,
    start=7,
    end=46,
    quote="La conférence a réuni 200 participants.",
    answer_span=None,
    verified=True,
    score=0.9,
)


def answer(question: str = "Combien ?", status: Status = "answered", *, small_talk: bool = False) -> Answer:
    citations = (CITATION,) if status in ("answered", "partial") else ()
    return Answer(question, "fr", status, "Voici.", citations, small_talk=small_talk, asked=question, elapsed_ms=12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal(path, keep_days=90)


def kept(journal: Journal, *answers: Answer) -> list[int]:
    numbers = [journal.record(one, model="m/1") for one in answers]
    assert None not in numbers
    return [number for number in numbers if number is not None]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def grow_old(path: Path, number: int, days: float) -> None:
    asked = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("UPDATE questions SET asked_at = ? WHERE id = ?", (asked, number)).rowcount
        db.commit()


def test_a_question_is_kept_with_what_was_cited(journal: Journal, path: Path) -> None:
    (number,) = kept(journal, answer("Combien de participants à « Rabat » ? 🤔"))
    ((question, model, status, stored, elapsed),) = rows(
        path, "SELECT question, model, status, answer, elapsed_ms FROM questions"
    )
    assert (question, model, status, elapsed) == ("Combien de participants à « Rabat » ? 🤔", "m/1", "answered", 12)
    assert json.loads(str(stored)) == {"text": "Voici.", "citations": [["communique", 3, 7, 46]]}
    assert number == 1


def test_numbers_are_never_given_twice(journal: Journal, path: Path) -> None:
    (first,) = kept(journal, answer())
    grow_old(path, first, 1_000)
    journal.forget()
    (second,) = kept(journal, answer())
    assert second > first


def test_nothing_is_kept_for_0_days(path: Path) -> None:
    journal = Journal(path, keep_days=0)
    assert journal.record(answer("Une question secrète ?"), model="m/1") is None
    assert rows(path, "SELECT count(*) FROM questions") == [(0,)]
    assert journal.unanswered() == []
    assert not journal.feedback(1, liked=False, reason="", comment="Un mot secret.")
    assert rows(path, "SELECT count(*) FROM feedback") == [(0,)]
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"secr" not in held


def test_keeping_none_from_now_on_forgets_what_was_kept(journal: Journal, path: Path) -> None:
    (number,) = kept(journal, answer())
    grow_old(path, number, 0.001)
    Journal(path, keep_days=0)
    assert rows(path, "SELECT count(*) FROM questions") == [(0,)]


@pytest.mark.parametrize(("days", "stays"), [(0.5, True), (89, True), (91, False), (5_000, False)])
def test_what_is_older_is_forgotten_at_start(journal: Journal, path: Path, days: float, stays: bool) -> None:
    old, fresh = kept(journal, answer("Ancienne ?", "not_found"), answer("Nouvelle ?", "not_found"))
    journal.feedback(old, liked=False, reason="wrong", comment="")
    grow_old(path, old, days)
    questions = [item.question for item in Journal(path, keep_days=90).unanswered()]
    assert questions == (["Nouvelle ?", "Ancienne ?"] if stays else ["Nouvelle ?"])
    assert rows(path, "SELECT count(*) FROM feedback") == [(1 if stays else 0,)]
    assert fresh


def test_feedback_needs_a_question_that_is_kept(journal: Journal, path: Path) -> None:
    (number,) = kept(journal, answer())
    assert journal.feedback(number, liked=True, reason="", comment="Merci")
    assert journal.feedback(number, liked=False, reason="wrong_source", comment="")
    for unknown in (number + 1, 0, -1):
        assert not journal.feedback(unknown, liked=True, reason="", comment="")
    assert rows(path, "SELECT liked, reason, comment FROM feedback ORDER BY rowid") == [
        (1, "", "Merci"),
        (0, "wrong_source", ""),
    ]


def test_feedback_is_bounded(journal: Journal, path: Path) -> None:
    (number,) = kept(journal, answer())
    journal.feedback(number, liked=False, reason="r" * 10_000, comment="c" * 1_000_000)
    ((reason, comment),) = rows(path, "SELECT reason, comment FROM feedback")
    assert len(str(reason)) <= 100
    assert len(str(comment)) == COMMENT_CHARACTERS


def test_unanswered_are_the_refused_the_partial_and_the_disliked(journal: Journal) -> None:
    numbers = kept(
        journal,
        answer("Trouvée ?"),
        answer("Introuvable ?", "not_found"),
        answer("En partie ?", "partial"),
        answer("Disputée ?", "disputed"),
        answer("Mal répondue ?"),
        answer("Bonjour", "not_found", small_talk=True),
        answer("Bien répondue ?"),
    )
    journal.feedback(numbers[4], liked=False, reason="", comment="")
    journal.feedback(numbers[6], liked=True, reason="", comment="")
    journal.feedback(numbers[5], liked=False, reason="", comment="")
    found = journal.unanswered()
    assert [item.question for item in found] == ["Mal répondue ?", "En partie ?", "Introuvable ?"]
    assert [item.disliked for item in found] == [True, False, False]
    assert [item.id for item in journal.unanswered(limit=1)] == [numbers[4]]


def test_hostile_words_are_only_words(journal: Journal, path: Path) -> None:
    hostile = "'); DROP TABLE questions; -- \u202e <script>\0"
    (number,) = kept(journal, answer(hostile, "not_found"))
    journal.feedback(number, liked=False, reason=hostile, comment=hostile)
    assert journal.unanswered()[0].question == hostile


def test_it_opens_again(journal: Journal, path: Path) -> None:
    kept(journal, answer("Introuvable ?", "not_found"))
    assert [item.question for item in Journal(path, keep_days=90).unanswered()] == ["Introuvable ?"]


def test_eight_threads_write(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: kept(journal, answer(f"Question {n} ?", "not_found"))[0], range(48)))
    assert sorted(numbers) == list(range(1, 49))
    assert len(journal.unanswered()) == 48


def test_a_damaged_journal_is_a_message(journal: Journal, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    path.write_bytes(b"no database " * 1_000)
    with pytest.raises(StorageError, match=r"journal\.sqlite"):
        Journal(path, keep_days=90)


def test_a_newer_journal_is_refused(journal: Journal, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StorageError, match="newer"):
        Journal(path, keep_days=90)


def test_a_journal_of_the_first_schema_opens_with_all_that_was_kept(path: Path) -> None:
    path.parent.mkdir()
    stored = json.dumps({"text": "Voici.", "citations": [["a", 1, 0, 4], ["a", 1, 9, 12], ["b", 2, 0, 4]]})
    with closing(sqlite3.connect(path)) as db:
        db.executescript(MIGRATIONS[0] + "PRAGMA user_version = 1;")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for status, answered in (("answered", stored), ("not_found", '{"text": "", "citations": []}')):
            values = (now, "Combien ?", "Combien ?", "fr", status, answered, "m/1", 5, 0)
            db.execute("INSERT INTO questions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        db.commit()
    journal = Journal(path, keep_days=90)
    assert [item.question for item in journal.unanswered()] == ["Combien ?"]
    assert journal.cited(datetime.min.replace(tzinfo=UTC)) == [("a", 1, 1), ("b", 1, 1)]
    assert [(one.status, one.pinned) for one in journal.asked(datetime.min.replace(tzinfo=UTC))] == [
        ("answered", 0),
        ("not_found", 0),
    ]


def test_citations_are_counted_once_an_answer_and_forgotten_with_it(journal: Journal, path: Path) -> None:
    twice = replace(answer(), citations=(CITATION, replace(CITATION, start=50), replace(CITATION, document_id="b")))
    first, second, _ = kept(journal, twice, answer(), answer("Bonjour", small_talk=True))
    ages_ago = datetime.min.replace(tzinfo=UTC)
    assert journal.cited(ages_ago) == [("communique", 2, 1), ("b", 1, 1)]
    grow_old(path, second, 1)
    assert journal.cited(ages_ago)[0] == ("communique", 2, 2)
    assert journal.cited(datetime.now(UTC) - timedelta(hours=1)) == [("b", 1, 1), ("communique", 1, 1)]
    grow_old(path, first, 91)
    journal.forget()
    assert journal.cited(ages_ago) == [("communique", 1, 1)]
    assert rows(path, "SELECT count(*) FROM cited") == [(2,)], "small talk is kept, and not counted"


def test_what_was_asked_is_read_without_its_words(journal: Journal, path: Path) -> None:
    (first, _, _) = kept(journal, answer(), replace(answer("Combien ?"), pinned=True), answer("Salut", small_talk=True))
    grow_old(path, first, 2)
    today = datetime.now(UTC).date()
    assert journal.asked(datetime.min.replace(tzinfo=UTC)) == [
        ((today - timedelta(days=2)).isoformat(), "fr", "answered", 12, 0),
        (today.isoformat(), "fr", "answered", 12, 1),
    ]
    assert [one.pinned for one in journal.asked(datetime.now(UTC) - timedelta(days=1))] == [1]
