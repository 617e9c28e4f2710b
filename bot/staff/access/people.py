"""What staff do with accounts: each step checks who may, changes the accounts, and leaves a line in the audit log."""

from bot.errors import NotAllowed
from bot.staff.access.accounts import Accounts
from bot.staff.access.credentials import AccountError, folded
from bot.staff.audit import Audit
from bot.staff.models import Account, Role

CONSOLE = Account("(console)", "editor")
"""Whoever can run commands on the machine; no account can have this name."""


class People:
    """The staff, over their `accounts` and the `audit` log. Problems are AccountError or NotAllowed."""

    def __init__(self, accounts: Accounts, audit: Audit) -> None:
        self._accounts, self._audit = accounts, audit

    def log_in(self, name: str, password: str, address: str = "") -> str:
        """The cookie of a new session; a failed try is recorded with its name only when that is an account's."""
        try:
            cookie = self._accounts.log_in(name, password, address)
        except AccountError as error:
            known = folded(name) if self._accounts.holds(name) else ""
            if error.code == "wrong_credentials":
                self._audit.record("", "login_failed", known)
            raise
        self._audit.record(folded(name), "logged_in")
        return cookie

    def log_out(self, who: Account, cookie: str) -> None:
        """End the session of `cookie`."""
        self._accounts.log_out(cookie)
        self._audit.record(who.name, "logged_out")

    def change_password(self, who: Account, old: str, new: str, address: str = "") -> str:
        """Change one's own password; the cookie of the only session that is left."""
        cookie = self._accounts.change_password(who.name, old, new, address)
        self._audit.record(who.name, "password_changed", who.name)
        return cookie

    def accept(self, token: str, password: str, name: str = "") -> str:
        """Use a link, and log in: the cookie of a new session."""
        offer = self._accounts.offer(token)
        account = self._accounts.accept(token, password, name)
        if offer.purpose == "reset":
            self._audit.record(account.name, "password_reset", account.name)
        else:
            self._audit.record(account.name, "account_created", account.name, role=account.role, by=offer.made_by)
        cookie = self._accounts.open_session(account.name)
        self._audit.record(account.name, "logged_in")
        return cookie

    def create(self, who: Account, name: str, password: str, role: Role) -> Account:
        """A new account with a password that is known already: for the console."""
        _check(who)
        account = self._accounts.create(name, password, role)
        self._audit.record(who.name, "account_created", account.name, role=role)
        return account

    def invite(self, who: Account, name: str, role: Role) -> str:
        """The token of a link with which `name` makes an account."""
        _check(who)
        token = self._accounts.invite(name, role, by=who.name)
        self._audit.record(who.name, "account_invited", folded(name), role=role)
        return token

    def withdraw_invitation(self, who: Account, name: str) -> None:
        """An invitation stops working."""
        _check(who)
        self._accounts.withdraw_invitation(name)
        self._audit.record(who.name, "invitation_withdrawn", folded(name))

    def reset_link(self, who: Account, name: str) -> str:
        """The token of a link with which `name` chooses a new password."""
        _check(who)
        token = self._accounts.reset_token(name, by=who.name)
        self._audit.record(who.name, "reset_link_made", folded(name))
        return token

    def set_role(self, who: Account, name: str, role: Role) -> None:
        """Change the role of an account."""
        _check(who)
        self._accounts.set_role(name, role)
        self._audit.record(who.name, "role_changed", folded(name), role=role)

    def deactivate(self, who: Account, name: str) -> None:
        """Let an account in no more; what it did stays."""
        _check(who)
        self._accounts.deactivate(name)
        self._audit.record(who.name, "account_deactivated", folded(name))

    def reactivate(self, who: Account, name: str) -> None:
        """Let an account in again."""
        _check(who)
        self._accounts.reactivate(name)
        self._audit.record(who.name, "account_reactivated", folded(name))


def _check(who: Account) -> None:
    if not who.may_edit:
        raise NotAllowed("Only an editor may change accounts.", code="editors_only")
