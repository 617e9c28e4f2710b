"""SQLite files: a connection for each operation, so that any thread may call, and numbered migrations."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import StorageError

REMEDY = "Stop other programs that use it and free some disk space; a damaged file must come back from a copy."
TRIES = 200  # of a change that does not wait, 0.05 seconds apart


@contextmanager
def connect(path: Path, *, remedy: str = REMEDY) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file, made with its folder when missing; commits at the end, rolls back on an
    error.

    Raises StorageError when the file is damaged, locked for long, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path.parent} cannot be made or is no folder ({error.strerror}): check BOT_DATA_DIR"
        ) from error
    try:
        db = sqlite3.connect(path, timeout=30)
        try:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = NORMAL")
            with db:
                yield db
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} cannot be used ({error}). {remedy}") from error


def _write_ahead(db: sqlite3.Connection) -> None:
    """Readers go on while another writes. The change of a new file does not wait for others, so it is retried."""
    for attempt in range(TRIES):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == TRIES - 1:
                raise
        time.sleep(0.05)


def migrate(db: sqlite3.Connection, migrations: tuple[str, ...]) -> None:
    """Apply the numbered steps that an SQLite file has not seen (its `user_version` counts them).

    Each is one transaction, in which the number is read again: another thread or process may be first.
    """
    while (done := _schema(db, len(migrations))) < len(migrations):
        with db:
            db.execute("BEGIN IMMEDIATE")
            if _schema(db, len(migrations)) > done:
                continue
            for statement in _statements(migrations[done]):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {done + 1}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; that of a trigger holds semicolons of its own."""
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _schema(db: sqlite3.Connection, known: int) -> int:
    done: int = db.execute("PRAGMA user_version").fetchone()[0]
    if done > known:
        raise StorageError(
            f"the data folder was written by a newer version (schema {done}, this one knows {known}): "
            "update this program, or give it another folder with BOT_DATA_DIR"
        )
    return done
