"""The Chroma collection, embedded and on a real server: the same results, stamps, and damaged stores."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StorageError
from tests.fakes import forget_chroma_clients
from tests.vectorstore.conftest import free_port
from vectorstore import chroma
from vectorstore.chroma import PAGE, ChromaStore, ModelMismatch, open_cleared
from vectorstore.geometry import Array, unit

MANY = 1_300
"""Above Chroma's threshold (1,000) for writing its index to files."""


def vectors(count: int, seed: int = 1) -> list[Array]:
    return list(unit(np.random.default_rng(seed).standard_normal((count, 24)).astype(np.float32)))


def ids(count: int) -> list[str]:
    return [f"doc:{number}:0" for number in range(count)]


@pytest.fixture(params=["embedded", "server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "embedded":
        return tmp_path / "chroma"
    address: str = request.getfixturevalue("chroma_server")
    open_cleared(address, "none")
    forget_chroma_clients()
    ChromaStore(address, "none")._client.delete_collection(chroma.COLLECTION)
    return address


def exact(query: Array, held: list[Array], count: int) -> list[str]:
    order = np.argsort([-float(query @ vector) for vector in held], kind="stable")
    return [f"doc:{number}:0" for number in order[:count]]


def test_the_nearest_are_those_of_exact_search(where: Path | str) -> None:
    store, held = ChromaStore(where, "a"), vectors(400)
    store.upsert(ids(400), held)
    for query in vectors(20, seed=2):
        assert store.nearest(query, 10) == exact(query, held, 10)
    assert store.count() == 400
    assert sorted(store.ids()) == sorted(ids(400))


def test_embedded_and_server_find_the_same(tmp_path: Path, chroma_server: str) -> None:
    held = vectors(600)
    stores = [open_cleared(tmp_path / "chroma", "a"), open_cleared(chroma_server, "a")]
    for store in stores:
        store.upsert(ids(600), held)
        store.delete(ids(600)[:50])
    for query in vectors(30, seed=3):
        embedded, served = (store.nearest(query, 20) for store in stores)
        assert embedded == served
        assert not set(embedded) & set(ids(600)[:50])


def test_an_empty_collection_finds_nothing(where: Path | str) -> None:
    store = ChromaStore(where, "a")
    assert store.nearest(vectors(1)[0], 5) == []
    assert list(store.ids()) == []
    store.upsert([], [])
    store.delete([])
    assert store.count() == 0


def test_fewer_than_asked_for(where: Path | str) -> None:
    store = ChromaStore(where, "a")
    store.upsert(ids(3), vectors(3))
    assert len(store.nearest(vectors(1)[0], 50)) == 3


def test_upsert_replaces(where: Path | str) -> None:
    store, (first, second) = ChromaStore(where, "a"), vectors(2)
    store.upsert(["one", "two"], [first, second])
    store.upsert(["one"], [-second])
    assert store.count() == 2
    assert store.nearest(-second, 1) == ["one"]


def test_delete_ignores_what_is_not_there(where: Path | str) -> None:
    store = ChromaStore(where, "a")
    store.upsert(ids(3), vectors(3))
    store.delete(["doc:1:0", "absent"])
    assert sorted(store.ids()) == ["doc:0:0", "doc:2:0"]


def test_more_than_a_page(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path / "chroma", "a")
    count = PAGE + 600
    store.upsert(ids(count), vectors(count))
    assert store.count() == count
    assert len(set(store.ids())) == count
    store.delete(ids(count)[: PAGE + 100])
    assert len(set(store.ids())) == 500


def test_a_store_opens_again(where: Path | str) -> None:
    ChromaStore(where, "a").upsert(ids(20), vectors(20))
    forget_chroma_clients()
    again = ChromaStore(where, "a")
    assert again.count() == 20
    assert again.nearest(vectors(20)[7], 1) == ["doc:7:0"]


def test_another_model_is_refused_with_what_to_do(where: Path | str) -> None:
    ChromaStore(where, "first/1").upsert(ids(3), vectors(3))
    with pytest.raises(ModelMismatch) as caught:
        ChromaStore(where, "second/2")
    message = str(caught.value)
    assert "first/1" in message and "second/2" in message
    assert "reindex" in message and "BOT_EMBEDDING_MODEL" in message
    assert ChromaStore(where, "first/1").count() == 3


def test_clearing_makes_room_for_another_model(where: Path | str) -> None:
    ChromaStore(where, "first/1").upsert(ids(3), vectors(3))
    store = open_cleared(where, "second/2")
    assert store.count() == 0
    other = unit(np.ones(7, np.float32))
    store.upsert(["x"], [other])
    assert ChromaStore(where, "second/2").nearest(other, 1) == ["x"]
    with pytest.raises(ModelMismatch):
        ChromaStore(where, "first/1")


def test_clear_empties_and_goes_on(where: Path | str) -> None:
    store = ChromaStore(where, "a")
    store.upsert(ids(30), vectors(30))
    store.clear()
    assert store.count() == 0
    store.upsert(ids(5), vectors(5))
    assert sorted(store.ids()) == ids(5)


def test_the_space_is_cosine(where: Path | str) -> None:
    """Long vectors do not win by their length."""
    store = ChromaStore(where, "a")
    near, far = np.array([1, 0.1], np.float32), np.array([60, 80], np.float32)
    store.upsert(["near", "far"], [near, far])
    assert store.nearest(np.array([1, 0], np.float32), 2) == ["near", "far"]


def test_a_vector_of_another_length_is_a_message(where: Path | str) -> None:
    store = ChromaStore(where, "a")
    store.upsert(ids(3), vectors(3))
    with pytest.raises(StorageError, match="reindex"):
        store.upsert(["x"], [np.ones(5, np.float32)])
    with pytest.raises(StorageError, match="reindex"):
        store.nearest(np.ones(5, np.float32), 1)
    assert store.count() == 3


def test_a_server_that_is_not_there_is_a_message() -> None:
    with pytest.raises(StorageError, match="BOT_CHROMA_URL") as caught:
        ChromaStore(f"http://127.0.0.1:{free_port()}", "a")
    assert "127.0.0.1" in str(caught.value)


def spoiled_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"no database " * 1_000)


def cut_index_files(folder: Path) -> None:
    for file in segments(folder):
        file.write_bytes(file.read_bytes()[:100])


def lost_index_files(folder: Path) -> None:
    for file in segments(folder):
        file.unlink()


def segments(folder: Path) -> list[Path]:
    found = [file for file in folder.glob("*/*") if file.is_file()]
    assert found, "the index files are written beyond a thousand vectors"
    return found


@pytest.mark.parametrize("damage", [spoiled_database, cut_index_files, lost_index_files])
def test_a_damaged_store_is_a_message_and_can_be_cleared(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    folder = tmp_path / "chroma"
    ChromaStore(folder, "a").upsert(ids(MANY), vectors(MANY))
    forget_chroma_clients()
    damage(folder)
    with pytest.raises(StorageError, match="reindex"):
        list(ChromaStore(folder, "a").ids())
    store = open_cleared(folder, "a")
    assert store.count() == 0
    store.upsert(ids(5), vectors(5))
    assert store.nearest(vectors(5)[2], 1) == ["doc:2:0"]
    forget_chroma_clients()
    assert ChromaStore(folder, "a").count() == 5


def test_an_unreadable_store_is_kept_for_inspection(tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    ChromaStore(folder, "a").upsert(ids(5), vectors(5))
    forget_chroma_clients()
    spoiled_database(folder)
    open_cleared(folder, "a")
    (kept,) = tmp_path.glob("chroma.unreadable-*")
    assert (kept / "chroma.sqlite3").read_bytes().startswith(b"no database")


def test_a_deleted_folder_is_an_empty_store(tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    ChromaStore(folder, "a").upsert(ids(5), vectors(5))
    forget_chroma_clients()
    shutil.rmtree(folder)
    assert ChromaStore(folder, "a").count() == 0
