"""The gate: a quote passes only while the stored text says it byte for byte."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.models import Quote
from bot.verify import Gate
from corpus.library import Library
from corpus.models import Content, Metadata, Span

TEXT = "Titre\n\nLa conférence a réuni 200 participants. 😀 Le stock fut détruit en 2023.\n\nFin."
SENTENCE = "La conférence a réuni 200 participants."
METADATA = Metadata(
    id="communique",
    title="Communiqué conjoint",
    language="fr",
    publisher="OIAC",
    date="2024-10-24",
    url="https://www.opcw.org/a",
    kind="primary",
    digest=True,
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.sqlite")
    library.save(b"one", "a.md", METADATA, Content(TEXT, pages=(0, TEXT.index("Le stock"))))
    library.mark("communique", "ready")
    return library


@pytest.fixture
def gate(library: Library) -> Gate:
    return Gate(library)


def quote(text: str = SENTENCE, *, start: int | None = None, version: int = 1, id: str = "communique") -> Quote:
    begin = TEXT.index(text) if start is None else start
    return Quote(id, version, Span(begin, begin + len(text)), text, "fr", 0.9, Span(22, 25))


def tamper(library: Library, change: str, *values: object) -> None:
    with closing(sqlite3.connect(library.path)) as db:
        assert db.execute(change, values).rowcount
        db.commit()


def test_a_true_quote_becomes_a_verified_citation(gate: Gate) -> None:
    (citation,) = gate.citations([quote()])
    assert citation.verified
    assert TEXT[citation.start : citation.end] == citation.quote == SENTENCE
    assert (citation.number, citation.document_id, citation.version, citation.page) == (1, "communique", 1, 1)
    assert (citation.title, citation.publisher, citation.date) == (METADATA.title, METADATA.publisher, METADATA.date)
    assert (citation.url, citation.kind, citation.digest, citation.language) == (METADATA.url, "primary", True, "fr")
    assert citation.answer_span is not None
    assert citation.quote[slice(*citation.answer_span)] == "200"
    assert citation.permalink == f"/sources/communique/1?start={citation.start}&end={citation.end}"
    assert gate.holds(citation)


def test_pages_are_those_of_the_version(gate: Gate) -> None:
    (citation,) = gate.citations([quote("Le stock fut détruit en 2023.")])
    assert citation.page == 2


CHANGES: dict[str, Callable[[str], str]] = {
    "a digit": lambda text: text.replace("200", "300"),
    "a space": lambda text: text.replace("a réuni", "a\u00a0réuni"),
    "an accent written apart": lambda text: text.replace("é", "e\u0301"),
    "an invisible character": lambda text: text.replace("a réuni", "a\u200b réuni"),
    "a letter of another script": lambda text: text.replace("conférence", "сonférence"),
    "a text before it": lambda text: "x" + text,
    "a text cut short": lambda text: text[: text.index("participants")],
    "nothing left": lambda text: "",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_tampered_library_withdraws_the_quote(library: Library, gate: Gate, change: str) -> None:
    (citation,) = gate.citations([quote()])
    tamper(library, "UPDATE versions SET text = ?", CHANGES[change](TEXT))
    assert gate.citations([quote()]) == ()
    assert not gate.holds(citation)


def test_a_change_elsewhere_withdraws_nothing_before_it(library: Library, gate: Gate) -> None:
    tamper(library, "UPDATE versions SET text = ?", TEXT.replace("2023", "2022"))
    (citation,) = gate.citations([quote()])
    assert citation.quote == SENTENCE
    assert gate.citations([quote("Le stock fut détruit en 2023.")]) == ()


@pytest.mark.parametrize(
    "false",
    [
        quote("La conférence a réuni 300 participants.", start=7),
        quote(SENTENCE, start=8),
        quote(SENTENCE, start=10_000),
        quote(SENTENCE.lower(), start=7),
        quote(SENTENCE, id="absent"),
        quote(SENTENCE, version=2),
        quote(SENTENCE, version=2**70),
        quote(SENTENCE, id="'; DROP TABLE versions; --"),
        quote("participants. 😀 Le stock fut détruit en 2022", start=33),
    ],
)
def test_a_false_quote_is_withdrawn(gate: Gate, false: Quote) -> None:
    assert gate.citations([false]) == ()


def test_numbers_close_up_behind_what_is_withdrawn(gate: Gate) -> None:
    false = quote("inventé", start=7)
    found = gate.citations([false, quote(), false, quote("Le stock fut détruit en 2023."), false])
    assert [citation.number for citation in found] == [1, 2]
    assert gate.citations([]) == ()


def test_a_removed_document_is_quoted_no_more(library: Library, gate: Gate) -> None:
    (citation,) = gate.citations([quote()])
    library.mark("communique", "removed")
    assert gate.citations([quote()]) == ()
    assert gate.holds(citation), "its permalink still shows what it said"


def test_a_replaced_version_is_quoted_until_the_new_one_is_indexed(library: Library, gate: Gate) -> None:
    library.save(b"two", "a.md", METADATA, Content("Un tout autre texte."))
    assert len(gate.citations([quote()])) == 1
    library.mark("communique", "ready")
    assert gate.citations([quote()]) == ()


def test_an_offset_counts_code_points(library: Library, gate: Gate) -> None:
    text = "😀" * 5 + "👩‍👩‍👧 Une phrase."
    library.save(b"x", "b.md", Metadata(id="emoji", title="x", language="fr"), Content(text))
    library.mark("emoji", "ready")
    sentence = "Une phrase."
    span = Span(text.index(sentence), len(text))
    (citation,) = gate.citations([Quote("emoji", 1, span, sentence, "fr", 0.5)])
    assert text[citation.start : citation.end] == sentence
