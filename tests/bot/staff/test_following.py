"""The watched folder and addresses, with the quality gate, a dry run, and the stop."""

from pathlib import Path

import pytest

from bot.errors import NotAllowed
from bot.settings import Settings
from bot.staff.desk import Desk
from bot.staff.following import Report
from corpus.errors import UnreadableFile
from tests.bot.staff.conftest import EDITOR, VIEWER, FakeFetcher
from tests.fakes import make_file

ADDRESS = "https://phares.example/corne"


def put(settings: Settings, name: str, text: str, age: float = 100) -> Path:
    """A file that was not written just now."""
    import os
    import time

    assert settings.watch_dir is not None
    settings.watch_dir.mkdir(exist_ok=True)
    path = settings.watch_dir / f"{name}.md"
    path.write_bytes(make_file(text, name, publisher="Phares", date="2024-03-02"))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def states(desk: Desk) -> dict[str, str]:
    entries = desk.assistant.library.entries("pending", "ready", "removed")
    return {entry.metadata.id: entry.state for entry in entries}


def test_a_watched_folder_is_followed(desk: Desk, settings: Settings) -> None:
    for n in range(4):
        put(settings, f"note-{n}", f"La bouée numéro {n} se trouve devant le port de la ville {n}.")
    (dry,) = desk.following.run("leila", dry_run=True)
    assert len(dry.of("added")) == 4 and "note-0" not in states(desk)
    (report,) = desk.following.run("leila")
    assert len(report.of("added")) == 4 and states(desk)["note-3"] == "ready"
    put(settings, "note-0", "La bouée numéro 0 fut déplacée vers le large.", age=50).parent.joinpath(
        "note-1.md"
    ).unlink()
    (report,) = desk.following.run("leila")
    assert [s.document_id for s in report.of("changed")] == ["note-0"]
    assert [s.document_id for s in report.of("removed")] == ["note-1"] and states(desk)["note-1"] == "removed"
    assert desk.following.last["folder"] == report
    assert desk.audit.entries(1)[0].action == "sources_synchronised"


def test_a_folder_that_is_not_there_takes_nothing_away(desk: Desk, settings: Settings) -> None:
    paths = [put(settings, f"note-{n}", f"La bouée numéro {n} du port.") for n in range(4)]
    desk.following.run("leila")
    for path in paths[:2]:
        path.unlink()
    (report,) = desk.following.run("leila")
    assert report.stopped is not None and report.stopped.code == "sync_stopped" and states(desk)["note-0"] == "ready"
    (report,) = desk.following.run("leila", force=True)
    assert report.stopped is None and states(desk)["note-0"] == "removed"
    for path in paths[2:]:
        path.unlink()
    paths[0].parent.rmdir()
    (report,) = desk.following.run("leila")
    assert report.stopped is not None and states(desk)["note-3"] == "ready"


def test_the_quality_gate_holds_here_too(desk: Desk, settings: Settings) -> None:
    put(
        settings,
        "bad",
        "La conf\ufffdrence \ufffd\ufffd\ufffd de Ra\ufffdat \ufffd\ufffd fut \ufffd\ufffd\ufffd\ufffd longue.",
    )
    (report,) = desk.following.run("leila")
    (failed,) = report.of("failed")
    assert failed.code == "gate_refused" and "lost_characters" in failed.reason and "bad" not in states(desk)


def test_addresses_of_staff_and_of_the_file(desk: Desk, fetcher: FakeFetcher, tmp_path: Path) -> None:
    fetcher.pages[ADDRESS] = "<title>La corne</title><p>La corne de brume de Sein porte à huit milles.</p>".encode()
    desk.following.watch(EDITOR, ADDRESS)
    with pytest.raises(UnreadableFile):
        desk.following.watch(EDITOR, "file:///etc/passwd")
    with pytest.raises(NotAllowed):
        desk.following.watch(VIEWER, ADDRESS)
    reports = {report.source: report for report in desk.following.run("leila")}
    (added,) = reports["addresses"].of("added")
    assert desk.assistant.library.get(added.document_id).metadata.url == ADDRESS
    fetcher.pages.clear()
    reports = {report.source: report for report in desk.following.run("leila")}
    assert [s.code for s in reports["addresses"].of("failed")] == ["address_unreachable"]
    assert states(desk)[added.document_id] == "ready"
    desk.following.unwatch(EDITOR, ADDRESS)
    assert desk.following.addresses() == [] and states(desk)[added.document_id] == "ready"


def test_a_file_of_addresses(settings: Settings, fetcher: FakeFetcher, tmp_path: Path) -> None:
    from bot.assistant import Assistant
    from tests.fakes import FakeEmbedder

    listed = tmp_path / "addresses.txt"
    listed.write_text(f"# sources\n\n{ADDRESS}\n", encoding="utf-8")
    with_file = settings.model_copy(update={"watch_addresses": listed, "watch_dir": None})
    desk = Desk(Assistant(with_file, FakeEmbedder()), fetcher=fetcher)
    assert [watched.address for watched in desk.following.addresses()] == [ADDRESS]
    (report,) = desk.following.run("leila")
    assert fetcher.asked == [ADDRESS] and isinstance(report, Report)
    listed.unlink()
    (report,) = desk.following.run("leila") if desk.assistant.library.followed("addresses") else (report,)
    assert report.of("removed") == ()
