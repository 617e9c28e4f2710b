"""The two halves of the index: replaced whole, repaired, refused to another model, and searched in any language."""

import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corpus.errors import StorageError
from tests.fakes import FakeEmbedder, forget_chroma_clients, make_document, with_passages
from vectorstore.chroma import ChromaStore, ModelMismatch
from vectorstore.geometry import Array
from vectorstore.index import WRITTEN, HybridIndex

FRENCH = make_document(
    "La conférence mondiale de Rabat a réuni 200 participants.\n\nLe stock déclaré fut détruit en juillet 2023.",
    "french",
    title="Communiqué conjoint",
)
ENGLISH = make_document("The laboratory stands in Pijnacker, near The Hague.", "english", language="en")
ARABIC = make_document("افتتح المؤتمر في الرباط وزير الخارجية ناصر بوريطة.", "arabic", language="ar")
CHINESE = make_document("会议在摩洛哥首都拉巴特举行。", "chinese", language="zh")
ALL = (FRENCH, ENGLISH, ARABIC, CHINESE)


def opened(tmp_path: Path, embedder: FakeEmbedder | None = None, **options: object) -> HybridIndex:
    return HybridIndex(tmp_path / "index", embedder or FakeEmbedder(), **options)  # type: ignore[arg-type]


def reopened(tmp_path: Path, embedder: FakeEmbedder | None = None, **options: object) -> HybridIndex:
    """As a new process opens it."""
    forget_chroma_clients()
    return opened(tmp_path, embedder, **options)


def first(index: HybridIndex, question: str, language: str = "fr") -> str:
    return index.search(question, language)[0].passage.document_id


@pytest.fixture
def index(tmp_path: Path) -> HybridIndex:
    index = opened(tmp_path)
    index.replace(with_passages(*ALL))
    return index


def chroma_of(tmp_path: Path) -> ChromaStore:
    return ChromaStore(tmp_path / "index" / "chroma", "fake/1")


def long_document(id: str, paragraphs: int, version: int = 1, word: str = "texte") -> object:
    text = "\n\n".join(f"Le {word} numéro {n} de {id} parle de Rabat. " * 14 for n in range(paragraphs))
    return make_document(text, id, version=version)


def test_a_question_finds_its_passage(index: HybridIndex) -> None:
    assert first(index, "Combien de participants à la conférence de Rabat ?") == "french"
    assert first(index, "Where does the laboratory stand?", "en") == "english"
    assert first(index, "من افتتح المؤتمر؟", "ar") == "arabic"
    assert first(index, "会议在哪里举行？", "zh") == "chinese"


def test_a_hit_is_an_address_into_its_document(index: HybridIndex) -> None:
    texts = {document.id: document.text for document in ALL}
    hits = index.search("conférence de Rabat participants laboratory المؤتمر 会议", "fr", limit=20)
    assert {hit.passage.document_id for hit in hits} == set(texts)
    for hit in hits:
        text = texts[hit.passage.document_id]
        assert hit.passage.span.of(text) == hit.passage.text
        assert [s.span for s in hit.sentences] == list(hit.passage.sentences)
        for sentence in hit.sentences:
            assert hit.passage.sentence_text(sentence.span) == sentence.span.of(text)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_sentence_that_answers_scores_best(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.replace(
        with_passages(make_document("Le hall est grand. Les participants étaient 200. Le repas fut servi tard.", "one"))
    )
    (hit,) = index.search("Combien de participants étaient là ?", "fr")
    best = max(hit.sentences, key=lambda sentence: sentence.score)
    assert hit.passage.sentence_text(best.span) == "Les participants étaient 200."


def test_signals_keep_to_their_scales(index: HybridIndex) -> None:
    for hit in index.search("Combien de participants à Rabat en 2023 ?", "fr", limit=20):
        assert -1.001 <= hit.signals["dense"] <= 1.001
        assert 0 <= hit.signals["words"] <= 1
        assert 0 <= hit.signals["grams"] <= 1
        for sentence in hit.sentences:
            assert 0 <= sentence.signals["words"] <= 1


def test_limit(index: HybridIndex) -> None:
    assert len(index.search("conférence Rabat", "fr", limit=2)) == 2
    assert index.search("conférence", "fr", limit=0) == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert index.search("Combien ?", "fr") == []
    assert index.verify() == []
    assert index.held() == set()
    index.remove("absent")
    index.replace([])
    assert index.search("Combien ?", "fr") == []


def test_replacing_is_whole(index: HybridIndex) -> None:
    newer = make_document("La conférence mondiale de Genève a réuni 300 personnes.", "french", version=2)
    index.replace(with_passages(newer))
    assert index.held() == {("french", 2), ("english", 1), ("arabic", 1), ("chinese", 1)}
    assert index.passages.ids_of("french") == ["french:2:0"]
    assert index.verify() == []
    assert all(
        hit.passage.version == 2 for hit in index.search("conférence", "fr") if hit.passage.document_id == "french"
    )


def test_only_what_is_replaced_is_encoded(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    index = opened(tmp_path, embedder)
    index.replace(with_passages(*ALL))
    before = embedder.encoded
    assert before == sum(len(passages) for _, passages in with_passages(*ALL))
    index.replace(with_passages(make_document("Un texte nouveau.", "english", version=2)))
    assert embedder.encoded == before + 1
    reopened(tmp_path, embedder).search("Rabat", "fr")
    assert embedder.encoded == before + 1


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    documents = with_passages(long_document("one", WRITTEN + 5))  # type: ignore[arg-type]
    opened(tmp_path).replace(documents, lambda done, of: steps.append((done, of)))
    count = len(documents[0][1])
    assert count > WRITTEN
    assert steps == [(WRITTEN, count), (count, count)]


def test_remove_takes_everything_out(index: HybridIndex) -> None:
    index.remove("french")
    index.remove("french")
    assert {hit.passage.document_id for hit in index.search("conférence Rabat participants", "fr")} <= {
        "english",
        "arabic",
        "chinese",
    }
    assert index.verify() == []
    assert index.passages.ids_of("french") == []


def test_it_opens_again_as_it_was(tmp_path: Path, index: HybridIndex) -> None:
    before = index.search("conférence de Rabat", "fr")
    again = reopened(tmp_path).search("conférence de Rabat", "fr")
    assert [(hit.passage, round(hit.score, 6)) for hit in before] == [
        (hit.passage, round(hit.score, 6)) for hit in again
    ]


def test_embedded_and_server_answer_the_same(tmp_path: Path, chroma_server: str) -> None:
    documents = with_passages(*ALL, *(long_document(f"more-{n}", 6) for n in range(8)))  # type: ignore[arg-type]
    indexes = [HybridIndex(tmp_path / "a", FakeEmbedder()), HybridIndex(tmp_path / "b", FakeEmbedder(), chroma_server)]
    for index in indexes:
        index.clear()
        index.replace(documents)
        assert index.verify() == []
    for question in ("Combien de participants à Rabat ?", "texte numéro 3 de more-5", "laboratory", "会议", "المؤتمر"):
        embedded, served = (
            [(hit.passage.id, round(hit.score, 5)) for hit in index.search(question, "fr", limit=30)]
            for index in indexes
        )
        assert embedded == served
    indexes[1].clear()


# Another model


def test_another_model_is_refused_with_the_command_that_rebuilds(tmp_path: Path, index: HybridIndex) -> None:
    other = reopened(tmp_path, FakeEmbedder("other/2"))
    for call in (lambda: other.search("Rabat", "fr"), lambda: other.replace(with_passages(FRENCH)), other.verify):
        with pytest.raises(ModelMismatch) as caught:
            call()
        message = str(caught.value)
        assert "fake/1" in message and "other/2" in message and "reindex" in message
    assert reopened(tmp_path).verify() == []


def test_clear_makes_room_for_another_model(tmp_path: Path, index: HybridIndex) -> None:
    other = reopened(tmp_path, FakeEmbedder("other/2"))
    other.clear()
    assert other.held() == set()
    other.replace(with_passages(FRENCH))
    assert first(other, "participants Rabat") == "french"
    assert reopened(tmp_path, FakeEmbedder("other/2")).verify() == []
    with pytest.raises(ModelMismatch):
        reopened(tmp_path).search("Rabat", "fr")


def test_a_rebuild_that_was_cut_short_can_be_begun_again(tmp_path: Path, index: HybridIndex) -> None:
    """Killed after Chroma was cleared for the new model and before the passages were."""
    forget_chroma_clients()
    store = chroma_of(tmp_path)
    store.stamp = "other/2"
    store.clear()
    other = reopened(tmp_path, FakeEmbedder("other/2"))
    with pytest.raises(ModelMismatch):
        other.search("Rabat", "fr")
    other.clear()
    other.replace(with_passages(FRENCH))
    assert other.verify() == []


# Damage and repair


def test_lost_vectors_are_written_again(tmp_path: Path, index: HybridIndex) -> None:
    forget_chroma_clients()
    store = chroma_of(tmp_path)
    store.delete(["french:1:0", "arabic:1:0"])
    again = reopened(tmp_path)
    assert again.verify() == []
    assert first(again, "participants conférence de Rabat") == "french"


def test_verify_says_what_differs(index: HybridIndex, tmp_path: Path) -> None:
    store = chroma_of(tmp_path)
    store.delete(["french:1:0"])
    assert index.verify() == ["1 passages have no vector in Chroma"]
    store.upsert(["stranger:1:0"], [FakeEmbedder().encode_query("x", "fr").vector])
    missing, extra = index.verify()
    assert missing.startswith("1 ") and extra.startswith("1 ")
    index.repair()
    assert index.verify() == []
    assert sorted(store.ids()) == sorted(id for id, _ in index.passages.vectors())


def test_extra_vectors_are_taken_out_and_never_found(tmp_path: Path, index: HybridIndex) -> None:
    vector = FakeEmbedder().encode_query("Combien de participants ?", "fr").vector
    chroma_of(tmp_path).upsert(["stranger:1:0"], [vector])
    assert "stranger" not in {hit.passage.document_id for hit in index.search("Combien de participants ?", "fr")}
    again = reopened(tmp_path)
    assert again.verify() == []
    assert "stranger:1:0" not in set(chroma_of(tmp_path).ids())


@pytest.mark.parametrize("paragraphs", [3, 1_200])
def test_a_deleted_chroma_folder_is_filled_again(tmp_path: Path, paragraphs: int) -> None:
    embedder = FakeEmbedder()
    index = opened(tmp_path, embedder)
    index.replace(
        with_passages(FRENCH, make_document("\n\n".join(f"Le {n}. " + "x" * 690 for n in range(paragraphs)), "long"))
    )
    encoded = embedder.encoded
    forget_chroma_clients()
    shutil.rmtree(tmp_path / "index" / "chroma")
    again = reopened(tmp_path, embedder)
    assert first(again, "participants conférence de Rabat") == "french"
    assert again.verify() == []
    assert embedder.encoded == encoded, "the vectors are kept beside the passages: nothing is encoded again"


def test_lost_index_files_of_chroma_are_noticed_and_written_again(tmp_path: Path) -> None:
    """Chroma then still counts right and finds next to nothing, without an error."""
    index = opened(tmp_path)
    many = make_document("\n\n".join(f"Le {n}. " + "x" * 690 for n in range(1_200)), "long")
    index.replace(with_passages(FRENCH, many))
    question = "Combien de participants à Rabat ?"
    forget_chroma_clients()
    files = [file for file in (tmp_path / "index" / "chroma").glob("*/*") if file.is_file()]
    assert files
    for file in files:
        file.unlink()
    again = reopened(tmp_path)
    assert first(again, question) == "french"
    assert again.verify() == []


def test_one_that_is_only_read_repairs_nothing(tmp_path: Path, index: HybridIndex) -> None:
    forget_chroma_clients()
    chroma_of(tmp_path).delete(["arabic:1:0"])
    index.passages.set_meta("dirty", "yes")
    reader = reopened(tmp_path, writable=False)
    assert first(reader, "participants conférence de Rabat") == "french"
    assert reader.verify() == ["1 passages have no vector in Chroma"]
    assert reader.passages.meta("dirty") == "yes"


# Failures in the middle of replacing


class BrokenChroma:
    """A Chroma store that fails at one of its operations."""

    def __init__(self, store: ChromaStore, broken: str) -> None:
        self._store, self._broken = store, broken

    def __getattr__(self, name: str) -> object:
        if name == self._broken:
            raise StorageError("broken here")
        return getattr(self._store, name)

    def upsert(self, ids: Sequence[str], vectors: Sequence[Array]) -> None:
        if self._broken == "upsert":
            raise StorageError("broken here")
        self._store.upsert(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        if self._broken == "delete":
            raise StorageError("broken here")
        self._store.delete(ids)


NEWER = make_document("La conférence mondiale de Rabat a réuni 250 participants.", "french", version=2)


@pytest.mark.parametrize("broken", ["upsert", "delete"])
def test_a_failure_leaves_the_old_or_the_new_never_neither(tmp_path: Path, index: HybridIndex, broken: str) -> None:
    index._chroma = BrokenChroma(chroma_of(tmp_path), broken)  # type: ignore[assignment]
    with pytest.raises(StorageError, match="broken here"):
        index.replace(with_passages(NEWER))
    assert index.passages.meta("dirty") == "yes"
    assert first(index, "Combien de participants à Rabat ?") == "french"
    again = reopened(tmp_path)
    assert first(again, "Combien de participants à Rabat ?") == "french"
    assert again.verify() == []
    assert again.passages.meta("dirty") == "no"
    again.replace(with_passages(NEWER))
    assert again.passages.ids_of("french") == ["french:2:0"]
    assert again.verify() == []


def test_an_embedder_that_fails_leaves_the_old(tmp_path: Path, index: HybridIndex) -> None:
    failing = FakeEmbedder(fails_after=WRITTEN + 4)
    index = reopened(tmp_path, failing)
    newer = long_document("french", 2 * WRITTEN, version=2)
    with pytest.raises(RuntimeError):
        index.replace(with_passages(newer))  # type: ignore[arg-type]
    assert ("french", 1) in index.held()
    again = reopened(tmp_path)
    assert again.verify() == []
    assert any(hit.passage.version == 1 for hit in again.search("200 participants conférence mondiale", "fr"))
    again.replace(with_passages(newer))  # type: ignore[arg-type]
    assert again.held() >= {("french", 2)}
    assert ("french", 1) not in again.held()
    assert again.verify() == []


def test_a_removal_that_fails_is_finished_by_the_next(tmp_path: Path, index: HybridIndex) -> None:
    index._chroma = BrokenChroma(chroma_of(tmp_path), "delete")  # type: ignore[assignment]
    with pytest.raises(StorageError):
        index.remove("french")
    again = reopened(tmp_path)
    again.remove("french")
    assert again.verify() == []
    assert again.passages.ids_of("french") == []


def test_a_clean_index_is_not_repaired(tmp_path: Path, index: HybridIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("repaired without need")

    again = reopened(tmp_path)
    monkeypatch.setattr(HybridIndex, "_repair", refuse)
    assert again.passages.meta("dirty") == "no"
    assert again.search("Rabat", "fr")


# Hostile questions


HOSTILE = {
    "quotes": '"Rabat" " \' « » ` OR 1=1 --',
    "operators": 'Rabat AND OR NOT NEAR("a b", 2) ^x : {y} * -z +w (',
    "NUL": "Rabat\0participants\0",
    "sql": "'; DELETE FROM passages; DROP TABLE postings; -- Rabat",
    "expansion": "\ufdfa" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🇲🇦🏴󠁧󠁢󠁳󠁣󠁴󠁿" * 300,
    "lone surrogates": "Rabat \ud800 \udfff participants",
    "bidi": "\u202eRabat\u202c \u2067participants\u2069 \u200f\u200e",
    "zalgo": "R" + "\u0301\u0316" * 3_000 + "abat",
    "one long word": "Rabat" * 4_000,
    "many words": " ".join(f"mot{n} participants{n}" for n in range(2_000)),
    "spaces": "\u3000\u200b\u2028\t ",
    "nothing": "",
    "punctuation": "?!…;:,.-–—()[]{}<>/\\|@#$%^&*" * 50,
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> Rabat",
    "format": "%s %n {0} {question} ${HOME} $(id) `id`",
    "digits": "٦٥٬٠٠٠ 65 000 65,000 " * 500,
    "han": "会议" * 3_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_questions_neither_raise_nor_hang(index: HybridIndex, name: str) -> None:
    held = index.held()
    began = time.perf_counter()
    hits = index.search(HOSTILE[name], "fr")
    assert time.perf_counter() - began < 8
    for hit in hits:
        assert hit.score == hit.score, "a score is a number"
    assert index.held() == held
    assert first(index, "participants conférence de Rabat") == "french"


# Fairness


def test_three_hundred_english_passages_do_not_drown_the_french_one(index: HybridIndex) -> None:
    words = [
        "conference",
        "participants",
        "Rabat",
        "laboratory",
        "treaty",
        "delegation",
        "summit",
        "minister",
        "agenda",
        "report",
    ]
    english = [
        make_document(
            f"The {words[n % 10]} about {words[n % 7]} number {n} had participants from many countries in Rabat.",
            f"english-{n}",
            language="en",
        )
        for n in range(300)
    ]
    index.replace(with_passages(*english))
    assert first(index, "Combien de participants la conférence mondiale de Rabat a-t-elle réunis ?") == "french"
    assert first(index, "من هو الوزير الذي افتتح المؤتمر في الرباط؟", "ar") == "arabic"
    assert first(index, "会议在哪个首都举行？", "zh") == "chinese"


def test_common_words_alone_still_find_something(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.replace(with_passages(*(make_document(f"Le traité de Rabat, article {n}.", f"a-{n}") for n in range(40))))
    assert index.matching("Le traité de Rabat", 10)
    assert index.matching("Rabat article 7", 1) == ["a-7:1:0"]


# Threads


def test_readers_go_on_while_documents_are_replaced(tmp_path: Path, index: HybridIndex) -> None:
    def write() -> None:
        for version in range(2, 14):
            index.replace(
                with_passages(make_document(f"La conférence de Rabat, état {version}.", "french", version=version))
            )
            index.remove("english")
            index.replace(with_passages(ENGLISH))

    def read(_: int) -> None:
        for _ in range(25):
            hits = index.search("Combien de participants à la conférence de Rabat ?", "fr")
            assert hits
            for hit in hits:
                assert len(hit.sentences) == len(hit.passage.sentences)

    with ThreadPoolExecutor(5) as pool:
        writing = pool.submit(write)
        list(pool.map(read, range(4)))
        writing.result()
    assert index.verify() == []
    assert index.held() == {("french", 13), ("english", 1), ("arabic", 1), ("chinese", 1)}


def test_the_vocabulary_follows_the_index(index: HybridIndex) -> None:
    before = index.vocabularies()
    assert index.vocabularies() is before
    assert "rabat" in before["fr"] and "rabat" not in before["en"]
    index.replace(with_passages(make_document("The town of Rabat.", "english", language="en", version=2)))
    assert "rabat" in index.vocabularies()["en"]
    assert "labora" not in index.vocabularies()["en"]
