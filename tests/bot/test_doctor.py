"""The health checks over folders with one thing wrong, each with a code that pages can say."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bot import judge, reader
from bot.assistant import Assistant
from bot.doctor import Check, Finding, examine
from bot.phrases import say_to_staff
from bot.settings import Settings
from bot.staff.audit import Audit
from bot.staff.backups.backup import back_up
from bot.staff.checks import staff_checks
from bot.texts.staff import languages
from corpus.database import connect
from corpus.errors import CorpusError
from corpus.models import Span
from tests.bot.lower import STAMP, LowerEmbedder
from tests.bot.tiny_models import save_judge, save_reader
from tests.fakes import FakeEmbedder, forget_chroma_clients, make_file
from vectorstore.chroma import ChromaStore
from vectorstore.embedder import PassageEmbedder, SentenceTransformerEmbedder

CHECKS = ("settings", "disk", "model", "reader", "library", "index")


@pytest.fixture(autouse=True)
def _fresh_chroma() -> Iterator[None]:
    yield
    forget_chroma_clients()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three documents, one of them in two versions."""
    folder = tmp_path_factory.mktemp("doctor")
    assistant = Assistant(Settings(data_dir=folder / "data"), FakeEmbedder())
    for id, text in {"buoy": "A buoy.", "lamp": "A lamp.", "mast": "A mast.", "buoy ": "Another buoy."}.items():
        path = folder / f"{id.strip()}.md"
        path.write_bytes(make_file(f"{text} It was painted in 1897.", id.strip(), language="en"))
        assistant.add([path])
    forget_chroma_clients()
    return folder / "data"


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "data")
    return tmp_path / "data"


def opened(data: Path, **settings: object) -> Assistant:
    given = {"documents_dir": data / "none"} | settings
    return Assistant(Settings(data_dir=data, **given), FakeEmbedder())  # type: ignore[arg-type]


def wrong(assistant: Assistant, *more: Check, seconds: float = 5.0) -> list[Finding]:
    """What is not in order; whatever is found can be sent as JSON and said by its code."""
    findings = examine(assistant, *more, seconds=seconds)
    for finding in findings:
        json.dumps(asdict(finding))
        assert bool(finding.code) == bool(finding.message)
        assert re.fullmatch("[a-z_]*", finding.code)
    return [finding for finding in findings if finding.severity != "ok"]


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_a_sound_folder_is_in_order(data: Path) -> None:
    findings = examine(opened(data))
    assert [(finding.check, finding.severity, finding.code) for finding in findings] == [
        (check, "ok", "") for check in CHECKS
    ]


# Settings and disk


def test_a_misspelt_setting_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_LANGAUGE", "fr")
    finding = only(wrong(opened(data)))
    assert (finding.check, finding.severity, finding.code) == ("settings", "warning", "setting_unknown")
    assert finding.values == {"name": "BOT_LANGAUGE"} and "BOT_LANGAUGE" in finding.message


WATCHED: list[tuple[str, str, str]] = [
    ("watch_dir", "missing", "watch_missing"),
    ("watch_dir", "file", "watch_unreadable"),
    ("watch_addresses", "missing", "watch_missing"),
    ("watch_addresses", "folder", "watch_unreadable"),
]


@pytest.mark.parametrize(("setting", "place", "code"), WATCHED)
def test_a_followed_place_that_cannot_be_read_is_told(
    data: Path, tmp_path: Path, setting: str, place: str, code: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("https://example.org/a\n", encoding="utf-8")
    finding = only(wrong(opened(data, **{setting: tmp_path / place})))
    assert (finding.severity, finding.code) == ("error", code)
    assert finding.values["name"] == f"BOT_{setting.upper()}" and finding.values["path"] == str(tmp_path / place)
    good = "folder" if setting == "watch_dir" else "file"
    assert wrong(opened(data, **{setting: tmp_path / good})) == []


def test_a_full_disk_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data)._replace(free=20_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    finding = only(wrong(opened(data)))
    assert (finding.code, finding.values["free"]) == ("disk_low", 20_000_000)


# Library


def test_an_empty_library_is_told(tmp_path: Path) -> None:
    finding = only(wrong(opened(tmp_path / "data")))
    assert (finding.check, finding.severity, finding.code) == ("library", "error", "library_empty")


def test_pending_documents_are_named_and_can_be_resumed(data: Path) -> None:
    assistant = opened(data)
    assistant.library.mark("lamp", "pending")
    finding = only(wrong(assistant))
    assert (finding.severity, finding.code, finding.action) == ("warning", "documents_pending", "resume")
    assert finding.values == {"count": 1, "documents": ["lamp"]}


@pytest.mark.parametrize("id", ["lamp", "buoy"])
def test_an_original_that_has_changed_is_found_in_any_version(data: Path, id: str) -> None:
    assistant = opened(data)
    with connect(data / "library.sqlite") as db:
        first = "SELECT sha256 FROM versions WHERE id = ? AND version = 1"
        db.execute(f"UPDATE originals SET data = x'00' WHERE sha256 = ({first})", (id,))
    finding = only(wrong(assistant))
    assert (finding.severity, finding.code, finding.values["documents"]) == ("error", "originals_changed", [id])


def test_an_original_that_is_missing_is_found(data: Path) -> None:
    assistant = opened(data)
    with connect(data / "library.sqlite") as db:
        db.execute("DELETE FROM originals WHERE sha256 = (SELECT sha256 FROM versions WHERE id = 'mast')")
    assert wrong(assistant)[0].code == "originals_changed"


def test_a_damaged_library_is_found_and_the_other_checks_go_on(data: Path) -> None:
    assistant = opened(data)
    path = data / "library.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * (size - 4_096))
    findings = wrong(assistant)
    assert (findings[0].check, findings[0].code, findings[0].values["name"]) == (
        "library",
        "file_damaged",
        "library.sqlite",
    )
    assert "restore" in findings[0].remedy
    assert [finding.check for finding in examine(assistant)][-1] == "index"


# Index


def test_a_damaged_index_is_found(data: Path) -> None:
    assistant = opened(data)
    with connect(data / "index" / "passages.sqlite") as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'passages_of_document'")
    found = {finding.code for finding in wrong(assistant)}
    assert "file_damaged" in found


def test_halves_that_differ_are_found_and_repaired(data: Path) -> None:
    assistant = opened(data)
    assistant.warm_up()
    ChromaStore(data / "index" / "chroma", "fake/1").delete(assistant.index.passages.ids_of("lamp"))
    finding = only(wrong(assistant))
    assert (finding.severity, finding.code, finding.action) == ("error", "index_halves", "repair_index")
    assert "1 passages" in str(finding.values["problem"])
    assistant.index.repair()
    assert wrong(assistant) == []


def test_ready_documents_without_passages_are_found_and_resumed(data: Path) -> None:
    assistant = opened(data)
    assistant.index.remove("lamp")
    finding = only(wrong(assistant))
    assert (finding.severity, finding.code, finding.action) == ("error", "documents_without_passages", "resume")
    assert finding.values == {"count": 1, "documents": ["lamp"]}
    assistant.prepare()
    assert wrong(assistant) == []


def test_a_document_whose_every_passage_was_withdrawn_is_in_order(data: Path) -> None:
    assistant = opened(data)
    whole = Span(0, len(assistant.library.text("lamp", 1)))
    assistant.library.withdraw_passage("lamp", 1, whole, "wrong")
    assistant.index.remove("lamp")
    assert wrong(assistant) == []


def test_an_index_of_another_model_is_an_error_with_a_code(data: Path) -> None:
    assistant = Assistant(Settings(data_dir=data), FakeEmbedder("fake/2"))
    finding = only(wrong(assistant))
    assert (finding.check, finding.severity) == ("index", "error")
    assert finding.code and "fake/2" in finding.message


# Time, and checks of others


def test_without_time_files_are_checked_in_part(data: Path) -> None:
    assistant = opened(data)
    with connect(data / "library.sqlite") as db:
        db.execute("CREATE TABLE large (words TEXT)")
        db.executemany("INSERT INTO large VALUES (?)", [("x" * 100,)] * 30_000)
    began = time.perf_counter()
    findings = examine(assistant, seconds=0.0)
    assert time.perf_counter() - began < 5
    assert {finding.severity for finding in findings} == {"ok"}
    assert "checked_in_part" in [finding.code for finding in findings if finding.check == "library"]


def test_a_check_that_breaks_keeps_what_it_found_and_does_not_stop_the_others(data: Path) -> None:
    def breaks(error: Exception) -> Callable[[], Iterator[Finding]]:
        def check() -> Iterator[Finding]:
            yield Finding("first", "warning", "a thing", code="a_thing")
            raise error

        return check

    checks = (
        Check("one", breaks(CorpusError("it broke", code="it_broke", name="x"))),
        Check("two", breaks(PermissionError(13, "Permission denied"))),
        Check("three", lambda: ()),
    )
    findings = examine(opened(data), *checks)[-5:]
    assert [(finding.check, finding.severity, finding.code) for finding in findings] == [
        ("first", "warning", "a_thing"),
        ("one", "error", "it_broke"),
        ("first", "warning", "a_thing"),
        ("two", "error", "check_failed"),
        ("three", "ok", ""),
    ]
    assert findings[1].values["name"] == "x" and "Permission denied" in findings[3].message


# What the staff area keeps


class Accounts:
    def __init__(self, *, any: bool) -> None:
        self._any = any

    def has_any(self) -> bool:
        return self._any


class Pins:
    def __init__(self, *questions: str) -> None:
        self._questions = questions

    def broken(self) -> tuple[str, ...]:
        return self._questions


def test_a_folder_without_a_backup_or_with_an_old_one_is_told(data: Path, tmp_path: Path) -> None:
    assistant, checks = opened(data), staff_checks(data)
    finding = only(wrong(assistant, *checks))
    assert (finding.severity, finding.code, finding.action) == ("warning", "backup_never", "back_up")
    back_up(data, tmp_path / "backup.zip")
    assert wrong(assistant, *checks) == []
    old = (datetime.now(UTC) - timedelta(days=31, hours=1)).isoformat()
    (data / "last-backup.json").write_text(json.dumps({"made_at": old, "bytes": 1}), encoding="utf-8")
    finding = only(wrong(assistant, *checks))
    assert (finding.code, finding.values["days"], finding.action) == ("backup_old", 31, "back_up")


def test_what_staff_must_know_of_their_own_parts(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(data, tmp_path / "backup.zip")
    audit = Audit(data / "audit.sqlite")
    audit.record("amina", "logged_in")
    audit.record("amina", "logged_out")
    assistant = opened(data)
    sound = staff_checks(data, accounts=Accounts(any=True), audit=audit, pins=Pins())
    assert wrong(assistant, *sound) == []
    names = [finding.check for finding in examine(assistant, *sound)]
    assert names == [*CHECKS, "backup", "files", "journal", "accounts", "audit", "pins"]

    with connect(data / "audit.sqlite") as db:
        db.execute("DROP TRIGGER events_stay")
        db.execute("UPDATE events SET actor = 'omar' WHERE id = 2")
    monkeypatch.setattr("bot.staff.checks.LARGE_JOURNAL", 10)
    ill = staff_checks(data, accounts=Accounts(any=False), audit=audit, pins=Pins("Who?", "When?"))
    found = {finding.code: finding for finding in wrong(assistant, *ill)}
    assert set(found) == {"journal_large", "accounts_none", "audit_broken", "pins_broken"}
    assert found["audit_broken"].values == {"line": 2} and found["audit_broken"].severity == "error"
    assert found["pins_broken"].values == {"count": 2, "questions": ["Who?", "When?"]}
    assert found["pins_broken"].action == "verify_pins"


def test_a_damaged_file_of_the_staff_area_is_found(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "backup.zip")
    (data / "drafts.sqlite").write_bytes(b"no database" * 1_000)
    finding = only(wrong(opened(data), *staff_checks(data)))
    assert (finding.code, finding.values["name"]) == ("file_damaged", "drafts.sqlite")


def test_a_restoring_that_was_interrupted_is_told(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "backup.zip")
    (data / ".restore").mkdir()
    (data / ".restore" / "plan.json").write_text("{}", encoding="utf-8")
    finding = only(wrong(opened(data), *staff_checks(data)))
    assert (finding.severity, finding.code) == ("error", "restore_unfinished")


# The reader and the judge


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Weights of the small models, that nobody trained, where they are looked for."""
    paths = {"reader": tmp_path / "reader.safetensors", "judge": tmp_path / "judge.safetensors"}
    for module in (reader, judge):
        path = paths[module.__name__.split(".")[-1]]
        save_file({"a": np.zeros(1, np.float16)}, path)
        monkeypatch.setattr(module, "WEIGHTS", path)
    return paths


class Bundled(SentenceTransformerEmbedder):
    """An embedding model of which only the stamp is asked."""

    def __init__(self, stamp: str = STAMP) -> None:
        self._stamp = stamp

    @property
    def stamp(self) -> str:
        return self._stamp

    @property
    def has_geometry(self) -> bool:
        return True


def read(data: Path, embedder: PassageEmbedder, **settings: object) -> list[Finding]:
    """What the check "reader" finds."""
    assistant = Assistant(Settings(data_dir=data, **settings), embedder)  # type: ignore[arg-type]
    return [finding for finding in examine(assistant) if finding.check == "reader"]


@pytest.mark.usefixtures("weights")
def test_small_models_that_are_there_are_in_order(data: Path) -> None:
    assert read(data, Bundled()) == [Finding("reader", "ok", "")]


@pytest.mark.parametrize("kind", ["reader", "judge"])
def test_damaged_weights_are_told(data: Path, weights: dict[str, Path], kind: str) -> None:
    weights[kind].write_bytes(weights[kind].read_bytes()[:-1])
    finding = only(read(data, Bundled()))
    assert (finding.severity, finding.code) == ("error", f"{kind}_unusable")
    assert finding.values["name"] == f"{kind}.safetensors" and finding.remedy


@pytest.mark.parametrize("kind", ["reader", "judge"])
def test_weights_that_are_missing_are_told(data: Path, weights: dict[str, Path], kind: str) -> None:
    weights[kind].unlink()
    finding = only(read(data, Bundled()))
    assert (finding.severity, finding.code) == ("warning", f"{kind}_missing")
    assert finding.values == {"name": f"{kind}.safetensors"} and str(weights[kind]) in finding.message
    assert f"BOT_{kind.upper()}_MODEL" in finding.remedy and f"make train-{kind}" in finding.remedy


@pytest.mark.usefixtures("weights")
def test_an_embedding_model_to_which_the_small_models_do_not_belong_is_told(data: Path) -> None:
    findings = read(data, Bundled("org/model/0123456789abcdef/fake"), embedding_model="org/model")
    assert [(finding.severity, finding.code) for finding in findings] == [
        ("warning", "reader_other_model"),
        ("warning", "judge_other_model"),
    ]
    for finding, kind in zip(findings, ("reader", "judge"), strict=True):
        assert finding.values == {"model": "org/model"} and "org/model" in finding.message
        assert f"BOT_{kind.upper()}_MODEL" in finding.remedy


@pytest.mark.parametrize("kind", ["reader", "judge"])
def test_a_model_that_a_setting_names_and_that_is_not_there_is_an_error(data: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty").mkdir()
    finding = only(read(data, FakeEmbedder(), **{f"{kind}_model": str(tmp_path / "empty")}))
    assert (finding.severity, finding.code) == ("error", f"{kind}_unusable")
    assert finding.values["name"] == str(tmp_path / "empty") and finding.values["problem"] == finding.message
    assert f"BOT_{kind.upper()}_MODEL" in finding.remedy


def test_models_that_settings_name_are_opened(data: Path, tmp_path: Path, weights: dict[str, Path]) -> None:
    """Then the small ones are not missed."""
    for path in weights.values():
        path.unlink()
    words = ["rabat", "1997", "confirme", "dément", "ailleurs"]
    labels = ("contradiction", "entailment", "neutral")
    given = {
        "reader_model": str(save_reader(tmp_path / "tiny-reader", words, ["1997"])),
        "judge_model": str(save_judge(tmp_path / "tiny-judge", words, labels, ("contradicts", "supports", "neither"))),
    }
    assert read(data, Bundled(), **given) == [Finding("reader", "ok", "")]
    mute = save_judge(tmp_path / "mute", words, ("LABEL_0", "LABEL_1", "LABEL_2"), ("contradicts",) * 3)
    finding = only(read(data, Bundled(), **given | {"judge_model": str(mute)}))
    assert finding.code == "judge_unusable" and "LABEL_0" in str(finding.values["problem"])


@pytest.mark.usefixtures("weights")
def test_passages_without_lower_states_are_counted_until_the_index_is_built_again(tmp_path: Path) -> None:
    assistant = Assistant(Settings(data_dir=tmp_path / "data"), LowerEmbedder())
    (tmp_path / "buoy.md").write_bytes(make_file("A buoy.\n\n# Lamps\n\nA lamp.", "buoy", language="en"))
    assistant.add([tmp_path / "buoy.md"])
    assert wrong(assistant) == []
    count = sum(assistant.index.passages.count_by_document().values())
    with connect(tmp_path / "data" / "index" / "passages.sqlite") as db:
        db.execute("DELETE FROM lower_states")
    finding = only(wrong(assistant))
    assert (finding.check, finding.severity, finding.code) == ("index", "warning", "reader_without_states")
    assert (finding.values, finding.action) == ({"count": count}, "reindex") and count > 1
    assistant.reindex()
    assert wrong(assistant) == []


@pytest.mark.usefixtures("weights")
def test_where_the_small_reader_is_not_used_no_states_are_missed(data: Path, weights: dict[str, Path]) -> None:
    assert opened(data).index.passages.without_lower_states() > 0
    assert wrong(opened(data)) == []


SAID: dict[str, dict[str, object]] = {
    "reader_unusable": {"name": "org/reader", "problem": "no weights"},
    "judge_unusable": {"name": "org/judge", "problem": "no weights"},
    "reader_missing": {"name": "reader.safetensors"},
    "judge_missing": {"name": "judge.safetensors"},
    "reader_other_model": {"model": "org/model"},
    "judge_other_model": {"model": "org/model"},
    "reader_without_states": {"count": 12},
}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("code", SAID)
def test_what_is_found_of_the_reader_is_said_in_every_language(code: str, language: str) -> None:
    said = say_to_staff(f"health_{code}", language, **SAID[code])
    assert all(str(value) in said for value in SAID[code].values())
    assert say_to_staff(f"remedy_{code}", language) and say_to_staff("check_reader", language)
