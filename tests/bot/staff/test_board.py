"""The board of unanswered questions: what is in one group, what becomes of a group, what is forgotten."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from bot.errors import QuestionError
from bot.journal import Journal
from bot.models import Answer, Citation, Status
from bot.staff.unanswered import groups as store
from bot.staff.unanswered.board import Board, Group
from corpus.errors import UnknownDocument
from tests.fakes import FakeEmbedder
from vectorstore.embedder import QueryEncoding, SentenceTransformerEmbedder

PRICE = "Combien coûte la traversée du détroit ?"
PRICE_TURNED = "La traversée du détroit, combien coûte ?"  # the same words, and another wording
PAINTER = "Qui a peint le plafond ?"
WORDINGS = Path(__file__).with_name("wordings.jsonl")
CITATION = Citation(1, "bac", 1, "Bac", "", None, "fr", "press", False, None, None, 0, 9, "40 dirhams", None, True, 0.9)


def answer(question: str, status: Status = "not_found", *, language: str = "fr", start: int | None = None) -> Answer:
    citations = () if start is None else (replace(CITATION, start=start),)
    return Answer(question, language, status, "Voici.", citations, asked=question)


class Counting(FakeEmbedder):
    """Counts the questions it encodes."""

    def __init__(self, stamp: str = "fake/1") -> None:
        super().__init__(stamp)
        self.questions: list[str] = []

    def encode_query(self, text: str, language: str) -> QueryEncoding:
        self.questions.append(text)
        return super().encode_query(text, language)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite", keep_days=90)


@pytest.fixture
def board(journal: Journal) -> Board:
    return Board(journal, Counting())


def kept(journal: Journal, *answers: Answer) -> list[int]:
    return [number for number in (journal.record(one, model="m/1") for one in answers) if number is not None]


def asked(journal: Journal, board: Board, *questions: str) -> list[Group]:
    """The groups, oldest first, after these questions found no answer."""
    kept(journal, *map(answer, questions))
    board.refresh()
    return groups(board)


def groups(board: Board, state: str | None = None) -> list[Group]:
    return sorted(board.groups(state), key=lambda group: int(group.id))


def sql(journal: Journal, command: str, *values: object) -> list[tuple[object, ...]]:
    with journal.connection() as db:
        return db.execute(command, values).fetchall()


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds")


def refuses(_question: str, language: str) -> Answer:
    return answer("", language=language)


def finds(_question: str, language: str) -> Answer:
    return answer("", "answered", language=language, start=0)


# What is in one group


def test_the_same_question_is_one_group_however_it_is_typed(journal: Journal, board: Board) -> None:
    found = asked(journal, board, PRICE, "  combien COUTE la traversee du detroit", PRICE, PAINTER)
    assert [group.count for group in found] == [3, 1]
    (wording,) = found[0].questions
    assert (wording.count, wording.status, wording.disliked) == (3, "not_found", False)
    assert isinstance(board._embedder, Counting) and board._embedder.questions == [PRICE, PAINTER]


def test_questions_of_one_meaning_are_one_group_in_every_order_of_asking(journal: Journal, board: Board) -> None:
    (first, second) = asked(journal, board, PRICE, PAINTER, PRICE_TURNED)
    assert {wording.question for wording in first.questions} == {PRICE, PRICE_TURNED}
    assert second.label == PAINTER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Combien de voix le port obtint en 2022 ?", "Combien de voix le port obtint en 2024 ?"),
        ("Combien de bateaux le port perdit ?", "Combien de marins le port perdit ?"),
        ("Quelle part des bateaux le port perdit ?", "Combien de bateaux le port perdit, quelle part ?"),
        ("Combien la France a versé au port ?", "Combien la Chine a versé au port ?"),
        ("???", "!!!"),
    ],
)
def test_what_differs_in_a_number_a_country_or_the_value_asked_for_is_not_one_group(
    journal: Journal, board: Board, one: str, other: str
) -> None:
    assert len(asked(journal, board, one, other)) == 2


def test_signs_alone_are_kept_and_stand_in_nobodys_way(journal: Journal, board: Board) -> None:
    for _ in range(2):
        found = asked(journal, board, "???", PRICE)
    assert [(group.label, group.count) for group in found] == [("???", 2), (PRICE, 2)]


def test_a_group_says_what_its_questions_were(journal: Journal, board: Board) -> None:
    numbers = kept(
        journal,
        answer(PRICE_TURNED, "partial"),
        answer(PRICE, "answered", start=0),
        answer(PRICE, language="ar"),
        answer(PAINTER, "answered", start=0),
        answer("Bonjour"),
    )
    journal.feedback(numbers[1], liked=False, reason="wrong", comment="C'est 50.")
    journal.feedback(numbers[1], liked=False, reason="wrong", comment="")
    sql(journal, "UPDATE questions SET small_talk = 1 WHERE question = 'Bonjour'")
    board.refresh()
    (group,) = board.groups("open")
    assert (group.label, group.count, group.languages) == (PRICE, 3, ("fr", "ar"))
    assert (group.state, group.assigned_to, group.note, group.retried_at, group.retried) == ("open", "", "", "", {})
    price, turned = group.questions
    assert (price.question, price.count, price.disliked) == (PRICE, 2, True)
    assert (price.reasons, price.comments, price.status) == (("wrong",), ("C'est 50.",), "not_found")
    assert (turned.question, turned.status, turned.disliked, turned.reasons) == (PRICE_TURNED, "partial", False, ())


def test_a_follow_up_is_shown_as_it_was_completed(journal: Journal, board: Board) -> None:
    kept(
        journal, replace(answer("Et lui ?"), asked="Et lui ? (gardien phare)"), replace(answer("Quoi donc ?"), asked="")
    )
    board.refresh()
    assert [group.label for group in groups(board)] == ["Et lui ? (gardien phare)", "Quoi donc ?"]


def test_the_label_is_the_most_frequent_wording_then_the_shortest(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE_TURNED, PRICE)
    assert group.label == min(PRICE, PRICE_TURNED, key=len)
    (group,) = asked(journal, board, PRICE_TURNED)
    assert group.label == PRICE_TURNED


def test_the_order_and_the_limit(journal: Journal, board: Board) -> None:
    asked(journal, board, PRICE, PRICE, PAINTER)
    sql(journal, "UPDATE questions SET asked_at = ? WHERE question = ?", ago(60), PRICE)
    assert [group.label for group in board.groups(order="count")] == [PRICE, PAINTER]
    assert [group.label for group in board.groups(order="recent")] == [PAINTER, PRICE]
    assert [group.label for group in board.groups(limit=1)] == [PRICE]
    assert board.groups(limit=0) == board.groups(limit=-1) == board.groups("nonsense") == []


# What becomes of a group


def test_a_group_is_given_to_somebody_dismissed_and_reopened(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE)
    board.assign(group.id, " leila ")
    assert [(g.state, g.assigned_to) for g in board.groups()] == [("assigned", "leila")]
    board.dismiss(group.id, " hors sujet ")
    assert board.groups("open") == board.groups("assigned") == []
    (dismissed,) = board.groups("dismissed")
    assert (dismissed.note, dismissed.assigned_to) == ("hors sujet", "leila")
    board.reopen(group.id)
    assert board.group(group.id).state == "assigned"
    board.assign(group.id, None)
    assert (board.group(group.id).state, board.group(group.id).assigned_to) == ("open", "")


@pytest.mark.parametrize("settle", ["dismiss", "retry"])
def test_a_new_question_takes_a_settled_group_up_again(journal: Journal, board: Board, settle: str) -> None:
    (group,) = asked(journal, board, PRICE)
    if settle == "dismiss":
        board.dismiss(group.id, "hors sujet")
    else:
        board.retry(group.id, finds)
    settled = board.group(group.id).state
    assert settled in ("dismissed", "answered")
    (early,) = kept(journal, answer(PRICE_TURNED))
    sql(journal, "UPDATE questions SET asked_at = ? WHERE id = ?", ago(3_600), early)
    board.refresh()
    assert (board.group(group.id).state, board.group(group.id).count) == (settled, 2), "it was asked before"
    (reopened,) = asked(journal, board, PRICE)
    assert (reopened.id, reopened.state, reopened.count) == (group.id, "open", 3)


def test_an_old_answer_that_is_disliked_now_takes_a_group_up_again(journal: Journal, board: Board) -> None:
    old, _ = kept(journal, answer(PRICE_TURNED, "answered", start=0), answer(PRICE))
    sql(journal, "UPDATE questions SET asked_at = ? WHERE id = ?", ago(3_600), old)
    board.refresh()
    (group,) = board.groups()
    board.dismiss(group.id, "hors sujet")
    assert journal.feedback(old, liked=False, reason="wrong", comment="")
    board.refresh()
    assert (board.group(group.id).state, board.group(group.id).count) == ("open", 2)


def test_asking_again_asks_every_wording_once_in_its_language(journal: Journal, board: Board) -> None:
    kept(journal, answer(PRICE), answer(PRICE), answer(PRICE_TURNED, language="es"))
    board.refresh()
    seen: list[tuple[str, str]] = []

    def ask(question: str, language: str) -> Answer:
        seen.append((question, language))
        return answer(question, "answered" if question == PRICE else "partial", language=language, start=0)

    group = board.retry(board.groups()[0].id, ask)
    assert sorted(seen) == sorted([(PRICE, "fr"), (PRICE_TURNED, "es")])
    assert group.retried == {PRICE: "answered", PRICE_TURNED: "partial"}
    assert group.state == "open" and group.retried_at
    group = board.retry(group.id, lambda question, language: answer(question, "disputed", language=language))
    assert group.state == "answered" and set(group.retried.values()) == {"disputed"}
    assert board.groups("open") == []
    assert board.retry(group.id, refuses).state == "open", "what was answered is so no longer"


def test_a_wording_that_came_while_others_were_asked_again_is_not_answered(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE)

    def ask(question: str, language: str) -> Answer:
        asked(journal, board, PRICE_TURNED)
        return finds(question, language)

    assert board.retry(group.id, ask).state == "open"


def test_a_wording_that_cannot_be_asked_is_not_answered(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE)

    def ask(question: str, language: str) -> Answer:
        raise QuestionError("too long")

    group = board.retry(group.id, ask)
    assert (group.state, group.retried) == ("open", {PRICE: "not_found"})


def test_a_disliked_answer_is_settled_by_another_answer_only(journal: Journal, board: Board) -> None:
    (number,) = kept(journal, answer(PRICE, "answered", start=0))
    journal.feedback(number, liked=False, reason="wrong", comment="")
    board.refresh()
    (group,) = board.groups()
    assert board.retry(group.id, finds).state == "open"
    assert board.retry(group.id, lambda q, lang: replace(finds(q, lang), pinned=True)).state == "answered"
    assert board.retry(group.id, finds).state == "open"
    assert board.retry(group.id, lambda q, lang: answer(q, "answered", start=7)).state == "answered"


def test_a_dismissed_group_stays_so_while_it_has_no_answer(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE)
    board.dismiss(group.id, "hors sujet")
    assert board.retry(group.id, refuses).state == "dismissed"


@pytest.mark.parametrize("group_id", ["2", "0", "-1", "", "1 ", "１", "x'; DROP TABLE grouped; --", "9" * 30])
def test_an_unknown_group_is_a_problem(journal: Journal, board: Board, group_id: str) -> None:
    (known,) = asked(journal, board, PRICE)
    assert known.id == "1"
    for act in (
        lambda: board.group(group_id),
        lambda: board.assign(group_id, "leila"),
        lambda: board.dismiss(group_id, "hors sujet"),
        lambda: board.reopen(group_id),
        lambda: board.retry(group_id, finds),
    ):
        with pytest.raises(UnknownDocument) as caught:
            act()
        assert caught.value.code == "group_unknown"
    assert board.group("1") == known


def test_words_of_the_staff_are_bounded(journal: Journal, board: Board) -> None:
    (group,) = asked(journal, board, PRICE)
    board.assign(group.id, "l" * 100_000)
    board.dismiss(group.id, "r" * 100_000)
    group = board.group(group.id)
    assert len(group.assigned_to) == 200 and len(group.note) == 1_000


# What stays and what is forgotten


def test_groups_keep_their_numbers_and_their_questions(journal: Journal, board: Board, tmp_path: Path) -> None:
    before = asked(journal, board, PRICE, PAINTER)
    board.assign(before[0].id, "leila")
    again = Board(Journal(tmp_path / "journal.sqlite", keep_days=90), FakeEmbedder())
    assert again.refresh() == 0 and groups(again) == groups(board)
    after = asked(journal, again, PRICE_TURNED)
    assert [group.id for group in after] == [group.id for group in before]
    assert (after[0].count, after[0].state) == (2, "assigned")


def test_another_model_encodes_the_questions_again_where_they_are(journal: Journal, board: Board) -> None:
    before = asked(journal, board, PRICE, PAINTER)
    embedder = Counting("fake/2")
    other = Board(journal, embedder)
    assert other.refresh() == 2 and other.refresh() == 0
    assert embedder.questions == [PRICE, PAINTER] and groups(other) == before
    assert sql(journal, "SELECT DISTINCT model FROM grouped") == [("fake/2",)]
    assert asked(journal, other, PRICE_TURNED)[0].count == 2


def test_an_interrupted_refresh_goes_on_where_it_was(journal: Journal, board: Board) -> None:
    class Stopped(Exception):
        pass

    def stop(_what: str, done: int, of: int) -> None:
        assert of == 3
        if done == 2:
            raise Stopped

    kept(journal, answer(PRICE), answer(PAINTER), answer(PRICE_TURNED))
    with pytest.raises(Stopped):
        board.refresh(stop)
    assert len(groups(board)) == 2
    assert board.refresh() == 1 and [group.count for group in groups(board)] == [2, 1]


def test_a_group_goes_with_the_last_of_its_questions(journal: Journal, board: Board, tmp_path: Path) -> None:
    found = asked(journal, board, PRICE, PRICE_TURNED, PAINTER)
    board.dismiss(found[1].id, "un mot secret")
    sql(journal, "UPDATE questions SET asked_at = ? WHERE question IN (?, ?)", ago(91 * 86_400), PRICE, PAINTER)
    journal.forget()
    (left,) = board.groups()
    assert (left.id, left.count, left.label) == (found[0].id, 1, PRICE_TURNED)
    sql(journal, "UPDATE questions SET asked_at = ?", ago(91 * 86_400))
    journal.forget()
    counts = [sql(journal, f"SELECT count(*) FROM {table}") for table in ("grouped", "question_groups", "cited")]
    assert counts == [[(0,)]] * 3 and board.groups() == []
    (new,) = asked(journal, board, PAINTER)
    assert int(new.id) > int(found[1].id) and new.state == "open", "a number is never given twice"


def test_with_keep_days_0_there_is_nothing_to_group(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", keep_days=0)
    board = Board(journal, FakeEmbedder())
    kept(journal, answer("qwrtzpxy ?"))
    assert board.refresh() == 0 and board.groups() == []
    assert all(b"qwrtzpxy" not in file.read_bytes() for file in tmp_path.iterdir())


def test_only_the_newest_questions_are_in_groups(
    journal: Journal, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(journal, board, PAINTER, PRICE)
    monkeypatch.setattr(store, "UNANSWERED", store.UNANSWERED.replace("LIMIT 5000", "LIMIT 2"))
    found = asked(journal, board, PRICE)
    assert [(group.label, group.count) for group in found] == [(PRICE, 2)]


def test_hostile_words_are_only_words(journal: Journal, board: Board) -> None:
    hostile = [
        "'); DROP TABLE grouped; --",
        "<script>alert(1)</script>",
        "ﷺ" * 600,
        "e\u0301" * 900,
        "9" * 1_900,
        "كم " * 600,
    ]
    began = time.perf_counter()
    found = asked(journal, board, *hostile)
    assert len(found) == len(hostile) and time.perf_counter() - began < 5
    assert {group.label for group in found} == set(hostile)


def test_eight_threads_refresh(journal: Journal) -> None:
    kept(journal, *[answer(f"Question numéro {n} ?") for n in range(20)], *[answer(PRICE)] * 20)
    boards = [Board(journal, FakeEmbedder()) for _ in range(4)] * 2
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda board: board.refresh(), boards))
    found = boards[0].groups()
    assert sum(group.count for group in found) == 40
    assert sql(journal, "SELECT count(*) FROM question_groups") == [(len(found),)]


def test_many_groups_are_read_quickly(journal: Journal, board: Board) -> None:
    with journal.connection() as db:
        for n in range(1, store.MOST_QUESTIONS + 1):
            values = (ago(0), f"Question {n} ?", f"Question {n} ?")
            db.execute(
                "INSERT INTO questions (asked_at, question, asked, language, status, answer, model, elapsed_ms, "
                "small_talk) VALUES (?, ?, ?, 'fr', 'not_found', '{\"citations\": []}', 'm', 1, 0)",
                values,
            )
            db.execute("INSERT INTO question_groups DEFAULT VALUES")
            db.execute(
                "INSERT INTO grouped (question_id, group_id, model, tokens, weights) VALUES (?, ?, 'm', '', '')", (n, n)
            )
    began = time.perf_counter()
    assert len(board.groups("open", limit=store.MOST_QUESTIONS)) == store.MOST_QUESTIONS
    assert time.perf_counter() - began < 3


# With the real model


def test_different_facts_hardly_ever_share_a_group_and_one_fact_often_does_across_languages(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    rows = [json.loads(line) for line in WORDINGS.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows[:160] if row["language"] in ("ar", "en", "es")]  # near questions stand together
    journal = Journal(tmp_path / "journal.sqlite", keep_days=90)
    kept(journal, *[answer(row["question"], language=row["language"]) for row in rows])
    board = Board(journal, real_embedder)
    board.refresh()
    group_of = dict(sql(journal, "SELECT question_id, group_id FROM grouped"))
    pairs = [
        (one["fact"] == other["fact"], group_of[a] == group_of[b])
        for (a, one), (b, other) in combinations(enumerate(rows, start=1), 2)
    ]
    together, same = sum(joined for _, joined in pairs), sum(fact for fact, _ in pairs)
    right = sum(fact and joined for fact, joined in pairs)
    assert right / together >= 0.95
    assert right / same >= 0.25
