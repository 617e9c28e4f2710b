"""What a source holds now: the documents of a folder, or of a list of web addresses.

Out: `Found`, the items that could be read, and the problems of those that could not. Nothing is converted or
stored here.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePath
from typing import NamedTuple, Protocol

from corpus.convert import MAX_BYTES, READERS
from corpus.errors import CorpusError, UnreadableFile
from corpus.web.fetch import Fetched

SETTLED = 2.0
"""Seconds without a change after which a file is taken to be whole."""
IGNORED = (".*", "~$*", "~WR*", "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information")
"""Names that programs and systems leave behind; what is half downloaded has a suffix that is not read."""
MOST_HELD = 200_000_000
LONGEST_NAME = 100
NOT_IN_NAME = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a source. `key` is its path in the folder, or its address; `load` gives the bytes."""

    key: str
    sha256: str
    name: str
    load: Callable[[], bytes]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that could not be read this time. A `key` that ends in a slash stands for all that begins so."""

    key: str
    reason: str
    code: str = ""
    values: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, error: CorpusError) -> "Problem":
        return cls(key, str(error), error.code, error.values)


class Found(NamedTuple):
    """What a source holds."""

    items: list[Item]
    problems: list[Problem]


class Fetches(Protocol):
    """What is needed of a `corpus.web.fetch.Fetcher`."""

    def fetch(self, url: str) -> Fetched: ...


def folder_items(folder: Path, *, settled: float = SETTLED, may_be_empty: bool = False) -> Found:
    """The documents below a folder, by their paths in it.

    Raises UnreadableFile (folder_missing, folder_empty) when there is no folder, or nothing in it: a drive that
    is not connected looks so. `may_be_empty` accepts an empty one.
    """
    root = Path(os.path.realpath(folder))
    found = Found([], [])
    for path in _files(root, folder, found.problems):
        key = _unicode(path.relative_to(root).as_posix())
        try:
            load = partial(_read, path, root, settled)
            found.items.append(Item(key, hashlib.sha256(load()).hexdigest(), PurePath(key).name, load))
        except UnreadableFile as error:
            found.problems.append(Problem.of(key, error))
    if not (found.items or found.problems or may_be_empty):
        raise UnreadableFile(
            f"{folder}: found no document in it, expected at least one: check that its drive is connected",
            code="folder_empty",
            folder=str(folder),
        )
    return found


def address_items(addresses: Iterable[str], fetcher: Fetches) -> Found:
    """The documents at web addresses. MOST_HELD bytes are held in memory; the rest is fetched again when needed."""
    found = Found([], [])
    held = 0
    for address in dict.fromkeys(stripped for given in addresses if (stripped := given.strip())):
        try:
            fetched = fetcher.fetch(address)
        except UnreadableFile as error:
            found.problems.append(Problem.of(address, error))
            continue
        held += len(fetched.data)
        load = partial(bytes, fetched.data) if held <= MOST_HELD else partial(_again, address, fetcher)
        sha256 = hashlib.sha256(fetched.data).hexdigest()
        url = address if address.startswith(("http://", "https://")) else ""
        found.items.append(Item(address, sha256, _name(address, fetched.name), load, url))
    return found


def _files(root: Path, folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """The files that may be documents, sorted; folders that cannot be listed become problems."""

    def unlisted(error: OSError) -> None:
        place = Path(error.filename)
        if place == root:
            raise UnreadableFile(
                f"{folder}: found no folder that can be read ({error.strerror}): check that its drive is connected",
                code="folder_missing",
                folder=str(folder),
            ) from error
        problems.append(Problem.of(f"{_unicode(place.relative_to(root).as_posix())}/", _unreadable(error)))

    for place, folders, names in os.walk(root, onerror=unlisted):
        folders[:] = sorted(name for name in folders if not _ignored(name))
        links = [Path(place, name) for name in folders if Path(place, name).is_symlink()]
        problems.extend(Problem.of(f"{_unicode(link.relative_to(root).as_posix())}/", _linked()) for link in links)
        documents = [name for name in names if PurePath(name).suffix.lower() in READERS and not _ignored(name)]
        yield from (Path(place, name) for name in sorted(documents))


def _ignored(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in IGNORED)


def _read(path: Path, root: Path, settled: float) -> bytes:
    """A file that lies in `root` and is not being written."""
    if not Path(os.path.realpath(path)).is_relative_to(root):
        raise _linked()
    try:
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFile("it is no file: remove it from the folder", code="unreadable")
        if before.st_size > MAX_BYTES:
            raise UnreadableFile(
                f"found {before.st_size:,} bytes, at most {MAX_BYTES:,} are accepted: split the document into parts",
                code="too_large",
                size=before.st_size,
                limit=MAX_BYTES,
            )
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise _unreadable(error) from error
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(data) == after.st_size
    if not same or abs(time.time() - after.st_mtime) < settled:
        raise being_written()
    return data


def being_written() -> UnreadableFile:
    """What is said of a file that is not whole yet."""
    return UnreadableFile("it is being written: the next run takes it", code="being_written")


def _linked() -> UnreadableFile:
    return UnreadableFile(
        "it is a link that may lead out of the folder, and is not followed: put the files themselves into the folder",
        code="link_outside",
    )


def _unreadable(error: OSError) -> UnreadableFile:
    return UnreadableFile(f"it cannot be read ({error.strerror}): check its permissions", code="unreadable")


def _again(address: str, fetcher: Fetches) -> bytes:
    return fetcher.fetch(address).data


def _unicode(path: str) -> str:
    """A path for the library: one on disk may be no Unicode."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _name(address: str, fetched: str) -> str:
    """A file name made from the whole address: the ids of two pages with one title or one file name must differ."""
    suffix = PurePath(fetched).suffix.lower()
    stem = address.partition("://")[2].partition("#")[0].removeprefix("www.")
    stem = NOT_IN_NAME.sub("-", stem.lower().removesuffix(suffix)).strip("-.")
    if len(stem) > LONGEST_NAME:
        digest = hashlib.sha256(address.encode("utf-8", "backslashreplace")).hexdigest()[:8]
        stem = f"{stem[:LONGEST_NAME]}-{digest}"
    return f"{stem or 'document'}{suffix}"
