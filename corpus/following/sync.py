"""Keeps the library in step with a source: a folder, or a list of web addresses.

All that is new or changed is converted first, then stored, indexed together, and what is gone is taken out.
What was seen is written last: a kill before leaves work that the next run finds and completes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Literal

from corpus.convert import Converted, convert
from corpus.errors import CorpusError, StorageError, UnreadableFile
from corpus.following.owners import Owners, gone
from corpus.following.plan import Plan, plan
from corpus.following.sources import Found, Item, Problem, being_written
from corpus.ingest import Ingest, Progress
from corpus.library import Entry, Followed, Library


class SyncStopped(CorpusError):
    """So much would disappear that nothing was done."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one item, or of a document whose item is gone.

    `code` and `values` are those of the error when it failed; an unchanged one may have the code `duplicate`
    (another item has the same bytes) or `stays_removed` (staff took the document out).
    """

    key: str
    result: Literal["added", "changed", "unchanged", "removed", "failed"]
    document_id: str = ""
    version: int = 0
    passages: int = 0
    reason: str = ""
    code: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """An item and what becomes of it; `converted` is to be stored, `index` says that it is to be indexed."""

    item: Item
    outcome: Synced
    converted: Converted | None = None
    index: bool = False


def accept_all(_item: Item, converted: Converted) -> Converted:
    """The gate that lets everything through as it is."""
    return converted


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


class Sync:
    """Runs synchronisations, one at a time; `read` converts a file."""

    def __init__(self, library: Library, ingest: Ingest, read: Callable[[bytes, str], Converted] = convert) -> None:
        self.library = library
        self.ingest = ingest
        self._read = read
        self._running = RLock()

    def run(
        self,
        source: str,
        found: Found,
        *,
        dry_run: bool = False,
        force: bool = False,
        adopt: bool = False,
        accept: Callable[[Item, Converted], Converted] = accept_all,
        progress: Progress = _silent,
    ) -> list[Synced]:
        """Bring the library in step with what was found, or with `dry_run` only say what would be done.

        `accept` gives the document to publish, or raises a CorpusError that says why not. With `adopt` a file may
        replace a document of its id that no source follows. Raises SyncStopped, before anything is done, when too
        much would disappear, unless `force`.
        """
        with self._running:
            before = self.library.followed(source)
            planned = plan(found.items, before, [problem.key for problem in found.problems])
            if planned.too_many_removed and not force:
                raise _stopped(source, planned)
            owners = Owners(self.library, source, before, planned, adopt=adopt)
            steps = self._prepared(planned, owners, accept, progress)
            if not dry_run:
                steps = self._stored(steps, progress)
            after = _after(before, planned, steps)
            left = self._left(owners, before, after)
            if not dry_run:
                self._settle(source, before, after, left)
            return [
                *(_failed(problem) for problem in found.problems),
                *(step.outcome for step in steps),
                *(_same(item, owners.entries.get(before[item.key].document_id)) for item in planned.unchanged),
                *(Synced(row.key, "removed", row.document_id) for row in left),
            ]

    def _prepared(
        self, planned: Plan, owners: Owners, accept: Callable[[Item, Converted], Converted], progress: Progress
    ) -> list[_Step]:
        """What becomes of the new and the changed; those that have their ids already choose first."""
        items = (*planned.changed, *planned.added)
        steps: list[_Step] = []
        for done, item in enumerate(items, start=1):
            steps.append(self._prepare(item, owners, accept))
            progress("read", done, len(items))
        return steps

    def _prepare(self, item: Item, owners: Owners, accept: Callable[[Item, Converted], Converted]) -> _Step:
        if other := owners.same_content(item):
            return _Step(item, _duplicate(item, *other))
        try:
            if held := owners.holding(item):
                owners.take(held.metadata.id, item)
                return _Step(item, _same(item, held), index=held.state == "pending")
            converted = accept(item, self._converted(item))
            owners.claim(converted.metadata.id, item)
        except StorageError:
            raise
        except CorpusError as error:
            return _Step(item, _failed(Problem.of(item.key, error)))
        result: Literal["added", "changed"] = "changed" if converted.metadata.id in owners.entries else "added"
        return _Step(item, Synced(item.key, result, converted.metadata.id), converted, index=True)

    def _converted(self, item: Item) -> Converted:
        converted = self._read(_loaded(item), item.name)
        if item.url and not converted.metadata.url:
            return replace(converted, metadata=replace(converted.metadata, url=item.url))
        return converted

    def _stored(self, steps: Iterable[_Step], progress: Progress) -> list[_Step]:
        """Store what was converted, then index it together with what an earlier run stored only."""
        done = [self._store(step) for step in steps]
        counts = self.ingest.index_stored([step.outcome.document_id for step in done if step.index], progress)
        return [
            replace(step, outcome=replace(step.outcome, passages=counts.get(step.outcome.document_id, 0)))
            if step.index
            else step
            for step in done
        ]

    def _store(self, step: _Step) -> _Step:
        if step.converted is None:
            return step
        try:
            data = _loaded(step.item)
        except UnreadableFile as error:
            return _Step(step.item, _failed(Problem.of(step.item.key, error)))
        stored = self.ingest.store(data, step.item.name, step.converted.metadata, step.converted.content)
        return replace(step, outcome=replace(step.outcome, version=stored.version))

    def _left(self, owners: Owners, before: Mapping[str, Followed], after: Mapping[str, Followed]) -> list[Followed]:
        """The documents that nothing follows any more, apart from those that staff took out themselves."""
        kept = {row.document_id for row in after.values()} | owners.elsewhere()
        rows = {row.document_id: row for row in before.values() if row.document_id not in kept}
        return [row for row in rows.values() if owners.leaves(row.document_id)]

    def _settle(
        self, source: str, before: Mapping[str, Followed], after: Mapping[str, Followed], left: Iterable[Followed]
    ) -> None:
        """Take out what is gone, then write what was seen."""
        for row in left:
            self.ingest.remove(row.document_id, gone(source))
        for key in before.keys() - after.keys():
            self.library.unfollow(source, key)
        for key, row in after.items():
            if before.get(key) != row:
                self.library.follow(source, key, row.sha256, row.document_id)


def _after(before: Mapping[str, Followed], planned: Plan, steps: Iterable[_Step]) -> dict[str, Followed]:
    """What is followed when the steps are done; what failed is followed as before."""
    leaving = {row.key for row in planned.removed}
    after = {key: row for key, row in before.items() if key not in leaving}
    for step in steps:
        if step.outcome.result == "failed":
            continue
        if step.outcome.code == "duplicate":
            after.pop(step.item.key, None)
        else:
            after[step.item.key] = Followed(step.item.key, step.item.sha256, step.outcome.document_id, "")
    return after


def _loaded(item: Item) -> bytes:
    """The bytes of an item, as they were when it was found."""
    data = item.load()
    if hashlib.sha256(data).hexdigest() != item.sha256:
        raise being_written()
    return data


def _failed(problem: Problem) -> Synced:
    return Synced(problem.key, "failed", reason=problem.reason, code=problem.code, values=problem.values)


def _duplicate(item: Item, key: str, document_id: str) -> Synced:
    reason = f"{key} has the same content: one of them is enough"
    return Synced(item.key, "unchanged", document_id, reason=reason, code="duplicate", values={"other": key})


def _same(item: Item, held: Entry | None) -> Synced:
    """An item whose bytes the library has."""
    if held is None:
        return Synced(item.key, "unchanged")
    same = Synced(item.key, "unchanged", held.metadata.id, held.version)
    if held.state != "removed":
        return same
    reason = "the document was taken out and its file has not changed: it stays out until you bring it back"
    return replace(same, reason=reason, code="stays_removed")


def _stopped(source: str, planned: Plan) -> SyncStopped:
    return SyncStopped(
        f"{source}: {planned.lost} of the {planned.followed} documents that are followed would disappear, nothing was "
        "done: check that all of the source can be reached; if they are to go, confirm it",
        code="sync_stopped",
        removed=planned.lost,
        followed=planned.followed,
    )
