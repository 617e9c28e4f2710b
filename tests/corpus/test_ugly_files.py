"""Difficult files through the door that files come in by, and the table of them in the documentation."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpus.arrivals import Arrival, unpacked
from corpus.convert import MAX_BYTES, Converted
from corpus.errors import UnreadableFile
from corpus.formats import archive
from corpus.formats.packages import MAX_RATIO
from corpus.formats.pdf import MAX_PAGES
from corpus.isolation.isolated import MEMORY, Isolated
from corpus.isolation.isolated import SECONDS as OF_A_FILE
from corpus.models import Document
from corpus.normalise import MAX_CHARACTERS
from corpus.quality import Finding, blocking, examine
from corpus.similarity import neighbours
from corpus.split import split
from tests.corpus.ugly import NEEDS_A_FONT, ROWS, Gives, Held, Outcome, Row, has_font, table
from tests.corpus.ugly_pdfs import Printed

Press = Callable[[Printed], bytes]
Read = list[tuple[Gives, Converted | None]]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAGE = Path(__file__).parents[2] / "docs" / "ingestion.md"
USUAL = ("no_date", "no_publisher", "no_url")
"""Notes that most files get, and that the table leaves out."""
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
"""The day of the examination: files made during the night may be of the next day already."""
SECONDS = 20.0
"""For one file, on a busy machine."""


@pytest.fixture(scope="session")
def press() -> Iterator[Press]:
    """What prints a page to a PDF: one Chromium, in a thread of its own, started when it is first needed."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.fail("No Chromium was found: some of the files are printed by one. `make test` installs it.")
    with ThreadPoolExecutor(1) as thread:
        printer = thread.submit(_Printer, path).result()
        yield lambda page: thread.submit(printer.print, page).result()
        thread.submit(printer.close).result()


class _Printer:
    """A browser; to be used in the thread that made it."""

    def __init__(self, path: str) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=path, args=SWITCHES)
        self._page = self._browser.new_page()

    def print(self, page: Printed) -> bytes:
        self._page.set_content(page.html)
        return self._page.pdf(**page.options)

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()


@pytest.fixture(scope="module")
def reader() -> Iterator[Isolated]:
    with Isolated(seconds=SECONDS) as reader:
        yield reader


def made(row: Row, request: pytest.FixtureRequest) -> bytes:
    """The file, printed if it is a page."""
    content = row.make()
    if isinstance(content, bytes):
        return content
    press: Press = request.getfixturevalue("press")
    return press(content)


def given(row: Row, data: bytes, reader: Isolated) -> Iterator[tuple[Gives, Converted | None]]:
    """What each file in `data` really gives."""
    for arrival in unpacked(row.name, data):
        member = arrival.name if arrival.name != row.name else ""
        try:
            converted = _converted(arrival, reader)
        except UnreadableFile as error:
            assert str(error)
            yield Gives("refused", (error.code,), member=member), None
            continue
        near = neighbours(converted.content.text, [("held", row.beside)] if row.beside else [])
        findings = examine(converted, today=TOMORROW, neighbours=near)
        passages = split(Document(converted.metadata, 1, converted.content, ""))
        severities = {finding.severity for finding in findings}
        outcome: Outcome = "quarantine" if blocking(findings) else "warned" if "warning" in severities else "published"
        codes = tuple(map(_shown, (finding for finding in findings if finding.code not in USUAL)))
        yield Gives(outcome, codes, len(converted.content.pages), len(passages), member), converted


def _converted(arrival: Arrival, reader: Isolated) -> Converted:
    if arrival.problem:
        raise arrival.problem
    return reader.convert(arrival.data, arrival.name)


def _shown(finding: Finding) -> str:
    return f"{finding.code} ({finding.values['kind']})" if finding.code == "dropped_markup" else finding.code


def check_held(converted: Converted, held: Held) -> None:
    """The words stand in the text in one piece, on their page, under their heading, and can be quoted."""
    content = converted.content
    assert held.text in content.text
    start = content.text.index(held.text)
    assert held.page is None or content.page_of(start) == held.page, held.text
    assert not held.section or content.section_of(start) == held.section, held.text
    passages = split(Document(converted.metadata, 1, content, ""))
    headings = [heading.span.of(content.text) for heading in content.headings]
    pieces = held.text.split("\n\n")
    assert all(piece in headings or any(piece in passage.text for passage in passages) for piece in pieces), held.text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_difficult_file(row: Row, request: pytest.FixtureRequest, reader: Isolated) -> None:
    if row.letters and not has_font(row.letters):
        found: Read = [(NEEDS_A_FONT, None)]
    else:
        data = made(row, request)
        found = quietly(lambda: list(given(row, data, reader)), request.getfixturevalue("capfd"))
    gives = tuple(gives for gives, _ in found)
    assert gives == row.gives or (row.letters and gives == (NEEDS_A_FONT,))
    texts = [converted for _, converted in found if converted]
    for held in row.holds if texts else ():
        check_held(texts[0], held)
    for converted in texts:
        assert not [words for words in row.lacks if words in converted.content.text]


def quietly(read: Callable[[], Read], capture: pytest.CaptureFixture[str]) -> Read:
    """What `read` gives, in time and without a word."""
    capture.readouterr()
    started = time.monotonic()
    found = read()
    assert time.monotonic() - started < SECONDS
    assert capture.readouterr() == ("", "")
    return found


def test_the_files_are_many_and_have_names_of_their_own() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names) >= 45


def test_the_documentation_has_the_table() -> None:
    """After a change: `python -m tests.corpus.ugly` prints it anew."""
    assert table() in PAGE.read_text(encoding="utf-8")


def test_the_documentation_has_the_limits() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for limit in (
        f"{OF_A_FILE:g} seconds",
        f"{MEMORY / 1e9:g} GB of memory",
        f"{MAX_PAGES:,} pages",
        f"{MAX_CHARACTERS // 1_000_000} million characters",
        f"{archive.MAX_MEMBERS} files of {MAX_BYTES // 1_000_000} MB",
        f"{archive.MAX_EXPANDED // 1_000_000} MB together and {MAX_RATIO} times the size",
    ):
        assert limit in text, limit
