"""Lower states: kept with the passages, computed where they are missing, those of the bundled model's own layer."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.models import Passage, Span
from corpus.split import split
from tests.bot.lower import HIDDEN, STAMP, LowerEmbedder
from tests.fakes import FakeEmbedder, forget_chroma_clients, make_document, with_passages
from vectorstore import passages as passages_module
from vectorstore.embedder import BATCH, LOWER_LAYERS, LowerStates, PassageEncoding, SentenceTransformerEmbedder
from vectorstore.geometry import Role
from vectorstore.index import HybridIndex
from vectorstore.passages import MIGRATIONS, PassageStore

TEXTS = (
    "The harbour was closed in 1997. Ships went to Ceuta.",
    "أُغلق الميناء عام 1997 🚢.",
    "港口于1997年关闭𠀀。",
    "Le port rouvrit, tout à coup, en été.",
)
LOWER = LowerEmbedder().lower


def passage(text: str, id: str = "note") -> Passage:
    span = Span(0, len(text))
    return Passage(id, 1, span, text, "en", (span,))


PASSAGES = tuple(passage(text, f"d{number}") for number, text in enumerate(TEXTS))


def equal(one: LowerStates, other: LowerStates) -> bool:
    pairs = ((one.states, other.states), (one.pieces, other.pieces), (one.offsets, other.offsets))
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


def put(store: PassageStore, embedder: FakeEmbedder, *given: Passage) -> list[PassageEncoding]:
    encodings = list(embedder.encode_passages([p.text for p in given], [p.language for p in given]))
    store.put([(p, "Note") for p in given], encodings)
    return encodings


@pytest.fixture
def store(tmp_path: Path) -> PassageStore:
    return PassageStore(tmp_path / "passages.sqlite")


def rows(store: PassageStore) -> int:
    with closing(sqlite3.connect(store.path)) as db:
        return int(db.execute("SELECT count(*) FROM lower_states").fetchone()[0])


def test_states_are_kept_with_their_passages(store: PassageStore) -> None:
    put(store, LowerEmbedder(), *PASSAGES)
    found = PassageStore(store.path).lower_states([p.id for p in PASSAGES[::-1]])
    assert found.keys() == {p.id for p in PASSAGES}
    for one in PASSAGES:
        assert equal(found[one.id], LOWER(one.text))


def test_states_of_the_passages_asked_for(store: PassageStore) -> None:
    put(store, LowerEmbedder(), *PASSAGES)
    assert store.lower_states([PASSAGES[2].id, "nothing:1:0"]).keys() == {PASSAGES[2].id}
    assert store.lower_states([]) == {}


def test_passages_without_states_have_none(store: PassageStore) -> None:
    put(store, FakeEmbedder(), PASSAGES[0])
    put(store, LowerEmbedder(), PASSAGES[1])
    assert store.lower_states([p.id for p in PASSAGES]).keys() == {PASSAGES[1].id}
    assert store.without_lower_states() == 1


def test_states_go_with_their_passages(store: PassageStore) -> None:
    put(store, LowerEmbedder(), *PASSAGES)
    store.delete([PASSAGES[0].id, PASSAGES[3].id])
    assert rows(store) == 2
    assert store.lower_states([p.id for p in PASSAGES]).keys() == {PASSAGES[1].id, PASSAGES[2].id}
    store.clear()
    assert rows(store) == 0
    put(store, LowerEmbedder(), PASSAGES[0])
    assert equal(store.lower_states([PASSAGES[0].id])[PASSAGES[0].id], LOWER(TEXTS[0]))


def test_a_passage_put_twice_keeps_its_states(store: PassageStore) -> None:
    put(store, LowerEmbedder(), PASSAGES[0])
    put(store, FakeEmbedder(), PASSAGES[0])
    put(store, LowerEmbedder(), PASSAGES[0])
    assert rows(store) == 1


def test_a_passage_without_tokens_has_states_of_none(store: PassageStore) -> None:
    blank = passage(" \u200b ")
    assert not len(LowerEmbedder(most=0).lower(blank.text).pieces)
    put(store, LowerEmbedder(most=0), blank)
    assert len(store.lower_states([blank.id])[blank.id].pieces) == 0


DOCUMENTS = tuple(make_document(text, f"d{number}", language="en") for number, text in enumerate(TEXTS))
SPLIT = tuple(one for document in DOCUMENTS for one in split(document))


def opened(tmp_path: Path, embedder: FakeEmbedder) -> HybridIndex:
    forget_chroma_clients()
    return HybridIndex(tmp_path / "index", embedder)


def schema(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of the time before there were lower states."""
    with monkeypatch.context() as before:
        before.setattr(passages_module, "MIGRATIONS", MIGRATIONS[:1])
        opened(tmp_path, FakeEmbedder(STAMP)).replace(with_passages(*DOCUMENTS))
    assert schema(tmp_path / "index" / "passages.sqlite") == 1
    return tmp_path


def test_an_index_of_before_opens_and_computes_what_is_missing(old: Path) -> None:
    embedder = LowerEmbedder()
    index = opened(old, embedder)
    assert schema(old / "index" / "passages.sqlite") == len(MIGRATIONS) == 2
    assert index.search("When was the harbour closed?", "en")[0].passage == SPLIT[0]
    assert index.passages.lower_states([p.id for p in SPLIT]) == {}
    found = index.lower_states(SPLIT)
    assert all(equal(states, LOWER(p.text)) for states, p in zip(found, SPLIT, strict=True))
    assert embedder.asked == [("passage", [p.text for p in SPLIT])]


def test_only_what_is_missing_is_computed_and_the_order_kept(old: Path) -> None:
    embedder = LowerEmbedder()
    index = opened(old, embedder)
    changed = make_document("The harbour opened again.", "d1", language="en", version=2)
    index.replace(with_passages(changed))
    given = [SPLIT[2], *split(changed), SPLIT[0], SPLIT[2]]
    found = index.lower_states(given)
    assert all(equal(states, LOWER(p.text)) for states, p in zip(found, given, strict=True))
    ((role, computed),) = embedder.asked
    assert role == "passage" and set(computed) == {SPLIT[0].text, SPLIT[2].text}


def test_kept_states_are_not_computed(tmp_path: Path) -> None:
    embedder = LowerEmbedder()
    index = opened(tmp_path, embedder)
    index.replace(with_passages(*DOCUMENTS))
    found = index.lower_states(SPLIT[::-1])
    assert all(equal(states, LOWER(p.text)) for states, p in zip(found, SPLIT[::-1], strict=True))
    assert not embedder.asked
    index.remove("d0")
    assert rows(index.passages) == len(SPLIT) - 1


def test_a_model_without_lower_states_gives_none(tmp_path: Path) -> None:
    class Plain(FakeEmbedder):
        def encode_lower(self, texts: list[str], role: Role) -> list[LowerStates]:
            return []

    index = opened(tmp_path, Plain())
    index.replace(with_passages(*DOCUMENTS))
    assert index.lower_states(SPLIT) == []
    assert index.lower_states([]) == []


def test_no_passages_need_no_states(tmp_path: Path) -> None:
    embedder = LowerEmbedder()
    assert opened(tmp_path, embedder).lower_states([]) == []
    assert not embedder.asked


REAL = (*TEXTS, "", "  ", "One", "The harbour was closed. " * 12, "Straße, ﷺ and e\u0301tude\u200b 1997 👩\u200d🚀.")
PROMPTS: dict[Role, str] = {"query": "query: ", "passage": "passage: "}


def expected(embedder: SentenceTransformerEmbedder, text: str, role: Role) -> tuple[Any, Any]:
    """The hidden states and pieces of the tokens of a text alone, as the underlying model gives them."""
    import torch

    model = embedder._load()[0]
    prompted = PROMPTS[role] + text
    tokens = model.tokenizer(prompted, return_offsets_mapping=True, return_tensors="pt")
    with torch.inference_mode():
        given = model[0].auto_model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], output_hidden_states=True
        )
    ends = tokens["offset_mapping"][0].numpy()
    keep = (ends[:, 1] > ends[:, 0]) & (ends[:, 1] > len(PROMPTS[role]))
    return given.hidden_states[LOWER_LAYERS][0].numpy()[keep], tokens["input_ids"][0].numpy()[keep]


@pytest.mark.parametrize("role", ["query", "passage"])
def test_lower_states_are_those_of_the_model(real_embedder: SentenceTransformerEmbedder, role: Role) -> None:
    found = real_embedder.encode_lower(REAL, role)
    assert len(found) == len(REAL)
    for lower, text in zip(found, REAL, strict=True):
        states, pieces = expected(real_embedder, text, role)
        assert lower.states.dtype == np.float16
        assert np.array_equal(lower.pieces, pieces)
        assert lower.states.shape == (len(pieces), HIDDEN)
        assert np.allclose(lower.states, states, atol=4e-3, rtol=2e-3)
        assert ((lower.offsets >= 0) & (lower.offsets <= len(text))).all()
        assert (lower.offsets[:, 1] > lower.offsets[:, 0]).all()
    assert "".join(TEXTS[2][a:b] for a, b in found[2].offsets).startswith("港口于1997年关闭")


def test_every_way_to_encode_gives_the_same_lower_states(real_embedder: SentenceTransformerEmbedder) -> None:
    texts = TEXTS[:2]
    (asked,) = real_embedder.encode_lower([texts[0]], "query")
    query = real_embedder.encode_query(texts[0], "en").lower
    assert query is not None and np.array_equal(query.offsets, asked.offsets)
    assert np.allclose(query.states, asked.states, atol=4e-3)
    passages = real_embedder.encode_passages(texts, ["en", "ar"])
    raws = real_embedder.raw(texts, "passage", 1)
    for passage, lower, raw in zip(passages, real_embedder.encode_lower(texts, "passage"), raws, strict=True):
        assert passage.lower is not None and raw.lower is not None
        assert np.array_equal(passage.lower.offsets, lower.offsets)
        assert np.array_equal(passage.offsets, lower.offsets)
        assert np.array_equal(raw.pieces, lower.pieces)
        assert np.allclose(passage.lower.states, lower.states, atol=4e-3)
        assert np.allclose(raw.lower, lower.states, atol=4e-3)
    assert not np.allclose(asked.states[:3], real_embedder.encode_lower([texts[0]], "passage")[0].states[:3], atol=0.02)


def test_more_texts_than_a_batch_keep_their_order(real_embedder: SentenceTransformerEmbedder) -> None:
    texts = [f"Ship {number} " * (1 + number * 5 % 7) for number in range(BATCH + 5)]
    found = real_embedder.encode_lower(texts, "passage")
    for text, lower in list(zip(texts, found, strict=True))[:: BATCH // 2]:
        states, pieces = expected(real_embedder, text, "passage")
        assert np.array_equal(lower.pieces, pieces)
        assert np.allclose(lower.states, states, atol=4e-3, rtol=2e-3)


def test_threads_do_not_mix_their_states(real_embedder: SentenceTransformerEmbedder) -> None:
    texts = [f"The harbour number {number} {'was closed ' * (number % 4)}" for number in range(12)]
    alone = {text: real_embedder.encode_lower([text], "query")[0] for text in texts}
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda text: real_embedder.encode_lower([text], "query")[0], texts * 2))
    for text, lower in zip(texts * 2, found, strict=True):
        assert np.array_equal(lower.pieces, alone[text].pieces)
        assert np.allclose(lower.states, alone[text].states, atol=4e-3)


def test_another_model_has_no_lower_states(tmp_path: Path) -> None:
    """It is not even loaded."""
    assert SentenceTransformerEmbedder("nobody/nothing", tmp_path).encode_lower(["Rabat"], "query") == []
