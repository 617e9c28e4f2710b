"""Pinned answers: chosen by staff, shown for their wordings only, checked at every change of the index."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.errors import NotAllowed
from bot.models import Citation
from bot.pins import Pins
from bot.staff.desk import Desk
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Span
from tests.bot.staff.conftest import EDITOR, LIGHTHOUSE, VIEWER
from tests.fakes import add_bytes, make_file

QUESTION = "Parlez-moi de la lanterne de l'ouest"
WORDINGS = (QUESTION, "Who lit the western lantern?", "من أشعل الفانوس؟")
QUOTE = "Il fut allumé en 1887 par Odile Kervran."


def chosen(desk: Desk, quote: str = QUOTE) -> Citation:
    return next(c for c in desk.pinned.candidates("Qui alluma le phare ?", "fr").quotes if c.quote == quote)


def pinned(desk: Desk, **more: date | None) -> int:
    return desk.pinned.pin(EDITOR, WORDINGS, [chosen(desk).address], note="demande de la presse", **more)


def test_a_pin_answers_each_of_its_wordings(desk: Desk) -> None:
    assert desk.assistant.ask(QUESTION).status == "not_found"
    pin_id = pinned(desk)
    for asked in (
        *WORDINGS,
        "  parlez moi de LA LANTERNE de l’Ouest !! ",
        "Bonjour, parlez-moi de la lanterne de l'ouest",
    ):
        answer = desk.assistant.ask(asked)
        assert answer.pinned and answer.status == "answered", asked
        (citation,) = answer.citations
        assert citation.verified and citation.quote == QUOTE
        assert desk.assistant.library.text("phare", 1)[citation.start : citation.end] == QUOTE
    assert desk.assistant.ask("Who lit the eastern lantern?").pinned is False
    assert desk.assistant.ask("Qui alluma le phare de Kervran en 1887 ?").pinned is False
    desk.pinned.remove(EDITOR, pin_id)
    assert not desk.assistant.ask(QUESTION).pinned
    assert [event.action for event in desk.audit.entries(2)] == ["pin_removed", "pin_created"]


def test_a_pin_expires_on_its_day(desk: Desk) -> None:
    today = datetime.now(UTC).date()
    with pytest.raises(CorpusError) as caught:
        pinned(desk, expires_on=today)
    assert caught.value.code == "pin_expired"
    pin = desk.pinned.get(pinned(desk, expires_on=today + timedelta(days=1)))
    assert desk.assistant.ask(QUESTION).pinned
    pins = desk.assistant.pins
    assert pins.find(QUESTION, today) == pin and pins.find(QUESTION, today + timedelta(days=1)) is None


def test_a_pin_breaks_with_its_document_and_can_be_moved(desk: Desk) -> None:
    pin_id = pinned(desk)
    add_bytes(desk.assistant.ingest, make_file(f"Un ajout. {LIGHTHOUSE}", "phare"), "phare.md")
    assert desk.pinned.get(pin_id).broken == "replaced" and not desk.assistant.ask(QUESTION).pinned
    assert desk.assistant.pins.broken() == [QUESTION]
    assert any(finding.code == "pins_broken" for finding in desk.upkeep.examine())
    desk.pinned.move(EDITOR, pin_id)
    answer = desk.assistant.ask(QUESTION)
    assert answer.pinned and answer.citations[0].version == 2 and answer.citations[0].quote == QUOTE
    add_bytes(desk.assistant.ingest, make_file("Il fut allumé en 1888 par Odile Kervran.", "phare"), "phare.md")
    assert not desk.assistant.ask(QUESTION).pinned
    with pytest.raises(CorpusError) as caught:
        desk.pinned.move(EDITOR, pin_id)
    assert caught.value.code == "pin_not_movable"


def test_a_pin_hides_while_its_passage_is_withdrawn(desk: Desk) -> None:
    pin_id = pinned(desk)
    span = desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(LIGHTHOUSE.index("1887"), len(LIGHTHOUSE)), "faux")
    assert desk.pinned.get(pin_id).broken == "withdrawn" and not desk.assistant.ask(QUESTION).pinned
    desk.documents.reinstate_passage(EDITOR, "phare", 1, span)
    assert desk.pinned.get(pin_id).broken == "" and desk.assistant.ask(QUESTION).pinned
    desk.documents.withdraw(EDITOR, "phare", "faux")
    assert desk.pinned.get(pin_id).broken == "withdrawn" and not desk.assistant.ask(QUESTION).pinned


def test_a_text_changed_behind_its_back_is_never_shown(desk: Desk) -> None:
    import sqlite3
    from contextlib import closing

    pinned(desk)
    with closing(sqlite3.connect(desk.assistant.library.path)) as db:
        db.execute("UPDATE versions SET text = replace(text, '1887', '1987')")
        db.commit()
    assert not desk.assistant.ask(QUESTION).pinned
    desk.assistant.verify_pins()
    assert desk.pinned.entries()[0].broken == "changed"


def test_what_cannot_be_pinned(desk: Desk) -> None:
    address = chosen(desk).address
    pinned(desk)
    cases = {
        "pin_exists": ([QUESTION.upper()], [address]),
        "pin_wordings": (["?!"], [address]),
        "pin_quotes": (["Autre question"], []),
        "pin_quote_gone": (["Autre question"], [("phare", 1, 0, 10_000)]),
    }
    for code, (questions, addresses) in cases.items():
        with pytest.raises(CorpusError) as caught:
            desk.pinned.pin(EDITOR, questions, addresses)
        assert caught.value.code == code
    with pytest.raises(UnknownDocument):
        desk.pinned.pin(EDITOR, ["Autre question"], [("absent", 1, 0, 3)])
    with pytest.raises(UnknownDocument):
        desk.pinned.get(10**30)
    for act in (
        lambda: desk.pinned.pin(VIEWER, ["Autre"], [address]),
        lambda: desk.pinned.remove(VIEWER, 1),
        lambda: desk.pinned.move(VIEWER, 1),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_pin_is_changed_in_place(desk: Desk) -> None:
    pin_id = pinned(desk)
    other = chosen(desk, "Le phare de Kervran mesure 43 mètres de haut.")
    assert desk.pinned.pin(EDITOR, ["Quelle taille ?"], [other.address], pin_id=pin_id) == pin_id
    assert not desk.assistant.ask(QUESTION).pinned
    assert desk.assistant.ask("quelle taille").citations[0].quote == other.quote
    assert isinstance(desk.assistant.pins, Pins) and len(desk.pinned.entries()) == 1


def test_a_pin_never_hides_a_value_that_other_sources_give(desk: Desk) -> None:
    question = "Combien de mètres mesure le phare de Kervran ?"
    first = chosen(desk, "Le phare de Kervran mesure 43 mètres de haut.")
    pin_id = desk.pinned.pin(EDITOR, [question], [first.address])
    assert desk.assistant.ask(question).pinned
    other = make_file("Le phare de Kervran mesure 52 mètres de haut.", "autre", publisher="Est", date="2024-06-01")
    add_bytes(desk.assistant.ingest, other, "autre.md")
    answer = desk.assistant.ask(question)
    assert not answer.pinned and answer.status == "disputed"
    with pytest.raises(CorpusError) as caught:
        desk.pinned.pin(EDITOR, [question], [first.address], pin_id=pin_id)
    assert caught.value.code == "pin_hides_value"
    second = chosen(desk, "Le phare de Kervran mesure 52 mètres de haut.")
    desk.pinned.pin(EDITOR, [question], [first.address, second.address], pin_id=pin_id)
    answer = desk.assistant.ask(question)
    assert answer.pinned and answer.status == "disputed"
    assert [position.citations for position in answer.disagreement] == [(1,), (2,)]
    assert "52" in answer.answer and "43" in answer.answer


def test_only_whole_sentences_are_pinned(desk: Desk) -> None:
    whole = chosen(desk)
    part = (whole.document_id, whole.version, whole.start + 3, whole.end)
    with pytest.raises(CorpusError) as caught:
        desk.pinned.pin(EDITOR, ["Autre question"], [part])
    assert caught.value.code == "pin_quote_gone"
