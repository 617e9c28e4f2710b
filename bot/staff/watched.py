"""The web addresses that are watched: those of a file that the settings name, and those that staff added.

The file is only read; what staff added is kept in SQLite. Nothing is fetched here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

from corpus.database import connect, migrate
from corpus.errors import CorpusError, UnreadableFile
from corpus.web.addresses import web_address
from corpus.web.fetch import PORTS

MOST_ADDRESSES = 500
COMMENT = "#"

MIGRATIONS = (
    """
    CREATE TABLE addresses (address TEXT PRIMARY KEY, added_by TEXT NOT NULL, added_at TEXT NOT NULL);
    """,
)


@dataclass(frozen=True, slots=True)
class Watched:
    """An address that is watched; `added_by` is empty when it stands in the file that the settings name."""

    address: str
    added_by: str
    added_at: str


class WatchedAddresses:
    """The addresses of `file`, which may be None, and those added to the SQLite file at `path`."""

    def __init__(self, path: Path, file: Path | None) -> None:
        self._path, self.file = path, file
        with self._connection() as db:
            migrate(db, MIGRATIONS)

    def all(self) -> list[Watched]:
        """Every address, those of the file first; UnreadableFile (addresses_unreadable) when it cannot be read."""
        return [*(Watched(address, "", "") for address in self.listed()), *self.added()]

    def added(self) -> list[Watched]:
        """The addresses that staff added."""
        with self._connection() as db:
            rows = db.execute("SELECT address, added_by, added_at FROM addresses ORDER BY added_at, address").fetchall()
        return [Watched(*row) for row in rows]

    def listed(self) -> Sequence[str]:
        """The addresses of the file."""
        if self.file is None:
            return ()
        try:
            lines = self.file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError) as error:
            raise UnreadableFile(
                f"{self.file}: found no text file in UTF-8 ({error}): check BOT_WATCH_ADDRESSES",
                code="addresses_unreadable",
                file=str(self.file),
            ) from error
        found = (line.strip() for line in lines if not line.startswith(COMMENT))
        return [line for line in found if line][:MOST_ADDRESSES]

    def add(self, address: str, added_by: str) -> None:
        """Add an address; UnreadableFile for one of a form that is never fetched."""
        web_address(address, PORTS)
        if address in {watched.address for watched in self.all()}:
            raise CorpusError(f"{address} is watched already", code="address_watched_already")
        with self._connection() as db:
            if db.execute("SELECT count(*) FROM addresses").fetchone()[0] >= MOST_ADDRESSES:
                raise CorpusError(
                    f"{MOST_ADDRESSES} addresses are watched, no more are accepted: take one off the list",
                    code="too_many_addresses",
                    maximum=MOST_ADDRESSES,
                )
            now = datetime.now(UTC).isoformat(timespec="seconds")
            db.execute("INSERT OR IGNORE INTO addresses VALUES (?, ?, ?)", (address, added_by, now))

    def remove(self, address: str) -> bool:
        """Take off an address that staff added; whether it was there. One of the file is refused."""
        with self._connection() as db:
            removed = db.execute("DELETE FROM addresses WHERE address = ?", (address,)).rowcount
        if not removed and address in self.listed():
            raise CorpusError(
                f"{address} stands in {self.file}: take it out of that file",
                code="address_in_file",
                file=str(self.file),
            )
        return bool(removed)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with connect(self._path) as db:
            yield db
