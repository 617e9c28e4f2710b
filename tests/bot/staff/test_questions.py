"""Unanswered questions for staff: grouped and asked again in the background, changed by editors, written down."""

from collections.abc import Callable
from threading import Event

import pytest

from bot.errors import NotAllowed
from bot.models import Answer
from bot.staff.desk import Desk
from bot.staff.unanswered.board import Group
from corpus.errors import CorpusError, UnknownDocument
from tests.bot.staff.conftest import EDITOR, VIEWER
from tests.fakes import add_bytes, make_file

QUESTION = "Combien coûte la traversée du détroit ?"
SECONDS = 20


def asked(desk: Desk, *questions: str) -> list[Group]:
    """The groups after these questions were asked."""
    for question in questions:
        assert desk.assistant.ask(question).status == "not_found"
    assert desk.questions.refresh(SECONDS, now=True)
    return list(desk.questions.groups())


def test_refused_questions_come_in_groups(desk: Desk) -> None:
    groups = asked(desk, QUESTION, QUESTION, QUESTION.upper(), "Qui a peint le plafond ?")
    assert [(group.count, group.state) for group in groups] == [(3, "open"), (1, "open")]
    assert desk.questions.group(groups[0].id) == groups[0]
    assert [group.count for group in desk.questions.groups("recent")] == [1, 3]


def test_a_fresh_look_is_not_repeated(desk: Desk) -> None:
    desk.questions.refresh(SECONDS)
    desk.assistant.ask(QUESTION)
    assert desk.questions.refresh(SECONDS) and desk.questions.groups() == []
    assert len(asked(desk)) == 1


def test_asking_again_after_a_document_was_added_settles_a_group(desk: Desk) -> None:
    (group,) = asked(desk, QUESTION)
    assert desk.questions.ask_again(EDITOR, group.id, SECONDS)
    group = desk.questions.group(group.id)
    assert (group.state, dict(group.retried)) == ("open", {QUESTION: "not_found"})
    text = "La traversée du détroit coûte 40 dirhams par passager."
    add_bytes(desk.assistant.ingest, make_file(text, "bac"), "bac.md")
    before = desk.assistant.journal.unanswered()
    assert desk.questions.ask_again(EDITOR, group.id, SECONDS)
    group = desk.questions.group(group.id)
    assert (group.state, dict(group.retried)) == ("answered", {QUESTION: "answered"})
    assert desk.assistant.journal.unanswered() == before, "asking again is not journalled"
    assert desk.questions.asking is not None and desk.questions.asking.done == 0 and desk.questions.asking.of == 1


def test_one_group_is_asked_again_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = asked(desk, QUESTION, "Qui a peint le plafond ?")
    go, ask = Event(), desk.assistant.ask

    def slow(question: str, **options: object) -> Answer:
        assert go.wait(SECONDS)
        return ask(question, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.assistant, "ask", slow)
    assert not desk.questions.ask_again(EDITOR, first.id)
    assert desk.questions.asking and desk.questions.asking.what == first.id and not desk.questions.asking.ended
    with pytest.raises(CorpusError) as caught:
        desk.questions.ask_again(EDITOR, second.id)
    assert caught.value.code == "questions_busy"
    go.set()
    for _ in range(SECONDS * 20):
        if desk.questions.group(first.id).retried_at:
            break
        Event().wait(0.05)
    assert desk.questions.group(first.id).retried_at and not desk.questions.group(second.id).retried_at


def test_what_is_done_is_kept_and_written_down_without_the_words_of_the_public(desk: Desk) -> None:
    (group,) = asked(desk, QUESTION)
    desk.questions.assign(EDITOR, group.id, "omar")
    assert desk.questions.group(group.id).assigned_to == "omar"
    desk.questions.dismiss(EDITOR, group.id, "  hors\nsujet ")
    assert (desk.questions.group(group.id).state, desk.questions.group(group.id).note) == ("dismissed", "hors sujet")
    desk.questions.reopen(EDITOR, group.id)
    desk.questions.assign(EDITOR, group.id, None)
    assert (desk.questions.group(group.id).state, desk.questions.group(group.id).assigned_to) == ("open", "")
    desk.questions.ask_again(EDITOR, group.id, SECONDS)
    events = desk.audit.entries(9)
    assert [event.action for event in reversed(events)] == [
        "questions_assigned",
        "questions_dismissed",
        "questions_reopened",
        "questions_assigned",
        "questions_asked_again",
    ]
    assert {event.subject for event in events} == {group.id} and {event.actor for event in events} == {"leila"}
    assert not any("traversée" in str(event) for event in events)


def test_a_dismissal_has_a_reason(desk: Desk) -> None:
    (group,) = asked(desk, QUESTION)
    with pytest.raises(CorpusError) as caught:
        desk.questions.dismiss(EDITOR, group.id, " \n ")
    assert caught.value.code == "dismissal_reason_needed"
    assert desk.questions.group(group.id).state == "open" and desk.audit.entries(9) == []


def test_viewers_change_nothing_and_unknown_groups_are_refused(desk: Desk) -> None:
    (group,) = asked(desk, QUESTION)
    acts: list[Callable[..., object]] = [
        lambda who, id: desk.questions.assign(who, id, "omar"),
        lambda who, id: desk.questions.dismiss(who, id, "hors sujet"),
        lambda who, id: desk.questions.reopen(who, id),
        lambda who, id: desk.questions.ask_again(who, id, SECONDS),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act(VIEWER, group.id)
        for unknown in ("0", "999", "x", "9" * 40, ""):
            with pytest.raises(UnknownDocument):
                act(EDITOR, unknown)
    assert desk.questions.group(group.id) == group and desk.audit.entries(9) == []


def test_what_goes_wrong_in_the_background_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(question: str, language: str) -> None:
        raise CorpusError("the index is being rebuilt", code="index_busy")

    monkeypatch.setattr(desk.assistant.embedder, "encode_query", fails)
    desk.assistant.journal.record(
        Answer(QUESTION, "fr", "not_found", "Rien.", asked=QUESTION), model=desk.assistant.embedder.stamp
    )
    assert desk.questions.refresh(SECONDS, now=True) and desk.questions.groups() == []
    task = desk.questions.grouping
    assert task is not None and task.problem is not None and task.problem.code == "index_busy"
    monkeypatch.undo()
    assert len(asked(desk)) == 1 and desk.questions.grouping and desk.questions.grouping.problem is None
