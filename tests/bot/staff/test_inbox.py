"""From a file to a published document, through the inbox, the clerk and the real index."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import NotAllowed
from bot.staff.clerk import Clerk
from bot.staff.desk import Desk
from bot.staff.drafts import Draft, Drafts
from corpus.errors import CorpusError, UnknownDocument, UnreadableFile
from tests.bot.staff.conftest import EDITOR, LIGHTHOUSE, VIEWER, FakeFetcher
from tests.fakes import make_file

TEXT = "La corne de brume de Sein porte à huit milles. Elle fut remplacée en 1996 par une sirène électrique."
QUESTION = "À combien de milles porte la corne de brume de Sein ?"
PUBLISHED = {"publisher": "Phares", "date": "2024-03-02"}


def taken_in(desk: Desk, data: bytes, name: str, **more: str) -> Draft:
    """A draft that was uploaded and read."""
    (draft_id,) = desk.inbox.upload(EDITOR, [(name, data)], **more)
    desk.clerk.work()
    return desk.inbox.preview(draft_id).draft


def codes(draft: Draft) -> set[str]:
    return {finding.code for finding in draft.findings}


def test_an_upload_is_read_previewed_published_and_answers(desk: Desk) -> None:
    draft = taken_in(desk, make_file(TEXT, "corne", **PUBLISHED), "corne.md")
    assert draft.state == "ready" and draft.passages == 1
    assert draft.metadata is not None and (draft.metadata.id, draft.metadata.publisher) == ("corne", "Phares")
    assert desk.assistant.ask(QUESTION).status == "not_found"
    preview = desk.inbox.preview(draft.id)
    assert [passage.text for passage in preview.passages] == [TEXT] and preview.replaces is None
    desk.inbox.publish(EDITOR, draft.id)
    desk.clerk.work()
    published = desk.inbox.preview(draft.id).draft
    assert (published.state, published.document_id, published.version) == ("published", "corne", 1)
    answer = desk.assistant.ask(QUESTION)
    assert answer.status == "answered" and answer.citations[0].quote == "La corne de brume de Sein porte à huit milles."
    actions = [(event.actor, event.action) for event in desk.audit.entries(10)]
    assert actions == [("leila", action) for action in ("document_published", "draft_approved", "draft_added")]


def test_what_was_previewed_is_what_is_published(desk: Desk) -> None:
    draft = taken_in(desk, TEXT.encode(), "corne.txt")
    shown = desk.inbox.preview(draft.id).content
    desk.inbox.publish(EDITOR, draft.id, reason="vu")
    desk.clerk.work()
    assert desk.assistant.library.get("corne").content == shown


def test_a_broken_file_of_many_stops_nothing(desk: Desk) -> None:
    files = [(f"note-{n}.md", make_file(f"{TEXT} Numéro {n}.", f"note-{n}", **PUBLISHED)) for n in range(4)]
    files.insert(2, ("photo.md", b"\x89PNG\r\n\x1a\n" + bytes(40)))
    ids = desk.inbox.upload(EDITOR, files)
    desk.clerk.work()
    states = [desk.inbox.preview(id).draft.state for id in ids]
    assert states.count("failed") == 1 and states[2] == "failed"
    problem = desk.inbox.preview(ids[2]).draft.problem
    assert problem is not None and "PNG" in problem.message
    for id in (ids[0], ids[1], ids[3], ids[4]):
        desk.inbox.publish(EDITOR, id, reason="semblables, voulu")
    desk.clerk.work()
    ready = {entry.metadata.id for entry in desk.assistant.library.entries("ready")}
    assert {f"note-{n}" for n in range(4)} <= ready


def test_an_archive_is_taken_apart(desk: Desk) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/corne.md", make_file(TEXT, "corne"))
        archive.writestr("b/vide.txt", "")
        archive.writestr("c/programme.exe", "MZ")
    ids = desk.inbox.upload(EDITOR, [("envoi.zip", buffer.getvalue())])
    desk.clerk.work()
    drafts = {draft.name: draft.state for draft in (desk.inbox.preview(id).draft for id in ids)}
    assert drafts["corne.md"] in ("ready", "quarantine") and drafts["vide.txt"] == "failed"
    assert not any("/" in name for name in drafts)


def test_a_broken_archive_is_a_failed_draft(desk: Desk) -> None:
    assert taken_in(desk, b"PK\x03\x04 nothing", "envoi.zip").state == "failed"


def test_pasted_text(desk: Desk) -> None:
    draft_id = desk.inbox.paste(EDITOR, "La corne de Sein", TEXT)
    desk.clerk.work()
    preview = desk.inbox.preview(draft_id)
    assert preview.draft.title == "La corne de Sein" and TEXT in preview.content.text
    with pytest.raises(UnreadableFile):
        desk.inbox.paste(EDITOR, "Titre", "   ")


def test_an_address_is_fetched_by_the_clerk(desk: Desk, fetcher: FakeFetcher) -> None:
    address = "https://phares.example/corne"
    fetcher.pages[address] = f"<title>La corne</title><p>{TEXT}</p>".encode()
    draft_id = desk.inbox.add_address(EDITOR, address)
    assert fetcher.asked == []
    desk.clerk.work()
    metadata = desk.inbox.preview(draft_id).draft.metadata
    assert metadata is not None and metadata.url == address
    absent = desk.inbox.add_address(EDITOR, "https://phares.example/absent")
    desk.clerk.work()
    draft = desk.inbox.preview(absent).draft
    assert draft.state == "failed" and draft.problem is not None and draft.problem.code == "address_unreachable"
    fetcher.pages["https://phares.example/absent"] = b"<p>Une page qui parle enfin de la corne de brume de Sein.</p>"
    desk.inbox.retry(EDITOR, absent)
    desk.clerk.work()
    assert desk.inbox.preview(absent).draft.state != "failed"


def test_metadata_are_edited_and_checked(desk: Desk) -> None:
    draft = taken_in(desk, make_file(TEXT, "corne"), "corne.md")
    assert "no_publisher" in codes(draft)
    revised = desk.inbox.revise(
        EDITOR, draft.id, {"title": "Sein", "publisher": "Phares", "date": "2024-02-01", "x": "1"}
    )
    assert revised.metadata is not None
    assert (revised.metadata.title, revised.metadata.date, revised.metadata.url) == ("Sein", "2024-02-01", None)
    assert "no_publisher" not in codes(revised)
    for field, value in (("date", "hier"), ("title", " "), ("url", "javascript:alert(1)"), ("id", "Ça"), ("kind", "x")):
        with pytest.raises(CorpusError) as caught:
            desk.inbox.revise(EDITOR, draft.id, {field: value})
        assert caught.value.code == f"bad_{field}"
    future = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()
    assert "future_date" in codes(desk.inbox.revise(EDITOR, draft.id, {"date": future}))


def test_a_second_draft_gets_an_id_of_its_own(desk: Desk) -> None:
    first = taken_in(desk, TEXT.encode(), "corne.txt")
    second = taken_in(desk, b"Un tout autre texte sur les marins de Brest et leurs bateaux.", "corne.txt")
    assert first.metadata and second.metadata and first.metadata.id != second.metadata.id
    with pytest.raises(CorpusError) as caught:
        desk.inbox.revise(EDITOR, second.id, {"id": first.metadata.id})
    assert caught.value.code == "id_taken"


def test_a_new_version_shows_what_it_changes(desk: Desk) -> None:
    changed = LIGHTHOUSE.replace("43", "44")
    draft = taken_in(desk, changed.encode(), "scan-0041.txt", target="phare")
    assert draft.metadata is not None
    assert (draft.metadata.id, draft.metadata.publisher, draft.metadata.date) == ("phare", "Ouest", "2024-05-01")
    preview = desk.inbox.preview(draft.id)
    assert preview.replaces is not None and preview.replaces.version == 1
    assert any(change.kind != "same" for change in preview.changes)
    desk.inbox.publish(EDITOR, draft.id, reason="corrigé")
    desk.clerk.work()
    assert desk.assistant.library.state("phare") == (2, "ready")
    answer = desk.assistant.ask("Combien de mètres mesure le phare de Kervran ?")
    assert [c.quote for c in answer.citations] == ["Le phare de Kervran mesure 44 mètres de haut."]
    assert desk.assistant.document("phare", 1).replaced_at is not None


def test_what_is_held_already_needs_a_reason(desk: Desk) -> None:
    same = make_file(LIGHTHOUSE, "phare", publisher="Ouest", date="2024-05-01")
    draft = taken_in(desk, same, "copie.md")
    assert draft.state == "quarantine" and "already_held" in codes(draft)
    with pytest.raises(CorpusError) as caught:
        desk.inbox.publish(EDITOR, draft.id)
    assert caught.value.code == "reason_needed"


def test_quarantine_release_and_discard(desk: Desk) -> None:
    draft = taken_in(desk, make_file(TEXT, "corne"), "corne.md")
    desk.inbox.quarantine(EDITOR, draft.id, "à vérifier")
    held = desk.inbox.preview(draft.id).draft
    assert (held.state, held.note) == ("quarantine", "à vérifier")
    desk.inbox.release(EDITOR, draft.id)
    assert desk.inbox.preview(draft.id).draft.state == "ready"
    desk.inbox.discard(EDITOR, draft.id)
    with pytest.raises(UnknownDocument):
        desk.inbox.preview(draft.id)
    with pytest.raises(UnknownDocument):
        desk.inbox.publish(EDITOR, draft.id)


def test_a_scheduled_draft_waits_for_its_day(desk: Desk) -> None:
    tools, day = desk.clerk._tools, [date(2030, 1, 1)]
    clerk = Clerk(tools, today=lambda: day[0])
    draft = taken_in(desk, make_file(TEXT, "corne", **PUBLISHED), "corne.md")
    desk.inbox.publish(EDITOR, draft.id, on=date(2030, 1, 2))
    clerk.work()
    assert desk.inbox.preview(draft.id).draft.state == "scheduled"
    assert desk.assistant.ask(QUESTION).status == "not_found"
    day[0] = date(2030, 1, 2)
    clerk.work()
    assert desk.inbox.preview(draft.id).draft.state == "published"
    assert desk.assistant.ask(QUESTION).status == "answered"


@pytest.mark.parametrize("state", ["ready", "quarantine"])
def test_a_viewer_changes_nothing(desk: Desk, state: str) -> None:
    draft = taken_in(desk, make_file(TEXT, "corne"), "corne.md")
    if state == "quarantine":
        desk.inbox.quarantine(EDITOR, draft.id)
    inbox = desk.inbox
    for act in (
        lambda: inbox.upload(VIEWER, [("a.txt", b"a")]),
        lambda: inbox.paste(VIEWER, "a", "b"),
        lambda: inbox.add_address(VIEWER, "https://a.example/"),
        lambda: inbox.revise(VIEWER, draft.id, {"title": "b"}),
        lambda: inbox.publish(VIEWER, draft.id),
        lambda: inbox.quarantine(VIEWER, draft.id),
        lambda: inbox.release(VIEWER, draft.id),
        lambda: inbox.retry(VIEWER, draft.id),
        lambda: inbox.discard(VIEWER, draft.id),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert inbox.preview(draft.id).draft.state == state and len(inbox.drafts()) == 1


def test_two_editors_at_once(desk: Desk) -> None:
    """Of two decisions about one draft one wins; of many uploads none is lost."""
    draft = taken_in(desk, make_file(TEXT, "corne", **PUBLISHED), "corne.md")

    def decide(publish: bool) -> str:
        try:
            desk.inbox.publish(EDITOR, draft.id) if publish else desk.inbox.discard(EDITOR, draft.id)
        except CorpusError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(decide, (True, False)))
    assert results.count("done") == 1 and {"done", "too_late", "draft_unknown"} >= set(results)
    files = [[(f"{who}-{n}.md", make_file(f"Texte {n} de {who}.", f"{who}-{n}")) for n in range(8)] for who in "ab"]
    with ThreadPoolExecutor(4) as pool:
        ids = [*pool.map(lambda batch: desk.inbox.upload(EDITOR, batch), files)]
        [*pool.map(lambda _: desk.clerk.work(), range(2))]
    drafts = [desk.inbox.preview(id).draft for batch in ids for id in batch]
    assert {draft.state for draft in drafts} <= {"ready", "quarantine"} and len(drafts) == 16


def test_a_kill_between_storing_and_marking_is_mended(desk: Desk, tmp_path: Path) -> None:
    draft = taken_in(desk, make_file(TEXT, "corne", **PUBLISHED), "corne.md")
    desk.inbox.publish(EDITOR, draft.id)
    index, broken = desk.assistant.ingest.index, desk.assistant.ingest

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    original = index.replace
    broken.index.replace = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        desk.clerk.work()
    broken.index.replace = original  # type: ignore[method-assign]
    assert Drafts(tmp_path / "data" / "drafts.sqlite").get(draft.id).state == "queued"
    assert desk.assistant.library.state("corne")[1] == "pending"
    desk.assistant.ingest.resume()
    desk.clerk.work()
    assert desk.inbox.preview(draft.id).draft.state == "published"
    assert desk.assistant.library.state("corne") == (1, "ready")
    assert desk.assistant.index.verify() == []
