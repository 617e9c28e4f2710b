"""What the corpus is kept in step with: a watched folder, and web addresses from a file and from staff.

The quality gate decides here too: what it finds errors in is not published, and said to have failed. Staff start
runs in the background; a run that was not real is kept as `looked` until the next real one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from bot.errors import NotAllowed
from bot.settings import Settings
from bot.staff.audit import Audit
from bot.staff.background import Background, Task
from bot.staff.inbox import require_editor
from bot.staff.models import Account
from bot.staff.watched import MIGRATIONS as MIGRATIONS
from bot.staff.watched import Watched, WatchedAddresses
from corpus import quality
from corpus.convert import Converted
from corpus.errors import CorpusError
from corpus.following.sources import Fetches, Found, Item, Problem, address_items, folder_items
from corpus.following.sync import Sync, Synced, SyncStopped
from corpus.ingest import Progress
from corpus.library import Library
from corpus.web.fetch import Fetched

Source = Literal["folder", "addresses"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, slots=True)
class Report:
    """What a synchronisation of a source did, or why it did nothing; `at` is ISO 8601, UTC.

    One that was stopped in a dry run has what it would do if it were confirmed.
    """

    source: Source
    at: str
    synced: tuple[Synced, ...] = ()
    stopped: Problem | None = None

    def of(self, *results: str) -> tuple[Synced, ...]:
        """Those with one of these results."""
        return tuple(entry for entry in self.synced if entry.result in results)

    @property
    def to_confirm(self) -> int:
        """How many documents would disappear, if that is why it was stopped; else 0."""
        if self.stopped is None or self.stopped.code != "sync_stopped":
            return 0
        return int(str(self.stopped.values["removed"]))


class Following:
    """Synchronises the sources of the settings, and those that staff added at `path` (an SQLite file)."""

    def __init__(
        self, path: Path, settings: Settings, library: Library, sync: Sync, fetcher: Fetches, audit: Audit
    ) -> None:
        self._settings, self._library = settings, library
        self._watched = WatchedAddresses(path, settings.watch_addresses)
        self._sync, self._fetcher, self._audit = sync, fetcher, audit
        self._background = Background("sync", "sync_running")
        self.last: dict[Source, Report] = {}
        self.looked: list[Report] = []

    @property
    def folder(self) -> Path | None:
        """The folder that is watched."""
        return self._settings.watch_dir

    @property
    def task(self) -> Task | None:
        """The run that staff started last: `look` for a dry one, `run` for a real one."""
        return self._background.task

    def number(self, source: Source) -> int:
        """How many documents of a source are followed."""
        return len(self._library.followed(source))

    def documents(self, source: Source) -> Mapping[str, str]:
        """The ids of the documents that are followed, by their paths or addresses."""
        return {key: row.document_id for key, row in self._library.followed(source).items()}

    def start(self, actor: Account, *, dry_run: bool, confirmed: Mapping[Source, int] | None = None) -> None:
        """Begin a run in the background; refused while another one runs."""
        require_editor(actor)

        def run(progress: Progress) -> None:
            self.run(actor.name, dry_run=dry_run, confirmed=confirmed, progress=progress)

        self._background.start("look" if dry_run else "run", run)

    def wait(self) -> None:
        """Wait for the run that staff started."""
        self._background.wait()

    def addresses(self) -> list[Watched]:
        """The addresses that are watched: those of the file first."""
        return self._watched.all()

    def added(self) -> list[Watched]:
        """The addresses that staff added, also when the file cannot be read."""
        return self._watched.added()

    def watch(self, actor: Account, address: str) -> None:
        """Watch an address from now on."""
        require_editor(actor)
        if not self._settings.fetch_addresses:
            raise _not_fetched()
        address = address.strip()
        self._watched.add(address, actor.name)
        self.looked = []
        self._audit.record(actor.name, "address_watched", address)

    def unwatch(self, actor: Account, address: str) -> None:
        """Watch an address that staff added no more; its document stays in the corpus."""
        require_editor(actor)
        if self._watched.remove(address):
            self._library.unfollow("addresses", address)
            self.looked = []
            self._audit.record(actor.name, "address_unwatched", address)

    def run(
        self,
        actor: str,
        *,
        dry_run: bool = False,
        force: bool = False,
        confirmed: Mapping[Source, int] | None = None,
        progress: Progress = lambda *_: None,
    ) -> list[Report]:
        """Synchronise each source that there is; one that fails does not keep the others from it.

        `confirmed` says of a source how many documents may disappear though they are suspiciously many; `force`
        accepts any number.
        """
        most = confirmed or {}
        reports = [self._run(source, _Run(dry_run, force, most.get(source, 0), progress)) for source in self._present()]
        if dry_run:
            self.looked = reports
            return reports
        self.looked = []
        for report in reports:
            self.last[report.source] = report
            changed = report.of("added", "changed", "removed")
            if changed or report.stopped:
                counts = {result: len(report.of(result)) for result in ("added", "changed", "removed", "failed")}
                stopped = report.stopped.reason if report.stopped else ""
                self._audit.record(actor, "sources_synchronised", report.source, stopped=stopped, **counts)
        return reports

    def _present(self) -> list[Source]:
        """The sources that there are; a file of addresses that cannot be read is one."""
        present: list[Source] = ["folder"] if self.folder else []
        if self._settings.watch_addresses or self.added() or self._library.followed("addresses"):
            present.append("addresses")
        return present

    def _run(self, source: Source, how: "_Run") -> Report:
        try:
            found = self._found(source, how)
            try:
                return Report(source, _now(), self._synced(source, found, how, force=how.force))
            except SyncStopped as error:
                stopped = Problem.of(source, error)
            if how.dry_run:
                return Report(source, _now(), self._synced(source, found, how, force=True), stopped)
            if int(str(stopped.values["removed"])) <= how.most_removed:
                return Report(source, _now(), self._synced(source, found, how, force=True))
            return Report(source, _now(), stopped=stopped)
        except CorpusError as error:
            return Report(source, _now(), stopped=Problem.of(source, error))

    def _synced(self, source: Source, found: Found, how: "_Run", *, force: bool) -> tuple[Synced, ...]:
        synced = self._sync.run(
            source, found, dry_run=how.dry_run, force=force, accept=self._accept, progress=how.progress
        )
        return tuple(synced)

    def _found(self, source: Source, how: "_Run") -> Found:
        if source == "folder" and self.folder:
            emptied = how.force or bool(self._library.followed(source))  # the plan stops what would take all away
            return folder_items(self.folder, may_be_empty=emptied)
        watched = self.addresses()
        allowed = [one.address for one in watched if self._settings.fetch_addresses or not one.added_by]
        found = address_items(allowed, _Counting(self._fetcher, how.progress, len(set(allowed))))
        left = [one.address for one in watched if one.address not in allowed]
        return Found(found.items, [*found.problems, *(Problem.of(address, _not_fetched()) for address in left)])

    def _accept(self, _item: Item, converted: Converted) -> Converted:
        findings = quality.examine(converted, today=datetime.now(UTC).date())
        if quality.blocking(findings):
            codes = ", ".join(finding.code for finding in findings if finding.severity == "error")
            raise CorpusError(
                f"the quality gate found errors ({codes}): mend the document, or add it in the inbox and say why",
                code="gate_refused",
                findings=codes,
            )
        return converted


@dataclass(frozen=True, slots=True)
class _Run:
    """How a run is made; `most_removed` documents may disappear though the plan finds them too many."""

    dry_run: bool
    force: bool
    most_removed: int
    progress: Progress


class _Counting:
    """A fetcher that says how many of `of` addresses it was asked for."""

    def __init__(self, fetcher: Fetches, progress: Progress, of: int) -> None:
        self._fetcher, self._progress, self._of = fetcher, progress, of
        self._asked: set[str] = set()

    def fetch(self, url: str) -> Fetched:
        self._progress("fetch", len(self._asked), self._of)
        self._asked.add(url)  # one that was too large to be held is fetched again
        return self._fetcher.fetch(url)


def _not_fetched() -> NotAllowed:
    return NotAllowed("documents are not fetched here (BOT_FETCH_ADDRESSES is false)", code="addresses_off")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
