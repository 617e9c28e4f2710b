"""The small reader and judge over a fake embedder: order, spans, odd texts, threads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.judge import STANCES, Judge, Judgement
from bot.reader import NOT_READ, Reader, SentenceReading
from bot.small_models import (
    AT_ONCE,
    BEGINNINGS,
    CLAIM_TOKENS,
    LONGEST_ANSWER,
    NOTHING,
    QUESTION_TOKENS,
    SmallJudge,
    SmallReader,
    best_run,
    tokens_of_sentences,
    usable,
)
from corpus.models import Passage, Span
from tests.bot.lower import STAMP, LowerEmbedder, judging_weights, reading_weights
from tests.fakes import FakeEmbedder
from vectorstore import bundled_model
from vectorstore.embedder import LowerStates

QUESTION = "When was the harbour closed?"
HARBOUR = ("The harbour was closed in 1997.", "Ships went to Ceuta instead.", "It opened again.")
ARABIC = ("أُغلق الميناء عام 1997.", "ذهبت السفن إلى سبتة 🚢.", "فُتح من جديد 𐎀𐎁.")
CHINESE = ("港口于1997年关闭𠀀。", "船只改去休达🚢🚢。", "𠮷港重新开放。")


def passage(*sentences: str, between: str = " ", shift: int = 1_000, id: str = "note") -> Passage:
    """A passage of whole sentences that begins at `shift` of its document."""
    spans, at = [], shift
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + len(between)
    text = between.join(sentences)
    return Passage(id, 1, Span(shift, shift + len(text)), text, "en", tuple(spans))


def lengthy(number: int) -> Passage:
    """Passages of which each is of another length."""
    filler = " ".join(f"word{number + n}" for n in range(number * 3))
    return passage(f"The harbour {filler} closed.", f"Number {number} went elsewhere.", id=f"d{number}")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    reading_weights(folder / "reader.safetensors")
    judging_weights(folder / "judge.safetensors")
    return folder


def small_reader(folder: Path, embedder: LowerEmbedder) -> SmallReader:
    def states(passages: Sequence[Passage]) -> list[LowerStates]:
        return embedder.encode_lower([passage.text for passage in passages], "passage")

    return SmallReader(embedder, states, weights=folder / "reader.safetensors")


@pytest.fixture(scope="module")
def reader(folder: Path) -> SmallReader:
    return small_reader(folder, LowerEmbedder())


@pytest.fixture
def embedder() -> LowerEmbedder:
    return LowerEmbedder()


@pytest.fixture
def judge(folder: Path, embedder: LowerEmbedder) -> SmallJudge:
    return SmallJudge(embedder, weights=folder / "judge.safetensors")


def alike(one: tuple[SentenceReading, ...], other: tuple[SentenceReading, ...]) -> bool:
    """Whether two readings are the same but for rounding."""
    same = [(a.span, a.answer) == (b.span, b.answer) and abs(a.score - b.score) < 1e-3 for a, b in zip(one, other)]  # noqa: B905
    return len(one) == len(other) and all(same)


def test_they_keep_their_contracts(reader: SmallReader, judge: SmallJudge) -> None:
    as_reader: Reader = reader
    as_judge: Judge = judge
    assert as_reader.stamp.startswith("reader/")
    assert as_judge.stamp.startswith("judge/")
    assert len(as_judge.stamp) == len("judge/") + 16


@pytest.mark.parametrize("sentences", [HARBOUR, ARABIC, CHINESE, tuple(f"  {s}\n" for s in HARBOUR)])
@pytest.mark.parametrize("between", ["", " ", "\n\n"])
def test_each_sentence_has_one_reading_with_words_of_it(
    reader: SmallReader, sentences: tuple[str, ...], between: str
) -> None:
    given = passage(*sentences, between=between)
    (readings,) = reader.read(QUESTION, "en", [given])
    assert [reading.span for reading in readings] == list(given.sentences)
    assert len({reading.score for reading in readings}) == len(sentences)
    for reading, sentence in zip(readings, sentences, strict=True):
        assert reading.answer is not None
        assert reading.answer.end <= len(sentence)
        words = reading.answer.of(sentence)
        assert words and words == words.strip()
        assert reading.score > NOT_READ


def test_an_answer_begins_and_ends_with_whole_tokens(reader: SmallReader) -> None:
    """Offsets count code points: what stands outside of the basic plane shifts nothing."""
    for sentences in (ARABIC, CHINESE):
        given = passage(*sentences)
        tokens = LowerEmbedder().lower(given.text).offsets
        borders = {int(place) for place in tokens.flatten()} | {int(start) + 1 for start in tokens[:, 0]}
        (readings,) = reader.read(QUESTION, "en", [given])
        for reading in readings:
            assert reading.answer is not None
            at = reading.span.start - given.span.start
            assert {at + reading.answer.start, at + reading.answer.end} <= borders


def test_passages_come_back_in_their_order(reader: SmallReader) -> None:
    """More than one forward pass, of other lengths: each is read as if it were alone."""
    given = [lengthy(number) for number in (9, 1, 14, 3, 0, 11, 2, 5, 12, 4, 7)]
    assert len(given) > AT_ONCE
    together = reader.read(QUESTION, "en", given)
    alone = [reader.read(QUESTION, "en", [one])[0] for one in given]
    assert all(alike(a, b) for a, b in zip(together, alone, strict=True))
    assert len({readings[0].score for readings in alone}) == len(given)


def test_the_same_passage_twice(reader: SmallReader) -> None:
    one, other = passage(*HARBOUR), passage(*CHINESE)
    first, _, second = reader.read(QUESTION, "en", [one, other, one])
    assert alike(first, second)


def test_what_the_model_does_not_reach_is_not_read(folder: Path) -> None:
    reader = small_reader(folder, LowerEmbedder(most=9))
    given = passage(*HARBOUR)
    ((first, second, third),) = reader.read(QUESTION, "en", [given])
    assert first.score > NOT_READ and first.answer is not None
    assert second.score > NOT_READ and second.answer is not None
    assert second.answer.of(HARBOUR[1]) in "Ships went"
    assert third == SentenceReading(given.sentences[2], NOT_READ, None)


@pytest.mark.parametrize("question", ["", "   \n"])
def test_an_empty_question_reads_nothing(reader: SmallReader, question: str) -> None:
    given = passage(*HARBOUR)
    assert reader.read(question, "en", [given]) == [tuple(SentenceReading(s, NOT_READ, None) for s in given.sentences)]


def test_no_passages(reader: SmallReader) -> None:
    assert reader.read(QUESTION, "en", []) == []


def test_passages_with_nothing_to_read(reader: SmallReader) -> None:
    """Without sentences, without text, with a sentence of white space: beside others they change nothing."""
    bare = Passage("bare", 1, Span(4, 9), "Rabat", "en", ())
    empty = Passage("empty", 1, Span(7, 7), "", "en", ())
    blank = passage("   ", "Rabat.")
    full = passage(*HARBOUR)
    found = reader.read(QUESTION, "en", [bare, empty, blank, full])
    assert found[:2] == [(), ()]
    assert found[2][0] == SentenceReading(blank.sentences[0], NOT_READ, None)
    assert found[2][1].answer is not None
    assert alike(found[3], reader.read(QUESTION, "en", [full])[0])
    assert reader.read(QUESTION, "en", [empty]) == [()]


def test_a_model_without_lower_states_reads_nothing(folder: Path) -> None:
    reader = SmallReader(FakeEmbedder(), lambda _: [], weights=folder / "reader.safetensors")
    given = passage(*HARBOUR)
    ((first, *_),) = reader.read(QUESTION, "en", [given])
    assert (first.score, first.answer) == (NOT_READ, None)


def test_a_question_is_read_to_its_bound(reader: SmallReader) -> None:
    words = [f"word{number}" for number in range(QUESTION_TOKENS + 20)]
    given = [passage(*HARBOUR)]
    (cut,) = reader.read(" ".join(words[:QUESTION_TOKENS]), "en", given)
    (long,) = reader.read(" ".join(words), "en", given)
    (shorter,) = reader.read(" ".join(words[: QUESTION_TOKENS - 5]), "en", given)
    assert alike(long, cut)
    assert not alike(shorter, cut)


def test_many_at_once_read_as_one_alone(folder: Path) -> None:
    """The weights too are loaded by whichever comes first."""
    reader = small_reader(folder, LowerEmbedder())
    asked = [(f"When was number {n} closed?", [lengthy(n), passage(*CHINESE), lengthy(n + 3)]) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: reader.read(one[0], "en", one[1]), asked))
    for (question, passages), readings in zip(asked, found, strict=True):
        assert all(map(alike, readings, reader.read(question, "en", passages)))


def test_the_tokens_of_sentences() -> None:
    given = passage("The harbour.", "Open.")
    masks = tokens_of_sentences(given, LowerEmbedder().lower(given.text))
    assert masks.tolist() == [[True, True, True, False, False], [False, False, False, True, True]]


def brute(begins: Sequence[float], ends: Sequence[float]) -> float:
    """The best sum of a beginning and an end of an answer that is not too long."""
    places = range(len(begins))
    return max(begins[a] + ends[b] for a, b in product(places, places) if a <= b < a + LONGEST_ANSWER)


@pytest.mark.parametrize("length", [1, 2, BEGINNINGS])
def test_the_best_run_is_that_of_all(length: int) -> None:
    random = np.random.default_rng(4)
    for _ in range(50):
        begins, ends = random.standard_normal((2, length)).astype(np.float32)
        first, last = best_run(begins, ends)
        assert begins[first] + ends[last] == pytest.approx(brute(begins, ends))


def test_the_best_run_is_within_its_length() -> None:
    random = np.random.default_rng(5)
    for length in (29, 30, 31, 90, 500):
        begins, ends = random.standard_normal((2, length)).astype(np.float32)
        first, last = best_run(begins, ends)
        assert 0 <= first <= last < min(length, first + LONGEST_ANSWER)
        assert first in np.argsort(-begins)[:BEGINNINGS]


def test_an_end_just_within_reach_is_taken_and_one_beyond_is_not() -> None:
    begins, ends = np.zeros(60, np.float32), np.zeros(60, np.float32)
    begins[3] = 9
    ends[3 + LONGEST_ANSWER - 1] = 5
    ends[3 + LONGEST_ANSWER] = 7
    assert best_run(begins, ends) == (3, 3 + LONGEST_ANSWER - 1)


def test_weights_are_usable_beside_the_bundled_model_alone(folder: Path, tmp_path: Path) -> None:
    weights = folder / "reader.safetensors"
    assert usable(weights, STAMP)
    assert not usable(tmp_path / "reader.safetensors", STAMP)
    assert not usable(folder, STAMP)
    name, sha256, _ = STAMP.split("/")
    for other in ("", "fake/1", f"{name}/{sha256[::-1]}/fake", f"other-model/{sha256}/fake", f"{name}/{sha256}0/fake"):
        assert not usable(weights, other), other
    assert sha256 == bundled_model.SHA256[:16]


PAIRS = [
    ("The harbour was closed.", "The harbour was closed in 1997."),
    ("Ships went to Ceuta.", "船只改去休达🚢🚢。"),
    ("Ships went to Ceuta.", "The harbour was closed in 1997."),
    ("أُغلق الميناء.", "It opened again, and then it was closed for twelve years."),
]


def likely(judgement: Judgement) -> list[float]:
    return [getattr(judgement, stance) for stance in STANCES]


def test_probabilities_add_up(judge: SmallJudge) -> None:
    for judgement in judge.judge(PAIRS):
        assert sum(likely(judgement)) == pytest.approx(1, abs=1e-5)
        assert min(likely(judgement)) > 0


def test_judgements_come_back_in_order(judge: SmallJudge) -> None:
    pairs = [*PAIRS, *(("It opened again.", "Ships " * number) for number in range(1, 2 * AT_ONCE))][::-1]
    found = [likely(judgement) for judgement in judge.judge(pairs)]
    alone = [likely(judge.judge([pair])[0]) for pair in pairs]
    assert np.allclose(found, alone, atol=1e-4)
    assert len({tuple(np.round(row, 6)) for row in alone}) == len(pairs)


def test_which_is_the_claim_matters(judge: SmallJudge) -> None:
    claim, sentence = PAIRS[0]
    one, other = judge.judge([(claim, sentence), (sentence, claim)])
    assert not np.allclose(likely(one), likely(other), atol=1e-4)


@pytest.mark.parametrize("empty", ["", "  \n "])
def test_empty_texts_are_neither(judge: SmallJudge, empty: str) -> None:
    found = judge.judge([(empty, "Rabat."), PAIRS[0], ("Rabat.", empty), (empty, empty)])
    assert [found[0], *found[2:]] == [NOTHING] * 3
    assert NOTHING.stance == "neither"
    assert np.allclose(likely(found[1]), likely(judge.judge([PAIRS[0]])[0]), atol=1e-4)


def test_nothing_to_judge(judge: SmallJudge, embedder: LowerEmbedder) -> None:
    assert judge.judge([]) == []
    assert not embedder.asked


def test_a_text_is_encoded_once(judge: SmallJudge, embedder: LowerEmbedder) -> None:
    judge.judge([*PAIRS, *PAIRS, (PAIRS[0][1], PAIRS[0][1])])
    assert sorted(role for role, _ in embedder.asked) == ["passage", "query"]
    for _, texts in embedder.asked:
        assert len(set(texts)) == len(texts)
    claims = next(texts for role, texts in embedder.asked if role == "query")
    assert set(claims) == {claim for claim, _ in PAIRS} | {PAIRS[0][1]}


def test_long_texts_are_judged_by_their_beginning(judge: SmallJudge) -> None:
    words = [f"word{number}" for number in range(CLAIM_TOKENS + 10)]
    whole, cut = " ".join(words), " ".join(words[:CLAIM_TOKENS])
    one, other = judge.judge([(whole, "Rabat."), (cut, "Rabat.")])
    assert np.allclose(likely(one), likely(other), atol=1e-5)


def test_many_at_once_judge_as_one_alone(folder: Path) -> None:
    judge = SmallJudge(LowerEmbedder(), weights=folder / "judge.safetensors")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: judge.judge(PAIRS[number % 4 :]), range(12)))
    for number, judgements in enumerate(found):
        expected = judge.judge(PAIRS[number % 4 :])
        assert np.allclose([*map(likely, judgements)], [*map(likely, expected)], atol=1e-4)
