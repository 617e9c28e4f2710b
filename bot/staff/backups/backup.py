"""One file that holds a data folder, made while the program runs: the SQLite files as they are at one moment.

What can be built again from them is left out: Chroma's folder, the model, locks. The file holds questions and
password hashes: it is readable by its owner alone.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from bot.lock import WriterLock
from bot.staff.backups.manifest import (
    LIBRARY,
    MANIFEST,
    PASSAGES,
    BackupError,
    Manifest,
    Member,
    Progress,
    Summary,
    databases,
)
from bot.staff.backups.snapshots import copies
from vectorstore.passages import PassageStore

ROOM = ".backup"  # in the data folder: copies on their way into the archive
LAST = "last-backup.json"
CHUNK = 1 << 20
SPARE = 100_000_000  # bytes left free on the disk


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When the last complete backup was begun (ISO 8601, UTC), and its size in bytes."""

    made_at: str
    bytes: int


def _silent(_name: str, _done: int, _of: int) -> None:
    pass


def back_up(data_dir: Path, target: Path | IO[bytes], progress: Progress = _silent) -> Summary:
    """Write a backup of a data folder to a file, which appears when it is complete, or to a writable stream.

    Other threads and processes may write meanwhile. Raises BackupError when another backup runs, the disk is
    too small, or `target` is a file that is no backup; StorageError for a damaged file.
    """
    if LIBRARY not in databases(data_dir):
        raise BackupError(f"{data_dir} holds no library: check BOT_DATA_DIR", code="backup_nothing")
    try:
        with _room(data_dir) as room:
            if not isinstance(target, Path):
                manifest = _write(data_dir, room, target, progress)
            else:
                with _appearing(target, data_dir) as file:
                    manifest = _write(data_dir, room, file, progress)
            remember(data_dir, manifest)
    except OSError as error:
        raise BackupError(
            f"the backup cannot be written ({error.strerror or error}): check the disk and the folder's permissions",
            code="backup_unwritable",
            problem=str(error.strerror or error),
        ) from error
    return Summary(manifest)


def last_backup(data_dir: Path) -> LastBackup | None:
    """The last backup that was made of a data folder, or that it was restored from."""
    try:
        row = json.loads((data_dir / LAST).read_bytes())
        made_at = datetime.fromisoformat(row["made_at"])
        return LastBackup(made_at.astimezone(UTC).isoformat(timespec="seconds"), int(row["bytes"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember(data_dir: Path, manifest: Manifest) -> None:
    """Note that what the data folder holds was backed up."""
    draft = data_dir / f".{LAST}"
    draft.write_text(json.dumps({"made_at": manifest.made_at, "bytes": manifest.size}), encoding="utf-8")
    os.replace(draft, data_dir / LAST)


def check_room(folder: Path, needed: int) -> None:
    """Raise BackupError when `needed` bytes would fill the disk of a folder."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise BackupError(
            f"{folder}: {free // 1_000_000} MB are free on its disk, {(needed + SPARE) // 1_000_000} MB are needed: "
            "free some space or choose another disk",
            code="backup_no_space",
            free=free,
            needed=needed + SPARE,
        )


@contextmanager
def _room(data_dir: Path) -> Iterator[Path]:
    """An empty folder for one backup at a time; what a killed one left there is deleted."""
    room = data_dir / ROOM
    lock = WriterLock(room)
    if not lock.try_acquire():
        raise BackupError("another backup is being made: wait until it is done", code="backup_running")
    try:
        room.chmod(0o700)
        shutil.rmtree(room / "copies", ignore_errors=True)
        (room / "copies").mkdir()
        yield room / "copies"
    finally:
        shutil.rmtree(room / "copies", ignore_errors=True)
        lock.release()


@contextmanager
def _appearing(target: Path, data_dir: Path) -> Iterator[IO[bytes]]:
    """A file beside `target`, for its owner alone, that takes its place when everything is on the disk."""
    _check_target(target)
    sizes = [_size(path) for path in databases(data_dir).values()]
    check_room(target.parent, sum(sizes) + max(sizes))
    for left in target.parent.iterdir():  # by a backup that was killed
        if left.name.startswith(f".{target.name}.") and left.suffix == ".part":
            left.unlink(missing_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
        sync(target.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _check_target(target: Path) -> None:
    """Only a former backup is written over."""
    if not target.parent.is_dir():
        raise BackupError(f"{target.parent} is no folder: make it, or choose another", code="backup_no_folder")
    if not target.exists():
        return
    try:
        with zipfile.ZipFile(target) as archive:
            archive.getinfo(MANIFEST)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BackupError(
            f"{target} exists and is no backup: choose another name", code="backup_target_taken", name=target.name
        ) from error


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk, so that they outlast a power cut."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _write(data_dir: Path, room: Path, target: IO[bytes], progress: Progress) -> Manifest:
    files = databases(data_dir)
    sizes = [_size(path) for path in files.values()]
    check_room(room, max(sizes))
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    members: list[Member] = []
    stamp = ""
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        closing(copies(files, room)) as found,
    ):
        for name, copy in found:
            progress(name, sum(member.bytes for member in members), sum(sizes))
            members.append(_pack(archive, name, copy))
            stamp = PassageStore(copy).meta("stamp") or "" if name == PASSAGES else stamp
        manifest = Manifest(made_at, program(), stamp, tuple(members))
        archive.writestr(MANIFEST, manifest.to_json())
    progress("", manifest.size, manifest.size)
    return manifest


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    """Add a file to the archive, and hash what is added."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Member(name, size, digest.hexdigest())


def _size(path: Path) -> int:
    """The most that a copy of an SQLite file can take."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def program() -> str:
    """The version of this program."""
    try:
        return version("confbot")
    except PackageNotFoundError:
        return "unknown"
