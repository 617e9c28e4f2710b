"""A source and the library in step: plans, what staff decided, what is not reached, and kills at every point."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.convert import Converted, convert
from corpus.errors import CorpusError, StorageError, UnreadableFile
from corpus.following import sources
from corpus.following.owners import gone
from corpus.following.plan import plan
from corpus.following.sources import Found, Item, Problem, address_items, folder_items
from corpus.following.sync import Sync, Synced, SyncStopped
from corpus.ingest import Ingest
from corpus.library import Followed, Library
from corpus.models import Content, Document, Metadata
from corpus.web.fetch import Fetched
from tests.fakes import RecordingIndex, add_bytes, add_files, make_file

SOURCE = "folder:documents"


def make_item(key: str, text: str, id: str = "", name: str = "") -> Item:
    """An item as a folder gives it; without an id it is named by its file."""
    data = make_file(text, id) if id else f"# Note\n\n{text}\n".encode()
    return Item(key, hashlib.sha256(data).hexdigest(), name or key.rpartition("/")[2], partial(bytes, data))


def found(*items: Item, problems: Sequence[Problem] = ()) -> Found:
    return Found(list(items), list(problems))


@dataclass
class House:
    """A library, an index and what keeps them in step with a source."""

    library: Library
    index: RecordingIndex

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.library, self.index)
        self.sync = Sync(self.library, self.ingest)

    def run(self, *items: Item, source: str = SOURCE, **options: object) -> dict[str, Synced]:
        """One outcome a key; that of a document taken out stands under its id."""
        problems = options.pop("problems", ())
        outcomes = self.sync.run(source, found(*items, problems=problems), **options)  # type: ignore[arg-type]
        named = {(o.document_id if o.result == "removed" else o.key): o for o in outcomes}
        assert len(named) == len(outcomes)
        return named

    def results(self, *items: Item, **options: object) -> dict[str, str]:
        return {key: outcome.result for key, outcome in self.run(*items, **options).items()}

    def add(self, text: str, id: str) -> None:
        """As staff do by hand."""
        data = make_file(text, id)
        converted = convert(data, f"{id}.md")
        self.ingest.store(data, f"{id}.md", converted.metadata, converted.content)
        self.ingest.index_stored([id])

    def state(self) -> dict[str, tuple[int, str, str]]:
        """Version, state and text of each document."""
        return {
            e.metadata.id: (e.version, e.state, self.library.text(e.metadata.id, e.version))
            for e in self.library.entries("pending", "ready", "removed")
        }

    def answers(self) -> set[str]:
        """The ids of what may be quoted, which must be what the index holds."""
        ready = {(entry.metadata.id, entry.version) for entry in self.library.entries("ready")}
        assert ready == self.index.held()
        assert not self.library.entries("pending")
        return {id for id, _ in ready}

    def rows(self, source: str = SOURCE) -> dict[str, str]:
        return {key: row.document_id for key, row in self.library.followed(source).items()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Library(tmp_path / "library.sqlite"), RecordingIndex())


# Plans


def row(key: str, sha256: str) -> Followed:
    return Followed(key, sha256, key, "")


def bare(key: str, sha256: str) -> Item:
    return Item(key, sha256, key, bytes)


def test_a_plan_compares_hashes() -> None:
    followed = {key: row(key, sha) for key, sha in {"same": "1", "edited": "2", "lost": "3", "unread": "4"}.items()}
    planned = plan([bare("same", "1"), bare("edited", "5"), bare("new", "6")], followed, ["unread"])
    assert [item.key for item in planned.added] == ["new"]
    assert [item.key for item in planned.changed] == ["edited"]
    assert [item.key for item in planned.unchanged] == ["same"]
    assert [gone.key for gone in planned.removed] == ["lost"]
    assert (planned.lost, planned.followed) == (1, 4)


def test_a_folder_that_is_not_read_holds_what_lies_below() -> None:
    followed = {key: row(key, key) for key in ("fr/a.md", "fr/deep/b.md", "frank.md", "en/a.md")}
    planned = plan([], followed, ["fr/"])
    assert {gone.key for gone in planned.removed} == {"frank.md", "en/a.md"}


@pytest.mark.parametrize(
    ("followed", "lost", "too_many"),
    [
        (0, 0, False),
        (1, 0, False),
        (1, 1, True),
        (2, 1, False),
        (2, 2, True),
        (3, 2, False),
        (3, 3, True),
        (4, 1, False),
        (4, 2, True),
        (6, 2, False),
        (6, 3, True),
        (100, 33, False),
        (100, 34, True),
    ],
)
def test_how_many_may_disappear(followed: int, lost: int, too_many: bool) -> None:
    rows = {str(n): row(str(n), str(n)) for n in range(followed)}
    planned = plan([bare(str(n), str(n)) for n in range(lost, followed)], rows)
    assert (planned.lost, planned.too_many_removed) == (lost, too_many)


def test_files_that_were_moved_are_not_lost() -> None:
    rows = {str(n): row(str(n), f"hash {n}") for n in range(10)}
    planned = plan([bare(f"new/{n}", f"hash {n}") for n in range(10)], rows)
    assert len(planned.removed) == 10
    assert not planned.too_many_removed


KEYS = st.sampled_from(["a", "b", "c", "d/e", "d/f"])


@given(
    st.lists(st.tuples(KEYS, st.sampled_from("123"))),
    st.dictionaries(KEYS, st.sampled_from("123")),
    st.sets(st.sampled_from(["a", "b", "d/"])),
)
def test_a_plan_puts_each_key_in_one_place(
    items: list[tuple[str, str]], known: dict[str, str], unread: set[str]
) -> None:
    followed = {key: row(key, sha) for key, sha in known.items()}
    planned = plan([bare(*item) for item in items], followed, unread)
    parts = [[p.key for p in part] for part in (planned.added, planned.changed, planned.unchanged, planned.removed)]
    keys = [key for part in parts for key in part]
    assert len(keys) == len(set(keys))
    assert {key for part in parts[:3] for key in part} == {key for key, _ in items}
    held = {key for key in known if key in unread or (key.startswith("d/") and "d/" in unread)}
    assert set(parts[3]) == known.keys() - {key for key, _ in items} - held


# Runs


def test_a_first_run_adds_all_and_the_next_does_nothing(house: House) -> None:
    items = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(5)]
    outcomes = house.run(*items)
    assert {o.result for o in outcomes.values()} == {"added"}
    assert {(o.document_id, o.version, o.passages) for o in outcomes.values()} == {(f"doc-{n}", 1, 1) for n in range(5)}
    assert house.index.calls == [[f"doc-{n}" for n in range(5)]]  # together
    assert house.answers() == {f"doc-{n}" for n in range(5)}
    assert {o.result for o in house.run(*items).values()} == {"unchanged"}
    assert len(house.index.calls) == 1


def test_what_changed_and_what_went(house: House) -> None:
    old = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(5)]
    house.run(*old)
    edited = make_item("1.md", "Un autre texte.", "doc-1")
    outcomes = house.run(old[0], edited, *old[2:4], make_item("new.md", "Nouveau.", "new"))
    assert {key: o.result for key, o in outcomes.items()} == {
        "0.md": "unchanged",
        "1.md": "changed",
        "2.md": "unchanged",
        "3.md": "unchanged",
        "doc-4": "removed",
        "new.md": "added",
    }
    assert (outcomes["1.md"].version, outcomes["doc-4"].key) == (2, "4.md")
    assert house.index.calls[-1] == ["doc-1", "new"]
    assert house.answers() == {"doc-0", "doc-1", "doc-2", "doc-3", "new"}
    assert "4.md" not in house.rows()
    assert house.library.text("doc-4", 1) == "Texte 4."  # permalinks go on


def test_a_dry_run_says_the_same_and_does_nothing(house: House) -> None:
    old = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(5)]
    house.run(*old)
    state, rows, calls = house.state(), house.library.followed(SOURCE), len(house.index.calls)
    items = [
        *old[:2],
        make_item("2.md", "Un autre texte.", "doc-2"),
        make_item("3.md", "Un autre id.", "doc-3-b"),
        make_item("new.md", "Nouveau.", "new"),
        make_item("broken.md", "", "broken"),
    ]
    dry = house.results(*items, dry_run=True)
    assert (house.state(), house.library.followed(SOURCE), len(house.index.calls)) == (state, rows, calls)
    assert dry == {
        "0.md": "unchanged",
        "1.md": "unchanged",
        "2.md": "changed",
        "3.md": "added",
        "doc-3": "removed",
        "doc-4": "removed",
        "new.md": "added",
        "broken.md": "failed",
    }
    assert house.results(*items) == dry


def test_too_much_would_disappear(house: House) -> None:
    items = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(6)]
    house.run(*items)
    before = house.state()
    new = make_item("new.md", "Nouveau.", "new")
    for dry_run in (False, True):
        with pytest.raises(SyncStopped) as caught:
            house.run(*items[:3], new, dry_run=dry_run)
        assert caught.value.code == "sync_stopped"
        assert caught.value.values == {"removed": 3, "followed": 6}
    assert house.state() == before
    house.run(*items[:3], new, force=True)
    assert house.answers() == {"doc-0", "doc-1", "doc-2", "new"}


def test_a_moved_file_keeps_its_document(house: House) -> None:
    items = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(6)]
    house.run(*items)
    before = house.state()
    assert house.results(*(replace(item, key=f"2024/{item.key}") for item in items)) == {
        f"2024/{n}.md": "unchanged" for n in range(6)
    }
    assert house.state() == before
    assert house.rows() == {f"2024/{n}.md": f"doc-{n}" for n in range(6)}


def test_a_file_that_was_moved_and_edited_keeps_its_id(house: House) -> None:
    house.run(make_item("a.md", "Un.", "doc"), make_item("other.md", "Autre.", "other"))
    assert house.results(make_item("b.md", "Deux.", "doc"), make_item("other.md", "Autre.", "other")) == {
        "b.md": "changed",
        "other.md": "unchanged",
    }
    assert house.state()["doc"] == (2, "ready", "Deux.")
    assert house.rows() == {"b.md": "doc", "other.md": "other"}


def test_a_file_that_gets_another_id_replaces_its_document(house: House) -> None:
    house.run(make_item("a.md", "Un.", "old"))
    outcomes = house.results(make_item("a.md", "Deux.", "new"))
    assert outcomes == {"a.md": "added", "old": "removed"}
    assert house.answers() == {"new"}


def test_two_files_that_change_places(house: House) -> None:
    house.run(make_item("a.md", "Un.", "one"), make_item("b.md", "Deux.", "two"))
    before = house.state()
    outcomes = house.results(make_item("a.md", "Deux.", "two"), make_item("b.md", "Un.", "one"))
    assert outcomes == {"a.md": "unchanged", "b.md": "unchanged"}
    assert house.state() == before
    assert house.rows() == {"a.md": "two", "b.md": "one"}


# What staff decided


def test_a_roll_back_is_not_undone(house: House) -> None:
    house.run(make_item("a.md", "Un.", "doc"))
    edited = make_item("a.md", "Deux.", "doc")
    house.run(edited)
    house.ingest.restore("doc", 1)
    assert house.results(edited) == {"a.md": "unchanged"}
    assert house.state()["doc"] == (3, "ready", "Un.")
    assert house.results(make_item("a.md", "Trois.", "doc")) == {"a.md": "changed"}
    assert house.state()["doc"] == (4, "ready", "Trois.")


def test_a_removed_document_stays_out_until_its_file_changes(house: House) -> None:
    item = make_item("a.md", "Un.", "doc")
    house.run(item)
    house.ingest.remove("doc", "withdrawn by its publisher")
    outcome = house.run(item)["a.md"]
    assert (outcome.result, outcome.code) == ("unchanged", "stays_removed")
    assert house.answers() == set()
    assert house.results(make_item("a.md", "Deux.", "doc")) == {"a.md": "changed"}
    assert house.answers() == {"doc"}


def test_what_staff_removed_stays_out_when_its_file_goes_and_comes_back(house: House) -> None:
    item, other = make_item("a.md", "Un.", "doc"), make_item("b.md", "Autre.", "other")
    house.run(item, other)
    house.ingest.remove("doc", "withdrawn by its publisher")
    assert house.results(other) == {"b.md": "unchanged"}
    outcome = house.run(item, other)["a.md"]
    assert (outcome.result, outcome.code) == ("unchanged", "stays_removed")
    removal = house.library.removal("doc")
    assert removal is not None
    assert removal.reason == "withdrawn by its publisher"


def test_a_file_that_goes_and_comes_back_brings_its_document_back(house: House) -> None:
    item, other = make_item("a.md", "Un.", "doc"), make_item("b.md", "Autre.", "other")
    house.run(item, other)
    house.run(other)
    assert house.answers() == {"other"}
    removal = house.library.removal("doc")
    assert removal is not None
    assert removal.reason == gone(SOURCE)
    assert house.results(item, other) == {"a.md": "changed", "b.md": "unchanged"}
    assert house.answers() == {"doc", "other"}


def test_a_first_run_over_what_is_there_follows_it(house: House, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(make_file("Un.", "doc"))
    add_files(house.ingest, [path])
    add_bytes(house.ingest, make_file("Retiré.", "out"), "out.md")
    house.ingest.remove("out")
    before = house.state()
    outcomes = house.run(make_item("a.md", "Un.", "doc"), make_item("out.md", "Retiré.", "out"))
    assert [(o.result, o.code) for o in outcomes.values()] == [("unchanged", ""), ("unchanged", "stays_removed")]
    assert house.state() == before
    assert house.rows() == {"a.md": "doc", "out.md": "out"}


# Whose a document is


def test_a_document_that_was_added_by_hand_is_not_overwritten(house: House) -> None:
    add_bytes(house.ingest, make_file("À la main.", "doc"), "doc.md")
    outcome = house.run(make_item("a.md", "Du dossier.", "doc"))["a.md"]
    assert (outcome.result, outcome.code, outcome.values["id"]) == ("failed", "id_taken", "doc")
    assert "by hand" in outcome.reason
    assert house.state()["doc"] == (1, "ready", "À la main.")
    assert house.rows() == {}
    house.ingest.remove("doc")
    assert house.results(make_item("a.md", "Du dossier.", "doc")) == {"a.md": "changed"}


def test_a_first_run_may_adopt_what_nothing_follows(house: House) -> None:
    house.add("Avant.", "doc")
    house.add("D'ailleurs.", "other")
    house.library.follow("folder:other", "other.md", "hash", "other")
    outcomes = house.run(make_item("a.md", "Après.", "doc"), make_item("b.md", "D'ici.", "other"), adopt=True)
    assert {key: (o.result, o.code) for key, o in outcomes.items()} == {
        "a.md": ("changed", ""),
        "b.md": ("failed", "id_taken"),
    }
    assert house.state()["doc"] == (2, "ready", "Après.")
    assert house.state()["other"] == (1, "ready", "D'ailleurs.")


def test_the_document_of_another_source_is_not_overwritten(house: House) -> None:
    house.run(make_item("a.md", "Un.", "doc"), source="folder:other")
    outcome = house.run(make_item("a.md", "Deux.", "doc"))["a.md"]
    assert (outcome.result, outcome.code) == ("failed", "id_taken")
    assert "a.md in folder:other" in outcome.reason
    assert house.state()["doc"] == (1, "ready", "Un.")


@pytest.mark.parametrize("existing", [False, True])
def test_two_files_of_one_id(house: House, existing: bool) -> None:
    first, second = make_item("b.md", "Un.", "doc"), make_item("a.md", "Deux.", "doc")
    if existing:
        house.run(first)
    outcomes = house.run(first, second)
    assert (outcomes["a.md"].result, outcomes["a.md"].code) == ("failed", "id_taken")
    assert "b.md" in outcomes["a.md"].reason
    assert house.state()["doc"] == (1, "ready", "Un.")
    assert house.results(make_item("b.md", "Trois.", "doc"), second) == {"b.md": "changed", "a.md": "failed"}
    assert house.state()["doc"] == (2, "ready", "Trois.")


def test_two_files_of_the_same_bytes_are_one_document(house: House) -> None:
    first, second = make_item("a.md", "Un."), make_item("b.md", "Un.")
    for _ in range(2):
        outcomes = house.run(first, second)
        assert (outcomes["b.md"].result, outcomes["b.md"].code) == ("unchanged", "duplicate")
        assert outcomes["b.md"].values == {"other": "a.md"}
    assert house.answers() == {"a"}
    assert house.results(second) == {"b.md": "unchanged"}  # the document goes over to it
    assert house.rows() == {"b.md": "a"}
    assert house.answers() == {"a"}


def test_a_file_that_becomes_a_copy_of_another(house: House) -> None:
    house.run(make_item("a.md", "Un."), make_item("b.md", "Deux."))
    copy = make_item("b.md", "Un.")
    assert house.results(make_item("a.md", "Un."), copy) == {"a.md": "unchanged", "b.md": "unchanged", "b": "removed"}
    assert house.answers() == {"a"}
    assert house.rows() == {"a.md": "a"}


def test_a_copy_in_another_source_does_not_take_the_document_with_it(house: House) -> None:
    item = make_item("a.md", "Un.", "doc")
    house.run(item, source="folder:other")
    assert house.run(item, make_item("b.md", "Deux.", "two"))["a.md"].code == "duplicate"
    assert house.results(make_item("b.md", "Deux.", "two")) == {"b.md": "unchanged"}
    assert house.answers() == {"doc", "two"}


def test_a_document_that_two_sources_follow_goes_with_the_last(house: House) -> None:
    item, other = make_item("a.md", "Un.", "doc"), make_item("b.md", "Deux.", "two")
    house.run(item, other)
    house.library.follow("folder:other", "a.md", item.sha256, "doc")
    assert house.results(other) == {"b.md": "unchanged"}
    assert house.answers() == {"doc", "two"}
    assert house.results(source="folder:other", force=True) == {"doc": "removed"}
    assert house.answers() == {"two"}


# Failures


def test_what_cannot_be_read_stays_as_it_is(house: House) -> None:
    house.run(make_item("a.md", "Un.", "one"), make_item("fr/b.md", "Deux.", "two"))
    before = house.state(), house.rows()
    problems = [Problem("a.md", "no answer", "address_timeout", {"status": 1}), Problem("fr/", "not listed")]
    outcomes = house.run(problems=problems)
    assert outcomes["a.md"] == Synced(
        "a.md", "failed", reason="no answer", code="address_timeout", values={"status": 1}
    )
    assert outcomes["fr/"].result == "failed"
    assert (house.state(), house.rows()) == before


def test_one_file_that_cannot_be_converted_does_not_stop_the_others(house: House) -> None:
    house.run(make_item("a.md", "Un.", "one"))
    outcomes = house.run(make_item("a.md", "", "one"), make_item("b.md", "Deux.", "two"), make_item("c.exe", "Trois."))
    assert {key: o.result for key, o in outcomes.items()} == {"a.md": "failed", "b.md": "added", "c.exe": "failed"}
    assert "no text" in outcomes["a.md"].reason
    assert house.state()["one"] == (1, "ready", "Un.")  # what is held stays
    assert house.rows() == {"a.md": "one", "b.md": "two"}
    assert house.results(make_item("a.md", "Trois.", "one"), make_item("b.md", "Deux.", "two"))["a.md"] == "changed"


def test_a_file_that_fails_again_and_again_is_tried_each_time(house: House) -> None:
    broken = make_item("a.md", "", "one")
    assert [house.results(broken)["a.md"] for _ in range(2)] == ["failed", "failed"]


def test_the_gate_refuses_or_changes(house: House) -> None:
    def gate(item: Item, converted: Converted) -> Converted:
        if item.key == "bad.md":
            raise CorpusError("it has no publisher", code="no_publisher", level=3)
        return replace(converted, metadata=replace(converted.metadata, publisher="OIAC"))

    outcomes = house.run(make_item("bad.md", "Un.", "bad"), make_item("good.md", "Deux.", "good"), accept=gate)
    bad = outcomes["bad.md"]
    assert (bad.result, bad.reason, bad.code, bad.values) == (
        "failed",
        "it has no publisher",
        "no_publisher",
        {"level": 3},
    )
    assert house.answers() == {"good"}
    assert house.library.get("good").metadata.publisher == "OIAC"


def test_a_code_of_the_gate_is_not_taken_for_one_of_ours(house: House) -> None:
    def gate(_item: Item, _converted: Converted) -> Converted:
        raise CorpusError("it is much like another document", code="duplicate")

    house.run(make_item("a.md", "Un.", "one"))
    assert house.results(make_item("a.md", "Deux.", "one"), accept=gate) == {"a.md": "failed"}
    assert house.rows() == {"a.md": "one"}
    assert house.answers() == {"one"}


def test_staff_who_remove_a_document_during_a_run_are_heard(house: House) -> None:
    def gate(_item: Item, converted: Converted) -> Converted:
        house.ingest.remove("gone", "withdrawn by its publisher")
        return converted

    other = make_item("b.md", "Autre.", "other")
    house.run(make_item("a.md", "Un.", "gone"), other)
    house.run(other, make_item("c.md", "Trois.", "three"), accept=gate)
    removal = house.library.removal("gone")
    assert removal is not None
    assert removal.reason == "withdrawn by its publisher"


def test_a_full_disk_is_not_a_fault_of_one_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_item: Item, _converted: Converted) -> Converted:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError):
        house.run(make_item("a.md", "Un.", "doc"), accept=full)
    assert house.rows() == {}


def test_a_file_that_changes_during_the_run_is_left_for_the_next(house: House) -> None:
    data = [make_file("Un.", "doc"), make_file("Deux.", "doc")]
    item = Item("a.md", hashlib.sha256(data[0]).hexdigest(), "a.md", lambda: data.pop(0) if len(data) > 1 else data[0])
    outcome = house.run(item)["a.md"]  # it is converted from the first bytes, and has others when it is stored
    assert (outcome.result, outcome.code) == ("failed", "being_written")
    assert house.state() == {}
    assert house.rows() == {}


def test_all_is_converted_before_anything_is_stored(house: House) -> None:
    seen: list[int] = []

    def gate(_item: Item, converted: Converted) -> Converted:
        seen.append(len(house.library.entries()))
        return converted

    house.run(*(make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(3)), accept=gate)
    assert seen == [0, 0, 0]


def test_progress_is_told(house: House) -> None:
    told: list[tuple[str, int, int]] = []
    house.run(
        *(make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(2)), progress=lambda *step: told.append(step)
    )
    assert told[:2] == [("read", 1, 2), ("read", 2, 2)]
    assert told[-1] == ("index", 2, 2)


def test_an_index_that_fails_is_made_good_by_the_next_run(house: House) -> None:
    house.run(make_item("a.md", "Un.", "one"), make_item("b.md", "Deux.", "two"))
    items = [make_item("a.md", "Trois.", "one"), make_item("c.md", "Quatre.", "four")]
    house.index.fails = True
    with pytest.raises(RuntimeError):
        house.run(*items)
    house.index.fails = False
    assert house.results(*items) == {"a.md": "unchanged", "c.md": "unchanged", "two": "removed"}
    assert house.answers() == {"one", "four"}
    assert house.state()["one"] == (2, "ready", "Trois.")


def test_runs_at_the_same_time_are_one_after_the_other(house: House) -> None:
    items = [make_item(f"{n}.md", f"Texte {n}.", f"doc-{n}") for n in range(20)]
    threads = [Thread(target=house.run, args=items) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {version for version, _, _ in house.state().values()} == {1}
    assert len(house.index.calls) == 1


# Kills


class Killed(BaseException):
    """What ends the process: nothing may catch it."""


@dataclass
class Fuse:
    """Counts what changes the library or the index, and kills before one of these changes."""

    at: int | None = None
    count: int = 0

    def before(self, change: Callable[[], object]) -> object:
        self.count += 1
        if self.count == self.at:
            raise Killed
        return change()


class FusedLibrary(Library):
    def __init__(self, path: Path, fuse: Fuse) -> None:
        super().__init__(path)
        self.fuse = fuse

    def save(self, data: bytes, name: str, metadata: Metadata, content: Content) -> tuple[Document, bool]:
        return self.fuse.before(lambda: super(FusedLibrary, self).save(data, name, metadata, content))  # type: ignore[return-value]

    def mark(self, *arguments: object, **options: object) -> None:
        self.fuse.before(lambda: super(FusedLibrary, self).mark(*arguments, **options))  # type: ignore[arg-type]

    def follow(self, *arguments: str) -> None:
        self.fuse.before(lambda: super(FusedLibrary, self).follow(*arguments))

    def unfollow(self, *arguments: str) -> None:
        self.fuse.before(lambda: super(FusedLibrary, self).unfollow(*arguments))


class FusedIndex(RecordingIndex):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    def replace(self, documents, progress=lambda _done, _of: None):  # type: ignore[no-untyped-def]
        self.fuse.before(lambda: super(FusedIndex, self).replace(documents, progress))

    def remove(self, document_id: str) -> None:
        self.fuse.before(lambda: super(FusedIndex, self).remove(document_id))


BEFORE = [
    make_item("same.md", "Le même.", "same"),
    make_item("edited.md", "Avant.", "edited"),
    make_item("renamed.md", "Renommé.", "renamed"),
    make_item("other-id.md", "Ancien id.", "old-id"),
    make_item("moved-edited.md", "Avant.", "moved-edited"),
    make_item("left.md", "Parti.", "left"),
    make_item("staff.md", "Retiré.", "staff"),
    make_item("back.md", "De retour.", "back"),
    make_item("was-two.md", "Deux.", "was-two"),
]
AFTER = [
    BEFORE[0],
    make_item("edited.md", "Après.", "edited"),
    replace(BEFORE[2], key="fr/renamed.md"),
    make_item("other-id.md", "Nouvel id.", "new-id"),
    make_item("fr/moved-edited.md", "Après.", "moved-edited"),
    BEFORE[7],
    make_item("was-two.md", "Le même.", "same"),
    make_item("new.md", "Nouveau.", "new"),
    make_item("new-copy.md", "Nouveau.", "new"),
    make_item("broken.md", "", "broken"),
]


@pytest.fixture
def scene(tmp_path: Path) -> Callable[[], House]:
    """Makes houses after two runs, in which staff removed one document and one file went."""
    first = House(Library(tmp_path / "first.sqlite"), RecordingIndex())
    first.run(*BEFORE)
    first.ingest.remove("staff", "withdrawn")
    first.run(*(item for item in BEFORE if item.key != "back.md"))
    numbers = count()

    def make() -> House:
        path, fuse = tmp_path / f"{next(numbers)}.sqlite", Fuse()
        shutil.copy(first.library.path, path)
        index = FusedIndex(fuse)
        index.passages = dict(first.index.passages)
        return House(FusedLibrary(path, fuse), index)

    return make


def picture(house: House) -> tuple[object, ...]:
    """All that a run leaves, without times."""
    rows = {key: (row.sha256, row.document_id) for key, row in house.library.followed(SOURCE).items()}
    return house.state(), rows, house.answers(), house.index.passages


def test_a_kill_at_any_point_is_made_good_by_the_next_run(scene: Callable[[], House]) -> None:
    whole = scene()
    whole.run(*AFTER, force=True)
    expected = picture(whole)
    assert whole.answers() == {"same", "edited", "renamed", "new-id", "moved-edited", "back", "new"}
    changes = whole.index.fuse.count  # type: ignore[attr-defined]
    assert changes > 20
    for at in range(1, changes + 1):
        house = scene()
        fuse = house.index.fuse  # type: ignore[attr-defined]
        fuse.at = at
        with pytest.raises(Killed):
            house.run(*AFTER, force=True)
        fuse.at = None
        house.run(*AFTER, force=True)
        assert picture(house) == expected, f"killed before change {at}"


# Folders


def put(folder: Path, key: str, text: str = "Un texte.", *, age: float = 60) -> Path:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# Note\n\n{text}\n")
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


def keys(listed: Found) -> list[str]:
    return [item.key for item in listed.items]


def codes(listed: Found) -> dict[str, str]:
    return {problem.key: problem.code for problem in listed.problems}


def test_a_folder_gives_its_documents(folder: Path) -> None:
    for key in ("b.md", "a.txt", "fr/Déclaration finale.HTML", "fr/deep/c.md"):
        put(folder, key)
    listed = folder_items(folder)
    assert keys(listed) == ["a.txt", "b.md", "fr/Déclaration finale.HTML", "fr/deep/c.md"]
    assert [item.name for item in listed.items] == ["a.txt", "b.md", "Déclaration finale.HTML", "c.md"]
    for item in listed.items:
        assert item.load() == (folder / item.key).read_bytes()
        assert item.sha256 == hashlib.sha256(item.load()).hexdigest()
    assert not listed.problems


@pytest.mark.parametrize(
    "key",
    [
        ".hidden.md",
        ".~lock.a.md",
        "~$a.md",
        "~WRL0001.md",
        ".git/a.md",
        "__MACOSX/a.md",
        "@eaDir/a.md",
        "a.md.part",
        "a.tmp",
        "a.md.crdownload",
        ".DS_Store",
        "Thumbs.db",
        "a.exe",
        "a",
        "md",
    ],
)
def test_what_programs_leave_behind_is_no_document(folder: Path, key: str) -> None:
    put(folder, "a.md")
    put(folder, key)
    assert keys(folder_items(folder)) == ["a.md"]
    assert folder_items(folder).problems == []


def test_a_file_that_was_just_written_is_left_for_the_next_run(folder: Path) -> None:
    put(folder, "old.md", age=10)
    put(folder, "new.md", age=0)
    listed = folder_items(folder)
    assert keys(listed) == ["old.md"]
    assert codes(listed) == {"new.md": "being_written"}
    assert keys(folder_items(folder, settled=0)) == ["new.md", "old.md"]


def test_a_file_that_grows_while_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(folder, "a.md")
    read = Path.read_bytes

    def growing(self: Path) -> bytes:
        data = read(self)
        with self.open("ab") as file:
            file.write(b"more")
        os.utime(path, (time.time() - 60,) * 2)
        return data

    monkeypatch.setattr(Path, "read_bytes", growing)
    assert codes(folder_items(folder)) == {"a.md": "being_written"}


def test_links_that_leave_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.md", "secret")
    put(folder, "a.md")
    (folder / "link.md").symlink_to(outside)
    (folder / "dots.md").symlink_to("../outside/secret.md")
    (folder / "linked").symlink_to(outside.parent, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.md").symlink_to(folder / "missing.md")
    (folder / "circle.md").symlink_to(folder / "circle.md")
    listed = folder_items(folder)
    assert keys(listed) == ["a.md"]
    assert codes(listed) == {
        "link.md": "link_outside",
        "dots.md": "link_outside",
        "linked/": "link_outside",
        "loop/": "link_outside",
        "nowhere.md": "unreadable",
        "circle.md": "unreadable",
    }
    assert "secret" not in " ".join(problem.reason for problem in listed.problems)


def test_a_link_inside_the_folder_and_a_folder_that_is_a_link(folder: Path, tmp_path: Path) -> None:
    path = put(folder, "a.md")
    (folder / "b.md").symlink_to(path)
    (tmp_path / "documents-link").symlink_to(folder, target_is_directory=True)
    assert keys(folder_items(tmp_path / "documents-link")) == ["a.md", "b.md"]


def test_a_file_that_becomes_a_link_after_it_was_found(folder: Path, tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.md", "secret")
    path = put(folder, "a.md")
    (item,) = folder_items(folder).items
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(UnreadableFile) as caught:
        item.load()
    assert caught.value.code == "link_outside"


def test_a_pipe_does_not_hang_the_run(folder: Path) -> None:
    put(folder, "a.md")
    os.mkfifo(folder / "pipe.md")
    listed = folder_items(folder)
    assert (keys(listed), codes(listed)) == (["a.md"], {"pipe.md": "unreadable"})


def test_a_file_that_is_too_large_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 100)
    put(folder, "a.md", "x" * 50)
    put(folder, "b.md", "x" * 200)
    listed = folder_items(folder)
    assert (keys(listed), codes(listed)) == (["a.md"], {"b.md": "too_large"})


def test_files_and_folders_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as a user who may read everything: the system's refusal is played."""
    put(folder, "a.md")
    put(folder, "b.md")
    put(folder, "fr/c.md")
    scan, read = os.scandir, Path.read_bytes

    def scandir(path: str) -> object:
        if str(path).endswith("fr"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    def read_bytes(self: Path) -> bytes:
        if self.name == "b.md":
            raise PermissionError(13, "Permission denied", str(self))
        return read(self)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    listed = folder_items(folder)
    assert keys(listed) == ["a.md"]
    assert codes(listed) == {"fr/": "unreadable", "b.md": "unreadable"}
    assert all("Permission denied" in problem.reason for problem in listed.problems)


def test_a_file_whose_name_is_no_unicode(folder: Path, house: House) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    put(folder, name)
    (item,) = folder_items(folder).items
    item.key.encode()
    assert house.results(item) == {item.key: "added"}
    assert house.results(item) == {item.key: "unchanged"}


@pytest.mark.parametrize("what", ["missing", "file", "empty", "only junk"])
def test_a_folder_that_is_not_there_is_an_error(folder: Path, what: str) -> None:
    path = folder / what
    if what == "file":
        path.write_text("text")
    elif what != "missing":
        path.mkdir()
    if what == "only junk":
        put(path, ".DS_Store")
    with pytest.raises(UnreadableFile) as caught:
        folder_items(path)
    assert caught.value.code == ("folder_empty" if what in ("empty", "only junk") else "folder_missing")
    assert str(path) in str(caught.value)
    if what in ("empty", "only junk"):
        assert folder_items(path, may_be_empty=True) == Found([], [])


def test_a_folder_and_the_library(folder: Path, house: House) -> None:
    for name in ("a", "b", "c", "d"):
        put(folder, f"{name}.md", f"Texte de {name}.")
    run = partial(house.sync.run, SOURCE)
    assert {o.result for o in run(folder_items(folder))} == {"added"}
    put(folder, "a.md", "Un autre texte.")
    (folder / "b.md").unlink()
    put(folder, "c.md", "À moitié éc", age=0)
    results = {o.key: o.result for o in run(folder_items(folder))}
    assert results == {"a.md": "changed", "b.md": "removed", "c.md": "failed", "d.md": "unchanged"}
    assert house.answers() == {"a", "c", "d"}
    assert house.state()["c"][2] == "Note\n\nTexte de c."


# Addresses


class FakeFetcher:
    """Gives what a table says."""

    def __init__(self, pages: dict[str, bytes | UnreadableFile]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        page = self.pages[url]
        if isinstance(page, UnreadableFile):
            raise page
        return Fetched(page, "conference.html", f"{url}?session=1", "text/html")


def html(text: str) -> bytes:
    return f"<html><head><title>Conférence</title></head><body><p>{text}</p></body></html>".encode()


FR, EN, LATE = (
    "https://www.documents.test/fr/conference",
    "https://www.documents.test/en/conference",
    "http://late.test/",
)


def test_addresses_and_the_library(house: House) -> None:
    pages: dict[str, bytes | UnreadableFile] = {FR: html("Un texte."), EN: html("A text."), LATE: html("Tard.")}
    fetcher = FakeFetcher(pages)
    run = partial(house.sync.run, "addresses")
    addresses = [FR, f" {FR} ", EN, "", LATE]
    outcomes = run(address_items(addresses, fetcher))
    assert fetcher.asked == [FR, EN, LATE]
    assert {o.key: (o.result, o.document_id) for o in outcomes} == {
        FR: ("added", "documents.test-fr-conference"),
        EN: ("added", "documents.test-en-conference"),
        LATE: ("added", "late.test"),
    }
    assert house.library.get("documents.test-fr-conference").metadata.url == FR
    pages[LATE] = UnreadableFile("no answer in time", code="address_timeout", address=LATE)
    pages[EN] = html("Another text.")
    outcomes = run(address_items(addresses, fetcher))
    assert {o.key: (o.result, o.code) for o in outcomes} == {
        FR: ("unchanged", ""),
        EN: ("changed", ""),
        LATE: ("failed", "address_timeout"),
    }
    assert house.answers() == {"documents.test-fr-conference", "documents.test-en-conference", "late.test"}
    outcomes = run(address_items([FR, LATE], fetcher))
    assert {o.key: o.result for o in outcomes} == {FR: "unchanged", EN: "removed", LATE: "failed"}
    assert house.answers() == {"documents.test-fr-conference", "late.test"}


def test_what_is_too_much_to_hold_is_fetched_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: dict[str, bytes | UnreadableFile] = {FR: html("Un texte."), EN: html("A text."), LATE: html("Tard.")}
    monkeypatch.setattr(sources, "MOST_HELD", len(html("Un texte.")))
    fetcher = FakeFetcher(pages)
    listed = address_items(pages, fetcher)
    pages[LATE] = html("Plus tard.")
    outcomes = house.sync.run("addresses", listed)
    assert {o.key: (o.result, o.code) for o in outcomes} == {
        FR: ("added", ""),
        EN: ("added", ""),
        LATE: ("failed", "being_written"),
    }
    assert fetcher.asked.count(FR) == 1
    assert fetcher.asked.count(EN) > 1


def test_an_address_that_a_document_names_itself_is_kept(house: House) -> None:
    page = make_file("Un texte.", "doc", url="https://example.org/original")
    house.sync.run(
        "addresses",
        Found(
            [
                replace(
                    make_item(FR, "Un texte.", name="a.md"),
                    load=partial(bytes, page),
                    sha256=hashlib.sha256(page).hexdigest(),
                    url=FR,
                )
            ],
            [],
        ),
    )
    assert house.library.get("doc").metadata.url == "https://example.org/original"


def test_the_names_of_long_addresses_differ() -> None:
    addresses = [f"https://documents.test/{'a' * 300}/{n}" for n in range(3)]
    listed = address_items(addresses, FakeFetcher({address: html(address) for address in addresses}))
    names = {item.name for item in listed.items}
    assert len(names) == 3
    assert all(len(name) < 120 and name.endswith(".html") for name in names)
