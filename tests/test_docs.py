"""The documentation against the code: settings, commands, answers, dependencies, links and paths."""

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot import cli
from bot.models import Answer, Citation
from bot.settings import PREFIX, Settings
from corpus.convert import READERS
from corpus.frontmatter import KEYS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
COMMAND = re.compile(r"(?:python -m bot|\bconfbot) ([a-z][a-z-]*)")
MODULE = re.compile(r"python -m ([a-z_]+(?:\.[a-z_]+)+)")
TARGET = re.compile(r"\bmake ([a-z-]+)[`\n]")
LINK = re.compile(r"\]\(([^)#\s]+)")
PATH = re.compile(r"`((?:app\.py|(?:bot|corpus|docs|tests|vectorstore)/[\w./-]*))`")
CITATION = Citation(1, "a", 1, "", "", None, "fr", "press", False, None, None, 0, 1, "q", None, True, 0.5)
COMMANDS = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""  # a page may be still unwritten


def table(path: Path) -> Iterator[tuple[list[str], str]]:
    """Each row of the tables of a page: the names in its first cell, and the rest of it."""
    for line in read(path).splitlines():
        if line.startswith("| `"):
            first, rest = line.strip("| ").split(" | ", 1)
            yield re.findall(r"`([^`]+)`", first), rest


def columns(path: Path) -> dict[str, str]:
    return {name: rest for names, rest in table(path) for name in names}


def dependencies() -> list[str]:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    return [canonical(re.split(r"[^\w.-]", one)[0]) for one in wanted]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_setting_has_its_row_with_its_default() -> None:
    rows = columns(DOCS / "settings.md")
    fields = Settings.model_fields
    assert list(rows) == [f"{PREFIX}{name}".upper() for name in fields]
    for name, field in fields.items():
        default = rows[f"{PREFIX}{name}".upper()].split(" | ")[0]
        assert default == ("not set" if field.default is None else f"`{field.default}`"), name


def test_the_bounds_of_settings_are_documented() -> None:
    rows = columns(DOCS / "settings.md")
    for name, field in Settings.model_fields.items():
        bounds = [getattr(bound, kind) for bound in field.metadata for kind in ("ge", "le") if hasattr(bound, kind)]
        for bound in bounds:
            assert re.search(rf"\b{bound}\b", rows[f"{PREFIX}{name}".upper()]), (name, bound)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_named_on_a_page_exist(page: Path) -> None:
    text = read(page)
    assert set(COMMAND.findall(text)) <= set(COMMANDS)
    for module in MODULE.findall(text):
        assert importlib.util.find_spec(module), module
    targets = re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE)
    assert set(TARGET.findall(text)) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_on_a_page_exist(page: Path) -> None:
    text = read(page)
    for link in LINK.findall(text):
        assert "://" in link or link.startswith("mailto:") or (page.parent / link).exists(), link
    for path in PATH.findall(text):
        assert (ROOT / path).exists(), path


def test_every_command_has_its_row_with_its_options() -> None:
    rows = {names[0].split()[0]: rest for names, rest in table(DOCS / "commands.md")}
    for name, command in COMMANDS.items():
        assert name in rows, name
        for parameter in command.params:
            option = parameter.opts[0]
            assert not option.startswith("--") or option == "--help" or option in rows[name], (name, option)


def test_every_field_of_an_answer_is_documented() -> None:
    text = read(DOCS / "commands.md")
    answer_part, citation_part = text.split("## The answer as JSON")[1].split("Each entry of")
    answer: dict[str, Any] = Answer("q", "fr", "answered", "a", (CITATION,)).to_json()
    citation_part = citation_part.split("## HTTP")[0]
    for part, wanted in ((answer_part, answer), (citation_part, answer["citations"][0])):
        cells = [line.split(" | ")[0] for line in part.splitlines() if line.startswith("| `")]
        assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(wanted)


def test_every_field_of_a_request_is_documented() -> None:
    from bot.pages.api import Question

    part = read(DOCS / "commands.md").split("## HTTP")[1]
    for name in Question.model_fields:
        assert f"\n| `{name}` |" in part, name


def test_every_suffix_and_every_key_of_the_front_matter_is_documented() -> None:
    for suffix in READERS:
        assert f"`{suffix}`" in read(DOCS / "commands.md"), suffix
    assert set(KEYS) <= set(columns(ROOT / "CONTRIBUTING.md"))


@pytest.mark.parametrize("name", dependencies())
def test_every_dependency_is_described_and_pinned(name: str) -> None:
    pinned = {canonical(line.split("==")[0]) for line in read(ROOT / "constraints.txt").splitlines() if "==" in line}
    assert name in columns(DOCS / "dependencies.md")
    assert name in pinned


def test_no_dependency_is_described_that_is_not_declared() -> None:
    assert set(columns(DOCS / "dependencies.md")) == set(dependencies())
