"""Repairs, checks and backups that pages start: one at a time, in threads, nothing left behind."""

import os
import threading
import time
from pathlib import Path

import pytest

from bot.doctor import Check, Finding
from bot.errors import NotAllowed
from bot.staff import upkeep as module
from bot.staff.backups.backup import last_backup
from bot.staff.backups.manifest import BackupError
from bot.staff.backups.restore import restore
from bot.staff.desk import Desk
from bot.staff.upkeep import Upkeep, discard
from corpus.errors import CorpusError
from tests.bot.staff.conftest import EDITOR, VIEWER
from vectorstore.chroma import ChromaStore


def lose_vectors(desk: Desk) -> None:
    """What a killed Chroma does: the passages are there, their vectors are not."""
    store = ChromaStore(desk.settings.data_dir / "index" / "chroma", desk.assistant.embedder.stamp)
    store.delete(list(store.ids()))


def downloads(desk: Desk) -> list[Path]:
    return list(desk.settings.data_dir.glob(f"{module.DOWNLOAD}*"))


def test_a_damaged_index_is_found_and_repaired(desk: Desk) -> None:
    lose_vectors(desk)
    (found,) = [finding for finding in desk.upkeep.examined().findings if finding.action == "repair_index"]
    assert found.code == "index_halves"
    desk.upkeep.start_repair(EDITOR, found.action)
    desk.upkeep.wait()
    repair = desk.upkeep.repair
    assert repair is not None and repair.ended and repair.problem is None and repair.what == "repair_index"
    assert desk.assistant.index.verify() == []
    assert "index_halves" not in {finding.code for finding in desk.upkeep.examined().findings}
    event = desk.audit.entries(1)[0]
    assert (event.actor, event.action, event.subject) == ("leila", "repair_run", "repair_index")


def test_pending_documents_are_indexed_with_progress(desk: Desk) -> None:
    desk.assistant.library.mark("phare", "pending")
    desk.upkeep.start_repair(EDITOR, "resume")
    desk.upkeep.wait()
    repair = desk.upkeep.repair
    assert repair is not None and (repair.stage, repair.done, repair.of) == ("index", 1, 1)
    assert desk.assistant.library.state("phare")[1] == "ready"


def test_one_repair_at_a_time_and_no_check_beside_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.upkeep.examined()
    held = threading.Event()
    monkeypatch.setattr(desk.assistant.ingest, "resume", lambda _progress: held.wait(20))
    desk.upkeep.start_repair(EDITOR, "resume")
    with pytest.raises(CorpusError) as error:
        desk.upkeep.start_repair(EDITOR, "repair_index")
    assert error.value.code == "repair_running"
    began = time.monotonic()
    assert desk.upkeep.examined(again=True) == before and time.monotonic() - began < 1
    held.set()
    desk.upkeep.wait()
    assert desk.upkeep.examined().at >= before.at
    assert [event.action for event in desk.audit.entries(5)].count("repair_run") == 1


def test_a_repair_that_fails_says_why_and_lets_the_next_one_begin(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_progress: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(desk.assistant.ingest, "resume", fail)
    desk.upkeep.start_repair(EDITOR, "resume")
    desk.upkeep.wait()
    repair = desk.upkeep.repair
    assert repair is not None and repair.ended and "the disk is gone" in str(repair.problem)
    desk.upkeep.start_repair(EDITOR, "repair_index")
    desk.upkeep.wait()
    assert desk.upkeep.repair is not None and desk.upkeep.repair.problem is None


def test_only_editors_repair_and_only_what_there_is(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        desk.upkeep.start_repair(VIEWER, "resume")
    with pytest.raises(NotAllowed):
        desk.upkeep.back_up(VIEWER)
    with pytest.raises(CorpusError) as error:
        desk.upkeep.start_repair(EDITOR, "__class__")
    assert error.value.code == "repair_unknown" and desk.upkeep.repair is None


def counted(desk: Desk, run: "list[float]", seconds: float = 0.0) -> Upkeep:
    """The upkeep with one more check, which takes its time."""

    def check() -> list[Finding]:
        run.append(time.monotonic())
        time.sleep(seconds)
        return []

    return Upkeep(desk.assistant, desk.audit, (Check("slow", check),))


def test_findings_are_kept_for_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[float] = []
    upkeep = counted(desk, run)
    first = upkeep.examined()
    assert upkeep.examined() == first and len(run) == 1
    upkeep.examined(again=True)
    assert len(run) == 2
    monkeypatch.setattr(module, "KEPT", -1.0)
    upkeep.examined(again=True)
    upkeep.examined()
    assert len(run) == 4


def test_a_page_does_not_wait_for_slow_checks(desk: Desk) -> None:
    run: list[float] = []
    upkeep = counted(desk, run, seconds=1.5)
    began = time.monotonic()
    early = upkeep.examined(wait=0.05)
    assert time.monotonic() - began < 1 and early.running and early.at == "" and early.findings == ()
    assert upkeep.examined(wait=0.05).running
    late = upkeep.examined(wait=20)
    assert not late.running and "slow" in {finding.check for finding in late.findings} and len(run) == 1


def test_checks_that_break_are_a_finding(desk: Desk) -> None:
    def check() -> list[Finding]:
        raise RuntimeError("out of order")

    upkeep = Upkeep(desk.assistant, desk.audit, (Check("broken", check),))
    (finding,) = upkeep.examined().findings
    assert finding.code == "check_failed" and "out of order" in finding.message and finding.severity == "error"


def test_a_backup_lies_in_a_folder_of_its_own_until_it_is_discarded(desk: Desk, tmp_path: Path) -> None:
    path = desk.upkeep.back_up(EDITOR)
    assert path.parent.stat().st_mode & 0o777 == 0o700 and path.stat().st_mode & 0o077 == 0
    assert desk.audit.entries(1)[0].action == "backup_made"
    restore(path, tmp_path / "again")
    assert (tmp_path / "again" / "library.sqlite").exists()
    discard(path)
    assert downloads(desk) == [] and last_backup(desk.settings.data_dir) is not None
    assert "backup_never" not in {finding.code for finding in desk.upkeep.examined().findings}


@pytest.mark.parametrize("error", [BackupError("no room", code="backup_no_space"), KeyboardInterrupt()], ids=str)
def test_a_backup_that_fails_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(_data: Path, target: Path) -> None:
        target.write_bytes(b"half of it")
        raise error

    monkeypatch.setattr(module, "back_up", fail)
    with pytest.raises(type(error)):
        desk.upkeep.back_up(EDITOR)
    assert downloads(desk) == [] and desk.audit.entries(1) == []


def test_what_a_killed_server_left_is_deleted(desk: Desk) -> None:
    left, fresh = (desk.settings.data_dir / f"{module.DOWNLOAD}{name}" for name in ("left", "fresh"))
    for folder in (left, fresh):
        folder.mkdir()
        (folder / module.ARCHIVE).write_bytes(b"hashes")
    old = time.time() - module.LEFT_BEHIND - 10
    os.utime(left, (old, old))
    discard(desk.upkeep.back_up(EDITOR))
    assert downloads(desk) == [fresh]
