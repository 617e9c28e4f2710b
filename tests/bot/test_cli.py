"""The commands as real processes: what they print where, and how they end.

The corpus is indexed and the model loaded by few of them; the others work on copies of that data folder.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.lock import WriterLock
from bot.phrases import say
from tests import lighthouses
from tests.bot.contract import ANSWER_KEYS
from tests.fakes import make_file

ROOT = Path(__file__).parents[2]
CITATION_KEYS = {
    "number",
    "document_id",
    "version",
    "title",
    "publisher",
    "date",
    "language",
    "kind",
    "digest",
    "url",
    "page",
    "start",
    "end",
    "quote",
    "answer_span",
    "verified",
    "score",
    "section",
}
PRIZE = "Who received the Silver Lantern prize?"
OFF_TOPIC = "Quelle est la recette de la ratatouille ?"
LINES: list[Any] = [
    {"id": "prize", "question": PRIZE},
    {"id": 2, "question": "Сколько ламп хранит музей?"},
    {"id": "empty", "question": "  "},
    "this is no JSON",
    "[1, 2]",
    "[" * 100_000,
    "",
    {"id": "spanish", "question": PRIZE, "language": "es"},
    {"id": "unknown", "question": PRIZE, "language": "xx"},
    {"id": "number", "question": 5},
    {},
    {"id": ["any", {"thing": None}], "question": "Bonjour"},
    {"id": "half", "question": "\ud800 congrès"},
    {"id": "long", "question": "x" * 100_000},
    {"id": "last", "question": OFF_TOPIC},
]


@dataclass(frozen=True)
class Site:
    """A data folder and a folder of documents, and the commands upon them."""

    data: Path
    documents: Path

    def run(
        self, *arguments: str, options: tuple[str, ...] = (), stdin: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a plain environment; its output is read as UTF-8."""
        environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("BOT_")}
        environment |= {"BOT_DATA_DIR": str(self.data), "BOT_DOCUMENTS_DIR": str(self.documents)}
        environment |= {
            "HF_HUB_OFFLINE": "1",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "COLUMNS": "200",
        } | settings
        done = subprocess.run(
            [sys.executable, *options, "-m", "bot", *arguments],
            cwd=ROOT,
            env=environment,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done


def empty(folder: Path, models: Path) -> Site:
    """A site without documents that shares the unpacked model."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "models").symlink_to(models, target_is_directory=True)
    (folder / "documents").mkdir()
    return Site(folder / "data", folder / "documents")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory, models: Path) -> tuple[Site, subprocess.CompletedProcess[str]]:
    """A site whose corpus was indexed by the first command upon it, and what that command gave."""
    site = empty(tmp_path_factory.mktemp("site"), models)
    lighthouses.write(site.documents)
    for path in site.documents.rglob("*.md"):
        if path.stem not in ("prize", "museum", "programme"):
            path.unlink()
    lines = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in LINES)
    return site, site.run("ask", "--batch", "-", stdin=f"\ufeff{lines}")


@pytest.fixture(scope="module")
def indexed(batch: tuple[Site, subprocess.CompletedProcess[str]]) -> Site:
    """A site with an index; commands that change it take `copied`."""
    return batch[0]


@pytest.fixture
def copied(indexed: Site, tmp_path: Path) -> Site:
    """A copy of the site, to change."""
    data = tmp_path / "data"
    shutil.copytree(indexed.data, data, symlinks=True)
    shutil.copytree(indexed.documents, tmp_path / "documents")
    return Site(data, tmp_path / "documents")


def rows(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def fields(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


# Questions


def test_a_file_of_questions_is_answered_line_by_line(batch: tuple[Site, subprocess.CompletedProcess[str]]) -> None:
    _, done = batch
    assert done.returncode == 0
    answers = rows(done.stdout)
    shown = ["prize", 2, "empty", None, None, None, "spanish", "unknown", "number", None]
    assert [answer["id"] for answer in answers] == [*shown, ["any", {"thing": None}], "half", "long", "last"]
    assert all(set(answer) == ANSWER_KEYS for answer in answers)


def test_each_line_gets_its_own_answer_or_its_own_problem(
    batch: tuple[Site, subprocess.CompletedProcess[str]],
) -> None:
    _, done = batch
    found = {str(answer["id"]): answer for answer in rows(done.stdout)}
    assert found["prize"]["status"] == "answered" and found["prize"]["language"] == "en"
    assert "Marta Lindqvist" in found["prize"]["citations"][0]["quote"]
    assert found["2"]["language"] == "ru" and "812" in found["2"]["citations"][0]["quote"]
    assert found["last"]["status"] == "not_found" and found["last"]["citations"] == []
    for id in ("empty", "unknown", "number", "long", "None"):
        assert found[id]["status"] == "not_found" and found[id]["citations"] == [] and found[id]["answer"]
    problems = [line for line in done.stderr.splitlines() if line.startswith("line ")]
    wanted = [3, 4, 5, 6, 9, 10, 11, 14]
    assert [int(line.split(":")[0].removeprefix("line ")) for line in problems] == wanted


def test_the_language_of_a_line_is_that_of_its_frame(batch: tuple[Site, subprocess.CompletedProcess[str]]) -> None:
    _, done = batch
    found = {str(answer["id"]): answer for answer in rows(done.stdout)}
    assert found["spanish"]["language"] == "es"
    assert found["spanish"]["answer"].startswith(say("answered_one", "es"))
    assert found["spanish"]["citations"][0]["quote"] == found["prize"]["citations"][0]["quote"]


def test_one_question_as_json_keeps_the_contract(indexed: Site) -> None:
    done = indexed.run("ask", PRIZE, "--json", "--lang", "ru")
    assert done.returncode == 0
    (answer,) = rows(done.stdout)
    assert set(answer) == ANSWER_KEYS
    assert (answer["question"], answer["language"], answer["status"]) == (PRIZE, "ru", "answered")
    assert isinstance(answer["id"], int) and isinstance(answer["elapsed_ms"], int)
    assert all(set(citation) == CITATION_KEYS for citation in answer["citations"] + answer["related"])
    text = json.loads(indexed.run("show", "prize", "--json").stdout)["text"]
    for citation in answer["citations"]:
        assert citation["verified"] is True and 0 <= citation["score"] <= 1
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_on_a_terminal_lists_its_sources_and_never_imports_the_pages(indexed: Site) -> None:
    done = indexed.run("ask", "Hello! " + PRIZE, options=("-X", "importtime"))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == say("answered_one", "en")
    assert "Marta Lindqvist" in lines[1]
    assert any(line.startswith("[1] The keeper's prize. Harbour News, 5 June 2031.") for line in lines)
    assert any(line.strip().startswith("/sources/prize/1?start=") for line in lines)
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in imported and "sentence_transformers" in imported
    assert not imported & {"gradio", "fastapi", "uvicorn"}


# Documents


def test_documents_are_added_listed_shown_and_removed(copied: Site, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "buoy.md").write_bytes(
        make_file("Старый буй покрашен в 1897 году.", "buoy", language="ru", publisher="Вестник", date="2030-05")
    )
    (folder / "broken.md").write_bytes(b"---\ndate: yesterday\n---\n\nText.\n")
    (folder / "ignored.xyz").write_bytes(b"nothing")

    added = copied.run("add", str(folder))
    assert added.returncode == 1
    assert fields(added.stdout) == [["added", "buoy", "version 1", "1 passages"]]
    assert "broken.md" in added.stderr and "yesterday" in added.stderr and "ignored" not in added.stderr

    again = copied.run("add", str(folder / "buoy.md"), "--json")
    assert again.returncode == 0
    (outcome,) = rows(again.stdout)
    assert (outcome["result"], outcome["document_id"], outcome["version"]) == ("unchanged", "buoy", 1)

    listed = copied.run("list")
    assert listed.returncode == 0
    assert [row[:5] for row in fields(listed.stdout)] == [
        ["buoy", "1", "ready", "ru", "2030-05"],
        ["museum", "1", "ready", "ru", "2030-11-20"],
        ["prize", "1", "ready", "en", "2031-06-05"],
        ["programme", "1", "ready", "fr", "2031-03-02"],
    ]

    removed = copied.run("remove", "buoy")
    assert (removed.returncode, removed.stdout) == (0, "removed\tbuoy\n")
    assert [row["id"] for row in rows(copied.run("list", "--json").stdout)] == ["museum", "prize", "programme"]
    shown = json.loads(copied.run("show", "buoy", "--json").stdout)
    assert (shown["state"], shown["version"]) == ("removed", 1)
    assert "Старый буй покрашен в 1897 году." in shown["text"]


def test_a_removed_curated_document_does_not_come_back_by_itself(copied: Site) -> None:
    assert copied.run("remove", "prize").returncode == 0
    done = copied.run("setup")
    assert done.returncode == 0
    assert [row["id"] for row in rows(copied.run("list", "--json").stdout)] == ["museum", "programme"]


def test_a_document_is_shown_with_its_metadata_and_text(indexed: Site) -> None:
    done = indexed.run("show", "museum")
    head, text = done.stdout.split("\n\n", 1)
    assert done.returncode == 0
    assert {"id: museum", "language: ru", "date: 2030-11-20", "version: 1", "state: ready"} <= set(head.splitlines())
    assert "Музей маячных ламп хранит 812 старинных ламп." in text


def test_reindexing_fills_the_index_again(copied: Site) -> None:
    shutil.rmtree(copied.data / "index")
    assert copied.run("doctor").returncode == 1
    done = copied.run("reindex")
    assert (done.returncode, done.stdout) == (0, "indexed\t3 documents\n")
    assert copied.run("doctor").returncode == 0


# Health


def test_doctor_finds_nothing_wrong_with_a_sound_folder(indexed: Site) -> None:
    done = indexed.run("doctor", "--json")
    assert done.returncode == 0
    found = {row["check"]: row["severity"] for row in rows(done.stdout)}
    sound = ("settings", "disk", "model", "reader", "library", "index", "files", "journal", "audit", "pins")
    assert found == dict.fromkeys(sound, "ok") | {"backup": "warning", "accounts": "warning"}


def test_doctor_warns_of_a_misspelt_setting(indexed: Site) -> None:
    done = indexed.run("doctor", BOT_LANGAUGE="fr")
    assert done.returncode == 0
    assert ["warning", "settings"] in [row[:2] for row in fields(done.stdout)]
    assert "BOT_LANGAUGE" in done.stdout


def test_doctor_ends_with_1_without_documents(tmp_path: Path, models: Path) -> None:
    done = empty(tmp_path, models).run("doctor")
    assert done.returncode == 1
    assert ["error", "library"] in [row[:2] for row in fields(done.stdout)]


def test_questions_without_an_answer_are_listed(indexed: Site) -> None:
    done = indexed.run("unanswered", "--json")
    assert done.returncode == 0
    assert OFF_TOPIC in [row["question"] for row in rows(done.stdout)]
    assert PRIZE not in [row["question"] for row in rows(done.stdout)]
    assert OFF_TOPIC in indexed.run("unanswered").stdout


def test_reading_works_beside_a_process_that_holds_the_folder_and_writing_does_not(indexed: Site) -> None:
    lock = WriterLock(indexed.data)
    lock.acquire()
    try:
        assert indexed.run("list").returncode == 0
        done = indexed.run("add", str(indexed.documents))
    finally:
        lock.release()
    assert (done.returncode, done.stdout) == (1, "")
    assert "BOT_DATA_DIR" in done.stderr


# Problems and usage


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("ask",),
        ("ask", "a question", "--batch", "file.jsonl"),
        ("ask", "a question", "another"),
        ("ask", "--lang"),
        ("ask", "a question", "--bogus"),
        ("add",),
        ("show",),
        ("remove",),
        ("show", "prize", "--version", "one"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "0"),
        ("eval",),
        ("bench", "--passages", "many"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = Site(tmp_path / "data", tmp_path / "documents").run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error" in done.stderr
    assert not (tmp_path / "data").exists()


PROBLEMS: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("show", "nobody"), {}, "'nobody'"),
    (("show", "prize", "--version", "9"), {}, "version 9"),
    (("show", "../prize"), {}, "'../prize'"),
    (("remove", "nobody"), {}, "'nobody'"),
    (("add", "no-such-file.md"), {}, "no-such-file.md"),
    (("ask", "--batch", "no-such-file.jsonl"), {}, "no-such-file.jsonl"),
    (("ask", "--batch", "tests"), {}, "tests"),
    (("eval", "no-such-folder"), {}, "no-such-folder"),
    (("list",), {"BOT_PORT": "many"}, "BOT_PORT"),
    (("list",), {"BOT_PORT": "70000"}, "BOT_PORT"),
    (("list",), {"BOT_LANGUAGE": "xx"}, "BOT_LANGUAGE"),
    (("list",), {"BOT_KEEP_QUESTIONS": "-1"}, "BOT_KEEP_QUESTIONS"),
    (("list",), {"BOT_DATA_DIR": str(ROOT / "pyproject.toml")}, "BOT_DATA_DIR"),
    (("add", "tests"), {"BOT_DATA_DIR": str(ROOT / "pyproject.toml" / "data")}, "BOT_DATA_DIR"),
]


@pytest.mark.parametrize(("arguments", "settings", "named"), PROBLEMS, ids=str)
def test_a_problem_ends_with_1_and_a_message(
    indexed: Site, arguments: tuple[str, ...], settings: dict[str, str], named: str
) -> None:
    done = indexed.run(*arguments, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert named in done.stderr


def test_help_names_every_command() -> None:
    done = Site(Path("unused"), Path("unused")).run("--help")
    assert done.returncode == 0
    for name in (
        "serve",
        "add",
        "list",
        "show",
        "remove",
        "ask",
        "reindex",
        "doctor",
        "unanswered",
        "eval",
        "bench",
        "sync",
        "backup",
    ):
        assert name in done.stdout
    help = Site(Path("unused"), Path("unused")).run("ask", "--help").stdout
    assert all(code in help for code in LANGUAGES)
