"""The curated documents: each converts, says where it comes from, and holds the facts it was written for."""

import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from corpus.convert import READERS, Converted, convert
from corpus.models import Document
from corpus.normalise import normalise
from corpus.split import LENGTHS, LENGTHS_DENSE, split

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "corpus" / "documents"
FACTS = ROOT / "tests" / "golden" / "facts"
PATHS = sorted(path for path in DOCUMENTS.rglob("*") if path.is_file())
NAMES = [path.relative_to(DOCUMENTS).as_posix() for path in PATHS]
LAST_FACT, LAST_CONFLICT = 237, 28
ONE_SOURCE = {"C25"}
"""Conflicts inside one source: a weekday that does not fit its date."""


@cache
def converted(path: Path) -> Converted:
    return convert(path.read_bytes(), path.name)


@cache
def golden() -> list[dict[str, str]]:
    return [
        json.loads(line)
        for path in sorted(FACTS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def by_id() -> dict[str, Converted]:
    return {path.stem: converted(path) for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_document_converts(path: Path) -> None:
    assert path.suffix in READERS
    result = converted(path)
    metadata = result.metadata
    assert metadata.id == path.stem
    assert metadata.language == path.parent.name
    assert metadata.title and metadata.publisher
    assert metadata.digest, "each file is a text of our own about a page, and says so"
    assert metadata.url and metadata.url.startswith("http")
    assert metadata.sources
    assert len(result.content.text) > 100


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_conversion_loses_nothing(path: Path) -> None:
    result = converted(path)
    text = result.content.text
    assert normalise(text) == text
    assert converted(path) == convert(path.read_bytes(), path.name)
    raw = normalise(path.read_text(encoding="utf-8")).split("\n---\n", 1)[1]
    assert Counter(filter(str.isalnum, text)) == Counter(filter(str.isalnum, raw)), "letters or digits were lost"
    for heading in result.content.headings:
        assert heading.span.of(text).strip()


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_document_splits_into_its_own_words(path: Path) -> None:
    result = converted(path)
    document = Document(result.metadata, 1, result.content, "0" * 64)
    most = (LENGTHS_DENSE if result.metadata.language == "zh" else LENGTHS).most
    passages = split(document)
    assert passages
    for passage in passages:
        assert passage.span.of(document.text) == passage.text
        assert len(passage.text) <= most
        for sentence in passage.sentences:
            assert passage.sentence_text(sentence) == sentence.of(document.text)
    covered = {i for passage in passages for i in range(passage.span.start, passage.span.end)}
    covered |= {i for heading in result.content.headings for i in range(heading.span.start, heading.span.end)}
    assert not [i for i, letter in enumerate(document.text) if i not in covered and not letter.isspace()]


def test_ids_are_unique() -> None:
    ids = Counter(converted(path).metadata.id for path in PATHS)
    assert [id for id, count in ids.items() if count > 1] == []


def test_there_are_enough_in_each_language() -> None:
    languages = Counter(converted(path).metadata.language for path in PATHS)
    assert sum(languages.values()) >= 70
    assert set(languages) >= {"fr", "en", "ar", "es", "ru", "zh"}


def test_no_two_documents_have_the_same_text() -> None:
    texts = Counter(converted(path).content.text for path in PATHS)
    assert max(texts.values()) == 1


def test_superseded_documents_exist() -> None:
    known = set(by_id())
    for id, result in by_id().items():
        assert result.metadata.supersedes in known | {None}, id


def test_every_golden_snippet_stands_in_its_document() -> None:
    documents = by_id()
    wrong = [
        (line["fact"], line["document"], line["snippet"])
        for line in golden()
        if line["document"] not in documents or line["snippet"] not in documents[line["document"]].content.text
    ]
    assert wrong == []


def test_golden_lines_are_not_repeated() -> None:
    lines = Counter((line["fact"], line["document"], line["snippet"]) for line in golden())
    assert [line for line, count in lines.items() if count > 1] == []


def test_every_fact_is_covered() -> None:
    covered = {line["fact"] for line in golden()}
    assert [f"F{n:03}" for n in range(1, LAST_FACT + 1) if f"F{n:03}" not in covered] == []


def test_both_sides_of_every_conflict_are_covered() -> None:
    documents: dict[str, set[str]] = defaultdict(set)
    snippets: dict[str, set[str]] = defaultdict(set)
    for line in golden():
        documents[line["fact"]].add(line["document"])
        snippets[line["fact"]].add(line["snippet"])
    for conflict in (f"C{n:02}" for n in range(1, LAST_CONFLICT + 1)):
        if conflict in ONE_SOURCE:
            assert len(documents[conflict]) == 1, conflict
        else:
            assert len(documents[conflict]) >= 2, conflict
            assert len(snippets[conflict]) >= 2, conflict


def test_golden_names_only_facts_and_conflicts() -> None:
    known = {f"F{n:03}" for n in range(1, LAST_FACT + 1)} | {f"C{n:02}" for n in range(1, LAST_CONFLICT + 1)}
    assert {line["fact"] for line in golden()} <= known
