"""The desk: all that staff pages and commands can do, put together over one assistant.

Each topic checks who acts and writes to the audit log itself.
"""

from datetime import timedelta

from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.audit import Audit
from bot.staff.checks import staff_checks
from bot.staff.clerk import Clerk, Tools
from bot.staff.documents import Documents
from bot.staff.drafts import Drafts
from bot.staff.following import Following
from bot.staff.inbox import Inbox
from bot.staff.pinned import PinnedAnswers
from bot.staff.schedule import Job, Schedule
from bot.staff.unanswered.questions import Questions
from bot.staff.upkeep import Upkeep
from corpus.following.sources import Fetches
from corpus.web.fetch import Fetcher

SERVER = "(server)"
"""Who acts in the audit log when the timer does."""


class Desk:
    """The staff's side of an assistant; `start` begins the work in the background."""

    def __init__(self, assistant: Assistant, *, fetcher: Fetches | None = None) -> None:
        self.assistant = assistant
        self.settings: Settings = assistant.settings
        data = self.settings.data_dir
        fetcher = fetcher or Fetcher()
        self.accounts = Accounts(data / "accounts.sqlite")
        self.audit = Audit(data / "audit.sqlite")
        drafts = Drafts(data / "drafts.sqlite")
        reader = assistant.converter
        self.clerk = Clerk(
            Tools(drafts, assistant.library, assistant.ingest, reader.convert, fetcher.fetch, self.audit.record)
        )
        self.inbox = Inbox(drafts, assistant.library, self.audit, self.clerk, addresses=self.settings.fetch_addresses)
        self.documents = Documents(assistant, self.audit)
        self.following = Following(
            data / "following.sqlite", self.settings, assistant.library, assistant.sync, fetcher, self.audit
        )
        self.questions = Questions(assistant, self.audit)
        self.pinned = PinnedAnswers(assistant, self.audit)
        checks = staff_checks(data, accounts=self.accounts, audit=self.audit, pins=assistant.pins)
        self.upkeep = Upkeep(assistant, self.audit, checks)
        every = timedelta(minutes=self.settings.watch_minutes)
        self.schedule = Schedule([Job("sync", every, lambda: self.following.run(SERVER))])

    def start(self) -> None:
        """Begin to work in the background: drafts, and what is followed."""
        self.clerk.start()
        self.schedule.start()

    def stop(self) -> None:
        """End the work in the background."""
        self.schedule.stop()
        self.clerk.stop()
