"""Accounts: names, passwords, links that work once, sessions, lock-out, and the last editor."""

import sqlite3
import stat
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotAllowed
from bot.staff.access.accounts import Accounts
from bot.staff.access.credentials import AccountError
from bot.staff.access.people import CONSOLE, People
from bot.staff.audit import Audit
from bot.staff.models import Account
from corpus.errors import CorpusError
from tests.bot.staff.clock import PASSWORD, Clock, quick_hasher

OTHER = "girafe bouton nuage"
AMINA = Account("amina", "editor")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "accounts.sqlite"


@pytest.fixture
def accounts(path: Path, clock: Clock) -> Accounts:
    return Accounts(path, now=clock, hasher=quick_hasher())


@pytest.fixture
def staffed(accounts: Accounts) -> Accounts:
    accounts.create("amina", PASSWORD, "editor")
    accounts.create("victor", PASSWORD, "viewer")
    return accounts


def refused(call: Callable[..., Any], *arguments: Any, **options: Any) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        call(*arguments, **options)
    return caught.value


def fail(accounts: Accounts, name: str, times: int, address: str = "") -> list[str]:
    return [refused(accounts.log_in, name, "not the password", address).code for _ in range(times)]


def stored(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


# Names and passwords


@pytest.mark.parametrize("typed", ["amina", "  AMINA ", "Ａｍｉｎａ"])
def test_a_name_is_the_same_however_it_is_typed(staffed: Accounts, typed: str) -> None:
    assert staffed.account_of(staffed.log_in(typed, PASSWORD)) == AMINA
    assert refused(staffed.create, typed, PASSWORD, "viewer").code == "name_taken"


@pytest.mark.parametrize(
    "name", ["", "a", "a" * 41, "two words", "émile", "a/b", "(console)", "a\nb", "a\x00b", "\ud800a", "x" * 100_000]
)
def test_what_cannot_be_a_name(accounts: Accounts, name: str) -> None:
    assert refused(accounts.create, name, PASSWORD, "editor").code == "bad_name"
    assert refused(accounts.log_in, name, PASSWORD).code == "wrong_credentials"
    assert refused(accounts.reset_token, name, by="amina").code == "unknown_account"


@pytest.mark.parametrize("password", ["", "elevenchars", "a" * 12, "x" * 1_001, "The.Long.Name", "\ufdfa"])
def test_passwords_that_are_easy_to_guess(accounts: Accounts, password: str) -> None:
    error = refused(accounts.create, "the.long.name", password, "editor")
    assert error.code == "weak_password" and error.values["minimum"] == 12
    assert not accounts.has_any()


@pytest.mark.parametrize("password", ["twelve chars", "é" * 11 + "x", "x" * 999 + "y", "\ud800 lone surrogate"])
def test_passwords_that_are_long_enough(accounts: Accounts, password: str) -> None:
    accounts.create("amina", password, "editor")
    assert accounts.account_of(accounts.log_in("amina", password)) == AMINA


def test_accents_may_be_composed_differently(accounts: Accounts) -> None:
    accounts.create("amina", "l’été à Tétouan", "editor")
    assert accounts.log_in("amina", "l’e\u0301te\u0301 a\u0300 Te\u0301touan")


def test_passwords_and_secrets_are_not_stored_as_they_are(staffed: Accounts, path: Path) -> None:
    cookie, token = staffed.log_in("amina", PASSWORD, "203.0.113.7"), staffed.invite("zoe", "viewer", by="amina")
    fail(staffed, "the-password-in-the-wrong-field", 1, "203.0.113.7")
    kept = stored(path)
    assert b"$argon2id$" in kept
    for secret in (PASSWORD, cookie, cookie.split(".")[0], token, "the-password-in-the-wrong-field", "203.0.113.7"):
        assert secret.encode() not in kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_hash_with_old_parameters_is_replaced_at_log_in(path: Path, clock: Clock) -> None:
    Accounts(path, now=clock, hasher=quick_hasher(8)).create("amina", PASSWORD, "editor")
    newer = Accounts(path, now=clock, hasher=quick_hasher(16))
    fail(newer, "amina", 1)
    assert "m=8," in rows(path, "SELECT password FROM accounts")[0][0]
    newer.log_in("amina", PASSWORD)
    assert "m=16," in rows(path, "SELECT password FROM accounts")[0][0]
    assert newer.log_in("amina", PASSWORD)


def test_the_hashes_are_those_of_the_library(path: Path) -> None:
    Accounts(path).create("amina", PASSWORD, "editor")
    assert rows(path, "SELECT password FROM accounts")[0][0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


# Logging in, and being locked out


def test_an_unknown_name_is_answered_like_a_wrong_password(staffed: Accounts) -> None:
    staffed.deactivate("victor")
    errors = [refused(staffed.log_in, name, "wrong wrong wrong") for name in ("amina", "nobody", "victor", "\0")]
    assert {(error.code, str(error), tuple(error.values)) for error in errors} == {
        ("wrong_credentials", str(errors[0]), ())
    }


def test_an_unknown_name_takes_the_same_time(path: Path) -> None:
    accounts = Accounts(path)
    accounts.create("amina", PASSWORD, "editor")
    fail(accounts, "nobody", 1)  # the first makes the hash that unknown names are compared with

    def quickest(name: str) -> float:
        times = []
        for number in range(3):
            start = time.perf_counter()
            fail(accounts, name, 1, f"198.51.100.{number}")
            times.append(time.perf_counter() - start)
        return min(times)

    assert quickest("nobody") > quickest("amina") / 3


@pytest.mark.parametrize("name", ["amina", "nobody"])
def test_five_failures_lock_a_name_for_a_quarter_of_an_hour(staffed: Accounts, clock: Clock, name: str) -> None:
    for _ in range(5):
        clock.move(minutes=2)
        assert fail(staffed, name, 1) == ["wrong_credentials"]
    clock.move(seconds=1)
    error = refused(staffed.log_in, name.upper(), PASSWORD)
    assert (error.code, error.values["minutes"]) == ("locked_out", 15)
    clock.move(minutes=14, seconds=58)
    assert refused(staffed.log_in, name, PASSWORD).code == "locked_out"
    clock.move(seconds=2)
    if name == "amina":
        assert staffed.log_in(name, PASSWORD)
    else:
        assert fail(staffed, name, 1) == ["wrong_credentials"]


def test_the_lock_is_of_one_name_only(staffed: Accounts) -> None:
    fail(staffed, "amina", 6)
    assert staffed.log_in("victor", PASSWORD)


def test_failures_far_apart_do_not_lock(staffed: Accounts, clock: Clock) -> None:
    for _ in range(12):
        assert fail(staffed, "amina", 1) == ["wrong_credentials"]
        clock.move(minutes=4)


def test_a_right_password_forgets_the_failures(staffed: Accounts) -> None:
    for _ in range(3):
        fail(staffed, "amina", 4)
        assert staffed.log_in("amina", PASSWORD)


def test_one_address_may_fail_twenty_times_whatever_the_names(staffed: Accounts, clock: Clock) -> None:
    address, neighbour, far = "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"
    codes = [code for number in range(10) for code in fail(staffed, f"name{number}", 2, address)]
    assert set(codes) == {"wrong_credentials"}
    assert refused(staffed.log_in, "amina", PASSWORD, neighbour).code == "locked_out"
    assert staffed.log_in("amina", PASSWORD, far)
    clock.move(minutes=15, seconds=1)
    assert staffed.log_in("amina", PASSWORD, address)


def test_an_own_account_does_not_free_an_address(staffed: Accounts) -> None:
    for number in range(10):
        fail(staffed, f"name{number}", 2, "192.0.2.1")
        if number < 9:
            staffed.log_in("victor", PASSWORD, "192.0.2.1")
    assert refused(staffed.log_in, "victor", PASSWORD, "192.0.2.1").code == "locked_out"


def test_many_tries_at_once_do_not_pass_the_limit(staffed: Accounts) -> None:
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda _: fail(staffed, "amina", 1)[0], range(32)))
    assert codes.count("wrong_credentials") == 5
    assert codes.count("locked_out") == 27


def test_old_failures_are_forgotten(staffed: Accounts, path: Path, clock: Clock) -> None:
    fail(staffed, "nobody", 3)
    clock.move(minutes=31)
    fail(staffed, "amina", 1)
    assert rows(path, "SELECT count(*) FROM tries") == [(1,)]


# Sessions


def test_a_session_ends_when_it_is_idle(staffed: Accounts, clock: Clock) -> None:
    cookie = staffed.log_in("amina", PASSWORD)
    for _ in range(3):
        clock.move(hours=1, minutes=59)
        assert staffed.account_of(cookie) == AMINA
    clock.move(hours=2)
    assert staffed.account_of(cookie) is None


def test_a_session_ends_after_twelve_hours(staffed: Accounts, clock: Clock) -> None:
    cookie = staffed.log_in("amina", PASSWORD)
    for _ in range(11):
        clock.move(hours=1)
        assert staffed.account_of(cookie) == AMINA
    clock.move(hours=1)
    assert staffed.account_of(cookie) is None


def test_logging_out_ends_this_session_only(staffed: Accounts) -> None:
    here, there = staffed.log_in("amina", PASSWORD), staffed.log_in("amina", PASSWORD)
    staffed.log_out(here)
    assert (staffed.account_of(here), staffed.account_of(there)) == (None, AMINA)


def test_a_new_password_ends_all_other_sessions(staffed: Accounts) -> None:
    before = [staffed.log_in("amina", PASSWORD) for _ in range(2)]
    other = staffed.log_in("victor", PASSWORD)
    cookie = staffed.change_password("amina", PASSWORD, OTHER)
    assert [staffed.account_of(one) for one in (*before, cookie)] == [None, None, AMINA]
    assert staffed.account_of(other)
    assert fail(staffed, "amina", 1) == ["wrong_credentials"]
    assert staffed.log_in("amina", OTHER)


def test_the_old_password_is_needed_for_a_new_one(staffed: Accounts) -> None:
    codes = [refused(staffed.change_password, "amina", "wrong", OTHER).code for _ in range(6)]
    assert codes == ["wrong_credentials"] * 5 + ["locked_out"]


def test_deactivation_ends_sessions_at_once(staffed: Accounts) -> None:
    cookie = staffed.log_in("victor", PASSWORD)
    staffed.deactivate("victor")
    assert staffed.account_of(cookie) is None
    staffed.reactivate("victor")
    assert staffed.account_of(cookie) is None
    assert staffed.log_in("victor", PASSWORD)


def test_a_role_changes_in_open_sessions(staffed: Accounts) -> None:
    cookie = staffed.log_in("victor", PASSWORD)
    staffed.set_role("victor", "editor")
    assert staffed.account_of(cookie) == Account("victor", "editor")


def test_cookies_that_are_not_ours_open_nothing(staffed: Accounts, path: Path, tmp_path: Path) -> None:
    cookie = staffed.log_in("amina", PASSWORD)
    id, _, signature = cookie.partition(".")
    elsewhere = Accounts(tmp_path / "other.sqlite", hasher=quick_hasher())
    elsewhere.create("amina", PASSWORD, "editor")
    ((hashed,),) = rows(path, "SELECT sha256 FROM sessions")
    forged = ["", ".", id, f"{id}.", f"{id}x.{signature}", f"{id}.{signature[:-1]}", f"{hashed}.{signature}", hashed]
    forged += [f"{signature}.{id}", "\ud800", "é.é", "x" * 100_000, elsewhere.log_in("amina", PASSWORD), cookie + " "]
    assert [staffed.account_of(one) for one in forged] == [None] * len(forged)
    assert staffed.account_of(cookie) == AMINA


def test_sessions_that_ended_are_forgotten(staffed: Accounts, path: Path, clock: Clock) -> None:
    staffed.log_in("amina", PASSWORD)
    clock.move(hours=3)
    staffed.log_in("victor", PASSWORD)
    assert rows(path, "SELECT name FROM sessions") == [("victor",)]


def test_two_log_ins_at_once_are_two_sessions(staffed: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        cookies = list(pool.map(lambda _: staffed.log_in("amina", PASSWORD), range(4)))
    assert len(set(cookies)) == 4
    assert [staffed.account_of(cookie) for cookie in cookies] == [AMINA] * 4


def test_two_processes_may_open_the_file(staffed: Accounts, path: Path, clock: Clock) -> None:
    cookie = staffed.log_in("amina", PASSWORD)
    beside = Accounts(path, now=clock, hasher=quick_hasher())
    assert beside.account_of(cookie) == AMINA
    beside.create("zoe", PASSWORD, "viewer")
    assert [member.name for member in staffed.members()] == ["amina", "victor", "zoe"]
    beside.deactivate("zoe")
    assert refused(staffed.log_in, "zoe", PASSWORD).code == "wrong_credentials"


def test_two_that_open_a_new_file_at_once_share_its_secret(path: Path, clock: Clock) -> None:
    def make(_: int) -> Accounts:
        return Accounts(path, now=clock, hasher=quick_hasher())

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))
    made[0].create("amina", PASSWORD, "editor")
    cookie = made[1].log_in("amina", PASSWORD)
    assert [one.account_of(cookie) for one in made] == [AMINA] * 4


# Links


def test_the_first_account_is_made_with_a_link(accounts: Accounts) -> None:
    token = accounts.set_up_token()
    assert token and len(token) >= 43
    assert accounts.offer(token).purpose == "set_up"
    assert accounts.accept(token, PASSWORD, "Amina") == AMINA
    assert refused(accounts.accept, token, PASSWORD, "zoe").code == "token_invalid"
    assert accounts.set_up_token() is None


def test_a_new_start_makes_a_new_link_and_the_old_one_stops(accounts: Accounts, clock: Clock) -> None:
    first = accounts.set_up_token() or ""
    second = accounts.set_up_token() or ""
    assert refused(accounts.offer, first).code == "token_invalid"
    clock.move(hours=24)
    assert refused(accounts.accept, second, PASSWORD, "amina").code == "token_invalid"


def test_an_account_made_otherwise_closes_the_first_link(accounts: Accounts) -> None:
    token = accounts.set_up_token() or ""
    accounts.create("amina", PASSWORD, "viewer")
    assert refused(accounts.accept, token, PASSWORD, "mallory").code == "token_invalid"


def test_an_invitation_makes_the_account_that_was_offered(staffed: Accounts, clock: Clock) -> None:
    token = staffed.invite("Zoe", "viewer", by="amina")
    assert [(offer.name, offer.role, offer.made_by) for offer in staffed.invitations()] == [("zoe", "viewer", "amina")]
    clock.move(hours=71)
    assert staffed.accept(token, PASSWORD, "mallory") == Account("zoe", "viewer")
    assert staffed.invitations() == []
    assert refused(staffed.accept, token, PASSWORD).code == "token_invalid"


def test_an_invitation_ends(staffed: Accounts, clock: Clock) -> None:
    late, cancelled = staffed.invite("late", "viewer", by="amina"), staffed.invite("gone", "viewer", by="amina")
    staffed.withdraw_invitation("gone")
    assert refused(staffed.accept, cancelled, PASSWORD).code == "token_invalid"
    older = staffed.invite("late", "editor", by="amina")
    assert refused(staffed.offer, late).code == "token_invalid"
    clock.move(hours=72)
    assert refused(staffed.accept, older, PASSWORD).code == "token_invalid"
    assert staffed.invitations() == []


@pytest.mark.parametrize("change", ["deactivate", "demote"])
def test_the_invitations_of_an_editor_end_with_them(staffed: Accounts, change: str) -> None:
    staffed.create("zoe", PASSWORD, "editor")
    token = staffed.invite("friend", "editor", by="zoe")
    kept = staffed.invite("colleague", "viewer", by="amina")
    if change == "demote":
        staffed.set_role("zoe", "viewer")
    else:
        staffed.deactivate("zoe")
    assert refused(staffed.accept, token, PASSWORD).code == "token_invalid"
    assert staffed.accept(kept, PASSWORD).name == "colleague"


def test_a_weak_password_does_not_use_the_link_up(staffed: Accounts) -> None:
    token = staffed.invite("zoe", "viewer", by="amina")
    assert refused(staffed.accept, token, "short").code == "weak_password"
    assert staffed.accept(token, PASSWORD).name == "zoe"


def test_a_reset_link_changes_the_password_and_opens_the_lock(staffed: Accounts) -> None:
    cookie = staffed.log_in("victor", PASSWORD)
    fail(staffed, "victor", 6)
    token = staffed.reset_token("victor", by="amina")
    assert staffed.accept(token, OTHER, "amina") == Account("victor", "viewer")
    assert staffed.account_of(cookie) is None
    assert staffed.log_in("victor", OTHER)
    assert refused(staffed.accept, token, PASSWORD).code == "token_invalid"


def test_a_reset_link_is_for_an_active_account(staffed: Accounts) -> None:
    token = staffed.reset_token("victor", by="amina")
    staffed.deactivate("victor")
    assert refused(staffed.accept, token, OTHER).code == "token_invalid"
    assert refused(staffed.reset_token, "victor", by="amina").code == "account_off"
    assert refused(staffed.reset_token, "nobody", by="amina").code == "unknown_account"


def test_a_changed_password_closes_open_reset_links(staffed: Accounts) -> None:
    token = staffed.reset_token("amina", by="amina")
    staffed.change_password("amina", PASSWORD, OTHER)
    assert refused(staffed.accept, token, PASSWORD).code == "token_invalid"


def test_a_link_used_twice_at_once_works_once(accounts: Accounts) -> None:
    token = accounts.set_up_token() or ""

    def accept(number: int) -> str:
        try:
            return accounts.accept(token, PASSWORD, f"editor{number}").name
        except AccountError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(accept, range(8)))
    assert outcomes.count("token_invalid") == 7
    assert len(accounts.members()) == 1


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_links_that_were_never_made(staffed: Accounts, token: str) -> None:
    assert refused(staffed.offer, token).code == "token_invalid"
    assert refused(staffed.accept, token, PASSWORD, "zoe").code == "token_invalid"


# The last editor


def leaving(accounts: Accounts, names: Iterable[str]) -> list[str]:
    codes = []
    for name in names:
        codes.append(refused(accounts.deactivate, name).code)
        codes.append(refused(accounts.set_role, name, "viewer").code)
    return codes


def test_the_last_editor_stays(staffed: Accounts) -> None:
    assert leaving(staffed, ["amina"]) == ["last_editor"] * 2
    staffed.set_role("victor", "editor")
    staffed.set_role("amina", "viewer")
    assert leaving(staffed, ["victor"]) == ["last_editor"] * 2


def test_an_editor_who_is_off_does_not_count(staffed: Accounts) -> None:
    staffed.create("zoe", PASSWORD, "editor")
    staffed.deactivate("zoe")
    staffed.deactivate("zoe")  # again: nothing changes
    staffed.set_role("zoe", "viewer")
    staffed.set_role("zoe", "editor")
    assert leaving(staffed, ["amina"]) == ["last_editor"] * 2


def test_two_editors_who_leave_at_once_do_not_both(accounts: Accounts) -> None:
    names = ["one", "two"]
    for name in names:
        accounts.create(name, PASSWORD, "editor")

    def leave(name: str) -> str:
        try:
            accounts.deactivate(name)
        except AccountError as error:
            return error.code
        return "off"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, names)) == ["last_editor", "off"]


# Who may, and what stays in the log


@pytest.fixture
def audit(tmp_path: Path, clock: Clock) -> Audit:
    return Audit(tmp_path / "audit.sqlite", now=clock)


@pytest.fixture
def people(staffed: Accounts, audit: Audit) -> People:
    return People(staffed, audit)


def log(audit: Audit) -> list[tuple[str, str, str]]:
    return [(event.actor, event.action, event.subject) for event in reversed(audit.entries(100))]


def test_a_viewer_changes_no_account(people: People, staffed: Accounts, audit: Audit) -> None:
    victor, before = Account("victor", "viewer"), staffed.members()
    calls: list[tuple[Callable[..., Any], tuple[str, ...]]] = [
        (people.create, ("zoe", PASSWORD, "editor")),
        (people.invite, ("zoe", "editor")),
        (people.withdraw_invitation, ("zoe",)),
        (people.reset_link, ("amina",)),
        (people.set_role, ("victor", "editor")),
        (people.deactivate, ("amina",)),
        (people.reactivate, ("amina",)),
    ]
    for call, arguments in calls:
        assert isinstance(refused(call, victor, *arguments), NotAllowed)
    assert (staffed.members(), staffed.invitations(), audit.entries(10)) == (before, [], [])


def test_every_step_is_in_the_log(people: People, audit: Audit) -> None:
    people.create(CONSOLE, "Root", PASSWORD, "editor")
    token = people.invite(AMINA, "Zoe", "viewer")
    cookie = people.accept(token, PASSWORD)
    people.change_password(Account("zoe", "viewer"), PASSWORD, OTHER)
    people.log_out(Account("zoe", "viewer"), cookie)
    people.set_role(AMINA, "zoe", "editor")
    people.accept(people.reset_link(AMINA, "zoe"), PASSWORD)
    people.deactivate(AMINA, "zoe")
    people.reactivate(AMINA, "zoe")
    people.invite(AMINA, "late", "viewer")
    people.withdraw_invitation(AMINA, "late")
    assert log(audit) == [
        ("(console)", "account_created", "root"),
        ("amina", "account_invited", "zoe"),
        ("zoe", "account_created", "zoe"),
        ("zoe", "logged_in", ""),
        ("zoe", "password_changed", "zoe"),
        ("zoe", "logged_out", ""),
        ("amina", "role_changed", "zoe"),
        ("amina", "reset_link_made", "zoe"),
        ("zoe", "password_reset", "zoe"),
        ("zoe", "logged_in", ""),
        ("amina", "account_deactivated", "zoe"),
        ("amina", "account_reactivated", "zoe"),
        ("amina", "account_invited", "late"),
        ("amina", "invitation_withdrawn", "late"),
    ]


def test_failed_log_ins_are_in_the_log_without_what_was_typed(people: People, audit: Audit, tmp_path: Path) -> None:
    refused(people.log_in, "AMINA", "guess-guess-guess")
    for _ in range(6):
        refused(people.log_in, "password-typed-here", "guess-guess-guess")
    assert log(audit) == [("", "login_failed", "amina")] + [("", "login_failed", "")] * 5
    assert not any(word in stored(tmp_path / "audit.sqlite") for word in (b"password-typed-here", b"guess-guess"))


def test_what_failed_is_not_in_the_log(people: People, audit: Audit) -> None:
    assert refused(people.deactivate, AMINA, "amina").code == "last_editor"
    assert refused(people.invite, AMINA, "victor", "viewer").code == "name_taken"
    assert audit.entries(10) == []
