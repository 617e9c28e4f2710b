"""Question-answering sets for fitting and measuring: JSON lines of passages and of questions about them.

A line is `{"kind": "passage", "pid", "title", "text", "lang", "drop"}` or `{"kind": "question", "qid",
"question", "pid", "lang", "answers": [{"text", "answer_start"}]}`. Files are named `LANGUAGE__SET.jsonl`.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from corpus.errors import UnreadableFile
from corpus.models import LANGUAGE_CODE, Span

UNTITLED = "es__squad_es_v2"  # a set that does not name its articles
ARTICLES = Path(__file__).with_name("qa_articles.json")
Part = Literal["train", "choose", "measure"]
WITHHELD = frozenset({"Normans", "Computational_complexity_theory"})
"""Articles that a set which only measures, SQuAD 2, asks about in English: no question about them trains a model."""


def part_of(title: str) -> Part:
    """What the article of this title, in every language, is for: five eighths train models, one chooses (calibration,
    thresholds), two measure."""
    if title in WITHHELD:
        return "measure"
    eighth = zlib.crc32(title.encode()) % 8
    return "measure" if eighth in (1, 5) else "choose" if eighth == 3 else "train"


def fingerprint(text: str) -> str:
    """A hash by which a passage is told without its text."""
    return f"{zlib.crc32(text.encode()):08x}"


@cache
def article_of(text: str) -> str:
    """The title of the article that a passage of a set without titles was found to be from; empty when unknown."""
    return str(_articles().get(fingerprint(text), ""))


@cache
def _articles() -> dict[str, str]:
    return dict(json.loads(ARTICLES.read_text(encoding="utf-8"))) if ARTICLES.is_file() else {}


@dataclass(frozen=True, slots=True)
class QaPassage:
    """A passage; `drop` marks it as one to leave out when refusals are measured."""

    pid: str
    title: str
    text: str
    drop: bool

    @property
    def half(self) -> int:
        """0 or 1: every article, in every language, belongs to one half."""
        return zlib.crc32(self.title.encode()) % 2

    @property
    def held_out(self) -> bool:
        """Whether no number and no weight of the project was fitted on its article."""
        return self.half == 1 and part_of(self.title) == "measure"


@dataclass(frozen=True, slots=True)
class QaQuestion:
    """A question, its passage and where the answer stands in it."""

    question: str
    passage: QaPassage
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class QaSet:
    """One file."""

    name: str
    language: str
    passages: tuple[QaPassage, ...]
    questions: tuple[QaQuestion, ...]


def read_sets(path: Path) -> list[QaSet]:
    """The sets of a file, or of every .jsonl file of a folder that holds passages and questions."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    sets = [read_set(file) for file in files]
    if not any(found.questions for found in sets):
        raise UnreadableFile(f"{path}: found no questions with passages, expected .jsonl files with both kinds")
    return [found for found in sets if found.questions]


def read_set(path: Path) -> QaSet:
    """The passages and questions of one file."""
    rows = list(rows_of(path))
    try:
        passages = {
            row["pid"]: QaPassage(row["pid"], str(row.get("title", "")), str(row["text"]), bool(row.get("drop")))
            for row in rows
            if row.get("kind") == "passage"
        }
        questions = tuple(
            QaQuestion(str(row["question"]), passages[row["pid"]], _answers(row, passages[row["pid"]].text))
            for row in rows
            if row.get("kind") == "question" and row["pid"] in passages
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _malformed(path, error) from error
    return QaSet(path.stem, language_of(path), tuple(passages.values()), questions)


def read_abstain(path: Path) -> list[tuple[str, str, bool]]:
    """Question, passage, and whether the passage answers, of each line of a file; empty for another shape."""
    rows = list(rows_of(path))
    if not rows or not {"answerable", "passage"} <= rows[0].keys():
        return []
    try:
        return [(str(row["question"]), str(row["passage"]), bool(row["answerable"])) for row in rows]
    except KeyError as error:
        raise _malformed(path, error) from error


def language_of(path: Path) -> str:
    """The language that a file's name begins with."""
    language = path.stem.split("__")[0]
    if not LANGUAGE_CODE.fullmatch(language):
        raise UnreadableFile(f"{path}: found no language in its name, expected a name such as fr__set.jsonl")
    return language


def _malformed(path: Path, error: Exception) -> UnreadableFile:
    return UnreadableFile(f"{path}: a line is not as docs/evaluation.md describes ({error!r})")


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            rows = [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path}: expected a readable file of JSON lines ({error})") from error
    for row in rows:
        if not isinstance(row, dict):
            raise UnreadableFile(f"{path}: found {type(row).__name__} on a line, expected a JSON object")
        yield row


def _answers(row: dict[str, Any], text: str) -> tuple[Span, ...]:
    """The spans of the answers; where the offset disagrees with the text, the text is looked for."""
    found = []
    for answer in row.get("answers", []):
        wanted, start = answer["text"], answer.get("answer_start", -1)
        if not wanted or text[max(start, 0) : max(start, 0) + len(wanted)] != wanted:
            start = text.find(wanted)
        if wanted and start >= 0:
            found.append(Span(start, start + len(wanted)))
    return tuple(found)
