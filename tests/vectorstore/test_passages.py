"""The passages in SQLite: what goes in comes out, searched by words, from many threads, with a damaged file."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StorageError
from corpus.models import Passage, Span
from tests.fakes import FakeEmbedder, make_document
from vectorstore.embedder import PassageEncoding
from vectorstore.lexical import terms
from vectorstore.passages import PAGE, PassageStore

TEXTS = [
    "La conférence de Rabat a réuni 200 participants.",
    "Le stock déclaré fut détruit en 2023. L'OIAC l'a confirmé.",
    "افتتح المؤتمر في الرباط بحضور ٢٠٠ مشارك.",
    "会议在拉巴特举行。",
    "Конференция прошла в Рабате.",
]
LANGUAGES = ["fr", "fr", "ar", "zh", "ru"]


def passage(text: str, start: int = 0, id: str = "note", version: int = 1, language: str = "fr") -> Passage:
    span = Span(start, start + len(text))
    return Passage(id, version, span, text, language, (span,))


def put(store: PassageStore, *passages: Passage, title: str = "Note") -> list[PassageEncoding]:
    encodings = list(FakeEmbedder().encode_passages([p.text for p in passages], [p.language for p in passages]))
    store.put([(p, title) for p in passages], encodings)
    return encodings


@pytest.fixture
def store(tmp_path: Path) -> PassageStore:
    return PassageStore(tmp_path / "index" / "passages.sqlite")


@pytest.fixture
def filled(store: PassageStore) -> PassageStore:
    put(
        store,
        *(
            passage(text, id=f"d{n}", language=code)
            for n, (text, code) in enumerate(zip(TEXTS, LANGUAGES, strict=True))
        ),
    )
    return store


def test_a_passage_comes_back_as_it_was(store: PassageStore) -> None:
    text = "Une phrase « citée ».\nUne autre, 😀 avec un emoji."
    whole = Span(100, 100 + len(text))
    given = Passage("note", 3, whole, text, "fr", (Span(100, 121), Span(122, whole.end)))
    (encoding,) = put(store, given, title="Le titre du document")
    (found,) = PassageStore(store.path).get([given.id])
    assert found.passage == given
    assert found.terms == tuple(terms("Le titre du document\n" + text))
    assert np.array_equal(found.vector, encoding.vector)
    states = store.states([found.number])[found.number]
    assert np.array_equal(states.offsets, encoding.offsets)
    assert states.tokens.shape == encoding.tokens.shape
    assert np.allclose(np.linalg.norm(states.tokens, axis=1), 1, atol=1e-5)
    assert float((states.tokens * encoding.tokens).sum(axis=1).min()) > 0.9995
    for (start, end), word in zip(states.offsets, ("Une", "phrase", "citée"), strict=False):
        assert text[start:end] == word


def test_a_passage_without_tokens(store: PassageStore) -> None:
    put(store, passage("…!?"))
    (found,) = store.get(["note:1:0"])
    states = store.states([found.number])[found.number]
    assert len(states.tokens) == len(states.offsets) == 0


def test_an_id_is_put_once(store: PassageStore) -> None:
    for _ in range(2):
        put(store, passage("Un texte."))
    assert store.statistics().passages == 1
    assert store.matching(["texte"], 10) == ["note:1:0"]
    assert len(list(store.vectors())) == 1


def test_equal_texts_of_two_documents_are_two_passages(store: PassageStore) -> None:
    put(store, passage("Un texte.", id="a"), passage("Un texte.", id="b"), passage("Un texte.", 50, id="b"))
    assert store.ids_of("a") == ["a:1:0"]
    assert store.ids_of("b") == ["b:1:0", "b:1:50"]
    assert store.count_by_document() == {("a", 1): 1, ("b", 1): 2}


def test_put_is_one_transaction(store: PassageStore) -> None:
    passages = [passage("Un."), passage("Deux.", 10)]
    encodings = list(FakeEmbedder().encode_passages(["Un."], ["fr"]))
    with pytest.raises(ValueError):
        store.put([(p, "") for p in passages], encodings)
    assert store.statistics().passages == 0
    assert list(store.vectors()) == []


def test_get_keeps_the_order_and_leaves_out_what_is_not_there(filled: PassageStore) -> None:
    wanted = ["d3:1:0", "absent:1:0", "d0:1:0", "d2:1:0"]
    assert [found.passage.id for found in filled.get(wanted)] == ["d3:1:0", "d0:1:0", "d2:1:0"]
    assert filled.get([]) == []
    assert filled.states([]) == {}


def test_delete_takes_every_trace_out(filled: PassageStore) -> None:
    filled.delete(["d0:1:0", "absent:1:0", "d0:1:0"])
    assert filled.ids_of("d0") == []
    assert filled.frequencies(terms(TEXTS[0])).get("partic") is None
    assert filled.matching(terms("participants"), 10) == []
    assert "d0:1:0" not in dict(filled.vectors())
    with closing(sqlite3.connect(filled.path)) as db:
        for table in ("passages", "encodings", "postings"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(TEXTS) - 1,), table


def test_more_than_a_page(store: PassageStore) -> None:
    many = [passage(f"Texte numéro {n}.", n * 40) for n in range(2 * PAGE + 7)]
    put(store, *many)
    ids = [p.id for p in many]
    assert [found.passage.id for found in store.get(ids)] == ids
    assert [id for id, _ in store.vectors()] == ids
    store.delete(ids[1:])
    assert store.statistics().passages == 1


def test_statistics_of_nothing(store: PassageStore) -> None:
    assert store.statistics().passages == 0
    assert store.statistics().average_terms >= 1
    assert store.frequencies(["a", "b"]) == {}
    assert store.matching(["a"], 5) == []
    assert store.vocabularies() == {}


def test_frequencies_count_passages_not_words(store: PassageStore) -> None:
    put(store, passage("rabat rabat rabat"), passage("rabat et genève", 50))
    assert store.frequencies(["rabat", "geneve", "paris"]) == {"rabat": 2, "geneve": 1}


def test_the_best_match_is_first(filled: PassageStore) -> None:
    assert filled.matching(terms("participants réunis à Rabat"), 10)[0] == "d0:1:0"
    assert filled.matching(terms("会议"), 10) == ["d3:1:0"]
    assert filled.matching(terms("٢٠٠ مشارك"), 10)[0] == "d2:1:0"
    assert set(filled.matching(terms("200"), 10)) == {"d0:1:0", "d2:1:0"}
    assert len(filled.matching(terms("rabat 200 конференция 会议"), 2)) == 2


def test_a_title_is_searched_with_its_passages(store: PassageStore) -> None:
    put(store, passage("Il a parlé."), title="Discours de Bourita")
    assert store.matching(terms("Bourita"), 5) == ["note:1:0"]


def test_every_term_of_a_text_is_found_again(store: PassageStore) -> None:
    """What `terms` makes is one word for FTS5 too."""
    text = "l'OIAC a 1.5 Mt, VX_2 x² №5 ½ 65 000 naïve Straße ﷺ ١٢٬٣٤٥ 化学武器 α-β ёлка foo_bar ЁЖ ①"
    put(store, passage(text))
    missed = [term for term in set(terms(text)) if store.matching([term], 5) != ["note:1:0"]]
    assert missed == []
    assert set(store.frequencies(terms(text))) == set(terms(text))


HOSTILE = {
    "quotes": '"participants" OR "',
    "one quote": '"',
    "operators": "participants AND NOT (rabat* OR NEAR(a b, 2)) ^col : {x}",
    "column": "words : participants",
    "apostrophes": "l'''Organisation d’ ' '",
    "NUL": "participants\0rabat",
    "expansion": "\ufdfa" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🇲🇦" * 500,
    "lone surrogates": "partici\ud800pants \udfff",
    "bidi": "\u202eparticipants\u202c \u2066x\u2069",
    "sql": "'; DROP TABLE passages; -- participants",
    "marks": "a" + "\u0301" * 5_000,
    "many words": " ".join(f"mot{n}" for n in range(3_000)),
    "spaces": " \u3000\u200b\n\t",
    "nothing": "",
    "one long word": "x" * 100_000,
    "digits": "1 000 " * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_neither_raises_nor_changes_anything(filled: PassageStore, name: str) -> None:
    found = terms(HOSTILE[name])
    filled.frequencies(found)
    ids = filled.matching(sorted(set(found)), 10)
    assert set(ids) <= {f"d{n}:1:0" for n in range(len(TEXTS))}
    assert filled.statistics().passages == len(TEXTS)


@pytest.mark.parametrize("raw", ['"', "a AND", "NEAR(", "*", "'", ")(", "a:b", "^a", '"""'])
def test_a_term_is_never_an_operator(filled: PassageStore, raw: str) -> None:
    """`terms` never gives these, yet a caller might."""
    filled.matching([raw, "participants"], 5)


@pytest.mark.parametrize("raw", ["partici\ud800pants", "👩‍👧", "\0", "\ufdfa", "a\u202eb"])
def test_hostile_passages_are_kept(store: PassageStore, raw: str) -> None:
    text = raw.encode("utf-8", "replace").decode()
    put(store, passage(text))
    (found,) = store.get(["note:1:0"])
    assert found.passage.text == text


def test_thousands_of_known_terms_in_one_question(store: PassageStore) -> None:
    words = [f"z{n:05}" for n in range(2_500)]
    put(store, passage(" ".join(words)))
    assert store.matching(words, 5) == ["note:1:0"]


def test_meta(store: PassageStore) -> None:
    assert store.meta("stamp") is None
    store.set_meta("stamp", "a")
    store.set_meta("stamp", "b")
    assert PassageStore(store.path).meta("stamp") == "b"
    store.clear()
    assert store.meta("stamp") is None


def test_clear_removes_everything(filled: PassageStore) -> None:
    filled.clear()
    assert filled.statistics().passages == 0
    assert filled.vocabularies() == {}
    assert list(filled.vectors()) == []
    put(filled, passage("Un texte."))
    assert filled.matching(["texte"], 5) == ["note:1:0"]


def test_threads_write_and_read(store: PassageStore) -> None:
    def work(n: int) -> None:
        put(store, *(passage(f"Le texte {i} du fil {n}.", i * 50, id=f"t{n}") for i in range(5)))
        assert len(store.get(store.ids_of(f"t{n}"))) == 5
        store.matching(["texte"], 5)
        store.delete([f"t{n}:1:0"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert store.count_by_document() == {(f"t{n}", 1): 4 for n in range(16)}


def test_a_damaged_file_is_a_message_with_a_remedy(filled: PassageStore) -> None:
    with closing(sqlite3.connect(filled.path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    filled.path.write_bytes(b"no database " * 1_000)
    with pytest.raises(StorageError, match=r"passages\.sqlite") as caught:
        PassageStore(filled.path)
    assert "delete the folder" in str(caught.value)


def test_too_many_states_at_once_are_refused(store: PassageStore) -> None:
    with pytest.raises(StorageError, match="at most"):
        store.states(range(PAGE + 1))


def test_passages_of_a_document(store: PassageStore) -> None:
    document = make_document("Un texte.")
    put(store, passage(document.text, id=document.id))
    assert store.ids_of(document.id) == ["note:1:0"]
    assert store.ids_of("note:1") == []
    assert store.ids_of("%") == []
