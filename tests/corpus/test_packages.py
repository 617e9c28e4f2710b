"""ZIP containers before a parser opens them: bombs, lies, passwords, entities, other kinds of files."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import packages
from corpus.formats.docx import read_docx
from corpus.formats.epub import read_epub
from corpus.formats.odt import read_odt
from corpus.formats.packages import check_package
from corpus.formats.pptx import read_pptx
from tests.corpus import makers

GOOD = makers.zipped({"word/document.xml": "<a>text</a>", "word/media/image1.png": b"\x89PNG"})


def code(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        check_package(data, "a Word document (.docx)")
    return caught.value.code


def test_a_good_package_passes() -> None:
    check_package(GOOD)
    check_package(makers.zipped({"a.xml": "<a/>"}, stored=True))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "wrong_type"),
        (b"%PDF-1.7", "wrong_type"),
        (b"plain text", "wrong_type"),
        (makers.OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "wrong_type"),
        (makers.OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (makers.locked(GOOD), "encrypted"),
        (GOOD[:40], "broken"),
        (GOOD[: len(GOOD) // 2], "broken"),
        (makers.zipped({"a.xml": "<a>text</a>"}, stored=True).replace(b"text", b"TEXT"), "broken"),
    ],
)
def test_other_files_are_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_the_message_names_what_was_found() -> None:
    with pytest.raises(UnreadableFile, match="the content is a PDF file, expected a Word document"):
        check_package(b"%PDF-1.7", "a Word document (.docx)")


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    started = time.monotonic()
    assert code(makers.zipped({"word/media/a.bin": b"\0" * 90_000_000})) == "too_large"
    assert time.monotonic() - started < 3


def test_many_large_members_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_EXPANDED", 1_000_000)
    data = makers.zipped([(f"word/media/{number}.bin", bytes(range(256)) * 1_000) for number in range(5)])
    assert code(data) == "too_large"


def test_one_large_member_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_MEMBER", 100_000)
    assert code(makers.zipped({"a.bin": b"ab" * 60_000})) == "too_large"


@pytest.mark.parametrize("name", ["word/document.xml", "word/document.bin", "x"])
def test_xml_has_a_lower_limit_whatever_its_name(name: str) -> None:
    data = makers.zipped({name: f"{' ' * 70_000}<a>{'b' * 100_000}</a>"})
    check_package(data)
    with pytest.raises(UnreadableFile) as caught:
        check_package(data, most_xml=100_000)
    assert caught.value.code == "too_large"


def test_members_that_overlap_are_refused() -> None:
    started = time.monotonic()
    assert code(makers.overlapping("00000.bin", 1_000_000, 4_000)) == "broken"
    assert time.monotonic() - started < 2


def test_too_many_members() -> None:
    assert code(makers.zipped([(f"{number}", b"") for number in range(packages.MAX_MEMBERS + 1)])) == "too_large"


def test_an_endless_directory_is_not_read() -> None:
    started = time.monotonic()
    assert code(GOOD[:40] + b"PK\x01\x02" * 2_000_000 + GOOD[40:]) == "too_large"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("size", [3, 100])
def test_a_member_larger_than_it_declares_is_damaged(size: int) -> None:
    assert code(makers.lying(makers.zipped({"a.xml": f"<a>{'b' * 1_000}</a>"}), "a.xml", size)) == "broken"


def test_a_member_smaller_than_it_declares_is_counted_as_it_is() -> None:
    check_package(makers.lying(makers.zipped({"a.xml": f"<a>{'b' * 1_000}</a>"}), "a.xml", 2_000_000_000))


def test_a_bomb_that_declares_little_is_harmless() -> None:
    data = makers.lying(makers.zipped({"a.bin": b"\0" * 90_000_000}), "a.bin", 10)
    started = time.monotonic()
    assert code(data) in ("broken", "too_large")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    xml = makers.laughs("a", "<a>&l9;</a>").encode(encoding)
    assert code(makers.zipped({"word/document.xml": xml})) == "broken"
    assert code(makers.zipped({"word/document.bin": xml})) == "broken"


def test_an_entity_across_two_pieces_is_found() -> None:
    xml = f"<!DOCTYPE a [<!--{'x' * (packages.PIECE - 24)}--><!ENTITY b 'c'>]><a/>"
    assert code(makers.zipped({"a.xml": xml})) == "broken"


def test_a_plain_document_type_and_drawings_are_allowed() -> None:
    check_package(
        makers.zipped(
            {
                "a.xhtml": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/xhtml11.dtd"><html/>',
                "media/drawing.svg": '<!DOCTYPE svg [<!ENTITY ns "http://x">]><svg/>',
            }
        )
    )


READERS = {
    "docx": (read_docx, makers.docx(makers.paragraph("Le texte."))),
    "odt": (read_odt, makers.odt("<text:p>Le texte.</text:p>")),
    "epub": (read_epub, makers.epub({"a.xhtml": "<html><body><p>Le texte.</p></body></html>"})),
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\Windows\\x", "a\\..\\..\\b", "word/../../x"])
def test_names_are_never_paths(kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read, data = READERS[kind]
    reading = read(makers.replaced(data, {name: "<a/>"}))
    assert [block.text for block in reading.blocks] == ["Le texte."]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", READERS)
def test_a_reader_checks_its_package_first(kind: str) -> None:
    read, data = READERS[kind]
    for hostile, expected in (
        (makers.replaced(data, {"bomb.bin": b"\0" * 90_000_000}), "too_large"),
        (makers.replaced(data, {"x.xml": makers.laughs("a", "<a>&l9;</a>")}), "broken"),
        (makers.locked(data), "encrypted"),
    ):
        with pytest.raises(UnreadableFile) as caught:
            read(hostile)
        assert caught.value.code == expected


@pytest.mark.parametrize("read", [read_docx, read_pptx, read_odt, read_epub])
def test_a_zip_of_something_else_is_of_the_wrong_type(read: object) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(makers.zipped({"a.txt": "text"}))  # type: ignore[operator]
    assert caught.value.code == "wrong_type"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_is_never_more_than_an_error(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([GOOD, *(file for _, file in READERS.values())]))
    changed = bytearray(good[: data.draw(st.integers(0, len(good)))])
    for position, value in data.draw(st.lists(st.tuples(st.integers(0, len(good)), st.integers(0, 255)), max_size=8)):
        if position < len(changed):
            changed[position] = value
    for read in (check_package, read_docx, read_odt, read_epub, read_pptx):
        try:
            read(bytes(changed))
        except UnreadableFile as error:
            assert error.code


def test_an_unknown_method_is_refused() -> None:
    data = makers.zipped({"a.xml": "<a/>"})
    position = data.index(b"PK\x01\x02")
    assert code(data[: position + 10] + b"\x0e\0" + data[position + 12 :]) == "broken"
