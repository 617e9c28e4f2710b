"""Files converted in another process: what hostile ones do to it, and that the next file does not notice."""

import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest

from corpus.convert import convert
from corpus.errors import UnreadableFile
from corpus.formats.binary import BINARY
from corpus.isolation import isolated
from corpus.isolation.isolated import Isolated
from tests.corpus import lying_worker, pdfs
from tests.corpus.pdfs import drawn, line, raw_pdf, stream

ROOT = Path(__file__).parents[2]
GOOD = drawn(line("Une phrase simple en français.", 72, 700))
SLOW_PAGES = 40


def slow() -> bytes:
    """A small file that takes minutes: its pages share a stream just below the limit of what a page may draw."""
    kids = b" ".join([b"3 0 R"] * SLOW_PAGES)
    content = stream(b"q Q " * 1_400_000)
    return drawn(b"", {2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, SLOW_PAGES), 4: content})


@pytest.fixture(scope="module")
def reader() -> Iterator[Isolated]:
    with Isolated(seconds=30) as opened:
        yield opened


def refused(reader: Isolated, data: bytes, name: str = "a.pdf") -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        reader.convert(data, name)
    assert str(caught.value).startswith(f"{name}: ")
    return caught.value


def test_a_file_gives_what_it_gives_here(reader: Isolated) -> None:
    assert reader.convert(GOOD, "a.pdf") == convert(GOOD, "a.pdf")
    assert reader.convert(GOOD, "a.pdf").metadata.language == "fr"


def test_text_needs_no_process() -> None:
    with Isolated() as reader:
        assert reader.convert(b"# Titre\n\nTexte.", "a.md").content.text == "Titre\n\nTexte."
        assert refused(reader, b"x", "a.xyz").code == "unknown_suffix"
        assert refused(reader, b"a" * 20_000_001, "a.pdf").code == "too_large"
        assert reader.pid is None


@pytest.mark.parametrize("suffix", BINARY)
def test_every_format_that_is_no_text_goes_to_the_process(suffix: str) -> None:
    with Isolated() as reader:
        assert refused(reader, b"\x89PNG\r\n\x1a\n" + bytes(100), f"a{suffix}").code == "wrong_type"
        assert reader.pid is not None


def test_a_document_of_word_is_read_there(reader: Isolated) -> None:
    from docx import Document

    document, data = Document(), BytesIO()
    document.add_heading("Le cadre", 1)
    document.add_paragraph("La conférence de Rabat a réuni des experts de quarante pays.")
    document.save(data)
    result = reader.convert(data.getvalue(), "a.docx")
    assert result.content.text == "Le cadre\n\nLa conférence de Rabat a réuni des experts de quarante pays."
    assert result.content.headings[0].span.of(result.content.text) == "Le cadre"
    assert result.metadata.language == "fr"


def test_one_process_serves_many_files(reader: Isolated) -> None:
    reader.convert(GOOD, "a.pdf")
    pid = reader.pid
    for number in range(3):
        assert reader.convert(GOOD, f"{number}.pdf").metadata.id == str(number)
    assert reader.pid == pid


def chain(length: int) -> bytes:
    """A page tree as deep as it is long."""
    tree = {n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 1) for n in range(2, length)}
    return raw_pdf({1: pdfs.ONE_PAGE[1], **tree, length: b"<< /Type /Page /MediaBox [0 0 9 9] >>"})


def forms(length: int) -> bytes:
    """Forms each of which draws the next one twice."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>"
    chained = {n: stream(b"/X Do /X Do", form % (n + 1)) for n in range(100, 100 + length)}
    page = pdfs.ONE_PAGE[3].replace(b"/Font", b"/XObject << /X 100 0 R >> /Font")
    last = stream(line("Fin.", 72, 700), b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return drawn(b"/X Do", chained | {3: page, 100 + length: last})


def twice_packed(size: int) -> bytes:
    packed = zlib.compress(zlib.compress(b" " * size, 9), 9)
    content = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%b\nendstream" % (len(packed), packed)
    return raw_pdf(pdfs.ONE_PAGE | {4: content})


def objects_bomb() -> bytes:
    """The page stands in a stream of objects that expands without end."""
    packed = zlib.compress(b"3 0 " + b" " * 200_000_000, 9)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Length %d /Filter /FlateDecode >>" % len(packed)
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, content in {
        1: pdfs.ONE_PAGE[1],
        2: pdfs.ONE_PAGE[2],
        9: head + b"\nstream\n" + packed + b"\nendstream",
    }.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    rows = [
        (0, 0, 255),
        (1, places[1], 0),
        (1, places[2], 0),
        (2, 9, 0),
        *[(0, 0, 0)] * 5,
        (1, places[9], 0),
        (1, start, 0),
    ]
    table = b"".join(bytes([kind]) + value.to_bytes(4, "big") + bytes([more]) for kind, value, more in rows)
    index = b"<< /Type /XRef /Size 11 /W [1 4 1] /Root 1 0 R /Length %d >>" % len(table)
    out += b"10 0 obj\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (index, table, start)
    return bytes(out)


KIDS = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"
HOSTILE = {
    "empty": (b"", {"no_text"}),
    "header alone": (b"%PDF-1.7\n", {"broken"}),
    "noise": (b"%PDF-1.7\n" + bytes(range(256)) * 400, {"broken"}),
    "cut": (GOOD[: len(GOOD) // 2], {"broken"}),
    "no page": (raw_pdf({1: b"<< /Type /Catalog >>"}), {"broken"}),
    "pages in a circle": (raw_pdf({1: pdfs.ONE_PAGE[1], 2: KIDS}), {"broken"}),
    "pages too deep": (chain(5_000), {"too_large", "broken"}),
    "stream that expands": (drawn(b"q Q " * 50_000_000), {"too_large"}),
    "stream packed twice": (twice_packed(1_000_000_000), {"too_large"}),
    "objects that expand": (objects_bomb(), {"too_large", "broken", "no_text"}),
    "brackets": (drawn(b"[" * 20_000_000), {"too_large"}),
    "parentheses": (drawn(b"(" * 2_000_000), {"no_text"}),
    "words": (drawn(b"BT /F1 11 Tf 72 700 Td (" + b"abc " * 1_000_000 + b") Tj ET"), {"too_large"}),
    "forms": (forms(14), {"no_text"}),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), {"wrong_type"}),
    "a program": (b"MZ" + bytes(1_000), {"wrong_type"}),
    "a text": (b"Une phrase.", {"wrong_type"}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_time_and_the_next_one_is_read(reader: Isolated, kind: str) -> None:
    data, codes = HOSTILE[kind]
    begun = time.monotonic()
    assert refused(reader, data).code in codes
    assert time.monotonic() - begun < 25
    assert reader.convert(GOOD, "b.pdf").content.text == "Une phrase simple en français."


HARMLESS = {
    "table of itself": GOOD.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % GOOD.rindex(b"xref\n0")),
    "bookmarks in a circle": drawn(
        line("Une phrase simple en français.", 72, 700),
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 9 0 R >>",
            9: b"<< /First 10 0 R /Last 10 0 R >>",
            10: b"<< /Title (x) /Next 10 0 R /First 10 0 R >>",
        },
    ),
    "tags in a circle": drawn(
        line("Une phrase simple en français.", 72, 700),
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 9 0 R >>",
            9: b"<< /Type /StructTreeRoot /K 10 0 R >>",
            10: b"[" + b"10 0 R " * 20_000 + b"]",
        },
    ),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_circles_beside_the_text_do_no_harm(reader: Isolated, kind: str) -> None:
    assert reader.convert(HARMLESS[kind], "a.pdf").content.text == "Une phrase simple en français."


def test_a_file_that_takes_too_long_is_given_up() -> None:
    with Isolated(seconds=2) as reader:
        begun = time.monotonic()
        error = refused(reader, slow())
        assert (error.code, error.values["seconds"]) == ("timeout", 2)
        assert "more than 2 seconds" in str(error)
        assert time.monotonic() - begun < 8
    with Isolated(seconds=30) as reader:
        assert reader.convert(GOOD, "a.pdf").metadata.id == "a"


def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    if sys.platform != "linux":
        return  # nothing bounds the memory of a process there
    with Isolated(seconds=30, memory=100_000_000) as reader:
        data = drawn(b"q Q " * 10_000_000)
        error = refused(reader, data)
        assert error.code == "memory"
        assert reader.convert(GOOD, "a.pdf").metadata.id == "a"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, "memory"), (signal.SIGTERM, "broken")])
def test_a_process_that_dies_is_replaced(number: signal.Signals, code: str) -> None:
    with Isolated(seconds=60) as reader:
        reader.convert(GOOD, "a.pdf")
        pid, found = reader.pid, []
        thread = Thread(target=lambda: found.append(refused(reader, slow(), "slow.pdf")))
        thread.start()
        time.sleep(0.5)
        assert pid is not None
        os.kill(pid, number)
        thread.join(20)
        assert [error.code for error in found] == [code]
        assert reader.convert(GOOD, "a.pdf").metadata.id == "a"
        assert reader.pid != pid


def test_a_process_that_died_meanwhile_is_not_noticed(reader: Isolated) -> None:
    reader.convert(GOOD, "a.pdf")
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert reader.convert(GOOD, "a.pdf").metadata.id == "a"


def test_threads_wait_for_each_other(reader: Isolated) -> None:
    found: list[str] = []
    threads = [Thread(target=lambda n=n: found.append(reader.convert(GOOD, f"{n}.pdf").metadata.id)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [str(number) for number in range(6)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def gone(pid: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def test_closing_ends_the_process() -> None:
    reader = Isolated()
    reader.convert(GOOD, "a.pdf")
    pid = reader.pid
    assert pid is not None and alive(pid)
    reader.close()
    assert gone(pid)
    assert reader.convert(GOOD, "a.pdf").metadata.id == "a"  # it starts again
    reader.close()


OWNER = """
import os, sys
from pathlib import Path
from corpus.isolation.isolated import Isolated
reader = Isolated()
reader.convert(Path(sys.argv[1]).read_bytes(), "a.pdf")
print(reader.pid, flush=True)
os._exit(0)
"""


def test_the_process_does_not_outlive_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(GOOD)
    done = subprocess.run([sys.executable, "-c", OWNER, path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert gone(int(done.stdout))


def test_the_process_has_neither_the_environment_nor_the_folder_of_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    for module in ("json.py", "corpus.py", "struct.py"):
        (tmp_path / module).write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    with Isolated() as reader:
        assert reader.convert(GOOD, "a.pdf").metadata.id == "a"
        environment = Path(f"/proc/{reader.pid}/environ")
        if environment.exists():
            assert b"xyzzy" not in environment.read_bytes()
    assert "SECRET_TOKEN" not in isolated.ENVIRONMENT


@pytest.fixture(scope="module")
def liar() -> Iterator[Isolated]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolated, "WORKER", "tests.corpus.lying_worker")
        with Isolated(seconds=20) as opened:
            yield opened


@pytest.mark.parametrize("lie", [*lying_worker.LIES, *lying_worker.RAW, "no text", "no UTF-8"])
def test_replies_are_believed_only_if_they_can_be_true(liar: Isolated, lie: str) -> None:
    if lie == "honest":
        assert liar.convert(GOOD, "honest.pdf").content.text == "A text."
    else:
        assert refused(liar, GOOD, f"{lie}.pdf").code == "broken"
