"""A backup back into a data folder. Everything is checked before anything is replaced, and nothing is deleted.

A kill before the plan is written leaves the folder as it was; after it, `installing.finish` does the rest.
"""

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot import journal, pins
from bot.integrity import soundness
from bot.lock import WriterLock
from bot.staff import audit, drafts, following
from bot.staff.access import accounts
from bot.staff.backups.backup import CHUNK, check_room
from bot.staff.backups.installing import NEW, PLAN, ROOM, Plan, finish, write_plan
from bot.staff.backups.manifest import (
    MANIFEST,
    MOST_MEMBERS,
    PASSAGES,
    REPLACED,
    BackupError,
    Manifest,
    Member,
    Progress,
    Summary,
    databases,
    newer,
    parse,
)
from corpus import library
from corpus.database import connect, migrate
from corpus.errors import StorageError
from vectorstore import passages

MOST_MANIFEST = 1_000_000  # bytes
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MIGRATIONS = {
    "library.sqlite": library.MIGRATIONS,
    PASSAGES: passages.MIGRATIONS,
    "journal.sqlite": journal.MIGRATIONS,
    "accounts.sqlite": accounts.MIGRATIONS,
    "audit.sqlite": audit.MIGRATIONS,
    "drafts.sqlite": drafts.MIGRATIONS,
    "following.sqlite": following.MIGRATIONS,
    "pins.sqlite": pins.MIGRATIONS,
}
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def _silent(_name: str, _done: int, _of: int) -> None:
    pass


def restore(archive: Path, data_dir: Path, *, force: bool = False, progress: Progress = _silent) -> Summary:
    """Put a backup's files into a data folder; with `force` those that are there are moved to `replaced-<time>`.

    Takes the writer lock. Raises BackupError for a file that is no sound backup, or a folder that holds
    something without `force`; StorageError while another process uses the folder.
    """
    lock = WriterLock(data_dir)
    lock.acquire()
    try:
        return _restore(archive, data_dir, force, progress)
    except OSError as error:
        raise BackupError(
            f"the backup cannot be restored ({error.strerror or error}): check the disk and the permissions of "
            f"{data_dir}, then restore again",
            code="restore_unwritable",
            problem=str(error.strerror or error),
        ) from error
    finally:
        if not (data_dir / ROOM / PLAN).exists():  # nothing is left to finish
            shutil.rmtree(data_dir / ROOM, ignore_errors=True)
        lock.release()


def _restore(archive: Path, data_dir: Path, force: bool, progress: Progress) -> Summary:
    with _opened(archive) as file:
        manifest = _manifest(archive, file)
        finished = finish(data_dir)
        if finished and finished.manifest == manifest:
            return _summary(data_dir, finished)
        if databases(data_dir) and not force:
            raise BackupError(
                f"{data_dir} holds a library: choose another folder with BOT_DATA_DIR, or give --force, which moves "
                f"what is there into a folder {REPLACED}... below it",
                code="restore_not_empty",
            )
        check_room(data_dir, manifest.size)
        new = data_dir / ROOM / NEW
        new.mkdir(parents=True)
        new.parent.chmod(0o700)
        _unpack(file, manifest, new, progress)
    _check(manifest, new)
    plan = Plan(manifest, f"{REPLACED}{datetime.now(UTC):%Y-%m-%dt%H%M%S.%f}")
    write_plan(data_dir / ROOM, plan)
    finish(data_dir)
    return _summary(data_dir, plan)


def _summary(data_dir: Path, plan: Plan) -> Summary:
    replaced = data_dir / plan.replaced
    return Summary(plan.manifest, replaced if replaced.is_dir() else None)


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError as error:
        raise BackupError(f"{archive}: no such file", code="restore_no_file") from error
    except BROKEN as error:
        raise _broken(f"{archive.name} is no ZIP file, or was cut off ({error})") from error


def _broken(what: str) -> BackupError:
    return BackupError(f"{what}: take another copy of the backup", code="restore_broken", problem=what)


def _manifest(archive: Path, file: zipfile.ZipFile) -> Manifest:
    """The manifest, when the file holds exactly what it names."""
    infos = {info.filename: info for info in file.infolist()[: MOST_MEMBERS + 2]}
    if MANIFEST not in infos:
        raise BackupError(f"{archive.name} is no backup: it has no {MANIFEST}", code="restore_foreign")
    manifest = parse(_read(file, infos[MANIFEST], min(infos[MANIFEST].file_size, MOST_MANIFEST)))
    names = {member.name for member in manifest.members} | {MANIFEST}
    if len(file.infolist()) != len(names) or set(infos) != names:
        raise _broken("the backup does not hold the files that its manifest names")
    for info in infos.values():
        if info.flag_bits & 1 or info.compress_type not in METHODS:
            raise _broken(f"{info.filename} is packed in a way that no backup is")
    return manifest


def _read(file: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with file.open(info) as source:
            data = source.read(most + 1)
    except BROKEN as error:
        raise _broken(f"{info.filename[:80]} cannot be read ({error})") from error
    if len(data) > most:
        raise _broken(f"{info.filename[:80]} is larger than {most} bytes")
    return data


def _unpack(file: zipfile.ZipFile, manifest: Manifest, new: Path, progress: Progress) -> None:
    done = 0
    for member in manifest.members:
        progress(member.name, done, manifest.size)
        path = new / member.name
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            _copy(file, member, target)
        done += member.bytes
    progress("", done, manifest.size)


def _copy(file: zipfile.ZipFile, member: Member, target: IO[bytes]) -> None:
    """Write a member, at most as many bytes as it should have, and compare its hash."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(file, member.name):
        size += len(chunk)
        if size > member.bytes:
            break
        digest.update(chunk)
        target.write(chunk)
    if size != member.bytes or digest.hexdigest() != member.sha256:
        raise _broken(f"{member.name} is not what the manifest says")


def _chunks(file: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    try:
        with file.open(name) as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except BROKEN as error:
        raise _broken(f"{name} cannot be read ({error})") from error


def _check(manifest: Manifest, new: Path) -> None:
    """Open every file: it is sound, and of no later program."""
    for member in manifest.members:
        path = new / member.name
        problems = soundness(path).problems
        if problems:
            raise _broken(f"{member.name} is damaged ({problems[0][:200]})")
        try:
            with connect(path) as db:
                if member.name in MIGRATIONS:
                    migrate(db, MIGRATIONS[member.name])
        except StorageError as error:
            raise newer(manifest.program) from error
    if (new / PASSAGES).exists():
        passages.PassageStore(new / PASSAGES).set_meta("dirty", "yes")  # Chroma is filled from it again
