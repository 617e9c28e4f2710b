"""An uploaded ZIP of documents to its members, one at a time.

What the archive expands to is counted as it is read. A member that cannot be read is given with its problem
and does not stop the others. Of its name only the last part is kept, and never used as a path.
"""

import zipfile
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from corpus.errors import UnreadableFile
from corpus.formats.packages import Budget, check_signature, opened, pieces, too_large
from corpus.normalise import one_line

WHAT = "a ZIP archive of documents"
MAX_MEMBERS = 500
MAX_EXPANDED = 500_000_000
MAX_MEMBER = 20_000_000
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
NAMED_IN_UTF8 = 0x800
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A document of an archive: its bytes, or why they cannot be read."""

    name: str
    data: bytes
    problem: UnreadableFile | None = None


def members(data: bytes, suffixes: Container[str]) -> Iterator[Member]:
    """The documents of an archive in its order; those whose suffix is not in `suffixes` have a problem.

    Folders and the hidden files of operating systems are passed over. UnreadableFile, for the archive as a
    whole, when it is not one (wrong_type), is damaged (broken), or has or expands to too much (too_large).
    """
    check_signature(data, WHAT)
    archive = opened(data)
    infos = [info for info in archive.infolist() if not _is_hidden(info)]
    if len(infos) > MAX_MEMBERS:
        raise UnreadableFile(
            f"the archive has {len(infos):,} files, at most {MAX_MEMBERS:,} are accepted: split it",
            code="too_large",
            limit=MAX_MEMBERS,
        )
    return _members(archive, infos, Budget(len(data), MAX_EXPANDED), suffixes)


def _members(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], budget: Budget, suffixes: Container[str]
) -> Iterator[Member]:
    seen: set[str] = set()
    for info in infos:
        name = _name(info)
        content = bytearray()
        try:
            _check(name, seen, suffixes)
            for piece in pieces(archive, info):
                budget.spend(len(piece))
                content += piece
                if len(content) > MAX_MEMBER:
                    raise too_large(MAX_MEMBER)
        except UnreadableFile as error:
            if budget.is_spent:
                raise
            yield Member(name, b"", error)
        else:
            yield Member(name, bytes(content))


def _check(name: str, seen: set[str], suffixes: Container[str]) -> None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in ARCHIVES:
        raise UnreadableFile("an archive stands in the archive: add it by itself", code="nested_archive")
    if suffix not in suffixes:
        raise UnreadableFile(
            f"found {f'the suffix {suffix}' if suffix else 'no suffix'}, which is not that of a document",
            code="unknown_suffix",
            suffix=suffix,
        )
    if name.casefold() in seen:
        raise UnreadableFile(
            "another file of the archive has the same name, in another folder: rename one of them",
            code="duplicate_name",
        )
    seen.add(name.casefold())


def _is_hidden(info: zipfile.ZipInfo) -> bool:
    parts = [part for part in info.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return info.is_dir() or not parts or "__MACOSX" in parts or any(part.startswith(".") for part in parts)


def _name(info: zipfile.ZipInfo) -> str:
    """The last part of a name; one that is not marked as UTF-8 may be so all the same, as macOS writes it."""
    name = info.filename
    if not info.flag_bits & NAMED_IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    last = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    return last[-LONGEST_NAME:]
