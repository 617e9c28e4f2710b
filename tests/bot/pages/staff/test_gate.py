"""The door of the staff area: who comes in, from where, with how much, and what a session is."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bot.pages.staff import gate
from bot.pages.staff.gate import FORM_BYTES, OPEN_BYTES, POLICY, UPLOADS, StaffGate, local
from bot.phrases import say_to_staff
from tests.bot.pages.serving import run_apart
from tests.bot.pages.staff.browsing import ORIGIN, Desk, browser, logged_in
from tests.bot.staff.clock import PASSWORD, Clock

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
TOKEN = "A" * 43


def the_gate(site: Any) -> StaffGate:
    (mount,) = [
        route
        for route in site.routes
        if getattr(route, "path", "") == "/staff" and hasattr(route, "app") and isinstance(route.app, StaffGate)
    ]
    return mount.app


@pytest.fixture
def paths(site: Any) -> list[str]:
    """Every address of the staff area, with something in the place of its parameters."""
    from fastapi.routing import iter_route_contexts

    routes: Any = the_gate(site).app
    found = {context.path for context in iter_route_contexts(routes.routes) if context.path}
    assert len(found) > 10
    return sorted("/staff" + re.sub(r"{\w+(:\w+)?}", "victor", path) for path in found)


def is_open(path: str) -> bool:
    return path == "/staff/login" or path.startswith("/staff/set-up/")


@pytest.fixture
def reached(site: Any, paths: list[str]) -> Iterator[list[str]]:
    """The requests that came through the gate."""
    door, seen = the_gate(site), []
    inner = door.app

    async def spy(scope: Any, receive: Any, send: Any) -> None:
        seen.append(f"{scope['method']} {scope['path']}")
        await inner(scope, receive, send)

    door.app = spy
    yield seen
    door.app = inner


@pytest.fixture
def unchanged(desk: Desk) -> Iterator[None]:
    """After the test, the accounts are what they were before."""
    before = desk.accounts.members(), desk.accounts.invitations()
    yield
    assert (desk.accounts.members(), desk.accounts.invitations()) == before


def texts(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


# Without a session


@pytest.mark.usefixtures("unchanged")
def test_without_a_session_nothing_is_reached(paths: list[str], visitor: "TestClient", reached: list[str]) -> None:
    for path in paths:
        for method in METHODS:
            response = visitor.request(method, path, content=b"name=victor&role=editor&password=x&again=y")
            if is_open(path):
                continue
            if method == "GET":
                assert response.status_code == 303, path
                assert response.headers["location"] == f"/staff/login?next={quote(path, safe='')}", path
            else:
                assert response.status_code == 401, (method, path)
                assert "set-cookie" not in response.headers
    assert {request.split()[1] for request in reached} == {path for path in paths if is_open(path)}


@pytest.mark.parametrize(
    "path",
    [
        "/staff/",
        "/staff/nothing",
        "/staff/login/",
        "/staff/login/x",
        "/staff//login",
        "/staff/./accounts",
        "/staff/login/../accounts",
        "/staff/login%2f..%2faccounts",
        "/staff/set-up/",
        "/staff/set-up/x/y",
        "/staff/set-up/x%2fy",
        "/staff/LOGIN",
        "/staff/%61ccounts",
        "/staff/login%00",
        "/staff/login%0a",
        "/staff/login;x",
        "/staff/staff/login",
        "/staff/docs",
        "/staff/openapi.json",
    ],
)
def test_no_other_spelling_opens_the_door(visitor: "TestClient", reached: list[str], path: str) -> None:
    raw = visitor.build_request("GET", ORIGIN)
    raw.url = raw.url.copy_with(raw_path=path.encode())
    assert visitor.send(raw).status_code == 303
    assert visitor.post(path).status_code in (401, 404)
    assert [request for request in reached if not re.fullmatch(r"POST /staff/(login|set-up/x)", request)] == []


def test_the_area_begins_at_its_first_page(visitor: "TestClient", editor: "TestClient") -> None:
    for client in (visitor, editor):
        response = client.get("/staff")
        assert (response.status_code, response.headers["location"]) == (303, "/staff/documents")
    assert editor.get("/staff/").headers["location"] == "/staff/documents"
    assert visitor.get("/staff/documents").headers["location"] == "/staff/login?next=%2Fstaff%2Fdocuments"


def test_programs_are_told_and_not_redirected(site: Any) -> None:
    response = browser(site, Accept="application/json").get("/staff/audit")
    assert response.status_code == 401
    assert response.json() == {"error": say_to_staff("refused_log_in", "fr")}


def test_a_form_sent_after_the_session_ended_says_so(visitor: "TestClient") -> None:
    response = visitor.post("/staff/accounts", data={"name": "zoe", "role": "viewer"})
    assert response.status_code == 401
    assert say_to_staff("refused_log_in", "fr") in texts(response.text)
    assert 'href="/staff/login"' in response.text


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/staff/accounts", {"origin": ORIGIN}, 401),
        ("/staff/inbox/upload", {"origin": ORIGIN, "content-length": "1000"}, 401),
        ("/staff/accounts", {"origin": "https://evil.example"}, 403),
        ("/staff/login", {"origin": "https://evil.example"}, 403),
        ("/staff/login", {"origin": ORIGIN, "content-length": str(OPEN_BYTES + 1)}, 413),
        ("/staff/login", {"origin": ORIGIN, "content-length": "many"}, 413),
        ("/staff/login", {"origin": ORIGIN, "content-length": "9" * 5_000}, 413),
        ("/staff/login", {"origin": ORIGIN, "content-length": "-1"}, 413),
    ],
)
def test_a_refusal_reads_no_byte_of_the_body(site: Any, path: str, headers: dict[str, str], status: int) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in ({"host": "staff.example"} | headers).items()]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": raw, "scheme": "http", "http_version": "1.1", "server": ("staff.example", 80),
             "client": ("192.0.2.1", 1), "root_path": ""}  # fmt: skip
    run_apart(site(scope, receive, send))
    assert sent[0]["status"] == status


def test_a_socket_is_closed(visitor: "TestClient") -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect) as closed, visitor.websocket_connect("/staff/accounts"):
        pass
    assert closed.value.code == 1008


# Viewers


def test_a_viewer_changes_nothing(paths: list[str], viewer: "TestClient", reached: list[str]) -> None:
    own = {"/staff/password", "/staff/log-out", "/staff/login", "/staff/set-up/victor"}
    for path in paths:
        for method in METHODS[2:]:
            if path not in own:
                response = viewer.request(method, path, data={"name": "zoe", "role": "editor", "active": "1"})
                assert response.status_code == 403, (method, path)
    assert reached == []


def test_a_viewer_sees_the_log_and_no_accounts(viewer: "TestClient") -> None:
    assert viewer.get("/staff/accounts").status_code == 403
    page = viewer.get("/staff/audit")
    assert page.status_code == 200
    assert 'href="/staff/accounts"' not in page.text and 'href="/staff/audit"' in page.text


def test_a_viewer_keeps_their_own_password_and_may_leave(viewer: "TestClient", desk: Desk) -> None:
    form = {"old": PASSWORD, "password": "another long one", "again": "another long one"}
    assert viewer.post("/staff/password", data=form).headers["location"] == "/staff/password?done=password_changed"
    assert desk.accounts.log_in("victor", "another long one")
    assert viewer.get("/staff/audit").status_code == 200
    assert viewer.post("/staff/log-out").status_code == 303
    assert viewer.get("/staff/audit").status_code == 303


def test_a_role_that_changes_counts_at_once(viewer: "TestClient", desk: Desk) -> None:
    desk.accounts.set_role("victor", "editor")
    assert viewer.get("/staff/accounts").status_code == 200
    desk.accounts.set_role("victor", "viewer")
    assert viewer.post("/staff/accounts", data={"name": "zoe", "role": "viewer"}).status_code == 403


# Other origins

FOREIGN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://staff.example.evil.example"},
    {"Origin": "http://staff.example:81"},
    {"Origin": "http://[", "Referer": f"{ORIGIN}/staff"},
    {"Origin": "", "Referer": "https://evil.example/http://staff.example/"},
    {"Origin": "", "Referer": "http://staff.example@evil.example/"},
    {"Origin": ""},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_origin_changes_nothing(
    paths: list[str], editor: "TestClient", desk: Desk, headers: dict[str, str], reached: list[str]
) -> None:
    before = desk.accounts.members()
    for path in paths:
        for method in METHODS[2:]:
            assert editor.request(method, path, headers=headers).status_code == 403, (method, path)
    assert reached == [] and desk.accounts.members() == before
    assert editor.get("/staff/audit", headers=headers).status_code == 200  # a link from elsewhere may open a page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "", "Sec-Fetch-Site": "none"},
        {"Origin": ORIGIN.upper().replace("HTTP", "http")},
        {"Origin": "", "Referer": f"{ORIGIN}/staff/login?next=x"},
        {"Origin": "https://staff.example"},
    ],
    ids=str,
)
def test_our_own_pages_may_send(visitor: "TestClient", headers: dict[str, str]) -> None:
    form = {"name": "amina", "password": PASSWORD}
    assert visitor.post("/staff/login", data=form, headers=headers).status_code == 303


# Sessions


def cookie_of(client: "TestClient") -> str:
    return client.cookies.get("staff_session", domain="staff.example", path="/staff") or ""


@pytest.mark.parametrize(("origin", "secure"), [(ORIGIN, False), ("https://staff.example", True)])
def test_the_cookie_is_kept_from_scripts_and_strangers(site: Any, origin: str, secure: bool) -> None:
    response = browser(site, origin).post("/staff/login", data={"name": "amina", "password": PASSWORD})
    (cookie,) = response.headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/staff"} <= attributes
    assert ("secure" in attributes) == secure
    assert "domain" not in cookie.lower()


def test_the_id_of_a_session_changes_at_log_in(site: Any, viewer: "TestClient", desk: Desk) -> None:
    planted = cookie_of(viewer)
    victim = browser(site)
    victim.cookies.set("staff_session", planted, domain="staff.example", path="/staff")
    logged_in(victim, "amina")
    own = [cookie for cookie in victim.cookies.jar if cookie.name == "staff_session"]
    assert [cookie.value for cookie in own] != [planted]
    assert desk.accounts.account_of(planted) is None
    assert desk.accounts.account_of(cookie_of(victim)) == desk.accounts.account_of(own[0].value or "")


@pytest.mark.parametrize("spoil", ["tampered", "idle", "old", "revoked", "off", "foreign"])
def test_a_session_that_is_over_opens_nothing(
    editor: "TestClient", desk: Desk, clock: Clock, spoil: str, reached: list[str]
) -> None:
    cookie = cookie_of(editor)
    assert editor.get("/staff/audit").status_code == 200
    desk.accounts.create("zoe", PASSWORD, "editor")
    if spoil == "tampered":
        editor.cookies.clear()
        editor.cookies.set("staff_session", cookie[:-2] + "AA", domain="staff.example", path="/staff")
    elif spoil == "idle":
        clock.move(hours=2)
    elif spoil == "old":
        for _ in range(12):
            clock.move(hours=1)
            editor.get("/staff/audit")
    elif spoil == "revoked":
        desk.accounts.log_out(cookie)
    elif spoil == "off":
        desk.accounts.deactivate("amina")
    else:
        editor.cookies.clear()
        editor.cookies.set("staff_session", "AAAA.AAAA", domain="staff.example", path="/staff")
    reached.clear()
    assert editor.get("/staff/audit").status_code == 303
    assert editor.post("/staff/accounts", data={"name": "eve", "role": "editor"}).status_code == 401
    assert reached == [] and desk.accounts.invitations() == []


def test_logging_out_ends_the_session_on_the_server(site: Any, editor: "TestClient") -> None:
    cookie = cookie_of(editor)
    response = editor.post("/staff/log-out")
    assert response.headers["location"] == "/staff/login?done=logged_out"
    assert not cookie_of(editor)
    stolen = browser(site)
    stolen.cookies.set("staff_session", cookie, domain="staff.example", path="/staff")
    assert stolen.get("/staff/audit").status_code == 303


def test_two_people_log_in_at_once(site: Any, desk: Desk) -> None:
    with ThreadPoolExecutor(2) as pool:
        clients = list(pool.map(lambda name: logged_in(browser(site), name), ["amina", "victor"]))
    names = [re.search(r"<bdi>(\w+)</bdi>", client.get("/staff/audit").text) for client in clients]
    assert [match and match[1] for match in names] == ["amina", "victor"]
    assert sorted(event.actor for event in desk.audit.entries(10)) == ["amina", "victor"]


# Logging in


def test_a_wrong_password_is_told_without_saying_more(visitor: "TestClient") -> None:
    pages = [visitor.post("/staff/login", data={"name": name, "password": "no no no no"}) for name in ("amina", "eve")]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("amina", "eve") == pages[1].text
    assert say_to_staff("problem_wrong_credentials", "fr") in texts(pages[0].text)
    assert "no no no no" not in pages[0].text


def test_too_many_tries_close_the_door_for_a_while(visitor: "TestClient", clock: Clock) -> None:
    wrong, right = {"name": "amina", "password": "x"}, {"name": "amina", "password": PASSWORD}
    assert [visitor.post("/staff/login", data=wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    page = visitor.post("/staff/login", data=right)
    assert page.status_code == 429
    assert say_to_staff("problem_locked_out", "fr", minutes=15) in texts(page.text)
    clock.move(minutes=15, seconds=1)
    assert visitor.post("/staff/login", data=right).status_code == 303


def test_one_address_cannot_try_every_name(visitor: "TestClient") -> None:
    codes = [
        visitor.post("/staff/login", data={"name": f"n{number}", "password": "x"}).status_code for number in range(21)
    ]
    assert codes == [401] * 20 + [429]


@pytest.mark.parametrize(
    "address", ["/staff/audit", "/staff/audit?actor=amina&before=3", "/staff/documents/%C3%A9t%C3%A9"]
)
def test_after_logging_in_the_page_that_was_asked_for_opens(visitor: "TestClient", address: str) -> None:
    asked = visitor.get(address).headers["location"]
    shown = visitor.get(asked).text
    (kept,) = re.findall(r'name="next" value="([^"]*)"', shown)
    response = visitor.post("/staff/login", data={"name": "amina", "password": PASSWORD, "next": unescape(kept)})
    assert response.headers["location"] == address == parse_qs(urlsplit(asked).query)["next"][0]
    assert visitor.get(asked).headers["location"] == address  # when already logged in


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/",
        "/sources/x/1",
        "/staffroom",
        "/staff",
        "/staff/../",
        "/staff/..%2f..%2f",
        "/staff/%2e%2e/%2e%2e/",
        "/staff//evil.example",
        "/staff/\\evil.example",
        "/staff/%5cevil.example",
        "/staff/\tx",
        "/staff/x\r\nSet-Cookie: a=b",
        "/staff/é",
        " /staff/x",
        "javascript:alert(1)//staff/",
        "/staff/" + "x" * 3_000,
    ],
)
def test_nothing_else_is_gone_to_after_logging_in(visitor: "TestClient", next: str) -> None:
    assert local(next) is None
    assert 'name="next" value=""' in visitor.get("/staff/login", params={"next": next}).text
    response = visitor.post("/staff/login", data={"name": "amina", "password": PASSWORD, "next": next})
    assert response.headers["location"] == "/staff/documents"
    assert visitor.get("/staff/login", params={"next": next}).headers["location"] == "/staff/documents"


# Links that work once


def test_the_first_account_is_made_in_the_browser(site: Any, tmp_path: Any) -> None:
    from fastapi import FastAPI

    from bot.pages.staff.router import mount_staff
    from bot.settings import Settings
    from bot.staff.access.accounts import Accounts
    from bot.staff.audit import Audit
    from tests.bot.staff.clock import quick_hasher

    accounts = Accounts(tmp_path / "new.sqlite", hasher=quick_hasher())
    desk = Desk(accounts, Audit(tmp_path / "log.sqlite"), Settings(data_dir=tmp_path))
    app = FastAPI()
    mount_staff(app, desk)
    client = browser(app)
    assert say_to_staff("login_empty", "fr") in texts(client.get("/staff/login").text)
    address = f"/staff/set-up/{accounts.set_up_token()}"
    assert client.get(address).status_code == client.get(address).status_code == 200  # looking does not use it
    form = {"name": "Amina", "password": PASSWORD, "again": PASSWORD}
    assert client.post(address, data=form | {"again": "other"}).status_code == 422
    assert client.post(address, data=form).headers["location"] == "/staff/documents"
    assert client.get("/staff/accounts").status_code == 200
    assert client.get(address).status_code == client.post(address, data=form).status_code == 404
    assert [member.name for member in accounts.members()] == ["amina"]


def test_an_invitation_from_the_page_to_the_account(site: Any, editor: "TestClient", desk: Desk) -> None:
    page = editor.post("/staff/accounts", data={"name": "Zoe", "role": "viewer"})
    (address,) = re.findall(rf'value="({ORIGIN}/staff/set-up/[\w-]+)"', page.text)
    assert address not in editor.get("/staff/accounts").text
    guest = browser(site)
    shown = texts(guest.get(address).text)
    assert "zoe" in shown and "amina" in shown
    response = guest.post(address, data={"name": "mallory", "password": PASSWORD, "again": PASSWORD})
    assert response.status_code == 303
    assert [member.name for member in desk.accounts.members()] == ["amina", "victor", "zoe"]
    assert guest.get("/staff/accounts").status_code == 403
    assert guest.post(address, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404


@pytest.mark.parametrize("token", [TOKEN, "x", "..", "%00", "é", "<script>"])
def test_a_link_that_was_never_made(visitor: "TestClient", token: str) -> None:
    response = visitor.get(f"/staff/set-up/{quote(token)}")
    assert response.status_code in (303, 404)
    assert "<script>" not in response.text


def test_what_is_wrong_with_a_field_is_tied_to_it(editor: "TestClient") -> None:
    page = editor.post("/staff/accounts", data={"name": "Ça ne va pas", "role": "viewer"})
    assert page.status_code == 422
    (field,) = re.findall(r'<input id="name"[^>]*>', page.text)
    assert 'aria-invalid="true"' in field and 'aria-describedby="name-error name-hint"' in field
    assert 'value="Ça ne va pas"' in field
    assert say_to_staff("problem_bad_name", "fr") in texts(page.text.split('id="name-error"')[1])


# Accounts


@pytest.mark.parametrize(
    ("path", "form", "done"),
    [
        ("role", {"role": "editor"}, "role_changed"),
        ("off", {}, "account_off"),
        ("on", {}, "account_on"),
        ("withdraw", {}, "invitation_withdrawn"),
    ],
)
def test_an_editor_changes_accounts(editor: "TestClient", path: str, form: dict[str, str], done: str) -> None:
    response = editor.post(f"/staff/accounts/victor/{path}", data=form)
    assert response.headers["location"] == f"/staff/accounts?done={done}"
    assert say_to_staff(f"done_{done}", "fr") in texts(editor.get(response.headers["location"]).text)


@pytest.mark.parametrize(
    ("path", "form", "problem"),
    [
        ("amina/role", {"role": "viewer"}, "last_editor"),
        ("amina/off", {}, "last_editor"),
        ("victor/role", {"role": "owner"}, "bad_role"),
        ("nobody/off", {}, "unknown_account"),
        ("nobody/link", {}, "unknown_account"),
    ],
)
def test_what_an_editor_cannot_do_is_said(editor: "TestClient", path: str, form: dict[str, str], problem: str) -> None:
    page = editor.post(f"/staff/accounts/{path}", data=form)
    assert page.status_code == 422
    assert say_to_staff(f"problem_{problem}", "fr") in texts(page.text)


def test_an_editor_makes_a_link_for_a_new_password(site: Any, editor: "TestClient", desk: Desk) -> None:
    page = editor.post("/staff/accounts/victor/link")
    (address,) = re.findall(rf'value="({ORIGIN}/staff/set-up/[\w-]+)"', page.text)
    form = {"password": "a new long password", "again": "a new long password"}
    assert browser(site).post(address, data=form).status_code == 303
    assert desk.accounts.log_in("victor", "a new long password")


def test_a_new_password_keeps_this_browser_and_no_other(site: Any, editor: "TestClient") -> None:
    other = logged_in(browser(site), "amina")
    wrong = {"old": "not the old one", "password": "another long one", "again": "another long one"}
    assert editor.post("/staff/password", data=wrong).status_code == 401
    assert editor.post("/staff/password", data=wrong | {"old": PASSWORD, "again": "x"}).status_code == 422
    assert other.get("/staff/audit").status_code == 200
    assert editor.post("/staff/password", data=wrong | {"old": PASSWORD}).status_code == 303
    assert editor.get("/staff/audit").status_code == 200
    assert other.get("/staff/audit").status_code == 303


# The audit log


def test_the_log_is_read_page_by_page(editor: "TestClient", desk: Desk) -> None:
    for number in range(1, 120):
        desk.audit.record("amina", "account_invited", f"guest-{number}-")
    first = editor.get("/staff/audit").text
    (older,) = re.findall(r'href="([^"]+)" rel="next"', first)
    second = editor.get(unescape(older)).text
    (newer,) = re.findall(r'href="([^"]+)" rel="prev"', second)
    assert "guest-119-" in first and "guest-70-" in first and "guest-69-" not in first
    assert "guest-69-" in second and "guest-20-" in second and "guest-19-" not in second
    assert re.findall(r"guest-\d+-", editor.get(unescape(newer)).text) == re.findall(r"guest-\d+-", first)
    third = editor.get(unescape(re.findall(r'href="([^"]+)" rel="next"', second)[0])).text
    assert "guest-1-" in third and 'rel="next"' not in third and 'rel="prev"' not in first


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "after=99999999999999999999", "actor=%00", "action=x&check=1"]
)
def test_a_strange_address_shows_the_log_all_the_same(editor: "TestClient", query: str) -> None:
    assert editor.get(f"/staff/audit?{query}").status_code == 200


def test_the_log_of_one_person(editor: "TestClient", desk: Desk) -> None:
    desk.audit.record("victor", "account_invited", "from-victor", role="viewer")
    desk.audit.record("amina", "account_invited", "from-amina")
    page = editor.get("/staff/audit?actor=victor").text
    assert "from-victor" in page and "from-amina" not in page
    assert '<option value="victor" selected>' in page
    assert 'href="/staff/audit.csv?actor=victor"' in page
    assert "from-amina" not in editor.get("/staff/audit.csv?actor=victor").text


def test_the_log_as_a_file_runs_nothing(editor: "TestClient", desk: Desk) -> None:
    import csv

    hostile = ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", 'quote"s, and\nlines']
    for text in hostile:
        desk.audit.record(text, "account_invited", text, role=text)
    response = editor.get("/staff/audit.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"', response.headers["content-disposition"])
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeffid,at,actor")
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True)))
    cells = [cell for line in lines for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert [line[4] for line in lines[2:9]] == [f"'{text}" for text in hostile[:7]]
    assert lines[9][4] == hostile[7]
    assert len({len(line) for line in lines}) == 1
    assert desk.audit.entries(1)[0].action == "audit_exported"


def test_the_log_says_whether_it_is_intact(editor: "TestClient", desk: Desk, tmp_path: Any) -> None:
    import sqlite3
    from contextlib import closing

    assert say_to_staff("audit_intact", "fr") in texts(editor.get("/staff/audit?check=1").text)
    with closing(sqlite3.connect(tmp_path / "audit.sqlite")) as db:
        db.execute("DROP TRIGGER events_stay")
        db.execute("UPDATE events SET actor = 'mallory' WHERE id = 1")
        db.commit()
    assert say_to_staff("audit_damaged", "fr", number=1) in texts(editor.get("/staff/audit?check=1").text)


# What every page has

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' autofocus onfocus=alert(3)"


@pytest.mark.parametrize("path", ["/staff/login", "/staff/accounts", "/staff/audit", "/staff/password", "/staff/none",
                                  "/staff/set-up/x", "/staff/audit.csv"])  # fmt: skip
def test_every_answer_is_protected(editor: "TestClient", visitor: "TestClient", path: str) -> None:
    for client in (editor, visitor):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["cache-control"] == "no-store"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in POLICY and "form-action 'self'" in POLICY and "frame-ancestors 'none'" in POLICY


def test_refusals_are_protected_too(visitor: "TestClient") -> None:
    for response in (visitor.post("/staff/accounts"), visitor.post("/staff/login", headers={"Origin": "null"})):
        assert response.status_code in (401, 403)
        assert response.headers["content-security-policy"] == POLICY


def test_what_comes_from_people_is_never_markup(site: Any, editor: "TestClient", desk: Desk) -> None:
    desk.audit.record(HOSTILE, "account_invited", HOSTILE, **{HOSTILE: HOSTILE, "role": HOSTILE})
    pages = [
        editor.get("/staff/audit").text,
        editor.get("/staff/audit", params={"actor": HOSTILE, "action": HOSTILE, "done": HOSTILE}).text,
        editor.get("/staff/accounts", params={"problem": HOSTILE, "lang": HOSTILE}).text,
        editor.post("/staff/accounts", data={"name": HOSTILE, "role": HOSTILE}).text,
        editor.post(f"/staff/accounts/{quote(HOSTILE, safe='')}/link").text,
        browser(site).post("/staff/login", data={"name": HOSTILE, "password": HOSTILE, "next": HOSTILE}).text,
        browser(site).get("/staff/login", params={"next": HOSTILE}).text,
    ]
    for page in pages:
        assert page.count("<script") == 1 and "<img" not in page
        assert not re.search(r"<[^>]*\s(on\w+|style)=", re.sub(r'="[^"]*"', '=""', page))


def test_templates_have_no_inline_style_or_script() -> None:
    from bot.pages.staff.rendering import FOLDER

    for file in FOLDER.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<[^>]*\s(style|on\w+)=|<style|<script(?! src=\"/page/)|\|\s*safe", text), file.name


@pytest.mark.parametrize("key", ["logged_out", "account_off"])
def test_only_sentences_of_ours_are_flashed(visitor: "TestClient", key: str) -> None:
    assert say_to_staff(f"done_{key}", "fr") in texts(visitor.get(f"/staff/login?done={key}").text)
    for other in ("Votre+compte+est+fermé", "../x", "", "locked_out"):  # the last one needs a value
        assert "flash" not in visitor.get(f"/staff/login?done={other}&problem={other}").text


def test_a_language_that_was_chosen_stays(visitor: "TestClient") -> None:
    assert '<html lang="fr"' in visitor.get("/staff/login").text
    assert '<html lang="en"' in visitor.get("/staff/login", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    chosen = visitor.get("/staff/login?lang=en&next=/staff/audit")
    assert '<html lang="en"' in chosen.text and "staff_language=en" in chosen.headers["set-cookie"]
    assert 'href="/staff/login?next=%2Fstaff%2Faudit&amp;lang=fr"' in chosen.text
    assert '<html lang="en"' in visitor.get("/staff/login").text
    assert "set-cookie" not in visitor.get("/staff/login?lang=xx").headers


def test_the_section_of_a_page_is_marked(editor: "TestClient") -> None:
    page = editor.get("/staff/audit").text
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/staff/audit"]


def test_what_does_not_exist_is_said_in_the_area(editor: "TestClient") -> None:
    response = editor.get("/staff/nothing")
    assert response.status_code == 404 and say_to_staff("page_not_found", "fr") in texts(response.text)
    assert 'href="/staff/documents"' in response.text


def test_a_page_that_fails_says_so_and_no_more(
    editor: "TestClient", desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(desk.audit), "entries", fail)
    response = editor.get("/staff/audit")
    assert response.status_code == 500 and "secret detail" not in response.text
    assert say_to_staff("refused_broken", "fr") in texts(response.text)
    assert response.headers["content-security-policy"] == POLICY


# Bodies


def chunks(size: int) -> Iterator[bytes]:
    yield b"name="
    for _ in range(size // 1_000):
        yield b"x" * 1_000


@pytest.mark.parametrize(("path", "most"), [("/staff/login", OPEN_BYTES), ("/staff/accounts", FORM_BYTES)])
def test_a_form_is_bounded_whatever_it_declares(editor: "TestClient", path: str, most: int) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert editor.post(path, content=b"x" * (most + 1), headers=form).status_code == 413
    assert editor.post(path, content=chunks(most + 2_000), headers=form).status_code == 413
    assert editor.post(path, content=b"name=x&pad=" + b"y" * 50_000, headers=form).status_code in (401, 422)


def test_an_upload_may_be_larger_and_is_bounded_too(
    editor: "TestClient", site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert UPLOADS["/inbox/upload"] == 300_000_000
    monkeypatch.setattr(gate, "UPLOADS", {"/inbox/upload": FORM_BYTES + 10_000})
    read: list[int] = []

    async def reader(scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import Request
        from starlette.responses import Response

        read.append(len(await Request(scope, receive).body()))
        await Response("ok")(scope, receive, send)

    door = the_gate(site)
    monkeypatch.setattr(door, "app", reader)
    assert editor.post("/staff/inbox/upload", content=b"x" * (FORM_BYTES + 5_000)).status_code == 200
    assert editor.post("/staff/inbox/upload/", content=b"x" * (FORM_BYTES + 5_000)).status_code == 413
    assert editor.post("/staff/inbox/upload", content=b"x" * (FORM_BYTES + 10_001)).status_code == 413
    assert read == [FORM_BYTES + 5_000]


def test_fields_that_are_files_are_refused(visitor: "TestClient") -> None:
    response = visitor.post("/staff/login", files={"name": ("a.txt", b"x"), "password": ("b.txt", b"y")})
    assert response.status_code == 422
    assert say_to_staff("refused_form", "fr") in texts(response.text)


# Texts


def test_every_language_says_the_same_things() -> None:
    from bot.languages import LANGUAGES
    from bot.texts.staff import languages, load

    assert languages() <= set(LANGUAGES) and {"fr", "en"} <= languages()
    slots = {
        code: {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in load(code).items()} for code in languages()
    }
    for code, keys in slots.items():
        assert keys == slots["fr"], code


def test_no_key_stands_twice_in_a_file() -> None:
    from bot.texts.staff import FOLDER

    for file in FOLDER.glob("*.yaml"):
        keys = re.findall(r"^ *([a-z]\w*):", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert sorted(keys) == sorted(set(keys)), file.name


def test_every_action_of_the_log_is_said_in_words() -> None:
    from bot.phrases import staff_keys
    from bot.staff.audit import ACTIONS

    assert {f"action_{action}" for action in ACTIONS} <= staff_keys()


def test_errors_for_programs_are_json(site: Any, editor: "TestClient") -> None:
    response = editor.get("/staff/nothing", headers={"Accept": "application/json"})
    assert json.loads(response.text) == {"error": say_to_staff("page_not_found", "fr")}
