"""The pages of pinned answers over a real desk: quotes are chosen here, by address, and shown to the public."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from bot.phrases import say_to_staff
from tests.bot.pages.staff.browsing import browser, logged_in
from tests.bot.staff.clock import PASSWORD, quick_hasher
from tests.bot.staff.conftest import LIGHTHOUSE, FakeFetcher, desk, fetcher, settings
from tests.fakes import add_bytes, make_file

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bot.staff.desk import Desk

__all__ = ["FakeFetcher", "desk", "fetcher", "settings"]
QUESTION = "Parlez-moi de la lanterne de l'ouest"
QUOTE = "Il fut allumé en 1887 par Odile Kervran."
START = LIGHTHOUSE.index(QUOTE)
ADDRESS = f"phare:1:{START}:{START + len(QUOTE)}"
HOSTILE = '"><script>alert(1)</script><b>'


@pytest.fixture
def site(desk: "Desk") -> Any:
    """The pages of pinned answers alone, with the editor `amina` and the viewer `victor`."""
    from fastapi import FastAPI

    from bot.pages.staff import login, pins
    from bot.pages.staff.router import mount_staff
    from bot.staff.access.accounts import Accounts

    desk.accounts = Accounts(desk.settings.data_dir / "accounts.sqlite", hasher=quick_hasher())
    desk.accounts.create("amina", PASSWORD, "editor")
    desk.accounts.create("victor", PASSWORD, "viewer")
    app = FastAPI(openapi_url=None)
    mount_staff(app, desk, (login.router, pins.router))
    return app


def pin(client: "TestClient", path: str = "/staff/pins", **more: Any) -> Any:
    return client.post(path, data={"do": "save", "wordings": QUESTION, "quotes": [ADDRESS]} | more)


def said(key: str, **values: object) -> str:
    return say_to_staff(key, "fr", **values)


def test_what_is_pinned_here_answers_the_public(editor: "TestClient", desk: "Desk") -> None:
    assert desk.assistant.ask(QUESTION).status == "not_found"
    page = editor.get("/staff/pins/new", params={"question": "Qui alluma le phare ?"})
    offered = re.findall(r'name="quotes" value="([^"]+)"', page.text)
    assert ADDRESS in offered and QUOTE in page.text and "Ouest" in page.text
    assert f"/sources/phare/1?start={START}&amp;end={START + len(QUOTE)}" in page.text
    wordings = f"{QUESTION}\r\nمن أشعل الفانوس؟\r\n\r\n谁点亮了灯塔"
    answer = pin(editor, wordings=wordings, note="demande de la presse")
    assert answer.headers["location"] == "/staff/pins?done=pin_saved"
    for question in (QUESTION, "من أشعل الفانوس؟", "谁点亮了灯塔？"):
        shown = desk.assistant.ask(question, record=False)
        assert shown.pinned and [c.quote for c in shown.citations] == [QUOTE]
    page = editor.get(answer.headers["location"])
    for text in (said("done_pin_saved"), 'href="/?lang=fr"', "demande de la presse", said("pin_state_shown"), QUOTE):
        assert text in page.text
    assert "amina" in page.text and desk.audit.entries(1)[0].action == "pin_created"


def test_a_pin_is_changed_on_its_page_and_taken_off(editor: "TestClient", desk: "Desk") -> None:
    pin(editor)
    other = "Le phare de Kervran mesure 43 mètres de haut."
    page = editor.get("/staff/pins/1", params={"question": "Quelle hauteur a le phare ?"})
    assert re.search(rf'value="{ADDRESS}" checked', page.text)
    assert f'name="quotes" value="phare:1:0:{len(other)}"' in page.text and QUESTION in unescape(page.text)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    wanted = {"quotes": [f"phare:1:0:{len(other)}"], "wordings": "Quelle taille ?", "expires_on": tomorrow.isoformat()}
    assert pin(editor, "/staff/pins/1", **wanted).status_code == 303
    (kept,) = desk.pinned.entries()
    assert (kept.questions, kept.expires_on, kept.quotes[0].text) == (("Quelle taille ?",), tomorrow, other)
    assert not desk.assistant.ask(QUESTION, record=False).pinned
    assert editor.post("/staff/pins/1/remove").headers["location"] == "/staff/pins?done=pin_removed"
    assert desk.pinned.entries() == [] and said("pins_none") in editor.get("/staff/pins").text
    assert editor.get("/staff/pins/1").status_code == 404


def test_searching_keeps_what_was_filled_in(editor: "TestClient", desk: "Desk") -> None:
    page = pin(editor, do="search", question="Quel est le prix de la Lanterne ?", note="à garder", wordings="Une\nDeux")
    assert page.status_code == 200 and desk.pinned.entries() == []
    assert f'value="{ADDRESS}" checked' in page.text and "à garder" in page.text and "Une\nDeux" in page.text
    assert "Le prix de la Lanterne revint à Ana Sol." in page.text
    assert page.text.count(f'value="{ADDRESS}"') == 1


def test_a_broken_pin_says_why_and_moves_when_it_can(editor: "TestClient", desk: "Desk") -> None:
    pin(editor)
    add_bytes(desk.assistant.ingest, make_file(f"Un ajout. {LIGHTHOUSE}", "phare"), "phare.md")
    page = editor.get("/staff/pins").text
    assert said("pin_why_replaced") in page and said("pin_do_move") in page and "/staff/pins/1/move" in page
    assert editor.post("/staff/pins/1/move").headers["location"] == "/staff/pins?done=pin_moved"
    assert desk.assistant.ask(QUESTION, record=False).citations[0].version == 2
    add_bytes(desk.assistant.ingest, make_file("Il fut allumé en 1888 par Odile Kervran.", "phare"), "phare.md")
    page = editor.get("/staff/pins").text
    assert said("pin_do_choose") in page and "/staff/pins/1/move" not in page and 'class="gone"' in page
    refused = editor.post("/staff/pins/1/move")
    assert refused.status_code == 422 and said("problem_pin_not_movable") in refused.text
    assert QUOTE in editor.get("/staff/pins/1").text


def test_a_withdrawn_quote_and_an_expired_pin_are_told(editor: "TestClient", desk: "Desk") -> None:
    from tests.bot.staff.conftest import EDITOR

    pin(editor)
    desk.documents.withdraw(EDITOR, "phare", "faux")
    page = editor.get("/staff/pins").text
    assert said("pin_why_withdrawn") in page and "/staff/pins/1/move" not in page
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(desk.settings.data_dir / "pins.sqlite")) as db:
        db.execute("UPDATE pins SET expires_on = '2024-02-01'")
        db.commit()
    page = editor.get("/staff/pins").text
    assert said("pin_state_expired") in page and "1er février 2024" in page.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("pin_wordings", {"wordings": " \n ?! "}),
        ("pin_quotes", {"quotes": []}),
        ("pin_expired", {"expires_on": "2020-01-01"}),
        ("pin_bad_date", {"expires_on": "demain"}),
        *(
            ("pin_quote_gone", {"quotes": [address]})
            for address in (
                "phare:1:0:100000",
                "phare:2:0:5",
                "phare:1:5:5",
                "phare:1:9:5",
                "absent:1:0:5",
                "phare:999999999999999:0:5",
                "phare:1:0:99999999999999999999",
                "phare:-1:0:5",
                "phare:1:0:٥",
                "phare",
                "",
                HOSTILE,
                "../../etc/passwd:1:0:5",
            )
        ),
    ],
)
def test_what_cannot_be_pinned_comes_back_with_the_form(
    editor: "TestClient", desk: "Desk", code: str, sent: dict[str, Any]
) -> None:
    values = {"most": 30, "characters": 500} if code == "pin_wordings" else {"most": 8}
    page = pin(editor, **({"note": "à garder"} | sent))
    assert page.status_code == 422 and said(f"problem_{code}", **values) in unescape(page.text)
    assert "à garder" in page.text and HOSTILE not in page.text
    assert desk.pinned.entries() == [] and not desk.assistant.ask(QUESTION, record=False).pinned


def test_the_words_of_a_quote_cannot_be_sent(editor: "TestClient", desk: "Desk") -> None:
    pin(editor, quote="Il fut allumé en 1999.", text="Il fut allumé en 1999.", words="Il fut allumé en 1999.")
    assert [quote.text for quote in desk.pinned.get(1).quotes] == [QUOTE]


def test_too_many_quotes_and_a_question_pinned_twice_are_refused(editor: "TestClient") -> None:
    many = pin(editor, quotes=[f"phare:1:{start}:{start + 3}" for start in range(12)])
    assert many.status_code == 422 and said("problem_pin_quotes", most=8) in many.text
    pin(editor)
    twice = pin(editor, wordings=QUESTION.upper())
    assert twice.status_code == 422
    assert said("problem_pin_exists", question=QUESTION.upper()) in unescape(twice.text)


def test_hostile_text_is_text(editor: "TestClient", desk: "Desk") -> None:
    add_bytes(desk.assistant.ingest, make_file(f"Le quai {HOSTILE} est long.", "quai", publisher="<i>x</i>"), "q.md")
    page = editor.get("/staff/pins/new", params={"question": f"quai {HOSTILE}"})
    assert "&lt;script&gt;" in page.text and "<script>alert" not in page.text and "<i>x" not in page.text
    address = re.findall(r'value="(quai:[^"]+)"', page.text)[0]
    pin(editor, wordings=f"quai {HOSTILE}\nautre {HOSTILE}", quotes=[address], note=HOSTILE, question=HOSTILE)
    for path in ("/staff/pins", "/staff/pins/1", f"/staff/pins/1?question={HOSTILE}"):
        page = editor.get(path)
        assert page.status_code == 200 and "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text and "<i>x" not in page.text


@pytest.mark.parametrize("question", ["x" * 3_000, "\u200b", "?"])
def test_a_question_that_cannot_be_searched_for_is_no_error_of_the_server(editor: "TestClient", question: str) -> None:
    assert editor.get("/staff/pins/new", params={"question": question}).status_code in (200, 422)


def test_a_viewer_sees_all_and_changes_nothing(editor: "TestClient", site: Any, desk: "Desk") -> None:
    pin(editor)
    viewer = logged_in(browser(site), "victor")
    for path in ("/staff/pins", "/staff/pins/1"):
        page = viewer.get(path)
        assert page.status_code == 200 and QUOTE in page.text
        assert "/staff/pins/new" not in page.text and "/remove" not in page.text and 'name="quotes"' not in page.text
    before = desk.pinned.entries()
    for path in ("/staff/pins", "/staff/pins/1", "/staff/pins/1/move", "/staff/pins/1/remove"):
        assert pin(viewer, path, wordings="Autre").status_code == 403
    assert viewer.get("/staff/pins/new").status_code == 403
    assert desk.pinned.entries() == before


@pytest.mark.parametrize("pin_id", ["0", "7", "-1", "x", "9" * 40, "1%20or%201"])
def test_a_pin_that_is_not_there_is_not_found(editor: "TestClient", pin_id: str) -> None:
    assert editor.get(f"/staff/pins/{pin_id}").status_code == 404
    for path in ("", "/move", "/remove"):
        sent = pin(editor, f"/staff/pins/{pin_id}{path}")
        assert sent.status_code in (404, 422), path
    assert editor.get(f"/staff/pins/{pin_id}/absent").status_code == 404
