"""The pages of unanswered questions over a real desk: seen by all, changed by editors, asked again on demand."""

from collections.abc import Callable
from html import unescape
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from bot.phrases import say_to_staff
from tests.bot.pages.staff.browsing import browser, logged_in
from tests.bot.staff.clock import PASSWORD, quick_hasher
from tests.bot.staff.conftest import FakeFetcher, desk, fetcher, settings
from tests.fakes import add_bytes, make_file

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bot.models import Answer
    from bot.staff.desk import Desk

__all__ = ["FakeFetcher", "desk", "fetcher", "settings"]
QUESTION = "Combien coûte la traversée du détroit ?"
ARABIC, CHINESE = "كم تكلفة عبور المضيق؟", "渡过海峡要多少钱？"
HOSTILE = '"><script>alert(1)</script><b>'
SECONDS = 20


@pytest.fixture
def site(desk: "Desk") -> Any:
    """The pages of questions and pinned answers, with the editor `amina` and the viewer `victor`."""
    from fastapi import FastAPI

    from bot.pages.staff import login, pins, questions
    from bot.pages.staff.router import mount_staff
    from bot.staff.access.accounts import Accounts

    desk.accounts = Accounts(desk.settings.data_dir / "accounts.sqlite", hasher=quick_hasher())
    desk.accounts.create("amina", PASSWORD, "editor")
    desk.accounts.create("victor", PASSWORD, "viewer")
    app = FastAPI(openapi_url=None)
    mount_staff(app, desk, (login.router, pins.router, questions.router))
    return app


@pytest.fixture
def ask(desk: "Desk") -> Callable[..., str]:
    """Asks as the public does; the number of the group of the first question."""

    def ask(*questions: str) -> str:
        for question in questions:
            desk.assistant.ask(question)
        assert desk.questions.refresh(SECONDS, now=True)
        return next(g.id for g in desk.questions.groups() if questions[0] in [w.question for w in g.questions])

    return ask


def said(key: str, **values: object) -> str:
    return say_to_staff(key, "fr", **values)


def test_groups_are_listed_by_how_often_or_how_lately_they_were_asked(
    editor: "TestClient", ask: Callable[..., str]
) -> None:
    ask(QUESTION, QUESTION, ARABIC, CHINESE)
    page = editor.get("/staff/questions")
    assert page.status_code == 200 and 'http-equiv="refresh"' not in page.text
    for text in (QUESTION, ARABIC, CHINESE, "français", "arabe", "chinois", f"{said('question_got_not_found')}&nbsp;×"):
        assert text in page.text
    assert page.text.index(QUESTION) < page.text.index(CHINESE)
    recent = editor.get("/staff/questions", params={"order": "recent"}).text
    assert recent.index(CHINESE) < recent.index(QUESTION)
    for odd in ({"tab": "x", "order": HOSTILE}, {"tab": HOSTILE}):
        assert "<script>alert" not in editor.get("/staff/questions", params=odd).text


def test_a_group_shows_its_wordings_and_what_was_thought_of_answers(
    editor: "TestClient", desk: "Desk", ask: Callable[..., str]
) -> None:
    answer = desk.assistant.ask("Qui alluma le phare de Kervran en 1887 ?")
    assert answer.status == "answered" and answer.id
    desk.assistant.feedback(answer.id, liked=False, reason="incomplete", comment=f"Et {HOSTILE} ?")
    desk.assistant.feedback(answer.id, liked=False, reason="<i>unknown</i>")
    group = ask("Qui alluma le phare de Kervran en 1887 ?")
    page = editor.get(f"/staff/questions/{group}").text
    assert said("question_got_disliked_because", reason="Incomplète") in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page and "<i>unknown" not in page
    assert 'href="/staff/inbox"' in page
    assert "/staff/pins/new?question=Qui+alluma" in page


def test_asking_again_after_a_document_was_added_shows_answered(
    editor: "TestClient", desk: "Desk", ask: Callable[..., str]
) -> None:
    group = ask(QUESTION)
    again = f"/staff/questions/{group}/again"
    editor.post(again)
    answered = f">{said('question_got_answered')}</span>"
    assert answered not in editor.get(f"/staff/questions/{group}").text
    text = "La traversée du détroit coûte 40 dirhams par passager."
    add_bytes(desk.assistant.ingest, make_file(text, "bac"), "bac.md")
    sent = editor.post(again)
    assert sent.headers["location"] == f"/staff/questions/{group}?done=questions_asked_again"
    page = editor.get(sent.headers["location"]).text
    assert said("done_questions_asked_again") in page and said("question_now") in page
    assert answered in page and said("question_state_answered") in page
    assert QUESTION in editor.get("/staff/questions?tab=answered").text
    assert said("questions_none_open") in editor.get("/staff/questions").text


def test_a_question_that_is_pinned_is_answered_when_asked_again(
    editor: "TestClient", desk: "Desk", ask: Callable[..., str]
) -> None:
    group = ask(QUESTION)
    offered = desk.pinned.candidates(QUESTION, "fr").quotes[0]
    address = ":".join(map(str, offered.address))
    editor.post("/staff/pins", data={"do": "save", "wordings": QUESTION, "quotes": [address]})
    editor.post(f"/staff/questions/{group}/again")
    assert desk.questions.group(group).state == "answered"


def test_a_group_is_given_to_somebody_dismissed_and_reopened(
    editor: "TestClient", desk: "Desk", ask: Callable[..., str]
) -> None:
    group = ask(QUESTION)
    path = f"/staff/questions/{group}"
    assert editor.post(f"{path}/assign", data={"name": "amina"}).headers["location"].endswith("questions_assigned")
    assert QUESTION in editor.get("/staff/questions?tab=mine").text
    editor.post(f"{path}/assign", data={"name": "victor"})
    assert said("questions_none_mine") in editor.get("/staff/questions?tab=mine").text
    assert QUESTION in editor.get("/staff/questions").text
    for name in ("nobody", HOSTILE):
        assert editor.post(f"{path}/assign", data={"name": name}).status_code == 422
    empty = editor.post(f"{path}/dismiss", data={"reason": "  "})
    assert empty.status_code == 422 and said("problem_dismissal_reason_needed") in empty.text
    editor.post(f"{path}/dismiss", data={"reason": f"hors sujet {HOSTILE}"})
    assert QUESTION in editor.get("/staff/questions?tab=dismissed").text
    page = editor.get(path).text
    assert "hors sujet" in page and "<script>alert" not in page and f"{path}/reopen" in page
    editor.post(f"{path}/reopen")
    editor.post(f"{path}/assign", data={"name": ""})
    assert (desk.questions.group(group).state, desk.questions.group(group).assigned_to) == ("open", "")


def test_pages_do_not_wait_for_what_takes_long(
    editor: "TestClient", desk: "Desk", ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = ask(QUESTION)
    go, really = Event(), desk.assistant.ask

    def slow(question: str, **options: Any) -> "Answer":
        assert go.wait(SECONDS)
        return really(question, **options)

    monkeypatch.setattr(desk.assistant, "ask", slow)
    sent = editor.post(f"/staff/questions/{group}/again")
    assert sent.headers["location"] == f"/staff/questions/{group}"
    page = editor.get(sent.headers["location"]).text
    assert 'http-equiv="refresh"' in page and said("questions_asking") in page
    busy = editor.post(f"/staff/questions/{group}/again")
    assert busy.status_code == 422 and said("problem_questions_busy") in busy.text
    go.set()
    encoded, encode = Event(), desk.assistant.embedder.encode_query

    def slowly(text: str, language: str) -> Any:
        assert encoded.wait(SECONDS)
        return encode(text, language)

    desk.assistant.journal.record(really(ARABIC, record=False), model=desk.assistant.embedder.stamp)
    monkeypatch.setattr(desk.assistant.embedder, "encode_query", slowly)
    desk.questions.refresh(now=True)
    page = editor.get("/staff/questions").text
    assert 'http-equiv="refresh"' in page and said("questions_grouping") in page and QUESTION in page
    encoded.set()
    assert desk.questions.refresh(SECONDS)
    assert ARABIC in editor.get("/staff/questions").text


def test_hostile_questions_are_text(editor: "TestClient", ask: Callable[..., str]) -> None:
    group = ask(f"Où est {HOSTILE} ?")
    for path in ("/staff/questions", f"/staff/questions/{group}"):
        page = editor.get(path).text
        assert "&lt;script&gt;" in page and "<script>alert" not in page


def test_a_viewer_sees_all_and_changes_nothing(site: Any, desk: "Desk", ask: Callable[..., str]) -> None:
    group = ask(QUESTION)
    viewer = logged_in(browser(site), "victor")
    page = viewer.get(f"/staff/questions/{group}")
    assert page.status_code == 200 and QUESTION in page.text and 'action="/staff/questions' not in page.text
    assert QUESTION in viewer.get("/staff/questions").text
    before = desk.questions.group(group)
    sent = {"name": "victor", "reason": "hors sujet"}
    for what in ("assign", "dismiss", "reopen", "again"):
        assert viewer.post(f"/staff/questions/{group}/{what}", data=sent).status_code == 403
    assert desk.questions.group(group) == before


@pytest.mark.parametrize("group", ["0", "999", "-1", "x", "9" * 40, "1%20or%201", "%D9%A1"])
def test_a_group_that_is_not_there_is_not_found(editor: "TestClient", group: str) -> None:
    page = editor.get(f"/staff/questions/{group}")
    assert page.status_code == 404 and said("problem_group_unknown") in unescape(page.text)
    for what in ("assign", "dismiss", "reopen", "again"):
        sent = editor.post(f"/staff/questions/{group}/{what}", data={"name": "amina", "reason": "hors sujet"})
        assert sent.status_code == 404, what
