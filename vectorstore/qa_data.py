"""Question-answering sets for fitting and measuring: JSON lines of passages and of questions about them.

A line is `{"kind": "passage", "pid", "title", "text", "lang", "drop"}` or `{"kind": "question", "qid",
"question", "pid", "lang", "answers": [{"text", "answer_start"}]}`. Files are named `LANGUAGE__SET.jsonl`.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import UnreadableFile
from corpus.models import Span


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
    passages = {
        row["pid"]: QaPassage(row["pid"], str(row.get("title", "")), row["text"], bool(row.get("drop")))
        for row in rows
        if row.get("kind") == "passage"
    }
    questions = tuple(
        QaQuestion(row["question"], passages[row["pid"]], _answers(row, passages[row["pid"]].text))
        for row in rows
        if row.get("kind") == "question" and row["pid"] in passages
    )
    return QaSet(path.stem, path.stem.split("__")[0], tuple(passages.values()), questions)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: expected a readable file of JSON lines ({error})") from error


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
