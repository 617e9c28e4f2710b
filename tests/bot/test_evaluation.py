"""Measuring on question-answering sets: tiny sets over the real model, and files that are no sets."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation import Extent, auroc, evaluate_path, run, table
from bot.evaluation.figures import words_f1
from bot.evaluation.verdicts import read_verdicts, verdict_row
from bot.judge import Judgement
from bot.settings import Settings
from corpus.errors import CorpusError
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.qa_data import QaPassage, read_set, read_sets
from vectorstore.qa_pools import MIXED, mixed_pools, single_pools

TITLES = ("Museum", "Lamps", "Foghorn", "Island", "Storm", "Tower")
DROPPED = {"Foghorn", "Island"}
ENGLISH = (
    ("The museum of lighthouses opened in 1931. It stands on the old quay.", "When did the museum open?", "1931"),
    (
        "The lamps are made of Bohemian glass. They are cleaned every week.",
        "What are the lamps made of?",
        "Bohemian glass",
    ),
    (
        "The foghorn was designed by Helen Storrow. It is heard twelve miles away.",
        "Who designed the foghorn?",
        "Helen Storrow",
    ),
    ("The island has forty inhabitants. They live from fishing.", "How many inhabitants has the island?", "forty"),
    ("The storm broke the northern pier. Nobody was hurt.", "What did the storm break?", "the northern pier"),
    (
        "The tower is painted red and white. Its stairs have 210 steps.",
        "How many steps have the stairs of the tower?",
        "210",
    ),
)
FRENCH = (
    (
        "Le musée des phares a ouvert en 1931. Il se trouve sur le vieux quai.",
        "Quand le musée a-t-il ouvert ?",
        "1931",
    ),
    (
        "Les lampes sont en verre de Bohême. On les nettoie chaque semaine.",
        "En quoi sont faites les lampes ?",
        "verre de Bohême",
    ),
    (
        "La sirène de brume a été conçue par Helen Storrow. On l'entend à douze milles.",
        "Qui a conçu la sirène de brume ?",
        "Helen Storrow",
    ),
    (
        "L'île compte quarante habitants. Ils vivent de la pêche.",
        "Combien d'habitants l'île compte-t-elle ?",
        "quarante",
    ),
    ("La tempête a brisé la jetée du nord. Personne n'a été blessé.", "Qu'a brisé la tempête ?", "la jetée du nord"),
    (
        "La tour est peinte en rouge et blanc. Son escalier a 210 marches.",
        "Combien de marches a l'escalier de la tour ?",
        "210",
    ),
)
ABSTAIN = [(q, passage, True) for passage, q, _ in ENGLISH] + [
    (ENGLISH[i][1], ENGLISH[(i + 2) % len(ENGLISH)][0], False) for i in range(len(ENGLISH))
]
SHARES = (
    "passage_first",
    "passage_in_five",
    "sentence_first",
    "sentence_first_rule",
    "words_f1",
    "sentence_in_passage",
    "bm25_first",
    "bm25_in_five",
    "dense_first",
    "dense_in_five",
    "unanswerable_refused",
    "answerable_answered",
)
BAD: dict[str, str | bytes] = {
    "not JSON": "{",
    "a JSON list": "[1, 2]\n",
    "a JSON number": "5\n",
    "deep": "[" * 200_000,
    "no UTF-8": b"\xff\xfe\x00\x01{}",
    "a binary file": bytes(range(256)),
    "nothing": "",
    "blank lines": "\n \n",
    "other objects": '{"a": 1}\n{"b": 2}\n',
    "passages only": '{"kind": "passage", "pid": "1", "title": "a", "text": "b"}\n',
    "a passage without text": '{"kind": "passage", "pid": "1"}\n',
    "a passage without pid": '{"kind": "passage", "text": "b"}\n',
    "a pid that is a list": '{"kind": "passage", "pid": [1], "text": "b"}\n',
    "a question without its text": '{"kind": "passage", "pid": "1", "text": "b"}\n{"kind": "question", "pid": "1"}\n',
    "answers that are none": '{"kind": "passage", "pid": "1", "text": "b"}\n'
    '{"kind": "question", "pid": "1", "question": "q", "answers": [5]}\n',
    "a pair without its question": '{"answerable": true, "passage": "b"}\n',
    "pairs that end": '{"answerable": true, "passage": "b", "question": "q"}\n{"answerable": true}\n',
}


def write_set(path: Path, entries: Sequence[tuple[str, str, str]]) -> None:
    rows: list[dict[str, Any]] = []
    for title, (text, question, answer) in zip(TITLES, entries, strict=True):
        rows.append({"kind": "passage", "pid": title, "title": title, "text": text, "drop": title in DROPPED})
        answers = [{"text": answer, "answer_start": text.index(answer)}]
        rows.append({"kind": "question", "qid": title, "question": question, "pid": title, "answers": answers})
    write(path, rows)


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sets that are translations of each other, and one of pairs in a folder below."""
    write_set(tmp_path / "en__lights.jsonl", ENGLISH)
    write_set(tmp_path / "fr__lights.jsonl", FRENCH)
    (tmp_path / "pairs").mkdir()
    pairs = [{"question": q, "passage": p, "answerable": answerable} for q, p, answerable in ABSTAIN]
    write(tmp_path / "pairs" / "en__pairs.jsonl", pairs)
    return tmp_path


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder) -> None:
    """The model that the other tests use, so that it is not loaded once more."""
    monkeypatch.setattr(run, "SentenceTransformerEmbedder", lambda *_args, **_more: real_embedder)


def said() -> tuple[list[str], Any]:
    lines: list[str] = []
    return lines, lines.append


@pytest.mark.usefixtures("loaded")
def test_sets_are_measured_alone_mixed_and_as_pairs(folder: Path, tmp_path: Path) -> None:
    lines, say = said()
    rows = evaluate_path(folder, Settings(data_dir=tmp_path / "data"), say)
    found = {(row["set"], row["part"]): row for row in rows}
    assert set(found) == {
        ("en__lights", "all"),
        ("en__lights", "held out"),
        ("fr__lights", "all"),
        ("fr__lights", "held out"),
        (f"{MIXED} en", "held out"),
        (f"{MIXED} fr", "held out"),
        ("en__pairs", "all"),
    }
    assert {line.split(":")[0] for line in lines} == {"en__lights", "fr__lights", MIXED, "en__pairs"}
    for row in rows:
        assert all(0 <= row[name] <= 1 for name in SHARES if name in row)
    for language in ("en", "fr"):
        whole, held_out = found[f"{language}__lights", "all"], found[f"{language}__lights", "held out"]
        assert (whole["questions"], held_out["questions"]) == (6, 3)
        assert set(SHARES) <= set(whole)
        assert whole["passage_in_five"] == 1 and whole["passage_first"] >= 0.8 and whole["sentence_first"] >= 0.8
        assert whole["passage_first"] <= whole["passage_in_five"]
        assert whole["sentence_first_rule"] >= 0.8 and whole["words_f1"] >= 0.4
        assert whole["refusal_auroc"] >= 0.75 and whole["refusal_auroc_rule"] >= 0.75
        assert found[f"{MIXED} {language}", "held out"]["passage_in_five"] == 1
    pairs = found["en__pairs", "all"]
    assert pairs["questions"] == len(ABSTAIN) and min(pairs["refusal_auroc"], pairs["refusal_auroc_rule"]) >= 0.8
    assert not (tmp_path / "data" / "library.sqlite").exists()


@pytest.mark.usefixtures("loaded")
def test_one_file_is_measured_too(folder: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    rows = evaluate_path(folder / "fr__lights.jsonl", settings, lambda _: None)
    assert [row["set"] for row in rows] == ["fr__lights", "fr__lights"]
    (row,) = evaluate_path(folder / "pairs", settings, lambda _: None)
    assert set(row) == {"set", "part", "questions", "refusal_auroc", "refusal_auroc_rule"}


@pytest.mark.usefixtures("loaded")
def test_only_held_out_articles_are_measured_when_asked_for(folder: Path, tmp_path: Path) -> None:
    path, settings = folder / "en__lights.jsonl", Settings(data_dir=tmp_path / "data")
    whole, held_out = evaluate_path(path, settings, lambda _: None, Extent(held_out=True))
    assert whole["questions"] == held_out["questions"] == 3
    one, _ = evaluate_path(path, settings, lambda _: None, Extent(limit=1))
    assert one["questions"] == 1
    (pairs,) = evaluate_path(folder / "pairs", settings, lambda _: None, Extent(held_out=True))
    assert pairs["questions"] == len(ABSTAIN), "nothing is told of the articles of these pairs"


@pytest.mark.usefixtures("loaded")
def test_questions_answered_wrongly_are_told(tmp_path: Path) -> None:
    path, wrong = tmp_path / "en__a.jsonl", []
    entries = list(ENGLISH)
    entries[0] = (entries[0][0], "When did the museum open?", "old quay")  # the set itself is wrong
    write_set(path, entries)
    evaluate_path(path, Settings(data_dir=tmp_path / "data"), lambda _: None, on_failure=wrong.append)
    (row,) = [row for row in wrong if row["title"] == TITLES[0]]
    assert (row["set"], row["question"], row["answers"]) == ("en__a", "When did the museum open?", ["old quay"])
    assert row["first"] == "The museum of lighthouses opened in 1931." and "1931" in row["marked_in_passage"]


class FixedJudge:
    """Gives the stance that a sentence names."""

    stamp = "fixed/1"

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        return [
            Judgement(*(0.8 if stance in sentence else 0.1 for stance in ("yes", "no", "?"))) for _, sentence in pairs
        ]


@pytest.mark.parametrize(
    ("rows", "accuracy"),
    [
        (
            [{"evidence": "yes", "claim": "c", "label": "supported"}, {"evidence": "no", "claim": "c", "label": "nei"}],
            0.5,
        ),
        (
            [
                {"evidence": "yes", "claim": "c", "label": "supported"},
                {"evidence": "?", "claim": "c", "label": "not_supported"},
            ],
            1.0,
        ),
        (
            [
                {"a": "no", "b": "c", "conflict": 1},
                {"a": "?", "b": "c", "conflict": 0},
                {"a": "yes", "b": "c", "conflict": 0},
            ],
            1.0,
        ),
        ([{"a": "no", "b": "c", "conflict": 0}, {"a": "yes", "b": "c", "conflict": 1}], 0.0),
    ],
)
def test_the_judge_is_measured_on_either_shape(tmp_path: Path, rows: list[dict[str, Any]], accuracy: float) -> None:
    path = tmp_path / "en__claims.jsonl"
    write(path, [*rows, rows[0] | {"label": "partial"}] if "label" in rows[0] else rows)
    verdicts = read_verdicts(path)
    assert len(verdicts) == len(rows)
    assert verdict_row("claims", verdicts, FixedJudge())["judge_accuracy"] == accuracy
    assert "judge_accuracy" not in verdict_row("claims", verdicts, None)


@pytest.mark.parametrize(
    ("marked", "answers", "language", "f1"),
    [
        ("18 May, 1756", ["May 18, 1756"], "en", 1.0),
        ("the Broncos", ["Denver Broncos"], "en", 0.667),
        ("l'Organisation", ["Organisation"], "fr", 1.0),
        ("около двухсот человек", ["двухсот человек", "никто"], "ru", 0.8),
        ("1756年5月18日", ["5月18日"], "zh", 0.667),
        ("", ["x"], "en", 0.0),
        ("x", [], "en", 0.0),
    ],
)
def test_words_are_compared_as_squad_does(marked: str, answers: list[str], language: str, f1: float) -> None:
    assert round(words_f1(marked, answers, language), 3) == f1


@pytest.mark.usefixtures("loaded")
def test_the_figures_do_not_change_from_one_time_to_the_next(folder: Path, tmp_path: Path) -> None:
    path, settings = folder / "en__lights.jsonl", Settings(data_dir=tmp_path / "data")
    assert evaluate_path(path, settings, lambda _: None) == evaluate_path(path, settings, lambda _: None)


@pytest.mark.usefixtures("loaded")
def test_a_set_of_which_every_passage_is_dropped_is_borne(tmp_path: Path) -> None:
    path = tmp_path / "en__all.jsonl"
    write_set(path, ENGLISH)
    path.write_text(path.read_text().replace('"drop": false', '"drop": true'))
    whole, _ = evaluate_path(path, Settings(data_dir=tmp_path / "data"), lambda _: None)
    assert whole["unanswerable_refused"] == 1 and whole["refusal_auroc"] is None


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("content", BAD)
def test_a_file_that_is_no_set_is_a_problem_with_its_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "fr__bad.jsonl"
    text = BAD[content]
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    for wrong in (path, tmp_path):
        with pytest.raises(CorpusError, match=str(wrong)):
            evaluate_path(wrong, Settings(data_dir=tmp_path / "data"), lambda _: None)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", ["missing.jsonl", "missing", "folder", "folder/none.txt", "bad\udcff.jsonl"])
def test_a_path_without_sets_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CorpusError):
        evaluate_path(tmp_path / name, Settings(data_dir=tmp_path / "data"), lambda _: None)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", ["questions.jsonl", "EN__a.jsonl", "__a.jsonl", "fr-FR__a.jsonl"])
def test_a_name_without_a_language_is_a_problem(folder: Path, name: str) -> None:
    for source in (folder / "en__lights.jsonl", folder / "pairs" / "en__pairs.jsonl"):
        path = source.rename(source.with_name(name))
        with pytest.raises(CorpusError, match="language"):
            evaluate_path(path, Settings(data_dir=folder / "data"), lambda _: None)
        path.unlink()


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([(0.9, True), (0.1, False)], 1.0),
        ([(0.1, True), (0.9, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.5),
        ([(0.8, True), (0.4, True), (0.6, False), (0.2, False)], 0.75),
        ([(3.0, True), (2.0, True), (1.0, True), (2.5, False)], 0.333),
        ([(0.9, True), (0.5, True)], None),
        ([(0.9, False)], None),
        ([], None),
    ],
)
def test_auroc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[float, bool]], wanted: float | None) -> None:
    assert auroc(pairs) == wanted


def test_the_table_has_a_column_for_every_figure() -> None:
    rows: list[dict[str, Any]] = [{"set": "a", "questions": 2}, {"set": "b", "refusal_auroc": 0.75}]
    assert table(rows).splitlines() == [
        "| set | questions | refusal_auroc |",
        "|---|---|---|",
        "| a | 2 |  |",
        "| b |  | 0.75 |",
    ]


# The sets themselves


def test_answers_are_found_again_where_their_offset_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "en__a.jsonl"
    text = "The lamp is green. The lamp is old."
    answers = [
        {"text": "lamp", "answer_start": 23},
        {"text": "lamp", "answer_start": 0},
        {"text": "old"},
        {"text": "", "answer_start": 3},
        {"text": "blue", "answer_start": 3},
    ]
    write(
        path,
        [
            {"kind": "passage", "pid": "1", "title": "Lamp", "text": text},
            {"kind": "question", "pid": "1", "question": "q", "answers": answers},
            {"kind": "question", "pid": "2", "question": "of a passage that is not there", "answers": []},
            {"kind": "comment", "text": "ignored"},
        ],
    )
    data = read_set(path)
    assert (data.name, data.language, len(data.questions)) == ("en__a", "en", 1)
    assert [(span.start, span.of(text)) for span in data.questions[0].answers] == [
        (23, "lamp"),
        (4, "lamp"),
        (31, "old"),
    ]


def test_all_passages_of_an_article_are_in_one_half() -> None:
    halves = {title: QaPassage("a", title, "x", False).half for title in TITLES}
    assert {QaPassage("b", title, "y", True).half == half for title, half in halves.items()} == {True}
    assert sorted(halves.values()) == [0, 0, 0, 1, 1, 1]


def test_translations_are_mixed_with_each_article_in_one_language(folder: Path) -> None:
    sets = read_sets(folder)
    (pool,) = mixed_pools(sets)
    assert len(pool.documents) == len(TITLES) and len(pool.questions) == 2 * len(TITLES)
    assert {language for _, language, _ in pool.documents} == {"en", "fr"}
    assert mixed_pools(sets) == [pool]
    assert mixed_pools(sets[:1]) == [] and mixed_pools([]) == []
    assert [single.name for single in single_pools(sets)] == ["en__lights", "fr__lights"]


def test_a_byte_order_mark_is_borne(folder: Path) -> None:
    path = folder / "en__lights.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_set(path).questions) == len(TITLES)
