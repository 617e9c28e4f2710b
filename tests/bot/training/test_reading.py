"""Questions to learn reading from: where answers are, what comes near them, what a window shows."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import cast

import numpy as np
import pytest

from bot.training import reading as module
from bot.training.reading import NEAREST, UNTITLED, Drawing, Question, Reading, answerable
from tests.bot.lower import LowerEmbedder
from tests.bot.training.tiny_sets import PARALLEL, PLACES, QUESTIONS, TITLES, title_in, write, write_qa, write_untitled
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.qa_data import part_of

YEARS = {f"18{number + 2}0" for number in range(len(PLACES))}
LENGTH = 9  # tokens of a window
Gather = Callable[[], Reading]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_qa(tmp_path / "qa")
    write_untitled(tmp_path / "abstain")
    titles = dict(zip(PLACES, TITLES, strict=True))
    monkeypatch.setattr(module, "article_of", lambda text: next(titles[place] for place in PLACES if place in text))
    return tmp_path


@pytest.fixture
def gather(folder: Path, tmp_path: Path) -> Gather:
    embedder = cast(SentenceTransformerEmbedder, LowerEmbedder())
    return lambda: Reading.gather(folder, embedder, tmp_path / "states", lambda _: None)


@pytest.fixture
def reading(gather: Gather) -> Reading:
    return gather()


def words(reading: Reading, question: Question) -> set[str]:
    """What the token spans of the answers cover."""
    found = set()
    for number, spans in question.answers.items():
        piece = reading.pieces[number]
        for first, last in spans:
            start, end = int(piece.states.offsets[first, 0]), int(piece.states.offsets[last, 1])
            found.add(piece.passage.text[start:end].strip())
    return found


def write_long(folder: Path, answer: str, *, between: str = "\n\n") -> None:
    """A set of an article of three passages, with a question about `answer`."""
    paragraphs = [" ".join(f"Ships went to port {n}{m} and came back." for m in range(26)) for n in range(3)]
    paragraphs[1] = paragraphs[1].replace("port 113", "the port of Ceuta in 1997")
    text = between.join(paragraphs)
    answers = [{"text": answer, "answer_start": text.index(answer)}]
    rows = [
        {"kind": "passage", "pid": "p", "title": title_in("train"), "text": text, "lang": "en"},
        {"kind": "question", "qid": "q", "question": "Where did they go?", "pid": "p", "answers": answers},
    ]
    write(folder / "qa" / "en__long.jsonl", rows)


def test_answers_become_the_tokens_that_hold_them(reading: Reading) -> None:
    for question in answerable(reading.questions):
        (found,) = words(reading, question)
        # a year in Chinese is a token with the sign before it
        assert any(year in found for year in YEARS)
        assert len(found) <= len("1820年")
        assert set(question.answers) <= set(question.pieces)


def test_an_answer_is_found_in_the_passage_that_holds_it(folder: Path, gather: Gather) -> None:
    write_long(folder, "Ceuta in 1997")
    reading = gather()
    (question,) = [question for question in reading.questions if question.set == "en__long"]
    assert len(question.pieces) > 2
    (number,) = question.answers
    assert "Ceuta" in reading.pieces[number].passage.text and number != question.pieces[0]
    assert words(reading, question) == {"Ceuta in 1997"}


def test_an_answer_across_passages_does_not_teach_that_there_is_none(folder: Path, gather: Gather) -> None:
    write_long(folder, "port 025 and came back.\n\nShips went to port 10")
    assert not [question for question in gather().questions if question.set == "en__long"]


def test_a_token_knows_its_sentence(reading: Reading) -> None:
    for piece in reading.pieces:
        assert len(piece.sentence_of) == piece.tokens == len(piece.states.offsets)
        for (start, end), number in zip(piece.states.offsets.tolist(), piece.sentence_of.tolist(), strict=True):
            sentence = piece.passage.sentences[number]
            at = piece.passage.span.start
            assert sentence.start < at + end and at + start < sentence.end
        assert set(piece.sentence_of.tolist()) == set(range(len(piece.passage.sentences)))


def test_near_passages_are_others_of_the_same_set_and_part(reading: Reading) -> None:
    for question in reading.questions:
        assert 0 < len(question.near) <= NEAREST
        assert len(set(question.near)) == len(question.near)
        for number in question.near:
            piece = reading.pieces[number]
            assert number not in question.pieces
            assert piece.set == question.set
            assert part_of(piece.title) == question.part


def test_the_nearest_comes_first(folder: Path, gather: Gather) -> None:
    title = title_in("choose", 7)
    texts = (
        "Grey herons eat fish.",
        "Grey herons eat frogs and fish too.",
        "Trains left at noon.",
        "Trains were late.",
    )
    rows = [{"kind": "passage", "pid": str(n), "title": title, "text": text} for n, text in enumerate(texts)]
    asked = (("What do herons eat?", "0", "fish"), ("When did trains leave?", "2", "noon"))
    rows += [{"kind": "question", "question": q, "pid": pid, "answers": [{"text": a}]} for q, pid, a in asked]
    write(folder / "qa" / "en__birds.jsonl", rows)
    reading = gather()
    herons, trains = (question for question in reading.questions if question.set == "en__birds")
    assert [reading.pieces[number].passage.text for number in (herons.near[0], trains.near[0])] == [texts[1], texts[3]]


def test_a_question_is_in_the_part_of_its_article(reading: Reading) -> None:
    for question in reading.questions:
        assert {part_of(reading.pieces[number].title) for number in question.pieces} == {question.part}
    parts = [reading.of(part) for part in ("train", "choose", "measure")]
    assert sum(map(len, parts)) == len(reading.questions)
    assert all(parts)


def test_questions_without_an_answer_have_none(reading: Reading) -> None:
    own = [question for question in reading.questions if question.set == UNTITLED]
    assert len(own) == 2 * len(PLACES)  # those whose answer is not in the text are left out
    for question in own:
        assert bool(question.answers) == question.text.startswith("¿Cuándo")
        assert question.language == "es"
        place = next(place for place in PLACES if place in question.text)
        assert question.part == part_of(TITLES[PLACES.index(place)])
    assert {question.text for question in own if not question.answers} == {f"¿Quién demolió {p}?" for p in PLACES}


def drawing(reading: Reading, *, tokens: int = LENGTH, near: int = 2, other_language: float = 0.5) -> Drawing:
    return Drawing(reading, tokens=tokens, near=near, other_language=other_language)


@pytest.mark.parametrize("tokens", [LENGTH, 13, 500])
def test_a_window_holds_the_answer(reading: Reading, tokens: int) -> None:
    draws = drawing(reading, tokens=tokens)
    starts = set()
    for question in answerable(reading.questions):
        for seed in range(10):
            first, *others = draws.draw(question, Random(seed))
            assert first.answers
            text, offsets = first.piece.passage.text, first.states.offsets
            for begin, end in first.answers:
                assert 0 <= begin <= end < len(first.states.pieces)
                found = text[int(offsets[begin, 0]) : int(offsets[end, 1])]
                assert any(year in found for year in YEARS)
            assert not any(window.answers for window in others)
            for window in (first, *others):
                assert len(window.states.pieces) == min(tokens, window.piece.tokens)
                shown = window.piece.sentence_of[window.start : window.end]
                assert window.sentences == sorted(set(shown.tolist()))
            starts.add(first.start)
    assert len(starts) > 1 or tokens == 500


def test_windows_of_long_passages(folder: Path, gather: Gather) -> None:
    write_long(folder, "the port of Ceuta in 1997")
    reading = gather()
    (question,) = [question for question in reading.questions if question.set == "en__long"]
    draws = drawing(reading, tokens=6)
    starts = {draws.draw(question, Random(seed))[0].start for seed in range(60)}
    ((first, last),) = next(iter(question.answers.values()))
    assert last - first == 5
    assert starts == {first}
    wider = {drawing(reading, tokens=10).draw(question, Random(seed))[0].start for seed in range(200)}
    assert wider == set(range(first - 4, first + 1))


def test_the_windows_that_do_not_answer_are_near_ones(reading: Reading) -> None:
    draws = drawing(reading, near=1)
    for question in reading.questions:
        for seed in range(4):
            first, *others = draws.draw(question, Random(seed))
            assert any(first.piece is reading.pieces[number] for number in question.pieces)
            assert len(others) == 1
            assert any(others[0].piece is reading.pieces[number] for number in question.near)
            assert bool(first.answers) == bool(question.answers)


def test_translations_are_drawn_of_parallel_sets_alone(reading: Reading) -> None:
    draws = drawing(reading, other_language=0.7)
    for question in reading.questions:
        drawn = [draws.draw(question, Random(seed)) for seed in range(40)]
        asked = {window.question.text for windows in drawn for window in windows}
        if "xquad" not in question.set:
            assert asked == {question.text}
            continue
        place = next(place for place in PLACES if place in question.text)
        assert asked == {QUESTIONS[language].format(place=place) for language in PARALLEL}
        for windows in drawn:
            assert {window.piece.set for window in windows} == {question.set}
            assert len({window.question.text for window in windows}) == 1
            assert windows[0].question.part == question.part


def test_no_translation_is_drawn_unasked(reading: Reading) -> None:
    draws = drawing(reading, other_language=0.0)
    for question in reading.questions:
        assert all(window.question is question for window in draws.draw(question, Random(1)))


def test_what_is_drawn_depends_on_the_number_alone(reading: Reading) -> None:
    draws = drawing(reading)
    for question in reading.questions[::3]:
        one, other = (draws.draw(question, Random(5)) for _ in range(2))
        assert [(w.question.text, w.start, w.answers) for w in one] == [
            (w.question.text, w.start, w.answers) for w in other
        ]


def test_states_are_computed_once(folder: Path, tmp_path: Path) -> None:
    embedders = [LowerEmbedder(), LowerEmbedder()]
    found = [
        Reading.gather(folder, cast(SentenceTransformerEmbedder, embedder), tmp_path / "kept", lambda _: None)
        for embedder in embedders
    ]
    assert embedders[0].raws and not embedders[1].raws
    for one, other in zip(found[0].questions, found[1].questions, strict=True):
        assert (one.text, one.answers, one.near) == (other.text, other.answers, other.near)
        assert np.array_equal(one.vector, other.vector)
