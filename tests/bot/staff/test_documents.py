"""Published documents: withdrawn with a reason, brought back, rolled back; passages too; what replaces what."""

import pytest

from bot.errors import NotAllowed
from bot.staff.desk import Desk
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Span
from tests.bot.staff.conftest import EDITOR, LIGHTHOUSE, VIEWER
from tests.fakes import add_bytes, make_file

QUESTION = "Combien de mètres mesure le phare de Kervran ?"
QUOTE = "Le phare de Kervran mesure 43 mètres de haut."


def quotes(desk: Desk, question: str = QUESTION) -> list[str]:
    return [citation.quote for citation in desk.assistant.ask(question).citations]


def test_a_withdrawn_document_is_quoted_no_more_and_says_why(desk: Desk) -> None:
    assert quotes(desk) == [QUOTE]
    desk.documents.withdraw(EDITOR, "phare", " Mesure  fausse ")
    answer = desk.assistant.ask(QUESTION)
    assert QUOTE not in [c.quote for c in (*answer.citations, *answer.related)]
    view = desk.assistant.document("phare", 1)
    assert view.state == "removed" and view.removal is not None and view.removal.reason == "Mesure fausse"
    assert desk.assistant.prepare() == [] and desk.assistant.library.state("phare")[1] == "removed"
    desk.documents.reinstate(EDITOR, "phare")
    assert quotes(desk) == [QUOTE] and desk.assistant.document("phare").removal is None
    assert [event.action for event in desk.audit.entries(2)] == ["document_reinstated", "document_withdrawn"]


def test_a_withdrawal_needs_a_reason_an_editor_and_a_document(desk: Desk) -> None:
    with pytest.raises(CorpusError) as caught:
        desk.documents.withdraw(EDITOR, "phare", "  ")
    assert caught.value.code == "withdrawal_reason_needed"
    with pytest.raises(UnknownDocument):
        desk.documents.withdraw(EDITOR, "absent", "faux")
    for act in (
        lambda: desk.documents.withdraw(VIEWER, "phare", "faux"),
        lambda: desk.documents.reinstate(VIEWER, "phare"),
        lambda: desk.documents.restore(VIEWER, "phare", 1),
        lambda: desk.documents.withdraw_passage(VIEWER, "phare", 1, Span(0, 4), "faux"),
        lambda: desk.documents.reinstate_passage(VIEWER, "phare", 1, Span(0, 4)),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert quotes(desk) == [QUOTE]


def test_a_withdrawn_passage_takes_its_whole_sentence_and_no_more(desk: Desk) -> None:
    start = LIGHTHOUSE.index("43")
    span = desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(start, start + 2), "Mesure fausse")
    assert span.of(desk.assistant.library.text("phare", 1)) == QUOTE
    assert QUOTE not in quotes(desk)
    assert quotes(desk, "Qui alluma le phare de Kervran en 1887 ?") == ["Il fut allumé en 1887 par Odile Kervran."]
    (withdrawal,) = desk.assistant.document("phare", 1).withdrawals
    assert (withdrawal.span, withdrawal.reason) == (span, "Mesure fausse")
    desk.assistant.reindex()
    assert QUOTE not in quotes(desk)
    desk.documents.reinstate_passage(EDITOR, "phare", 1, span)
    assert quotes(desk) == [QUOTE]


def test_a_withdrawn_passage_stays_so_in_the_next_version(desk: Desk) -> None:
    desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(0, 5), "Mesure fausse")
    add_bytes(desk.assistant.ingest, make_file(f"Un ajout au début. {LIGHTHOUSE}", "phare"), "phare.md")
    assert desk.assistant.library.state("phare") == (2, "ready")
    assert QUOTE not in quotes(desk)
    (withdrawal,) = desk.assistant.library.withdrawals("phare", 2)
    assert withdrawal.span.of(desk.assistant.library.text("phare", 2)) == QUOTE


def test_an_old_version_becomes_current_again_and_stays_so(desk: Desk) -> None:
    add_bytes(desk.assistant.ingest, make_file(LIGHTHOUSE.replace("43", "44"), "phare"), "phare.md")
    assert quotes(desk) == [QUOTE.replace("43", "44")]
    assert desk.documents.restore(EDITOR, "phare", 1) == 3
    assert quotes(desk) == [QUOTE]
    history = desk.documents.history("phare")
    assert [info.version for info in history.versions] == [1, 2, 3] and history.view.current_version == 3
    assert history.versions[0].replaced_at == history.versions[1].saved_at and history.versions[2].replaced_at is None
    assert any(change.kind != "same" for change in desk.documents.compare("phare", 2, 3))
    assert desk.assistant.prepare() == [] and desk.assistant.library.state("phare") == (3, "ready")
    with pytest.raises(UnknownDocument):
        desk.documents.restore(EDITOR, "phare", 9)


def test_what_was_withdrawn_of_a_version_stays_so_when_it_comes_back(desk: Desk) -> None:
    desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(0, 5), "Mesure fausse")
    corrected = LIGHTHOUSE.replace("43", "44")
    add_bytes(desk.assistant.ingest, make_file(corrected, "phare"), "phare.md")
    assert quotes(desk) == [QUOTE.replace("43", "44")]
    desk.documents.restore(EDITOR, "phare", 1)
    assert QUOTE not in quotes(desk) and len(desk.assistant.library.withdrawals("phare", 3)) == 1


def test_a_withdrawn_document_is_not_rolled_back_into_answers(desk: Desk) -> None:
    add_bytes(desk.assistant.ingest, make_file(LIGHTHOUSE.replace("43", "44"), "phare"), "phare.md")
    desk.documents.withdraw(EDITOR, "phare", "faux")
    with pytest.raises(CorpusError) as caught:
        desk.documents.restore(EDITOR, "phare", 1)
    assert caught.value.code == "document_is_withdrawn" and quotes(desk) == []


def test_a_document_that_supersedes_another_is_quoted_in_its_place(desk: Desk) -> None:
    newer = make_file(LIGHTHOUSE.replace("43", "45"), "phare-2025", supersedes="phare")
    add_bytes(desk.assistant.ingest, newer, "phare-2025.md")
    assert quotes(desk) == [QUOTE.replace("43", "45")]
    view = desk.assistant.document("phare")
    assert view.superseded_by is not None and view.superseded_by.id == "phare-2025"
    desk.documents.withdraw(EDITOR, "phare-2025", "retiré")
    assert quotes(desk) == [QUOTE]
