"""Health checks: what is wrong, how bad it is, and what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.assistant import Assistant
from bot.settings import unknown_variables
from corpus.errors import CorpusError
from vectorstore import bundled_model
from vectorstore.embedder import SentenceTransformerEmbedder

Severity = Literal["ok", "warning", "error"]
LEAST_FREE = 1_000_000_000  # bytes: a write that fills the disk may be lost


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    check: str
    severity: Severity
    message: str
    remedy: str = ""


def examine(assistant: Assistant) -> list[Finding]:
    """Run every check; one that cannot run is itself a finding."""
    return [finding for check in CHECKS for finding in _run(check, assistant)]


def _run(check: Callable[[Assistant], Iterator[Finding]], assistant: Assistant) -> list[Finding]:
    name = check.__name__.lstrip("_")
    try:
        return list(check(assistant)) or [Finding(name, "ok", "")]
    except CorpusError as error:
        return [Finding(name, "error", str(error))]


def _settings(_: Assistant) -> Iterator[Finding]:
    for name in unknown_variables():
        yield Finding("settings", "warning", f"{name} is set, but no setting has that name", "Correct or unset it.")


def _disk(assistant: Assistant) -> Iterator[Finding]:
    free = shutil.disk_usage(assistant.settings.data_dir).free
    if free < LEAST_FREE:
        message = f"{free // 1_000_000} MB are free in the data folder's file system"
        yield Finding("disk", "error", message, "Free at least 1 GB, or move BOT_DATA_DIR.")


def _model(assistant: Assistant) -> Iterator[Finding]:
    embedder = assistant.embedder
    if not isinstance(embedder, SentenceTransformerEmbedder):
        return
    if assistant.settings.model is None:
        bundled_model.weights_file()
    elif not embedder.has_geometry:
        message = "no language means were fitted for this model: documents of one language may drown another's"
        yield Finding("model", "warning", message, "Use the bundled model, or a corpus of one language.")


def _library(assistant: Assistant) -> Iterator[Finding]:
    pending = [entry.metadata.id for entry in assistant.library.entries("pending")]
    if pending:
        message = f"{len(pending)} documents are stored but not indexed: {', '.join(pending[:5])}"
        yield Finding("library", "warning", message, "Run: reindex")
    if not assistant.library.entries():
        yield Finding("library", "error", "there are no documents", "Run: add PATH, or: serve")


def _index(assistant: Assistant) -> Iterator[Finding]:
    for problem in assistant.index.verify():
        yield Finding("index", "error", problem, "Run: reindex")
    indexed = assistant.index.passages.count_by_document()
    for entry in assistant.library.entries("ready"):
        if not indexed[(entry.metadata.id, entry.version)]:
            message = f"{entry.metadata.id} is marked as ready, but has no passages in the index"
            yield Finding("index", "error", message, "Run: reindex")


CHECKS = (_settings, _disk, _model, _library, _index)
