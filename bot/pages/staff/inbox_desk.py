"""What the pages of the inbox need of the desk."""

from collections.abc import Sequence
from typing import Protocol

from bot.pages.staff.gate import STAFF
from bot.settings import Settings
from bot.staff.inbox import Inbox
from corpus.library import Entry

PAGE = f"{STAFF}/inbox"


class DocumentList(Protocol):
    """The documents that are published."""

    def entries(self) -> Sequence[Entry]: ...


class InboxDesk(Protocol):
    """What the pages of the inbox need of the desk."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def documents(self) -> DocumentList: ...

    @property
    def settings(self) -> Settings: ...
