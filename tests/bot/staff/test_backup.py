"""Backups as an operator sees them: made while the program works, restored to a folder that then answers the same."""

import hashlib
import io
import json
import os
import resource
import shutil
import stat
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from bot.assistant import Assistant
from bot.lock import WriterLock
from bot.models import Citation
from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.audit import Audit
from bot.staff.backups.backup import back_up, last_backup
from bot.staff.backups.installing import finish
from bot.staff.backups.manifest import BackupError, Manifest, Member, databases
from bot.staff.backups.restore import restore
from corpus.database import connect
from corpus.errors import StorageError
from tests import lighthouses
from tests.fakes import FakeEmbedder, forget_chroma_clients, make_file
from vectorstore.passages import PassageStore

PASSWORD = "seven keepers lit nine lamps"
PRIZE = "Who received the Silver Lantern prize?"


class Killed(BaseException):
    """What a kill is to the code that runs: it cannot be caught by mistake."""


@pytest.fixture(autouse=True)
def _fresh_chroma() -> Iterator[None]:
    yield
    forget_chroma_clients()


def accounts_of(data: Path) -> Accounts:
    return Accounts(data / "accounts.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def assistant_on(data: Path, documents: Path) -> Assistant:
    return Assistant(Settings(data_dir=data, documents_dir=documents), FakeEmbedder())


@dataclass(frozen=True)
class Site:
    """A data folder with a library, an index, a journal and an account, closed again."""

    data: Path
    documents: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that is not changed: tests work on copies of it."""
    folder = tmp_path_factory.mktemp("site")
    documents = lighthouses.write(folder / "documents")
    assistant = assistant_on(folder / "data", documents)
    assistant.prepare()
    update = folder / "prize.md"
    text = "The Silver Lantern prize went to Marta Lindqvist, who studied fog signals for nine years."
    update.write_bytes(make_file(text, "prize", language="en", publisher="Harbour News", date="2031-06-08"))
    assistant.add([update])
    assistant.ask(PRIZE)
    assistant.ask("What is the capital of Australia?")
    accounts_of(folder / "data").create("amina", PASSWORD, "editor")
    Audit(folder / "data" / "audit.sqlite").record("amina", "account_created", "amina")
    forget_chroma_clients()
    return Site(folder / "data", documents)


@pytest.fixture
def site(built: Site, tmp_path: Path) -> Site:
    """A copy to change, whose curated documents are in the library already."""
    shutil.copytree(built.data, tmp_path / "site")
    return Site(tmp_path / "site", built.documents)


@pytest.fixture(scope="module")
def archive(built: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the site that is not changed."""
    data = tmp_path_factory.mktemp("kept") / "data"
    shutil.copytree(built.data, data)
    target = data.parent / "kept.zip"
    back_up(data, target)
    return target


def contents(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of every database of a folder."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, path in databases(folder).items():
        with connect(path) as db:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
            for (table,) in tables.fetchall():
                rows = db.execute(f'SELECT * FROM "{table}"').fetchall()
                found[f"{name}/{table}"] = sorted((row for row in rows if row[0] != "dirty"), key=repr)
    return found


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A larger file cannot be written meanwhile: what unpacks without end is told as a problem of the disk."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def citation(assistant: Assistant, question: str) -> Citation:
    answer = assistant.ask(question)
    assert answer.status == "answered"
    (found,) = answer.citations
    return found


# Making one


def test_a_backup_made_while_others_write_opens_as_a_whole_and_answers_the_same(site: Site, tmp_path: Path) -> None:
    assistant = assistant_on(site.data, site.documents)
    before = citation(assistant, PRIZE)
    stop = threading.Event()
    added: list[str] = []
    problems: list[Exception] = []

    def write() -> None:
        folder = tmp_path / "more"
        folder.mkdir()
        try:
            for number in range(10_000):
                path = folder / f"buoy-{number}.md"
                path.write_bytes(make_file(f"Buoy {number} was painted in {1800 + number}.", path.stem, language="en"))
                assistant.add([path])
                if number % 3 == 2:
                    assistant.remove(f"buoy-{number - 1}")
                assistant.ask(f"When was buoy {number} painted?")
                added.append(path.stem)
                if stop.wait(0.01):
                    return
        except Exception as error:  # noqa: BLE001  told below, in the thread of the test
            problems.append(error)

    def wait_for_more(_name: str, _done: int, _of: int) -> None:
        """Between two files of a backup, others write."""
        seen, end = len(added), time.monotonic() + 20
        while len(added) < seen + 2:
            assert time.monotonic() < end and writer.is_alive(), problems
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_for_more("", 0, 0)
        back_up(site.data, tmp_path / "busy.zip", wait_for_more)
    finally:
        stop.set()
        writer.join(20)
    assert not problems

    restore(tmp_path / "busy.zip", tmp_path / "fresh")
    forget_chroma_clients()
    restored = assistant_on(tmp_path / "fresh", tmp_path / "none")
    ready = {(entry.metadata.id, entry.version) for entry in restored.library.entries("ready")}
    assert ready <= restored.index.held()  # the files are of one moment
    restored.prepare()
    after = citation(restored, PRIZE)
    assert after.verified and (after.permalink, after.quote) == (before.permalink, before.quote)
    text = restored.document(after.document_id, after.version).document.text
    assert text[after.start : after.end] == after.quote
    assert restored.document("prize", 1).document.text == assistant.document("prize", 1).document.text
    assert restored.document("prize", 1).current_version == 2
    assert restored.index.verify() == []
    assert restored.library.entries("pending") == []
    assert {(entry.metadata.id, entry.version) for entry in restored.library.entries("ready")} == restored.index.held()
    assert any(entry.metadata.id.startswith("buoy-") for entry in restored.library.entries("ready"))
    assert any("Australia" in question.question for question in restored.unanswered())
    accounts = accounts_of(tmp_path / "fresh")
    account = accounts.account_of(accounts.log_in("amina", PASSWORD))
    assert account is not None and account.may_edit
    assert Audit(tmp_path / "fresh" / "audit.sqlite").verify() is None


def test_a_backup_holds_the_databases_and_nothing_that_is_built_from_them(site: Site, tmp_path: Path) -> None:
    (site.data / "models").mkdir()
    (site.data / "models" / "weights.bin").write_bytes(b"model")
    (site.data / "replaced-earlier").mkdir()
    shutil.copy(site.data / "library.sqlite", site.data / "replaced-earlier" / "library.sqlite")
    target = tmp_path / "backup.zip"
    summary = back_up(site.data, target)
    wanted = {"library.sqlite", "index/passages.sqlite", "journal.sqlite", "accounts.sqlite", "audit.sqlite"}
    wanted |= {"pins.sqlite"}
    with zipfile.ZipFile(target) as file:
        assert set(file.namelist()) == wanted | {"manifest.json"}
        row = json.loads(file.read("manifest.json"))
    assert {member["name"] for member in row["members"]} == wanted
    assert (row["format"], row["stamp"]) == (1, "fake/1")
    assert row["program"] and row["made_at"] == summary.manifest.made_at
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    last = last_backup(site.data)
    assert last is not None and last.made_at == summary.manifest.made_at
    assert not list(tmp_path.glob(".*")) and not list((site.data / ".backup").rglob("*.sqlite"))


def test_a_backup_can_be_written_to_a_stream_that_cannot_be_rewound(site: Site, tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    pipe = Pipe()
    steps: list[tuple[str, int, int]] = []
    back_up(site.data, pipe, lambda *step: steps.append(step))  # type: ignore[arg-type]
    (tmp_path / "piped.zip").write_bytes(pipe.data)
    restore(tmp_path / "piped.zip", tmp_path / "fresh")
    assert contents(tmp_path / "fresh") == contents(site.data)
    assert [step[0] for step in steps if step[0]] == list(databases(site.data))
    assert steps[-1][1] == steps[-1][2] > 0


def test_what_the_journal_has_forgotten_is_not_in_a_backup(site: Site, tmp_path: Path) -> None:
    secret = "the forgotten question about a lost whale"
    with connect(site.data / "journal.sqlite") as db:
        db.execute("CREATE TABLE scratch (words TEXT)")
        db.executemany("INSERT INTO scratch VALUES (?)", [(f"{secret} {number}",) for number in range(200)])
    with connect(site.data / "journal.sqlite") as db:
        db.execute("PRAGMA secure_delete = OFF")  # as where SQLite was built without it
        db.execute("DELETE FROM scratch")
    assert secret.encode() in (site.data / "journal.sqlite").read_bytes()
    back_up(site.data, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as file:
        assert secret.encode() not in file.read("journal.sqlite")


def test_one_backup_at_a_time(site: Site, tmp_path: Path) -> None:
    refused: list[str] = []

    def again(name: str, _done: int, _of: int) -> None:
        if name == "journal.sqlite":
            with pytest.raises(BackupError) as caught:
                back_up(site.data, tmp_path / "second.zip")
            refused.append(caught.value.code)

    back_up(site.data, tmp_path / "first.zip", again)
    assert refused == ["backup_running"] and not (tmp_path / "second.zip").exists()


def test_a_backup_that_stops_half_way_leaves_the_former_one_and_the_next_one_works(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    back_up(site.data, target)
    former, made = target.read_bytes(), last_backup(site.data)

    def kill(name: str, _done: int, _of: int) -> None:
        if name == "library.sqlite":
            raise Killed

    with pytest.raises(Killed):
        back_up(site.data, target, kill)
    assert target.read_bytes() == former and last_backup(site.data) == made
    assert tree(tmp_path / "site") == tree(site.data)

    left = tmp_path / ".backup.zip.abc.part"  # as a power cut leaves it
    left.write_bytes(b"half")
    (site.data / ".backup" / "copies").mkdir()
    (site.data / ".backup" / "copies" / "copy.sqlite").write_bytes(b"half")
    back_up(site.data, target)
    assert not left.exists() and not list((site.data / ".backup").rglob("*.sqlite"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "site"]


TARGETS: list[tuple[str, Callable[[Path], Path], str]] = [
    ("a folder that is missing", lambda folder: folder / "none" / "backup.zip", "backup_no_folder"),
    ("a folder", lambda folder: folder / "site", "backup_target_taken"),
    ("the library", lambda folder: folder / "site" / "library.sqlite", "backup_target_taken"),
]


@pytest.mark.parametrize(("_name", "target", "code"), TARGETS, ids=[row[0] for row in TARGETS])
def test_a_place_where_no_backup_belongs_is_refused(
    site: Site, tmp_path: Path, _name: str, target: Callable[[Path], Path], code: str
) -> None:
    before = contents(site.data)
    with pytest.raises(BackupError) as caught:
        back_up(site.data, target(tmp_path))
    assert caught.value.code == code
    assert contents(site.data) == before


def test_a_zip_file_of_something_else_is_not_written_over(site: Site, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        file.writestr("photo.jpg", b"photo")
    with pytest.raises(BackupError, match=r"photos\.zip exists"):
        back_up(site.data, tmp_path / "photos.zip")


def test_a_folder_without_a_library_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError) as caught:
        back_up(tmp_path, tmp_path / "backup.zip")
    assert caught.value.code == "backup_nothing"


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    site: Site, tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(BackupError) as caught:
        back_up(site.data, tmp_path / "backup.zip")
    assert caught.value.code == "backup_no_space" and caught.value.values["free"] == 50_000_000
    with pytest.raises(BackupError) as caught:
        restore(archive, tmp_path / "fresh")
    assert caught.value.code == "backup_no_space" and databases(tmp_path / "fresh") == {}
    assert last_backup(site.data) is None


def test_a_damaged_library_is_not_backed_up_in_silence(site: Site, tmp_path: Path) -> None:
    (site.data / "library.sqlite").write_bytes(b"no database" * 1_000)
    with pytest.raises(StorageError, match=r"library\.sqlite"):
        back_up(site.data, tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


# Bringing one back


def test_a_backup_is_restored_row_by_row(built: Site, archive: Path, tmp_path: Path) -> None:
    summary = restore(archive, tmp_path / "fresh")
    assert contents(tmp_path / "fresh") == contents(built.data)
    assert summary.replaced is None
    assert PassageStore(tmp_path / "fresh" / "index" / "passages.sqlite").meta("dirty") == "yes"  # for Chroma
    last = last_backup(tmp_path / "fresh")
    assert last is not None and last.made_at == summary.manifest.made_at
    assert not (tmp_path / "fresh" / ".restore").exists()
    assert {path.name for path in (tmp_path / "fresh").iterdir() if path.is_dir()} == {"index"}


def test_a_folder_that_holds_something_is_replaced_only_by_force_and_its_files_are_kept(
    site: Site, archive: Path, tmp_path: Path
) -> None:
    with connect(site.data / "other.sqlite") as db:
        db.execute("CREATE TABLE notes (words TEXT)")
    accounts_of(site.data).create("omar", PASSWORD, "viewer")
    before = contents(site.data)
    with pytest.raises(BackupError) as caught:
        restore(archive, site.data)
    assert caught.value.code == "restore_not_empty" and contents(site.data) == before

    summary = restore(archive, site.data, force=True)
    restore(archive, tmp_path / "fresh")
    assert contents(site.data) == contents(tmp_path / "fresh")
    assert summary.replaced is not None and summary.replaced.parent == site.data
    assert summary.replaced.name.startswith("replaced-") and stat.S_IMODE(summary.replaced.stat().st_mode) == 0o700
    assert contents(summary.replaced) == before
    assert (summary.replaced / "index" / "chroma" / "chroma.sqlite3").exists()
    restored = assistant_on(site.data, tmp_path / "none")
    restored.prepare()
    assert restored.index.verify() == [] and citation(restored, PRIZE).version == 2


def test_a_damaged_folder_is_replaced_with_its_logs(site: Site, archive: Path, tmp_path: Path) -> None:
    for name in ("library.sqlite", "library.sqlite-wal", "library.sqlite-shm"):
        (site.data / name).write_bytes(f"no {name}".encode() * 1_000)
    summary = restore(archive, site.data, force=True)
    assert not list(site.data.glob("library.sqlite-*"))
    restore(archive, tmp_path / "fresh")
    assert contents(site.data) == contents(tmp_path / "fresh")
    assert summary.replaced is not None
    assert (summary.replaced / "library.sqlite-wal").read_bytes().startswith(b"no library")


def test_what_a_killed_restoring_unpacked_is_thrown_away(built: Site, archive: Path, tmp_path: Path) -> None:
    new = tmp_path / "data" / ".restore" / "new"
    new.mkdir(parents=True)
    (new / "library.sqlite").write_bytes(b"half")
    restore(archive, tmp_path / "data")
    assert contents(tmp_path / "data") == contents(built.data)
    assert not (tmp_path / "data" / ".restore").exists()


def test_another_process_that_uses_the_folder_is_not_disturbed(archive: Path, tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "data")
    lock.acquire()
    try:
        with pytest.raises(StorageError, match="Another process"):
            restore(archive, tmp_path / "data")
    finally:
        lock.release()
    assert tree(tmp_path / "data") <= {"writer.lock"}


def test_the_lock_is_given_back(archive: Path, tmp_path: Path) -> None:
    restore(archive, tmp_path / "data")
    with pytest.raises(BackupError):
        restore(archive, tmp_path / "data")
    lock = WriterLock(tmp_path / "data")
    assert lock.try_acquire()
    lock.release()


@pytest.mark.parametrize("force", [False, True])
def test_a_kill_at_any_step_leaves_the_former_state_or_is_finished(
    built: Site, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    """Renames are where the state changes: each in turn is the last thing that happens."""
    restore(archive, tmp_path / "wanted")
    wanted = contents(tmp_path / "wanted")
    real = {name: getattr(os, name) for name in ("replace", "rename")}
    number, undone, finished = 0, 0, 0
    while True:
        data = tmp_path / f"data-{number}"
        if force:
            shutil.copytree(built.data, data)
            accounts_of(data).create("omar", PASSWORD, "viewer")
        before = contents(data)
        left = number

        def counted(name: str) -> Callable[..., None]:
            def step(*places: Any) -> None:
                nonlocal left
                if left == 0:
                    raise Killed
                left -= 1
                real[name](*places)

            return step

        for name in real:
            monkeypatch.setattr(os, name, counted(name))
        try:
            restore(archive, data, force=force)
            killed = False
        except Killed:
            killed = True
        for name, function in real.items():
            monkeypatch.setattr(os, name, function)
        if not killed:
            break
        if (data / ".restore" / "plan.json").exists():
            finished += 1
            if number % 2:
                assert finish(data) is not None
            else:
                restore(archive, data)  # the same again, without force
            assert contents(data) == wanted
        else:
            undone += 1
            assert contents(data) == before
            assert finish(data) is None
            restore(archive, data, force=force)
            assert contents(data) == wanted
        assert not (data / ".restore").exists()
        kept = [path for path in data.glob("replaced-*") if path.is_dir()]
        assert len(kept) == force and all(contents(folder) == before for folder in kept)
        number += 1
    assert undone and finished > 3


# What is no backup


def changed(archive: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """A copy of a backup whose members and manifest were edited."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", json.dumps(manifest))
    return target


def member_of(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(member for member in manifest["members"] if member["name"] == name)
    return found


def _edited(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    data = members["library.sqlite"]
    members["library.sqlite"] = data[:5_000] + bytes([data[5_000] ^ 1]) + data[5_001:]


def _longer(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    members["library.sqlite"] += bytes(50_000_000)


def _shorter(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    members["library.sqlite"] = members["library.sqlite"][:-4_096]


def _missing(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    del members["journal.sqlite"]


def _more(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    members["other.sqlite"] = b"more"


def _hashed_again(members: dict[str, bytes], manifest: dict[str, Any], name: str, data: bytes) -> None:
    members[name] = data
    member_of(manifest, name).update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _no_database(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    _hashed_again(members, manifest, "library.sqlite", b"no database" * 10_000)


def _torn(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    data = members["library.sqlite"]
    _hashed_again(members, manifest, "library.sqlite", data[:4_096] + bytes(len(data) - 4_096))


def _renamed(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members[name] = members.pop("journal.sqlite")
        member_of(manifest, "journal.sqlite")["name"] = name

    return change


def _with(key: str, value: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(_members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest[key] = value

    return change


def _member_with(key: str, value: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(_members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        member_of(manifest, "journal.sqlite")[key] = value

    return change


def _without_library(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del members["library.sqlite"]
    manifest["members"].remove(member_of(manifest, "library.sqlite"))


EDITED: dict[str, tuple[Callable[[dict[str, bytes], dict[str, Any]], None], str]] = {
    "a changed byte": (_edited, "restore_broken"),
    "a longer member": (_longer, "restore_broken"),
    "a shorter member": (_shorter, "restore_broken"),
    "a missing member": (_missing, "restore_broken"),
    "a member more": (_more, "restore_broken"),
    "no database": (_no_database, "restore_broken"),
    "a torn database": (_torn, "restore_broken"),
    "no library": (_without_library, "backup_manifest"),
    "out of the folder": (_renamed("../outside.sqlite"), "backup_manifest"),
    "an absolute name": (_renamed("/outside.sqlite"), "backup_manifest"),
    "a deep name": (_renamed("a/b/c.sqlite"), "backup_manifest"),
    "a hidden name": (_renamed(".restore/plan.sqlite"), "backup_manifest"),
    "a backslash": (_renamed("a\\..\\b.sqlite"), "backup_manifest"),
    "another suffix": (_renamed("writer.lock"), "backup_manifest"),
    "a former folder": (_renamed("replaced-1/library.sqlite"), "backup_manifest"),
    "a newer format": (_with("format", 2), "backup_newer"),
    "a format that never was": (_with("format", 0), "backup_manifest"),
    "no members": (_with("members", []), "backup_manifest"),
    "members of another kind": (_with("members", {"name": "library.sqlite"}), "backup_manifest"),
    "a text for members": (_with("members", "library.sqlite"), "backup_manifest"),
    "a member that is a number": (_with("members", [5]), "backup_manifest"),
    "a time that is a number": (_with("made_at", 5), "backup_manifest"),
    "a long text": (_with("stamp", "x" * 100_000), "backup_manifest"),
    "a size below zero": (_member_with("bytes", -1), "backup_manifest"),
    "a size that is a truth": (_member_with("bytes", True), "backup_manifest"),
    "a huge size": (_member_with("bytes", 10**30), "backup_manifest"),
    "a wrong size": (_member_with("bytes", 10), "restore_broken"),
    "a hash of another kind": (_member_with("sha256", "../x"), "backup_manifest"),
}


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_backup_is_refused_with_a_message_and_changes_nothing(
    site: Site, archive: Path, tmp_path: Path, name: str
) -> None:
    change, code = EDITED[name]
    edited = changed(archive, tmp_path / "edited.zip", change)
    before = contents(site.data)
    began = time.perf_counter()
    with pytest.raises(BackupError) as caught, largest_file(20_000_000):
        restore(edited, site.data, force=True)
    assert time.perf_counter() - began < 10
    assert caught.value.code == code and len(str(caught.value)) < 600
    assert not (site.data / ".restore").exists()
    assert contents(site.data) == before and not list(site.data.glob("replaced-*"))
    assert {path.name for path in tmp_path.iterdir()} == {"edited.zip", "site"}
    restore(archive, site.data, force=True)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99, 0.9999])
def test_a_backup_that_was_cut_off_is_refused(archive: Path, tmp_path: Path, share: float) -> None:
    data = archive.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BackupError) as caught:
        restore(tmp_path / "cut.zip", tmp_path / "data")
    assert caught.value.code == "restore_broken" and databases(tmp_path / "data") == {}


def test_bytes_changed_on_the_way_are_noticed_wherever_they_are(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for place in range(0, len(data), len(data) // 40):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        (tmp_path / "damaged.zip").write_bytes(damaged)
        try:
            restore(tmp_path / "damaged.zip", tmp_path / f"data-{place}")
        except BackupError:
            assert databases(tmp_path / f"data-{place}") == {}
        else:  # a byte of the container that nothing reads
            restore(archive, tmp_path / f"whole-{place}")
            assert contents(tmp_path / f"data-{place}") == contents(tmp_path / f"whole-{place}")


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as file:
        file.writestr("word/document.xml", b"<w/>")
    with zipfile.ZipFile(tmp_path / "nested.zip", "w") as file:
        file.writestr("manifest.json", b"[" * 900_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", b" " * 50_000_000)
    (tmp_path / "folder").mkdir()
    wanted = {
        "foreign.zip": "restore_foreign",
        "nested.zip": "backup_manifest",
        "bomb.zip": "restore_broken",
        "none.zip": "restore_no_file",
        "folder": "restore_broken",
    }
    for name, code in wanted.items():
        with pytest.raises(BackupError) as caught:
            restore(tmp_path / name, tmp_path / "data")
        assert caught.value.code == code, name
    assert tree(tmp_path / "data") <= {"writer.lock"}


@pytest.mark.parametrize("name", ["library.sqlite", "index/passages.sqlite", "journal.sqlite", "accounts.sqlite"])
def test_a_backup_of_a_newer_program_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    def later(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        (tmp_path / "later.sqlite").write_bytes(members[name])
        with connect(tmp_path / "later.sqlite") as db:
            db.execute("PRAGMA user_version = 900")
        manifest["program"] = "9.0"
        _hashed_again(members, manifest, name, (tmp_path / "later.sqlite").read_bytes())

    edited = changed(archive, tmp_path / "later.zip", later)
    with pytest.raises(BackupError, match=r"newer version of the program \(9\.0\).*update") as caught:
        restore(edited, tmp_path / "data")
    assert caught.value.code == "backup_newer" and databases(tmp_path / "data") == {}


def test_a_member_twice_is_refused(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "twice.zip"
    shutil.copy(archive, target)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(target, "a") as file:
        file.writestr("journal.sqlite", b"another")
    with pytest.raises(BackupError) as caught:
        restore(target, tmp_path / "data")
    assert caught.value.code == "restore_broken"


def test_a_link_in_a_backup_is_never_followed_or_made(archive: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.sqlite"
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(tmp_path / "links.zip", "w") as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            file.writestr(info, data)
    restore(tmp_path / "links.zip", tmp_path / "data")
    assert not any(path.is_symlink() for path in (tmp_path / "data").rglob("*")) and not outside.exists()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in databases(tmp_path / "data").values())


# The parts


@pytest.mark.parametrize("text", ["", "[]", "{", '{"made_at": 5}', '{"made_at": "soon", "bytes": 1}', "\udcff"])
def test_a_note_of_the_last_backup_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "last-backup.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert last_backup(tmp_path) is None


def test_a_manifest_names_each_file_once() -> None:
    member = Member("library.sqlite", 1, "0" * 64)
    with pytest.raises(ValueError, match="each once"):
        Manifest("2031-01-01T00:00:00+00:00", "1", "", (member, member))
