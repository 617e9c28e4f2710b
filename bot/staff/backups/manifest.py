"""What a backup holds: which SQLite files of a data folder, their sizes and hashes. Writes nothing.

A manifest that comes in is untrusted: names are compared with a pattern before they become a path.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError

FORMAT = 1
MANIFEST = "manifest.json"
LIBRARY = "library.sqlite"
PASSAGES = "index/passages.sqlite"
REPLACED = "replaced-"
NAME = re.compile(rf"((?!{REPLACED})[a-z0-9][a-z0-9_-]{{0,63}}/)?[a-z0-9][a-z0-9_-]{{0,63}}\.sqlite")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_MEMBERS = 100
MOST_BYTES = 2**46
MOST_CHARACTERS = 200  # of a text of the manifest

Progress = Callable[[str, int, int], None]
"""Called with the name of the file, the bytes done, and of how many, all files together."""


class BackupError(CorpusError):
    """A backup that cannot be made, or a file that cannot be restored."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup: its name below the data folder, its size in bytes, its SHA-256."""

    name: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name: found {self.name[:80]!r}, expected that of an SQLite file of a data folder")
        if not 0 < self.bytes <= MOST_BYTES:
            raise ValueError(f"{self.name}: found {self.bytes} bytes, expected at least 1")
        if not SHA256.fullmatch(self.sha256):
            raise ValueError(f"{self.name}: found {self.sha256[:80]!r}, expected a SHA-256")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The members of a backup (the library last), when and by which program it was made, for which model."""

    made_at: str
    program: str
    stamp: str
    members: tuple[Member, ...]
    format: int = FORMAT

    def __post_init__(self) -> None:
        names = [member.name for member in self.members]
        if self.format != FORMAT:
            raise ValueError(f"format: found {self.format}, expected {FORMAT}")
        if LIBRARY not in names:
            raise ValueError(f"members: {LIBRARY} is not among them")
        if len(names) > MOST_MEMBERS or len(set(names)) < len(names):
            raise ValueError(f"members: found {len(names)}, expected at most {MOST_MEMBERS}, each once")
        if any(len(text) > MOST_CHARACTERS for text in (self.made_at, self.program, self.stamp)):
            raise ValueError(f"a text is longer than {MOST_CHARACTERS} characters")

    @property
    def size(self) -> int:
        """The bytes of the members together."""
        return sum(member.bytes for member in self.members)

    def to_json(self) -> bytes:
        """The content of `manifest.json`."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True, slots=True)
class Summary:
    """What was backed up or restored; `replaced` is the folder that the former files were moved to, if any."""

    manifest: Manifest
    replaced: Path | None = None


def parse(data: bytes) -> Manifest:
    """The manifest of a backup. Raises BackupError for anything that is none."""
    try:
        row = json.loads(data)
        if isinstance(row, dict) and _is_newer(row.get("format")):
            raise newer(str(row.get("program")))
        return _manifest(row)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BackupError(
            f"the {MANIFEST} of the backup cannot be used ({error}): take another copy of the file",
            code="backup_manifest",
        ) from error


def newer(program: str) -> BackupError:
    """The problem of a backup that this program is too old for."""
    return BackupError(
        f"the backup was made by a newer version of the program ({program[:MOST_CHARACTERS]}): "
        "update this one, then restore again",
        code="backup_newer",
        program=program[:MOST_CHARACTERS],
    )


def databases(data_dir: Path) -> dict[str, Path]:
    """The SQLite files of a data folder by name, the library last: all others refer to it."""
    found = [path for pattern in ("*.sqlite", "*/*.sqlite") for path in data_dir.glob(pattern) if path.is_file()]
    named = {path.relative_to(data_dir).as_posix(): path for path in found}
    kept = sorted((name for name in named if NAME.fullmatch(name)), key=lambda name: (name == LIBRARY, name))
    return {name: named[name] for name in kept}


def _is_newer(found: object) -> bool:
    return isinstance(found, int) and found > FORMAT


def _manifest(row: Any) -> Manifest:
    members = tuple(
        Member(_text(each["name"]), _number(each["bytes"]), _text(each["sha256"])) for each in _list(row["members"])
    )
    return Manifest(_text(row["made_at"]), _text(row["program"]), _text(row["stamp"]), members, _number(row["format"]))


def _list(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_MEMBERS:
        raise TypeError(f"expected a list of at most {MOST_MEMBERS} members")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"found {type(value).__name__}, expected a text")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"found {type(value).__name__}, expected a whole number")
    return value
