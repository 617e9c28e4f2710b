"""What comes in, as bytes with a name: files, the files of folders and archives, documents at web addresses.

Out: arrivals, one at a time. One that cannot be read carries the reason, and does not stop the others.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.convert import MAX_BYTES, READERS
from corpus.errors import CorpusError, UnreadableFile
from corpus.web.fetch import Fetched

ARCHIVE = ".zip"
MOST_ARCHIVE = 300_000_000
WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file on its way in. `shown` is what messages call it, `url` the address that it came from."""

    shown: str
    name: str
    data: bytes = b""
    problem: CorpusError | None = None
    url: str = ""


def arrivals(sources: Iterable[str | Path], fetch: Callable[[str], Fetched]) -> Iterator[Arrival]:
    """The documents at paths and web addresses; folders and archives give all that they hold."""
    for source in sources:
        if str(source).startswith(WEB):
            yield _fetched(str(source), fetch)
        else:
            for path in files_below(Path(source)):
                yield from _read(path)


def unpacked(name: str, data: bytes) -> Iterator[Arrival]:
    """A file, or in place of an archive its members."""
    if not name.lower().endswith(ARCHIVE):
        yield Arrival(name, name, data)
        return
    from corpus.formats.archive import members

    try:
        for member in members(data, READERS):
            yield Arrival(f"{name}: {member.name}", member.name, member.data, _named(member.name, member.problem))
    except UnreadableFile as error:
        yield Arrival(name, name, problem=error)


def _named(name: str, problem: UnreadableFile | None) -> UnreadableFile | None:
    return problem and UnreadableFile(f"{name}: {problem}", code=problem.code, **problem.values)


def files_below(path: Path) -> list[Path]:
    """The files of a known kind below a folder, sorted; a path that is no folder comes back as it is."""
    if not path.is_dir():
        return [path]
    return [p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix.lower() in READERS]


def _read(path: Path) -> Iterator[Arrival]:
    most = MOST_ARCHIVE if path.suffix.lower() == ARCHIVE else MAX_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)  # one more: the reader refuses what is too large
    except OSError as error:
        problem = UnreadableFile(f"{path}: it cannot be read ({error.strerror}): check the path")
        yield Arrival(str(path), path.name, problem=problem)
        return
    for arrival in unpacked(path.name, data):
        shown = str(path) if arrival.name == path.name else f"{path}: {arrival.name}"
        yield Arrival(shown, arrival.name, arrival.data, arrival.problem)


def _fetched(address: str, fetch: Callable[[str], Fetched]) -> Arrival:
    try:
        fetched = fetch(address)
    except UnreadableFile as error:
        return Arrival(address, address, problem=error)
    return Arrival(address, fetched.name, fetched.data, url=fetched.url)
