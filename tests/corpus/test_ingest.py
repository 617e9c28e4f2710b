"""Files on their way in: outcomes, interrupted runs, removals, many threads, and a kill in the middle."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest

from corpus.arrivals import files_below
from corpus.convert import MAX_BYTES
from corpus.errors import UnknownDocument
from corpus.ingest import GROUP, Ingest
from corpus.library import Library
from corpus.models import Document, Passage
from tests.fakes import FakeEmbedder, RecordingIndex, add_bytes, add_files, forget_chroma_clients, make_file
from vectorstore.index import HybridIndex

ROOT = Path(__file__).parents[2]


@pytest.fixture
def index() -> RecordingIndex:
    return RecordingIndex()


@pytest.fixture
def ingest(tmp_path: Path, index: RecordingIndex) -> Ingest:
    return Ingest(Library(tmp_path / "data" / "library.sqlite"), index)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


def write(folder: Path, id: str, text: str) -> Path:
    path = folder / f"{id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_file(text, id))
    return path


def test_a_new_file_is_added_and_ready(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    (outcome,) = add_files(ingest, [write(folder, "one", "La conférence eut lieu à Rabat.")])
    assert (outcome.result, outcome.document_id, outcome.version, outcome.passages) == ("added", "one", 1, 1)
    assert outcome.path == str(folder / "one.md")
    assert ingest.library.state("one") == (1, "ready")
    version, passages = index.passages["one"]
    assert version == 1
    text = ingest.library.text("one", 1)
    assert all(passage.span.of(text) == passage.text for passage in passages)


def test_an_unchanged_file_is_not_indexed_again(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    path = write(folder, "one", "Un texte.")
    add_files(ingest, [path])
    (outcome,) = add_files(ingest, [path])
    assert (outcome.result, outcome.document_id, outcome.version) == ("unchanged", "one", 1)
    assert index.calls == [["one"]]


def test_only_what_changed_is_indexed(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    paths = [write(folder, id, f"Texte de {id}.") for id in ("a", "b", "c")]
    add_files(ingest, paths)
    write(folder, "b", "Un autre texte.")
    outcomes = add_files(ingest, paths)
    assert [(o.document_id, o.result, o.version) for o in outcomes] == [
        ("a", "unchanged", 1),
        ("b", "changed", 2),
        ("c", "unchanged", 1),
    ]
    assert index.calls == [["a", "b", "c"], ["b"]]
    assert index.passages["b"][0] == 2


def test_the_same_bytes_under_another_name_are_the_same_document(ingest: Ingest, index: RecordingIndex) -> None:
    data = "Une note sans en-tête, sur la conférence de Rabat.".encode()
    first = add_bytes(ingest, data, "note.txt")
    second = add_bytes(ingest, data, "copie de la note.txt")
    assert (second.result, second.document_id, second.version) == ("unchanged", first.document_id, 1)
    assert len(ingest.library.entries()) == 1
    assert len(index.calls) == 1


def test_two_files_of_one_call_with_one_id_do_not_replace_each_other(
    ingest: Ingest, index: RecordingIndex, folder: Path
) -> None:
    first, second = folder / "a" / "readme.txt", folder / "b" / "readme.txt"
    for path in (first, second):
        path.parent.mkdir()
        path.write_text(f"Le texte du dossier {path.parent.name}.", encoding="utf-8")
    for _ in range(2):
        outcomes = add_files(ingest, [first, second])
        assert outcomes[1].result == "failed"
        assert str(first) in outcomes[1].reason and "another id" in outcomes[1].reason
        assert ingest.library.get("readme").text == "Le texte du dossier a."
    assert ingest.library.state("readme") == (1, "ready")


def test_one_bad_file_of_many_stops_nothing(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    paths = [write(folder, f"good-{number}", f"Texte {number}.") for number in range(GROUP + 3)]
    bad = {
        "picture.md": b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        "empty.md": b"",
        "head.md": b"---\nid: UPPER CASE\n---\ntext",
        "open.md": b"---\nid: a\n",
        "big.md": b"a" * (MAX_BYTES + 10),
        "table.xlsx": b"PK\x03\x04",
    }
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    mixed = paths[:2] + [folder / name for name in bad] + [folder / "absent.md"] + paths[2:]
    outcomes = add_files(ingest, mixed)
    failed = [o for o in outcomes if o.result == "failed"]
    assert [Path(o.path).name for o in failed] == [*bad, "absent.md"]
    assert all(Path(o.path).name in o.reason and len(o.reason) < 500 for o in failed)
    assert [o.result for o in outcomes].count("added") == len(paths)
    assert len(index.passages) == len(paths)
    assert {entry.state for entry in ingest.library.entries()} == {"ready"}


def test_a_file_whose_name_is_no_unicode_is_added(ingest: Ingest, tmp_path: Path) -> None:
    path = tmp_path / b"rapport-\xe9t\xe9.txt".decode("utf-8", "surrogateescape")
    path.write_text("Le rapport de la conférence de Rabat.", encoding="utf-8")
    (outcome,) = add_files(ingest, [path])
    assert outcome.result == "added"
    assert ingest.library.state(outcome.document_id) == (1, "ready")


def test_progress_counts_up_to_the_end(ingest: Ingest, folder: Path) -> None:
    paths = [write(folder, f"d-{number}", f"Texte {number}.") for number in range(GROUP + 5)]
    seen: list[tuple[str, int, int]] = []
    add_files(ingest, paths, lambda what, done, of: seen.append((what, done, of)))
    for what in ("read", "index"):
        steps = [(done, of) for name, done, of in seen if name == what]
        assert steps == sorted(steps)
        assert steps[-1] == (len(paths), len(paths))


def test_a_failing_index_leaves_pending_and_resume_finishes(
    ingest: Ingest, index: RecordingIndex, folder: Path
) -> None:
    paths = [write(folder, id, f"Texte de {id}.") for id in ("a", "b")]
    index.fails = True
    with pytest.raises(RuntimeError):
        add_files(ingest, paths)
    assert [entry.state for entry in ingest.library.entries()] == ["pending", "pending"]
    with pytest.raises(RuntimeError):
        ingest.resume()
    index.fails = False
    assert [o.result for o in add_files(ingest, paths)] == ["unchanged", "unchanged"]
    assert ingest.resume() == ["a", "b"]
    assert [entry.state for entry in ingest.library.entries()] == ["ready", "ready"]
    assert set(index.passages) == {"a", "b"}
    assert ingest.resume() == []


def test_resume_indexes_again_what_the_index_lost(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    add_files(ingest, [write(folder, id, f"Texte de {id}.") for id in ("a", "b", "c")])
    del index.passages["b"]
    index.passages["c"] = 7, index.passages["c"][1]
    assert ingest.resume() == ["b", "c"]
    assert index.held() == {("a", 1), ("b", 1), ("c", 1)}


def test_remove_keeps_permalinks_and_takes_the_passages_out(
    ingest: Ingest, index: RecordingIndex, folder: Path
) -> None:
    add_files(ingest, [write(folder, "one", "Un texte.")])
    ingest.remove("one")
    assert index.passages == {}
    assert ingest.library.state("one") == (1, "removed")
    assert "Un texte." in ingest.library.text("one", 1)
    with pytest.raises(UnknownDocument):
        ingest.remove("absent")


def test_a_removal_that_fails_half_way_is_finished_later(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    add_files(ingest, [write(folder, "one", "Un texte.")])
    index.fails = True
    with pytest.raises(RuntimeError):
        ingest.remove("one")
    assert ingest.library.state("one") == (1, "removed")
    index.fails = False
    ingest.resume()
    assert index.passages == {}
    assert ingest.library.state("one") == (1, "removed")


def test_a_removed_document_comes_back_when_it_is_added(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    path = write(folder, "one", "Un texte.")
    add_files(ingest, [path])
    ingest.remove("one")
    (outcome,) = add_files(ingest, [path])
    assert outcome.result in ("added", "changed")
    assert ingest.library.state("one") == (2, "ready")
    assert index.passages["one"][0] == 2
    assert ingest.library.text("one", 1) == ingest.library.text("one", 2)


def test_reindex_takes_every_current_document(ingest: Ingest, index: RecordingIndex, folder: Path) -> None:
    add_files(ingest, [write(folder, id, f"Texte de {id}.") for id in ("a", "b", "c")])
    ingest.remove("b")
    index.passages.clear()
    assert ingest.reindex() == 2
    assert index.held() == {("a", 1), ("c", 1)}
    assert {entry.state for entry in ingest.library.entries()} == {"ready"}


class GatedIndex(RecordingIndex):
    """Waits in `replace` until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = Event(), Event()

    def replace(self, documents: Sequence[tuple[Document, tuple[Passage, ...]]], progress=lambda _done, _of: None):  # type: ignore[no-untyped-def]
        self.entered.set()
        assert self.go_on.wait(20)
        super().replace(documents, progress)


def test_a_version_saved_while_the_last_one_is_indexed_is_not_called_ready(tmp_path: Path) -> None:
    index = GatedIndex()
    ingest = Ingest(Library(tmp_path / "library.sqlite"), index)
    first = Thread(target=add_bytes, args=(ingest, make_file("Un.", "one"), "one.md"))
    first.start()
    assert index.entered.wait(20)
    second = Thread(target=add_bytes, args=(ingest, make_file("Deux.", "one"), "one.md"))
    second.start()
    deadline = time.monotonic() + 20
    while ingest.library.state("one")[0] < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ingest.library.state("one") == (2, "pending")
    index.go_on.set()
    first.join(20)
    second.join(20)
    assert ingest.library.state("one") == (2, "ready")
    assert index.passages["one"][0] == 2


def test_a_removal_while_it_is_indexed_wins(tmp_path: Path) -> None:
    index = GatedIndex()
    ingest = Ingest(Library(tmp_path / "library.sqlite"), index)
    adding = Thread(target=add_bytes, args=(ingest, make_file("Un.", "one"), "one.md"))
    adding.start()
    assert index.entered.wait(20)
    removing = Thread(target=ingest.remove, args=("one",))
    removing.start()
    time.sleep(0.1)
    index.go_on.set()
    adding.join(20)
    removing.join(20)
    assert ingest.library.state("one") == (1, "removed")
    assert index.passages == {}


def test_eight_threads_add_at_once(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    index = HybridIndex(tmp_path / "index", embedder)
    ingest = Ingest(Library(tmp_path / "library.sqlite"), index)

    def add(number: int) -> None:
        add_bytes(ingest, make_file(f"Le texte numéro {number} sur Rabat.", f"own-{number}"), "a.md")
        add_bytes(ingest, make_file(f"Le texte commun, état {number}.", "shared"), "b.md")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    entries = ingest.library.entries()
    assert len(entries) == 9
    assert {entry.state for entry in entries} == {"ready"}
    assert index.verify() == []
    assert index.held() == {(entry.metadata.id, entry.version) for entry in entries}


SLOW = """
import sys
from pathlib import Path
from corpus.ingest import Ingest
from corpus.library import Library
from tests.fakes import FakeEmbedder, add_files
from vectorstore.index import HybridIndex

data, documents = map(Path, sys.argv[1:])
index = HybridIndex(data / "index", FakeEmbedder(delay=0.002))
ingest = Ingest(Library(data / "library.sqlite"), index)
ingest.resume()

def report(what, done, of):
    if what == "index":
        print(done, flush=True)

add_files(ingest, [documents], report)
print("finished", flush=True)
"""


@pytest.mark.parametrize("after", [1, 2])
def test_killed_in_the_middle_of_indexing(tmp_path: Path, folder: Path, after: int) -> None:
    """Old versions first, so that the kill also falls into replacing them."""
    data = tmp_path / "data"
    many = [f"doc-{number:02}" for number in range(30)]
    paragraphs = ["Le paragraphe {n} de {id}, version {v}, parle de Rabat et du désarmement. " * 9]
    for id in many:
        write(folder, id, "\n\n".join(p.format(n=n, id=id, v=1) for n in range(4) for p in paragraphs))
    ingest = Ingest(Library(data / "library.sqlite"), HybridIndex(data / "index", FakeEmbedder()))
    add_files(ingest, files_below(folder)[:15])
    for id in many:
        write(folder, id, "\n\n".join(p.format(n=n, id=id, v=2) for n in range(4) for p in paragraphs))

    forget_chroma_clients()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(data), str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
    assert all(line.strip().isdigit() for line in lines), lines

    library = Library(data / "library.sqlite")
    assert [entry for entry in library.entries() if entry.state == "pending"]
    embedder = FakeEmbedder()
    index = HybridIndex(data / "index", embedder)
    again = Ingest(library, index)
    again.resume()
    add_files(again, [folder])
    assert index.verify() == []
    entries = library.entries()
    assert [entry.metadata.id for entry in entries] == many
    assert {entry.state for entry in entries} == {"ready"}
    assert index.held() == {(entry.metadata.id, entry.version) for entry in entries}
    hits = index.search("désarmement doc-07 paragraphe 2", "fr")
    assert hits
    for hit in hits:
        passage = hit.passage
        assert passage.span.of(library.text(passage.document_id, passage.version)) == passage.text


def test_files_below_a_folder(folder: Path) -> None:
    for name in ("b.md", "a.txt", "sub/c.HTML", "d.xlsx", "sub/.hidden.md", "no-suffix"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    names = [path.relative_to(folder).as_posix() for path in files_below(folder)]
    assert names == sorted(names)
    assert {"a.txt", "b.md", "sub/c.HTML"} <= set(names)
    assert not {"d.xlsx", "no-suffix"} & set(names)
    assert files_below(folder / "d.xlsx") == [folder / "d.xlsx"]
