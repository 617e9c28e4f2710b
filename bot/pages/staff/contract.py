"""What the pages about accounts and the audit log need of the desk."""

from typing import Protocol

from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.audit import Audit


class StaffDesk(Protocol):
    """The accounts, the audit log and the settings of one server."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def settings(self) -> Settings: ...
