"""An uploaded ZIP of documents: its members, their names, and what is refused."""

import io
import time
import zipfile
from pathlib import Path

import pytest

from corpus.errors import UnreadableFile
from corpus.formats import archive
from corpus.formats.archive import Member, members
from tests.corpus import makers
from tests.corpus.makers import zipped

SUFFIXES = (".md", ".txt", ".docx")


def read(data: bytes) -> list[Member]:
    return list(members(data, SUFFIXES))


def problems(data: bytes) -> dict[str, str]:
    return {member.name: member.problem.code if member.problem else "" for member in read(data)}


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    return caught.value.code


def test_members_in_their_order_without_folders_and_hidden_files() -> None:
    data = zipped(
        [
            ("fr/", ""),
            ("fr/b.md", "un"),
            ("a.TXT", "deux"),
            ("__MACOSX/fr/._b.md", "x"),
            (".DS_Store", "x"),
            ("fr/.git/c.md", "x"),
            ("vide.md", ""),
        ]
    )
    assert read(data) == [Member("b.md", b"un"), Member("a.TXT", b"deux"), Member("vide.md", b"")]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.md", "/etc/passwd.md", "C:\\Windows\\passwd.md", "a/../passwd.md", "\n/passwd.md"]
)
def test_of_a_name_only_the_last_part_is_kept(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(zipped({name: "x"})) == [Member("passwd.md", b"x")]
    assert list(tmp_path.iterdir()) == []


def test_names_in_utf8_with_and_without_the_mark_and_in_the_old_code_page() -> None:
    marked = zipped({"نداء الرباط.md": "x"})
    unmarked = bytearray(marked)
    for signature, where in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        unmarked[marked.index(signature) + where + 1] &= ~0x08
    assert read(bytes(unmarked)) == read(marked) == [Member("نداء الرباط.md", b"x")]
    old = zipped({"caf@.md": "x"}).replace(b"caf@", "café".encode("cp437"))
    assert read(old) == [Member("café.md", b"x")]


def test_a_member_with_a_problem_does_not_stop_the_others() -> None:
    data = zipped(
        [
            ("a.md", "un"),
            ("photo.jpg", "x"),
            ("sans", "x"),
            ("b.zip", "x"),
            ("c.md", "ABC"),
            ("x/a.MD", "y"),
            ("d.md", "z"),
        ],
        stored=True,
    ).replace(b"ABC", b"ABD")
    assert problems(data) == {
        "a.md": "",
        "photo.jpg": "unknown_suffix",
        "sans": "unknown_suffix",
        "b.zip": "nested_archive",
        "c.md": "broken",
        "a.MD": "duplicate_name",
        "d.md": "",
    }
    assert all(member.data == b"" for member in read(data) if member.problem)


def test_encrypted_members() -> None:
    assert problems(makers.locked(zipped({"a.md": "un"}))) == {"a.md": "encrypted"}


def test_an_unknown_method_is_a_problem_of_its_member() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as lzma:
        lzma.writestr("a.md", "un")
        lzma.writestr("b.md", "deux", zipfile.ZIP_DEFLATED)
    assert problems(buffer.getvalue()) == {"a.md": "broken", "b.md": ""}


def test_a_member_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER", 1_000)
    assert problems(zipped({"a.md": "x" * 1_001, "b.md": "x" * 1_000})) == {"a.md": "too_large", "b.md": ""}


def test_the_archive_as_a_whole_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(zipped({f"{number}.md": "" for number in range(archive.MAX_MEMBERS + 1)})) == "too_large"
    started = time.monotonic()
    assert refusal(zipped({f"{number}.md": b"\0" * 19_000_000 for number in range(3)})) == "too_large"
    monkeypatch.setattr(archive, "MAX_EXPANDED", 1_000)
    assert refusal(zipped({"a.md": bytes(range(256)) * 8})) == "too_large"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "wrong_type"),
        (b"PK\x05\x06" + b"\0" * 18, "wrong_type"),
        (b"%PDF-1.7", "wrong_type"),
        (zipped({"a.md": "x"})[:30], "broken"),
        (makers.overlapping("00.md", 100_000, 50), "broken"),
    ],
)
def test_archives_that_cannot_be_read(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_the_archive_is_checked_before_the_first_member() -> None:
    with pytest.raises(UnreadableFile):
        members(b"%PDF-1.7", SUFFIXES)


def test_members_are_read_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_EXPANDED", 1_000)
    reading = members(zipped({"a.md": "un", "b.md": bytes(range(256)) * 8}), SUFFIXES)
    assert next(reading) == Member("a.md", b"un")
    with pytest.raises(UnreadableFile):
        next(reading)
