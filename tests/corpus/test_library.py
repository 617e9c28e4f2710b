"""The library: versions, states, permalinks, damaged and foreign files, threads and processes."""

import hashlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.database import connect, migrate
from corpus.errors import StorageError, UnknownDocument
from corpus.library import MIGRATIONS, Library
from corpus.models import Content, Document, Heading, Metadata, Span

ROOT = Path(__file__).parents[2]
METADATA = Metadata(
    id="opening-2024",
    title="Discours d'ouverture « افتتاح » 开幕",
    language="fr",
    publisher="OIAC",
    date="2024-10-22",
    url="https://www.opcw.org/a",
    kind="primary",
    sources=("S1", "S2"),
    supersedes="opening-2023",
    digest=True,
)
CONTENT = Content("Titre\n\nUne phrase. 😀 Une autre.", (Heading(Span(0, 5), 1),), (0, 7))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "data" / "library.sqlite")


def saved(library: Library, text: str, id: str = "note", name: str = "note.txt") -> tuple[Document, bool]:
    return library.save(text.encode(), name, Metadata(id=id, title="Note", language="fr"), Content(text))


def test_a_document_comes_back_as_it_was(library: Library) -> None:
    document, new = library.save(b"original bytes", "file.md", METADATA, CONTENT)
    assert new
    assert document == Document(METADATA, 1, CONTENT, hashlib.sha256(b"original bytes").hexdigest())
    assert library.get("opening-2024") == document
    assert Library(library.path).get("opening-2024", 1) == document
    assert library.text("opening-2024", 1) == CONTENT.text
    assert library.original("opening-2024", 1) == ("file.md", b"original bytes")


@pytest.mark.parametrize("text", ["é\u00a0e\u0301 \u202f«»", "a\r\nb\x00c", "𐍈😀👩‍👩‍👧", "نص ـ ٢٠٢٤", "", " \n "])
def test_any_text_is_kept_to_the_code_point(library: Library, text: str) -> None:
    library.save(text.encode(), "a.txt", METADATA, Content(text))
    assert library.text(METADATA.id, 1) == text
    assert library.get(METADATA.id).text == text


def test_a_change_is_a_new_version_and_the_old_one_stays(library: Library) -> None:
    saved(library, "Un.")
    library.mark("note", "ready")
    document, new = saved(library, "Deux.")
    assert (document.version, new) == (2, True)
    assert library.state("note") == (2, "pending")
    assert [library.text("note", version) for version in (1, 2)] == ["Un.", "Deux."]
    assert library.get("note").text == "Deux."
    assert library.original("note", 1) == ("note.txt", b"Un.")
    assert [entry.version for entry in library.entries()] == [2]


def test_the_same_bytes_are_not_stored_again(library: Library) -> None:
    saved(library, "Un.")
    library.mark("note", "ready")
    document, new = saved(library, "Un.")
    assert (document.version, new) == (1, False)
    assert library.state("note") == (1, "ready")


def test_an_earlier_text_can_become_current_again(library: Library) -> None:
    for text in ("Un.", "Deux.", "Un."):
        document, new = saved(library, text)
        assert new
    assert document.version == 3
    assert library.get("note").text == "Un."
    with closing(sqlite3.connect(library.path)) as db:
        assert db.execute("SELECT count(*) FROM originals").fetchone() == (2,)


def test_equal_bytes_of_two_documents_share_one_original(library: Library) -> None:
    saved(library, "Un.", "first")
    document, new = saved(library, "Un.", "second")
    assert new and document.version == 1
    with closing(sqlite3.connect(library.path)) as db:
        assert db.execute("SELECT count(*) FROM originals").fetchone() == (1,)


def test_holding_finds_the_current_document_of_some_bytes(library: Library) -> None:
    assert library.holding(b"Un.") is None
    saved(library, "Un.")
    held = library.holding(b"Un.")
    assert held is not None
    assert (held.metadata.id, held.version, held.state) == ("note", 1, "pending")
    saved(library, "Deux.")
    assert library.holding(b"Un.") is None
    library.mark("note", "removed")
    assert library.holding(b"Deux.") is None


def test_a_removed_document_keeps_its_permalinks(library: Library) -> None:
    saved(library, "Un.")
    saved(library, "Deux.")
    library.mark("note", "removed")
    assert library.entries() == []
    assert [entry.metadata.id for entry in library.entries("removed")] == ["note"]
    assert library.state("note") == (2, "removed")
    assert [library.text("note", version) for version in (1, 2)] == ["Un.", "Deux."]
    assert library.get("note", 1).text == "Un."


def test_a_removed_document_comes_back_as_a_new_version(library: Library) -> None:
    saved(library, "Un.")
    library.mark("note", "removed")
    document, new = saved(library, "Un.")
    assert (document.version, new) == (2, True)
    assert library.state("note") == (2, "pending")


def test_entries_by_state_in_order(library: Library) -> None:
    for id in ("c", "a", "b", "d"):
        saved(library, f"Texte de {id}.", id)
    library.mark("a", "ready")
    library.mark("d", "removed")
    assert [entry.metadata.id for entry in library.entries()] == ["a", "b", "c"]
    assert [entry.metadata.id for entry in library.entries("pending")] == ["b", "c"]
    assert [entry.metadata.id for entry in library.entries("ready", "removed")] == ["a", "d"]


@pytest.mark.parametrize("id", ["absent", "", "'; DROP TABLE documents; --", "../../etc/passwd", "note\ud800"])
def test_an_unknown_id_is_named(library: Library, id: str) -> None:
    calls = (
        lambda: library.get(id),
        lambda: library.get(id, 1),
        lambda: library.text(id, 1),
        lambda: library.original(id, 1),
        lambda: library.state(id),
        lambda: library.mark(id, "ready"),
    )
    for call in calls:
        with pytest.raises(UnknownDocument) as caught:
            call()
        assert repr(id) in str(caught.value)
        assert "list" in str(caught.value)
    assert library.entries() == []


@pytest.mark.parametrize("version", [0, 2, -1, 10**9])
def test_an_unknown_version_is_named(library: Library, version: int) -> None:
    saved(library, "Un.")
    with pytest.raises(UnknownDocument, match="note"):
        library.get("note", version)
    with pytest.raises(UnknownDocument, match="note"):
        library.text("note", version)


def test_a_version_beyond_what_sqlite_counts_is_unknown(library: Library) -> None:
    saved(library, "Un.")
    with pytest.raises(UnknownDocument):
        library.get("note", 2**70)


def test_a_file_name_that_is_no_unicode_is_kept_readable(library: Library) -> None:
    name = b"caf\xe9.md".decode("utf-8", "surrogateescape")
    document, new = saved(library, "Un.", name=name)
    assert new
    kept, data = library.original("note", document.version)
    assert data == b"Un."
    assert kept.startswith("caf") and kept.endswith(".md")


def test_a_failed_save_leaves_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(library, "Un.")
    with closing(sqlite3.connect(library.path)) as db:
        db.execute(
            "CREATE TRIGGER fail BEFORE INSERT ON documents WHEN NEW.version = 2 BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        db.commit()
    with pytest.raises(StorageError):
        saved(library, "Deux.")
    assert library.state("note") == (1, "pending")
    with pytest.raises(UnknownDocument):
        library.get("note", 2)


def test_eight_threads_save_at_once(library: Library) -> None:
    def work(worker: int) -> list[tuple[str, int, bool]]:
        done = []
        for number in range(6):
            document, new = saved(library, f"Texte {worker} {number}.", f"own-{worker}")
            done.append((document.id, document.version, new))
            saved(library, f"Commun {worker} {number}.", "shared")
            library.mark(document.id, "ready")
        return done

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    for worker, done in enumerate(results):
        assert done == [(f"own-{worker}", version, True) for version in range(1, 7)]
        assert library.text(f"own-{worker}", 6) == f"Texte {worker} 5."
    version, _ = library.state("shared")
    assert version == 48
    texts = {library.text("shared", number) for number in range(1, 49)}
    assert len(texts) == 48


def test_the_same_bytes_from_eight_threads_are_one_version(library: Library) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: saved(library, "Un seul texte."), range(16)))
    assert sum(new for _, new in results) == 1
    assert {document.version for document, _ in results} == {1}


def test_eight_threads_make_the_file(tmp_path: Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.sqlite"
        with ThreadPoolExecutor(8) as pool:
            libraries = list(pool.map(lambda _, path=path: Library(path), range(8)))
        saved(libraries[0], "Un.")
        assert [library.get("note").text for library in libraries] == ["Un."] * 8


def test_processes_make_the_file(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from corpus.library import Library; print('there', flush=True);"
        "sys.stdin.readline(); [Library(Path(sys.argv[1]) / f'{n}.sqlite') for n in range(20)]"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


DAMAGES = {
    "not a database": lambda data: b"This is no database. " * 500,
    "zeros": lambda data: bytes(len(data)),
    "damaged schema": lambda data: data[:100] + b"\xff" * 3_996 + data[4_096:],
    "cut": lambda data: data[: len(data) // 3],
    "damaged pages": lambda data: data[:4_096] + b"\xa5" * (len(data) - 4_096),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_a_message_with_a_remedy(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "library.sqlite"
    library = Library(path)
    for number in range(50):
        saved(library, f"Texte {number}. " * 200, f"note-{number}")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(StorageError) as caught:
        damaged = Library(path)
        for number in range(50):
            damaged.get(f"note-{number}")
    assert "library.sqlite" in str(caught.value)
    assert "from a copy" in str(caught.value)


def test_a_newer_schema_is_refused_and_left_alone(library: Library) -> None:
    saved(library, "Un.")
    with closing(sqlite3.connect(library.path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StorageError, match="newer version") as caught:
        Library(library.path)
    assert f"schema {len(MIGRATIONS) + 1}" in str(caught.value)
    with closing(sqlite3.connect(library.path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)


def test_migrations_go_on_from_where_the_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    steps = ("CREATE TABLE first (x);", "CREATE TABLE second (x); INSERT INTO second VALUES (7);")
    for count in (1, 2, 2):
        with connect(path) as db:
            migrate(db, steps[:count])
    with connect(path) as db:
        assert db.execute("SELECT x FROM second").fetchall() == [(7,)]
        assert db.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    good = "CREATE TABLE first (x);"
    with pytest.raises(StorageError), connect(path) as db:
        migrate(db, (good, "CREATE TABLE second (x); CREATE TABLE first (x);"))
    with connect(path) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {"first"}
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_data_folder_that_is_a_file_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with pytest.raises(StorageError, match="data"):
        Library(tmp_path / "data" / "library.sqlite")


def test_a_path_that_is_a_folder_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").mkdir()
    with pytest.raises(StorageError, match=r"library\.sqlite"):
        Library(tmp_path / "library.sqlite")


def test_a_tampered_version_is_read_as_it_stands(library: Library) -> None:
    """The library does not hide a changed text: the gate compares it with each quote."""
    saved(library, "Deux cents participants.")
    with closing(sqlite3.connect(library.path)) as db:
        db.execute("UPDATE versions SET text = 'Trois cents participants.'")
        db.commit()
    assert library.text("note", 1) == "Trois cents participants."


def test_metadata_changes_with_the_bytes(library: Library) -> None:
    library.save(b"one", "a.md", METADATA, CONTENT)
    library.save(b"two", "a.md", replace(METADATA, title="Autre titre"), CONTENT)
    assert [library.get(METADATA.id, version).metadata.title for version in (1, 2)] == [
        METADATA.title,
        "Autre titre",
    ]
