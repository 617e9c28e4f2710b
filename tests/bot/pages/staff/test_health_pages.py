"""The page about the health of the service: findings in words, repairs and backups over a real desk."""

import threading
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.assistant import Assistant
from bot.doctor import Finding
from bot.pages.staff import health
from bot.phrases import say_to_staff, staff_keys
from bot.settings import Settings
from bot.staff import upkeep as upkeep_module
from bot.staff.backups.manifest import BackupError
from bot.staff.backups.restore import restore
from bot.staff.models import Account
from bot.texts.staff import languages
from tests.bot.pages.serving import run_apart
from tests.bot.pages.staff.whole import site_of, whole_desk, words
from tests.bot.staff.clock import Clock
from tests.bot.staff.conftest import FakeFetcher
from tests.fakes import FakeEmbedder, forget_chroma_clients
from vectorstore.chroma import ChromaStore

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bot.staff.desk import Desk

PAGE = "/staff/health"
NASTY = '"><script>alert(1)</script>\u202e'
VALUES: dict[str, dict[str, object]] = {
    "setting_unknown": {"name": "BOT_PROT"},
    "watch_missing": {"name": "BOT_WATCH_DIR", "path": "/mnt/x", "problem": "No such file"},
    "watch_unreadable": {"name": "BOT_WATCH_DIR", "path": "/mnt/x", "problem": "Permission denied"},
    "disk_low": {"free": 12_000_000, "least": 1_000_000_000},
    "model_without_means": {"model": "some/model"},
    "reader_unusable": {"name": "org/reader", "problem": "no weights"},
    "judge_unusable": {"name": "org/judge", "problem": "no weights"},
    "reader_missing": {"name": "reader.safetensors"},
    "judge_missing": {"name": "judge.safetensors"},
    "reader_other_model": {"model": "org/model"},
    "judge_other_model": {"model": "org/model"},
    "reader_without_states": {"count": 12},
    "documents_pending": {"count": 7, "documents": ["a", "b", "c", "d", "e"]},
    "library_empty": {},
    "originals_changed": {"count": 1, "documents": ["a"]},
    "index_halves": {"problem": "3 passages have no vector in Chroma"},
    "documents_without_passages": {"count": 1, "documents": ["a"]},
    "file_damaged": {"name": "audit.sqlite", "problem": "malformed"},
    "checked_in_part": {"name": "library.sqlite", "seconds": 5.0},
    "check_failed": {"check": "index", "problem": "locked"},
    "backup_never": {},
    "backup_old": {"days": 40, "made_at": "2026-01-01T00:00:00+00:00"},
    "restore_unfinished": {},
    "journal_large": {"bytes": 612_000_000},
    "accounts_none": {},
    "audit_broken": {"line": 12},
    "pins_broken": {"count": 1, "questions": ["Quelle hauteur ?"]},
}
"""What each code of a finding comes with."""
UNSAID = {("watch_missing", "problem"), ("check_failed", "check"), ("backup_old", "made_at")}
"""Values that the sentence does without."""


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> "Desk":
    return whole_desk(tmp_path, clock, FakeFetcher())


@pytest.fixture
def site(desk: "Desk") -> Any:
    return site_of(desk, [health.router])


def left_over(desk: "Desk") -> list[Path]:
    return list(desk.settings.data_dir.glob(f"{upkeep_module.DOWNLOAD}*"))


# What is found


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("code", VALUES)
def test_every_finding_is_said_in_words(code: str, language: str) -> None:
    finding = Finding("index", "error", "the English message", "the English remedy", code, VALUES[code])
    line = health.line(finding, language)
    assert "English" not in line.text and f"health_{code}" in staff_keys()
    assert code == "checked_in_part" or (line.remedy and "English" not in line.remedy)
    assert line.check == say_to_staff("check_index", language)
    for name, value in VALUES[code].items():
        texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        if (code, name) not in UNSAID:
            assert all(text in unescape(line.text) for text in texts)


def test_more_documents_than_are_named_end_in_an_ellipsis() -> None:
    (line,) = [
        health.line(Finding("library", "warning", "", "", "documents_pending", VALUES["documents_pending"]), "fr")
    ]
    assert line.text.count("<a ") == 5 and 'href="/staff/documents/a"' in line.text and ", …" in line.text
    assert "7" in line.text


def test_a_damaged_index_needs_no_backup_and_another_file_does() -> None:
    damaged = {"problem": "malformed"}
    for name, key in (("passages.sqlite", "remedy_file_damaged_index"), ("audit.sqlite", "remedy_file_damaged")):
        line = health.line(Finding("x", "error", "m", "r", "file_damaged", {"name": name} | damaged), "fr")
        assert unescape(line.remedy) == say_to_staff(key, "fr")


def test_what_has_no_sentence_is_said_in_english() -> None:
    line = health.line(Finding("new", "warning", "something <new>", "mend it", "never_seen"), "fr")
    assert line.text == '<span lang="en" dir="ltr">something &lt;new&gt;</span>' and "mend it" in line.remedy
    incomplete = health.line(Finding("disk", "error", "the message", "", "disk_low", {}), "fr")
    assert "the message" in incomplete.text


@pytest.mark.parametrize("code", [code for code, values in VALUES.items() if values])
def test_hostile_values_are_text(code: str) -> None:
    hostile = {
        name: [NASTY] if isinstance(value, list) else NASTY if isinstance(value, str) else value
        for name, value in VALUES[code].items()
    }
    line = health.line(Finding(NASTY, "error", NASTY, NASTY, code, hostile), "fr")
    assert "<script" not in line.text + line.remedy


def test_the_page_says_what_is_wrong_first_and_folds_the_rest(
    desk: "Desk", editor: "TestClient", viewer: "TestClient"
) -> None:
    desk.assistant.library.mark("prix", "pending")
    page = editor.get(PAGE)
    assert page.status_code == 200 and 'href="/staff/documents/prix"' in page.text
    said = words(page.text)
    assert "Points à régler : 2" in said and "Aucune sauvegarde n’a encore été faite." in said
    assert "Contrôles en ordre : " in said and "à surveiller" in said
    assert 'value="resume"' in page.text and "data-downloads" in page.text
    seen = viewer.get(PAGE)
    assert "Points à régler : 2" in words(seen.text)
    assert 'value="resume"' not in seen.text and '<form method="post" action="/staff/health' not in seen.text
    assert "Seul un rédacteur peut télécharger" in words(seen.text)


def test_english_readers_read_english(editor: "TestClient") -> None:
    said = words(editor.get(PAGE, params={"lang": "en"}).text)
    assert "No backup was ever made." in said and "To be dealt with: 1" in said


def test_checking_again_runs_the_checks(desk: "Desk", viewer: "TestClient") -> None:
    assert "prix" not in viewer.get(PAGE).text
    desk.assistant.library.mark("prix", "pending")
    assert "/staff/documents/prix" not in viewer.get(PAGE).text  # kept for half a minute
    again = viewer.get(PAGE, params={"again": "1"})
    assert (again.status_code, again.headers["location"]) == (303, PAGE)
    assert "/staff/documents/prix" in viewer.get(PAGE).text


# Repairs


def test_a_damaged_index_is_repaired_from_the_page(desk: "Desk", editor: "TestClient") -> None:
    store = ChromaStore(desk.settings.data_dir / "index" / "chroma", desk.assistant.embedder.stamp)
    store.delete(list(store.ids()))
    page = editor.get(PAGE, params={"again": "1"}, follow_redirects=True)
    assert "Les deux moitiés de l’index ne concordent pas" in words(page.text) and "à réparer" in page.text
    assert 'value="repair_index"' in page.text
    response = editor.post(f"{PAGE}/repair", data={"action": "repair_index"})
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    desk.upkeep.wait()
    said = words(editor.get(PAGE).text)
    assert "Terminé : réparation de l’index" in said and "ne concordent pas" not in said
    assert editor.get(f"{PAGE}/status").json() == {"running": False}
    assert desk.assistant.index.verify() == []
    assert desk.assistant.ask("Combien de mètres mesure le phare de Kervran ?", language="fr").citations


def test_a_repair_that_runs_shows_its_progress(
    desk: "Desk", editor: "TestClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.get(PAGE)
    reached, held = threading.Event(), threading.Event()

    def slow(progress: Any) -> None:
        progress("index", 3, 10)
        reached.set()
        assert held.wait(20)

    monkeypatch.setattr(desk.assistant.ingest, "resume", slow)
    editor.post(f"{PAGE}/repair", data={"action": "resume"})
    assert reached.wait(20)
    page = editor.get(PAGE)
    assert '<progress max="10" value="3"' in page.text and '<noscript><meta http-equiv="refresh"' in page.text
    assert "Documents indexés : 3 sur 10" in words(page.text) and 'name="action"' not in page.text
    status = editor.get(f"{PAGE}/status").json()
    assert status["running"] and (status["done"], status["of"]) == (3, 10) and "3 sur 10" in status["text"]
    second = editor.post(f"{PAGE}/repair", data={"action": "repair_index"})
    assert second.headers["location"] == f"{PAGE}?problem=repair_running"
    assert "Une réparation est en cours" in words(editor.get(second.headers["location"]).text)
    held.set()
    desk.upkeep.wait()
    assert "http-equiv" not in editor.get(PAGE).text


def test_a_repair_that_fails_says_why(desk: "Desk", editor: "TestClient", monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_progress: Any) -> None:
        raise RuntimeError(NASTY)

    monkeypatch.setattr(desk.assistant.ingest, "resume", fail)
    editor.post(f"{PAGE}/repair", data={"action": "resume"})
    desk.upkeep.wait()
    page = editor.get(PAGE)
    assert "Échec : indexation des documents en attente" in words(page.text)
    assert "<script>alert" not in page.text and "RuntimeError" in page.text


def test_only_repairs_that_exist(editor: "TestClient") -> None:
    for action in ("", "back_up", "<script>"):
        response = editor.post(f"{PAGE}/repair", data={"action": action})
        assert response.status_code == 422 and "<script>" not in response.text


def test_a_viewer_starts_nothing(desk: "Desk", viewer: "TestClient") -> None:
    for path in ("repair", "backup"):
        assert viewer.post(f"{PAGE}/{path}", data={"action": "resume"}).status_code == 403
    assert desk.upkeep.repair is None and left_over(desk) == [] and desk.upkeep.last_backup() is None


# Backups


def test_a_backup_that_is_downloaded_can_be_restored(desk: "Desk", editor: "TestClient", tmp_path: Path) -> None:
    response = editor.post(f"{PAGE}/backup")
    assert response.status_code == 200 and response.headers["content-type"] == "application/zip"
    disposition = response.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="conf-backup-20') and disposition.endswith('.zip"')
    assert response.headers["cache-control"] == "no-store" and left_over(desk) == []
    assert "Dernière sauvegarde : " in words(editor.get(PAGE).text)
    archive = tmp_path / "kept.zip"
    archive.write_bytes(response.content)
    restore(archive, tmp_path / "again")
    forget_chroma_clients()
    again = Assistant(Settings(data_dir=tmp_path / "again", documents_dir=tmp_path / "none"), FakeEmbedder())
    answer = again.ask("Combien de mètres mesure le phare de Kervran ?", language="fr")
    assert answer.citations and "43 mètres" in answer.citations[0].quote


@pytest.mark.parametrize("version", ["2.3", "2.4"])
def test_a_client_that_goes_away_leaves_no_file(desk: "Desk", version: str) -> None:
    path = desk.upkeep.back_up(Account("amina", "editor"))
    assert left_over(desk) == [path.parent]
    response = health.Sending(path, filename="x.zip")
    scope = {"type": "http", "method": "POST", "headers": [], "extensions": {}, "asgi": {"spec_version": version}}

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client went away")

    with suppress(OSError):
        run_apart(response(scope, receive, send))
    assert left_over(desk) == []


def test_a_backup_that_cannot_be_made_says_why(
    desk: "Desk", editor: "TestClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_data: Path, _target: Path) -> None:
        raise BackupError("no room", code="backup_no_space", free=1, needed=2)

    monkeypatch.setattr(upkeep_module, "back_up", fail)
    response = editor.post(f"{PAGE}/backup")
    assert response.status_code == 422 and "Le disque du serveur est presque plein" in words(response.text)
    assert left_over(desk) == []
