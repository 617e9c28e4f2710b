"""Health checks: what is wrong, how bad it is, and what to do about it.

Each finding has an English message for the command line, and a code with values for pages in other languages.
Nothing is repaired here; `action` names the repair that a button can offer.
"""

import hashlib
import os
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from bot import judge, reader
from bot.assistant import Assistant
from bot.chosen_models import chosen_judge
from bot.integrity import soundness
from bot.judge import Judge
from bot.reader import Reader
from bot.settings import unknown_variables
from bot.small_models import SmallReader, check_weights, usable
from corpus.errors import CorpusError, StorageError, UnknownDocument
from corpus.library import Library
from vectorstore import bundled_model
from vectorstore.embedder import SentenceTransformerEmbedder

Severity = Literal["ok", "warning", "error"]
Action = Literal["", "reindex", "repair_index", "resume", "verify_pins", "back_up"]
LEAST_FREE = 1_000_000_000  # bytes: a write that fills the disk may be lost
SECONDS = 5.0  # that a check of whole files may take
NAMED = 5  # documents named in a message


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. `code` names what was found (empty when nothing), `values` what it was found of."""

    check: str
    severity: Severity
    message: str
    remedy: str = ""
    code: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    action: Action = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by the name that its findings have; without findings everything is in order."""

    name: str
    run: Callable[[], Iterable[Finding]]


def examine(assistant: Assistant, *more: Check, seconds: float = SECONDS) -> list[Finding]:
    """Run every check, then `more`; one that cannot run is itself a finding.

    Files and originals are read for at most `seconds` each.
    """
    own = [Check(name, partial(check, assistant, seconds)) for name, check in CHECKS.items()]
    return [finding for check in (*own, *more) for finding in _run(check)]


def _run(check: Check) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.run())
    except (CorpusError, OSError) as error:
        code = getattr(error, "code", "") or "check_failed"
        values = {"check": check.name, "problem": str(error)} | getattr(error, "values", {})
        found.append(Finding(check.name, "error", str(error), code=code, values=values))
    return found or [Finding(check.name, "ok", "")]


def _settings(assistant: Assistant, _: float) -> Iterator[Finding]:
    for name in unknown_variables():
        message = f"{name} is set, but no setting has that name"
        yield Finding("settings", "warning", message, "Correct or unset it.", "setting_unknown", {"name": name})
    yield from _watched("BOT_WATCH_DIR", assistant.settings.watch_dir, os.scandir)
    yield from _watched("BOT_WATCH_ADDRESSES", assistant.settings.watch_addresses, open)


def _watched(
    name: str, path: Path | None, opened: Callable[[Path], AbstractContextManager[object]]
) -> Iterator[Finding]:
    """A place that is followed must be there and readable, or documents go out of date in silence."""
    if path is None:
        return
    try:
        with opened(path):
            return
    except OSError as error:
        code = "watch_missing" if isinstance(error, FileNotFoundError) else "watch_unreadable"
        message = f"{path}, named by {name}, cannot be read ({error.strerror}): nothing is taken over from it"
        values = {"name": name, "path": str(path), "problem": str(error.strerror)}
        yield Finding("settings", "error", message, f"Make it readable for the server, or unset {name}.", code, values)


def _disk(assistant: Assistant, _: float) -> Iterator[Finding]:
    free = shutil.disk_usage(assistant.settings.data_dir).free
    if free < LEAST_FREE:
        message = f"{free // 1_000_000} MB are free in the data folder's file system"
        values = {"free": free, "least": LEAST_FREE}
        yield Finding("disk", "error", message, "Free at least 1 GB, or move BOT_DATA_DIR.", "disk_low", values)


def _model(assistant: Assistant, _: float) -> Iterator[Finding]:
    embedder = assistant.embedder
    if not isinstance(embedder, SentenceTransformerEmbedder):
        return
    if assistant.settings.model is None:
        bundled_model.weights_file()
    elif not embedder.has_geometry:
        message = "no language means were fitted for this model: documents of one language may drown another's"
        remedy = "Use the bundled model, or a corpus of one language."
        yield Finding("model", "warning", message, remedy, "model_without_means", {"model": assistant.settings.model})


def _reader(assistant: Assistant, _: float) -> Iterator[Finding]:
    """What reads passages and what judges claims: a model that a setting names, else the small one."""
    settings, embedder = assistant.settings, assistant.embedder
    if settings.reader:
        yield from _set("reader", settings.reader, lambda: assistant.reader)
    else:
        yield from _small("reader", assistant, reader.WEIGHTS, "the older rule, the search alone, decides what is said")
    if settings.judge:
        yield from _set("judge", settings.judge, lambda: chosen_judge(settings, embedder))
    else:
        yield from _small("judge", assistant, judge.WEIGHTS, "claims cannot be judged")


def _set(kind: str, name: str, chosen: Callable[[], Reader | Judge | None]) -> Iterator[Finding]:
    """A model that a setting names: it is opened."""
    try:
        if (model := chosen()) is not None:
            _ = model.stamp
    except StorageError as error:
        remedy = f"Correct BOT_{kind.upper()}_MODEL, or unset it for the small {kind}."
        values = {"name": name, "problem": str(error)}
        yield Finding("reader", "error", str(error), remedy, f"{kind}_unusable", values)


def _small(kind: str, assistant: Assistant, weights: Path, without: str) -> Iterator[Finding]:
    """The small model, which goes on from the states of the bundled embedding model."""
    setting = f"BOT_{kind.upper()}_MODEL"
    if not isinstance(assistant.embedder, SentenceTransformerEmbedder):
        return
    if not weights.is_file():
        message = f"the weights of the small {kind} are missing ({weights}): {without}"
        remedy = f"Install the program again, run: make train-{kind}, or name a model in {setting}."
        yield Finding("reader", "warning", message, remedy, f"{kind}_missing", {"name": weights.name})
    elif not usable(weights, assistant.embedder.stamp):
        model = assistant.settings.model
        message = f"the small {kind} belongs to the bundled embedding model, not to {model}: {without}"
        remedy = f"Unset BOT_EMBEDDING_MODEL and run: reindex, or name a model in {setting}."
        yield Finding("reader", "warning", message, remedy, f"{kind}_other_model", {"model": model})
    else:
        try:
            check_weights(weights)
        except StorageError as error:
            values = {"name": weights.name, "problem": str(error)}
            yield Finding("reader", "error", str(error), "Install the program again.", f"{kind}_unusable", values)


def _library(assistant: Assistant, seconds: float) -> Iterator[Finding]:
    library = assistant.library
    yield from damage("library", library.path, "Restore a backup: restore FILE --force", seconds=seconds)
    yield from _originals(library, seconds)
    pending = [entry.metadata.id for entry in library.entries("pending")]
    if pending:
        message = f"{len(pending)} documents are stored but not indexed: {_named(pending)}"
        yield _documents("library", "warning", message, "Run: reindex", "documents_pending", pending)
    if not library.entries():
        remedy = "Run: add PATH, or: serve"
        yield Finding("library", "error", "there are no documents", remedy, "library_empty")


def _originals(library: Library, seconds: float) -> Iterator[Finding]:
    """Originals whose bytes are no longer those of their hash; in another order each time, as time is short."""
    ids = [entry.metadata.id for entry in library.entries("pending", "ready", "removed")]
    random.shuffle(ids)
    end = time.monotonic() + seconds
    changed: list[str] = []
    for number, id in enumerate(ids):
        if time.monotonic() > end:
            yield _partly("library", f"the originals of {number} of {len(ids)} documents", seconds)
            break
        if not _is_original(library, id):
            changed.append(id)
    if changed:
        message = f"the stored originals of {len(changed)} documents have changed: {_named(sorted(changed))}"
        remedy = "Add their files again, or restore a backup: restore FILE --force"
        yield _documents("library", "error", message, remedy, "originals_changed", sorted(changed))


def _is_original(library: Library, id: str) -> bool:
    """Whether every version of a document has its original, with the hash that it had."""
    try:
        hashes = {info.version: info.sha256 for info in library.versions(id)}
        found = [hashlib.sha256(library.original(id, version)[1]).hexdigest() for version in hashes]
    except UnknownDocument:
        return False
    return found == list(hashes.values()) and library.state(id)[0] in hashes


def _index(assistant: Assistant, seconds: float) -> Iterator[Finding]:
    index, library = assistant.index, assistant.library
    path = index.passages.path
    remedy = f"Stop the server, delete the folder {path.parent} and start again: the index is built anew."
    yield from damage("index", path, remedy, seconds=seconds)
    if problems := index.verify():
        message = "; ".join(problems)
        yield Finding("index", "error", message, "Run: reindex", "index_halves", {"problem": message}, "repair_index")
    indexed = index.passages.count_by_document()
    ready = [(entry.metadata.id, entry.version) for entry in library.entries("ready")]
    lost = [id for id, version in ready if not indexed[(id, version)] and not library.withdrawals(id, version)]
    if lost:
        message = f"{len(lost)} documents are marked as ready, but have no passages in the index: {_named(lost)}"
        yield _documents("index", "error", message, "Run: reindex", "documents_without_passages", lost)
    if isinstance(assistant.reader, SmallReader) and (count := index.passages.without_lower_states()):
        message = f"{count} passages were indexed without what the reader goes on from: reading them is slower"
        yield Finding("index", "warning", message, "Run: reindex", "reader_without_states", {"count": count}, "reindex")


def damage(check: str, path: Path, remedy: str, *, seconds: float = SECONDS) -> Iterator[Finding]:
    """What is wrong with an SQLite file, as far as `seconds` reach."""
    found = soundness(path, seconds=seconds)
    if found.problems:
        message = f"{path.name} is damaged: {'; '.join(found.problems)}"
        values = {"name": path.name, "problem": "; ".join(found.problems)}
        yield Finding(check, "error", message, remedy, "file_damaged", values)
    elif not found.complete:
        yield _partly(check, path.name, seconds)


def _partly(check: str, name: str, seconds: float) -> Finding:
    message = f"{name}: checked in part, for {seconds:g} seconds"
    return Finding(check, "ok", message, code="checked_in_part", values={"name": name, "seconds": seconds})


def _documents(check: str, severity: Severity, message: str, remedy: str, code: str, ids: list[str]) -> Finding:
    action: Action = "" if code == "originals_changed" else "resume"
    return Finding(check, severity, message, remedy, code, {"count": len(ids), "documents": ids[:NAMED]}, action)


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")


CHECKS: Mapping[str, Callable[[Assistant, float], Iterator[Finding]]] = {
    "settings": _settings,
    "disk": _disk,
    "model": _model,
    "reader": _reader,
    "library": _library,
    "index": _index,
}
