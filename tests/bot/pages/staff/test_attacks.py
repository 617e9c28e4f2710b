"""Attacks on the whole service: what slips in without an account, late, or between two steps, and what is shown."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.pages.staff.tables import cell
from bot.staff.access.credentials import MOST_TRIES, Passwords
from bot.staff.models import Account
from corpus.convert import convert
from corpus.errors import CorpusError
from corpus.isolation.isolated import MOST_TEXT, Isolated
from corpus.models import Span
from tests.bot.pages.conftest import application
from tests.bot.pages.serving import run_apart
from tests.bot.pages.staff.browsing import ORIGIN, browser, logged_in
from tests.bot.pages.staff.whole import whole_desk
from tests.bot.staff.clock import PASSWORD, Clock
from tests.bot.staff.conftest import FakeFetcher
from tests.fakes import make_file

if TYPE_CHECKING:
    from bot.staff.desk import Desk

EDITOR = Account("amina", "editor")
ROOT = Path(__file__).parents[4]
SECRET = "Le trésor de Tombelaine pèse 417 kilos et dort sous la citerne."
PAYLOAD = (
    '"\'><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">k</a>'
    "</title></textarea><base href=//evil.example>{{7*7}}"
)
SPELLINGS = (
    "//staff/documents",
    "/staff//documents",
    "/staff/login/../documents",
    "/staff/set-up/../documents",
    "/staff/set-up/x/../../documents",
    "/staff/documents/",
    "/staff/documents;/login",
    "/staff/login\n",
    "/staff/login\0",
    "/staff/staff/login",
    "/staff/staff/documents",
    "/page/../staff/documents",
    "/Staff/documents",
)


@pytest.fixture
def desk(tmp_path: Path) -> "Desk":
    return whole_desk(tmp_path, Clock(), FakeFetcher())


@pytest.fixture
def site(desk: "Desk") -> Any:
    return application(desk.assistant, desk)


def sent(
    site: Any,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    pieces: tuple[bytes, ...] = (b"",),
    before_last: Callable[[], object] = lambda: None,
) -> tuple[int, bytes]:
    """What the application answers to a request that no client would make; `before_last` runs in the body's middle."""
    waiting = list(pieces)
    answer: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        if len(waiting) == 1:
            before_last()
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        answer.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "server": ("staff.example", 80),
        "client": ("203.0.113.5", 4000),
    }
    run_apart(site(scope, receive, send))
    return answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])


def form(cookie: str) -> dict[str, str]:
    return {
        "Host": "staff.example",
        "Origin": ORIGIN,
        "Cookie": f"staff_session={cookie}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def draft(desk: "Desk", name: str, text: str, *, target: str = "", **metadata: str) -> int:
    number = desk.inbox.upload(EDITOR, [(name, make_file(text, name[:-3], **metadata))], target=target)[0]
    desk.clerk.work()
    return number


def state(desk: "Desk", document_id: str) -> str:
    return desk.assistant.library.state(document_id)[1]


def meanwhile(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, change: str, act: Callable[[], object]
) -> Callable[[], None]:
    """Let `act` try to come just before the library's `change`; what comes back waits until it was done."""
    library = desk.assistant.library
    original = getattr(library, change)
    other = threading.Thread(target=act)

    def slow(*args: Any, **values: Any) -> Any:
        if other.ident is None:
            other.start()
            other.join(0.5)
        return original(*args, **values)

    monkeypatch.setattr(library, change, slow)

    def done() -> None:
        assert other.ident is not None
        other.join(20)
        assert not other.is_alive()

    return done


def test_no_spelling_of_a_path_opens_the_staff_area(site: Any) -> None:
    for path in SPELLINGS:
        for method in ("GET", "HEAD", "PUT", "get", "TRACE"):
            status, body = sent(site, method, path, {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
            assert status in (303, 401, 404, 405), (method, path, status)
            assert b"phare" not in body


def test_an_absurd_length_is_refused(site: Any) -> None:
    for length in ("²", "9" * 5_000, "-1", "1e3"):
        assert sent(site, "POST", "/api/v1/ask", {"Content-Length": length})[0] == 413


def test_who_is_let_go_while_a_form_is_sent_changes_nothing(desk: "Desk", site: Any) -> None:
    desk.accounts.create("eve", PASSWORD, "editor")
    headers = form(desk.accounts.log_in("eve", PASSWORD))
    pieces = (b"name=mallory&", b"role=editor")
    status, _ = sent(site, "POST", "/staff/accounts", headers, pieces, lambda: desk.accounts.deactivate("eve"))
    assert status == 401 and desk.accounts.invitations() == []


def test_who_becomes_a_viewer_while_a_form_is_sent_changes_nothing(desk: "Desk", site: Any) -> None:
    desk.accounts.create("eve", PASSWORD, "editor")
    headers = form(desk.accounts.log_in("eve", PASSWORD))
    status, _ = sent(
        site, "POST", "/staff/documents/phare/withdraw", headers, (b"reason=", b"x"),
        lambda: desk.accounts.set_role("eve", "viewer"),
    )  # fmt: skip
    assert status == 403 and state(desk, "phare") == "ready"


def test_a_viewer_can_send_small_forms_only(site: Any) -> None:
    viewer = logged_in(browser(site), "victor")
    assert viewer.post("/staff/password", content=b"&" * 100_000).status_code == 413
    assert viewer.post("/staff/password", data={"old": "x", "password": "y", "again": "y"}).status_code != 413


def test_a_flood_of_log_ins_leaves_threads_for_the_public(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try holds a thread until its hash is computed: only so many do, the others are refused uncounted."""
    match, statuses, visitor = Passwords.match, [], browser(site)

    def slow(passwords: Passwords, stored: str | None, password: str) -> bool:
        time.sleep(1.5)
        return match(passwords, stored, password)

    def log_in(number: int) -> None:
        form = {"name": f"nobody{number}", "password": PASSWORD}
        statuses.append(visitor.post("/staff/login", data=form).status_code)

    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "match", slow)
        threads = [threading.Thread(target=log_in, args=(number,)) for number in range(MOST_TRIES + 8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(statuses) == [401] * MOST_TRIES + [429] * 8
    assert visitor.post("/staff/login", data={"name": "victor", "password": PASSWORD}).status_code == 303


def test_nothing_of_a_draft_can_be_found_in_public(desk: "Desk", site: Any) -> None:
    numbers = [draft(desk, f"tresor-{n}.md", f"{SECRET} Copie {n}.", publisher="Cachette") for n in range(3)]
    desk.inbox.quarantine(EDITOR, numbers[1], "secret")
    desk.inbox.publish(EDITOR, numbers[2], on=date.today() + timedelta(days=400), reason="plus tard")
    desk.clerk.work()
    public = browser(site)
    before = public.get("/api/v1/health").json()
    assert before["documents"] == 2
    answers = [
        public.post("/api/v1/ask", json={"question": q}) for q in (SECRET, "Combien pèse le trésor de Tombelaine ?")
    ]
    pages = [public.get(f"/sources/tresor-{n}{version}") for n in range(3) for version in ("", "/1")]
    assert {page.status_code for page in pages} == {404}
    for answer in answers:
        told = answer.json()
        told["question"] = told["answer"] = ""  # the question itself comes back
        assert "citerne" not in json.dumps(told, ensure_ascii=False) and "Cachette" not in answer.text


def test_a_passage_that_is_withdrawn_stays_in_no_answer(desk: "Desk", site: Any) -> None:
    text = desk.assistant.library.get("phare").text
    start = text.index("Il fut allumé")
    desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(start, start + 5), "Faux")
    told = browser(site).post("/api/v1/ask", json={"question": "En quelle année le phare fut-il allumé ?"}).text
    assert "1887" not in told


def test_a_withdrawal_between_two_steps_of_another_editor_holds(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    ingest, library = desk.assistant.ingest, desk.assistant.library
    draft_id = draft(desk, "phare.md", "Le phare de Kervran mesure 44 mètres.", target="phare", publisher="Ouest")

    def publish() -> None:
        desk.inbox.publish(EDITOR, draft_id, reason="juste")
        desk.clerk.work()

    def lost_and_resumed() -> None:
        desk.assistant.index.remove("phare")
        ingest.resume()

    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("mark", lambda: desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(0, 5), "Faux")),
        ("mark", lost_and_resumed),
        ("restore", lambda: desk.documents.restore(EDITOR, "phare", 1)),
        ("save", publish),
    )
    for change, act in steps:
        with monkeypatch.context() as patch:
            done = meanwhile(desk, patch, change, lambda: desk.documents.withdraw(EDITOR, "phare", "Faux"))
            act()
            done()
        assert state(desk, "phare") == "removed", change
        assert not any(document_id == "phare" for document_id, _ in desk.assistant.index.held())
        desk.documents.reinstate(EDITOR, "phare")
        assert library.state("phare")[1] == "ready"


def test_a_withdrawn_document_is_not_restored_at_any_door(desk: "Desk") -> None:
    desk.documents.withdraw(EDITOR, "phare", "Faux")
    with pytest.raises(CorpusError) as caught:
        desk.assistant.ingest.restore("phare", 1)
    assert caught.value.code == "document_is_withdrawn" and state(desk, "phare") == "removed"


def test_a_day_that_comes_does_not_bring_back_what_was_withdrawn_since(desk: "Desk") -> None:
    number = draft(desk, "phare.md", "Le phare de Kervran mesure 44 mètres.", target="phare", publisher="Ouest")
    desk.inbox.publish(EDITOR, number, on=date.today() + timedelta(days=2), reason="juste")
    desk.documents.withdraw(EDITOR, "phare", "Faux")
    desk.clerk._today = lambda: date.today() + timedelta(days=3)  # the day has come
    desk.clerk.work()
    (left,) = desk.inbox.drafts()
    assert left.state == "failed" and left.problem is not None and left.problem.code == "document_is_withdrawn"
    assert desk.assistant.library.state("phare") == (1, "removed")


def test_a_draft_replaces_no_document_that_came_in_since(desk: "Desk") -> None:
    number = draft(desk, "bouee.md", "La bouée de Tombelaine siffle depuis 1922.")
    path = desk.settings.documents_dir / "autre.md"
    path.write_bytes(make_file("La bouée est rouge.", "bouee"))
    assert desk.assistant.prepare() == [] and state(desk, "bouee") == "ready"
    desk.inbox.publish(EDITOR, number, reason="juste")
    desk.clerk.work()
    (left,) = desk.inbox.drafts()
    assert left.problem is not None and left.problem.code == "id_taken"
    assert desk.assistant.library.get("bouee").text == "La bouée est rouge."
    desk.inbox.retry(EDITOR, number)
    desk.clerk.work()
    assert "new_version" in {finding.code for finding in desk.inbox.preview(number).draft.findings}


def test_a_name_that_is_no_unicode_comes_in(desk: "Desk") -> None:
    (number,) = desk.inbox.upload(EDITOR, [("b\ud800.txt", b"Une note sur les mouettes.")])
    desk.clerk.work()
    assert desk.inbox.preview(number).draft.state in ("ready", "quarantine")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Prix;=1+1", "Prix;'=1+1"),
        ('Prix;"=HYPERLINK(A1)', "Prix;\"'=HYPERLINK(A1)"),
        ("Prix; @x;-2", "Prix; '@x;'-2"),
        ("=a;=b", "'=a;'=b"),
        ("Prix\n=1", "Prix\n'=1"),
        ("1-2; rue de la Mer", "1-2; rue de la Mer"),
    ],
)
def test_no_cell_becomes_a_formula_where_semicolons_part_cells(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_a_text_of_many_paragraphs_is_read_in_time() -> None:
    began = time.monotonic()
    found = convert(("a\n\n" * 60_000).encode(), "a.txt")
    assert len(found.content.text) > 100_000 and time.monotonic() - began < 20


def test_a_long_text_is_read_in_a_process_that_can_be_killed() -> None:
    with Isolated(seconds=1.0) as reader:
        assert reader.convert(b"Bonjour.", "a.md").content.text == "Bonjour." and reader.pid is None
        with pytest.raises(CorpusError) as caught:
            reader.convert(b"- a\n" * (12 * MOST_TEXT // 4), "b.md")
        assert caught.value.code == "timeout"


def test_nothing_that_documents_and_visitors_say_becomes_markup(desk: "Desk", site: Any) -> None:
    from lxml import html as parser  # type: ignore[import-untyped]

    text = f"# {PAYLOAD}\n\nLe phare {PAYLOAD} mesure 43 mètres.\n\nAutre phrase {PAYLOAD}."
    about = {"title": json.dumps(PAYLOAD), "publisher": json.dumps(PAYLOAD), "date": "2030-01-01"}
    for name in ("hostile.md", f"{PAYLOAD.replace('/', '_')}.txt", "autre.md"):
        number = desk.inbox.upload(EDITOR, [(name, make_file(text, name[:7].strip(".\"'><"), **about))])[0]
        desk.clerk.work()
        if name != "autre.md" and desk.inbox.preview(number).draft.metadata:
            desk.inbox.publish(EDITOR, number, reason=PAYLOAD)
            desk.clerk.work()
    desk.documents.withdraw(EDITOR, "prix", PAYLOAD)
    desk.documents.withdraw_passage(EDITOR, "phare", 1, Span(0, 5), PAYLOAD)
    answer = desk.assistant.ask(f"Combien de girafes {PAYLOAD} ?")
    desk.assistant.feedback(answer.id or 0, liked=False, reason=PAYLOAD, comment=PAYLOAD)
    desk.audit.record(PAYLOAD, "draft_added", PAYLOAD, **{PAYLOAD: PAYLOAD, "reason": PAYLOAD})
    editor = logged_in(browser(site), "amina")
    todo = ["/staff/documents", "/staff/inbox", "/staff/questions", "/staff/pins/new?question=<b>", "/staff/audit"]
    todo += ["/staff/sources", "/staff/dashboard", "/staff/accounts", "/sources/hostile", "/sources/phare/1"]
    seen: set[str] = set()
    while todo and len(seen) < 60:
        address = todo.pop(0)
        if address in seen or ".csv" in address or "lang=" in address:
            continue
        seen.add(address)
        page = editor.get(address, follow_redirects=True)
        assert page.status_code < 500, address
        if not page.headers["content-type"].startswith("text/html"):
            assert page.headers["content-disposition"].startswith("attachment"), address
            continue
        tree = parser.fromstring(page.text)
        for element in tree.iter("*"):
            assert not any(name.startswith("on") for name in element.attrib), (address, element.attrib)
            target = element.get("href") or element.get("src") or element.get("action") or ""
            assert not target.strip().lower().startswith(("javascript:", "data:", "//")), (address, target)
            assert element.tag != "base" and "alert(" not in (element.text or "" if element.tag == "script" else "")
        todo += [link.split("#")[0] for link in tree.xpath("//a/@href") if link.startswith(("/staff", "/sources"))]
    assert len(seen) > 15


PUBLISHING = """
import sys
from pathlib import Path
from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.desk import Desk
from tests.fakes import FakeEmbedder

folder = Path(sys.argv[1])
settings = Settings(data_dir=folder / "data", documents_dir=folder / "documents")
desk = Desk(Assistant(settings, FakeEmbedder(delay=0.02)))
print("ready", flush=True)
desk.clerk.work()
"""


def test_a_server_that_is_killed_while_it_publishes_loses_nothing(desk: "Desk", tmp_path: Path) -> None:
    parts = ("\n\n".join(f"La balise {n}{m} fut construite en {1800 + m}." for m in range(20)) for n in range(20))
    numbers = [draft(desk, f"balise-{n}.md", text) for n, text in enumerate(parts)]
    for number in numbers:
        desk.inbox.publish(EDITOR, number, reason="juste")
    for pause in (0.05, 0.4, 1.0):
        server = subprocess.Popen(
            [sys.executable, "-c", PUBLISHING, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None and server.stdout.readline() == "ready\n"
        time.sleep(pause)
        server.send_signal(signal.SIGKILL)
        server.wait(20)
        server.stdout.close()
    assert desk.inbox.counts().get("queued")
    desk.assistant.prepare()
    desk.clerk.work()
    entries = desk.documents.entries()
    assert desk.inbox.counts() == {"published": 20} and {entry.state for entry in entries} == {"ready"}
    assert desk.assistant.index.held() == {(entry.metadata.id, 1) for entry in entries} and len(entries) == 22
    assert desk.audit.verify() is None
    published = [event for event in desk.audit.entries(500) if event.action == "document_published"]
    assert len(published) == 20
