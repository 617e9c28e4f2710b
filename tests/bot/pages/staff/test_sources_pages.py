"""The page about what is followed: what would change, what changed, the stop, addresses, over a real desk."""

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotAllowed
from bot.pages.staff import sources
from bot.staff.following import Report
from bot.staff.models import Account
from corpus.errors import CorpusError
from corpus.following.sync import Synced
from tests.bot.pages.staff.whole import site_of, whole_desk, words
from tests.bot.staff.clock import Clock
from tests.bot.staff.conftest import FakeFetcher
from tests.fakes import make_file

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bot.staff.desk import Desk

PAGE = "/staff/sources"
ADDRESS = "https://phares.example/corne"
LISTED = "https://phares.example/liste"
NASTY = "a<img src=x onerror=alert(1)>\u202e.md"
AMINA = Account("amina", "editor")


@pytest.fixture
def fetcher() -> FakeFetcher:
    return FakeFetcher()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, fetcher: FakeFetcher) -> "Desk":
    return whole_desk(tmp_path, clock, fetcher)


@pytest.fixture
def site(desk: "Desk") -> Any:
    return site_of(desk, [sources.router])


def put(desk: "Desk", name: str, text: str, id: str = "") -> Path:
    """A file of the watched folder that was not written just now."""
    assert desk.settings.watch_dir is not None
    path = desk.settings.watch_dir / f"{name}.md"
    path.write_bytes(make_file(text, id or name, publisher="Phares", date="2024-03-02"))
    os.utime(path, (time.time() - 100, time.time() - 100))
    return path


def notes(desk: "Desk", count: int) -> list[Path]:
    return [put(desk, f"note-{n}", f"La bouée numéro {n} se trouve devant le port {n}.") for n in range(count)]


def looked(desk: "Desk", editor: "TestClient") -> str:
    """The page after a dry run that the button started."""
    response = editor.post(f"{PAGE}/look")
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    desk.following.wait()
    return str(editor.get(PAGE).text)


def states(desk: "Desk") -> dict[str, str]:
    return {entry.metadata.id: entry.state for entry in desk.documents.entries()}


def run(desk: "Desk", editor: "TestClient", **confirmed: int) -> str:
    assert editor.post(f"{PAGE}/run", data={k: str(v) for k, v in confirmed.items()}).status_code == 303
    desk.following.wait()
    return str(editor.get(PAGE).text)


# The folder


def test_what_would_change_is_shown_and_then_carried_out(desk: "Desk", editor: "TestClient") -> None:
    notes(desk, 2)
    bad = "La conf\ufffdrence \ufffd\ufffd\ufffd de Ra\ufffdat \ufffd\ufffd fut \ufffd\ufffd\ufffd\ufffd longue."
    put(desk, "mauvais", bad)
    page = looked(desk, editor)
    said = words(page)
    assert "Seraient ajoutés : 2" in said and "note-0.md" in said and "Faire ces changements" in said
    assert "Ne pourraient pas être repris : 1" in said and "caractères illisibles" in said
    assert "note-0" not in states(desk) and desk.following.last == {}
    said = words(run(desk, editor))
    assert states(desk)["note-0"] == states(desk)["note-1"] == "ready" and "mauvais" not in states(desk)
    assert "Ajoutés : 2" in said and "Non repris : 1" in said and "Documents suivis : 2" in said
    assert "Ce qui changerait" not in said and "Terminé : mise à jour depuis les sources" in said
    assert [event.actor for event in desk.audit.entries(5) if event.action == "sources_synchronised"] == ["amina"]
    said = words(looked(desk, editor))
    assert "Rien ne changerait." in said and "Inchangés : 2" in said


def test_a_folder_that_empties_is_stopped_until_an_editor_confirms_the_number(
    desk: "Desk", editor: "TestClient"
) -> None:
    paths = notes(desk, 5)
    run(desk, editor)
    for path in paths[:3]:
        path.unlink()
    said = words(run(desk, editor))
    assert "3 documents sur 5 disparaîtraient : rien n’a été fait." in said and "Voyez d’abord" in said
    assert states(desk)["note-0"] == "ready"
    page = looked(desk, editor)
    assert "Seraient retirés : 3" in words(page) and 'name="folder" value="3"' in page
    assert "Faire ces changements" not in words(page)  # only the button that names the number
    paths[3].unlink()  # one more is gone since the number was shown
    run(desk, editor, folder=3)
    assert set(states(desk).values()) == {"ready"}
    assert 'name="folder" value="4"' in looked(desk, editor)
    said = words(run(desk, editor, folder=4))
    assert "Retirés : 4" in said and states(desk)["note-0"] == "removed" and states(desk)["note-4"] == "ready"


def test_a_folder_that_is_empty_can_be_confirmed_and_one_that_is_missing_cannot(
    desk: "Desk", editor: "TestClient"
) -> None:
    paths = notes(desk, 4)
    run(desk, editor)
    for path in paths:
        path.unlink()
    assert 'name="folder" value="4"' in looked(desk, editor)
    paths[0].parent.rmdir()
    said = words(run(desk, editor, folder=4))
    assert "n’existe pas ou ne peut pas être lu" in said and states(desk)["note-0"] == "ready"
    assert 'name="folder"' not in looked(desk, editor)


def test_a_run_that_goes_on_shows_its_progress_and_takes_no_second(
    desk: "Desk", editor: "TestClient", fetcher: FakeFetcher
) -> None:
    reached, held = threading.Event(), threading.Event()
    fetch = fetcher.fetch

    def slow(url: str) -> Any:
        reached.set()
        assert held.wait(20)
        return fetch(url)

    fetcher.fetch = slow  # type: ignore[method-assign]
    fetcher.pages[ADDRESS] = "<title>La corne</title><p>La corne de Sein porte à huit milles.</p>".encode()
    desk.following.watch(AMINA, ADDRESS)
    notes(desk, 1)
    editor.post(f"{PAGE}/run")
    assert reached.wait(20)
    status = editor.get(f"{PAGE}/status").json()
    assert status["running"] and (status["done"], status["of"]) == (0, 1) and "Adresses ouvertes" in status["text"]
    page = editor.get(PAGE).text
    assert '<noscript><meta http-equiv="refresh"' in page and f'action="{PAGE}/look"' not in page
    for path in ("run", "look"):
        assert editor.post(f"{PAGE}/{path}").headers["location"] == f"{PAGE}?problem=sync_running"
    held.set()
    desk.following.wait()
    assert editor.get(f"{PAGE}/status").json() == {"running": False}
    assert len(desk.following.documents("addresses")) == 1


# Addresses


def test_an_address_is_added_followed_and_taken_off(desk: "Desk", editor: "TestClient", fetcher: FakeFetcher) -> None:
    fetcher.pages[ADDRESS] = "<title>La corne</title><p>La corne de Sein porte à huit milles.</p>".encode()
    response = editor.post(f"{PAGE}/watch", data={"address": f" {ADDRESS} "})
    assert response.headers["location"] == f"{PAGE}?done=address_watched"
    page = words(editor.get(response.headers["location"]).text)
    assert "L’adresse est suivie." in page and "pas encore repris" in page and "par amina" in page
    page = run(desk, editor)
    (document,) = desk.following.documents("addresses").values()
    assert f'href="/staff/documents/{document}"' in page and f'href="{ADDRESS}"' in page
    fetcher.pages.clear()
    assert "Le site n’a pas répondu" in words(run(desk, editor)) and states(desk)[document] == "ready"
    response = editor.post(f"{PAGE}/unwatch", data={"address": ADDRESS})
    assert "Son document reste" in words(editor.get(response.headers["location"]).text)
    assert states(desk)[document] == "ready" and desk.following.addresses() == []
    actions = [event.action for event in desk.audit.entries(20)]
    assert actions.count("address_watched") == actions.count("address_unwatched") == 1
    editor.post(f"{PAGE}/unwatch", data={"address": ADDRESS})
    assert [event.action for event in desk.audit.entries(20)] == actions


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "Il faut une adresse complète"),
        ("file:///etc/passwd", "Il faut une adresse complète"),
        ("https://amina:secret@phares.example/", "Il faut une adresse complète"),
        ("https://phares.example:22/", "Il faut une adresse complète"),
        ("http://2130706433/", "Cette adresse ne mène pas à un lieu public"),
        ('https://"><script>alert(1)</script>', "Il faut une adresse complète"),
        ("https://phares.example/" + "x" * 5_000, "Il faut une adresse complète"),
    ],
)
def test_an_address_that_does_not_do_comes_back_with_the_reason(
    desk: "Desk", editor: "TestClient", address: str, problem: str
) -> None:
    response = editor.post(f"{PAGE}/watch", data={"address": address})
    assert response.status_code == 422 and problem in words(response.text)
    assert 'aria-invalid="true"' in response.text and "<script>alert" not in response.text
    assert desk.following.addresses() == []


def test_an_address_is_watched_once(desk: "Desk", editor: "TestClient") -> None:
    desk.following.watch(AMINA, ADDRESS)
    response = editor.post(f"{PAGE}/watch", data={"address": ADDRESS})
    assert response.status_code == 422 and "déjà suivie" in words(response.text)
    assert len(desk.following.addresses()) == 1


@pytest.fixture
def with_file(tmp_path: Path, clock: Clock, fetcher: FakeFetcher) -> "Desk":
    """A desk that follows a file of addresses too."""
    (tmp_path / "addresses.txt").write_text(f"# ours\n{LISTED}\n", encoding="utf-8")
    fetcher.pages |= {
        LISTED: b"<title>La liste</title><p>La liste des phares compte douze noms.</p>",
        ADDRESS: "<title>La corne</title><p>La corne de Sein porte à huit milles.</p>".encode(),
    }
    return whole_desk(tmp_path, clock, fetcher, watch_addresses=tmp_path / "addresses.txt")


def pages_of(desk: "Desk", name: str) -> "TestClient":
    from tests.bot.pages.staff.browsing import browser, logged_in

    return logged_in(browser(site_of(desk, [sources.router])), name)


def test_addresses_of_the_file_are_not_taken_off_here(with_file: "Desk", tmp_path: Path) -> None:
    editor = pages_of(with_file, "amina")
    with_file.following.watch(AMINA, ADDRESS)
    page = editor.get(PAGE).text
    assert "par les réglages du serveur" in words(page)
    assert f'name="address" value="{ADDRESS}"' in page and f'name="address" value="{LISTED}"' not in page
    response = editor.post(f"{PAGE}/unwatch", data={"address": LISTED})
    assert response.status_code == 422 and "ôtez-la du fichier" in words(response.text)
    assert [one.address for one in with_file.following.addresses()] == [LISTED, ADDRESS]


def test_a_file_of_addresses_that_is_gone_is_said_and_takes_nothing_away(with_file: "Desk", tmp_path: Path) -> None:
    editor = pages_of(with_file, "amina")
    with_file.following.watch(AMINA, ADDRESS)
    notes(with_file, 1)
    with_file.following.run("amina")
    held = set(states(with_file))
    (tmp_path / "addresses.txt").unlink()
    put(with_file, "autre", "Une autre bouée se trouve au large de Brest.")
    reports = {report.source: report for report in with_file.following.run("amina")}
    assert reports["addresses"].stopped is not None and reports["addresses"].stopped.code == "addresses_unreadable"
    assert [done.document_id for done in reports["folder"].of("added")] == ["autre"]  # the folder is not kept from it
    assert held <= {id for id, state in states(with_file).items() if state == "ready"}
    page = editor.get(PAGE)
    assert page.status_code == 200 and "La liste d’adresses" in words(page.text) and ADDRESS in page.text


def test_where_nothing_may_be_fetched_added_addresses_rest(tmp_path: Path, clock: Clock, fetcher: FakeFetcher) -> None:
    desk = whole_desk(tmp_path, clock, fetcher)
    fetcher.pages[ADDRESS] = "<title>La corne</title><p>La corne de Sein porte à huit milles.</p>".encode()
    desk.following.watch(AMINA, ADDRESS)
    desk.following.run("amina")
    (document,) = desk.following.documents("addresses").values()
    fetcher.asked.clear()
    off = desk.settings.model_copy(update={"fetch_addresses": False})
    desk.following._settings = desk.settings = off
    reports = {report.source: report for report in desk.following.run("amina")}
    assert fetcher.asked == [] and [done.code for done in reports["addresses"].of("failed")] == ["addresses_off"]
    assert states(desk)[document] == "ready"
    editor = pages_of(desk, "amina")
    assert 'name="address" type="url"' not in editor.get(PAGE).text
    assert editor.post(f"{PAGE}/watch", data={"address": LISTED}).status_code == 403
    with pytest.raises(NotAllowed):
        desk.following.watch(AMINA, LISTED)


# Viewers, and hostile names


def test_a_viewer_sees_everything_and_changes_nothing(desk: "Desk", editor: "TestClient", viewer: "TestClient") -> None:
    notes(desk, 1)
    desk.following.watch(AMINA, ADDRESS)
    looked(desk, editor)
    page = viewer.get(PAGE)
    assert page.status_code == 200 and "Seraient ajoutés : 1" in words(page.text) and ADDRESS in page.text
    assert f'action="{PAGE}' not in page.text
    for path in ("look", "run", "watch", "unwatch"):
        assert viewer.post(f"{PAGE}/{path}", data={"address": ADDRESS, "folder": "9"}).status_code == 403
    assert desk.following.last == {} and len(desk.following.addresses()) == 1
    with pytest.raises(NotAllowed):
        desk.following.start(Account("victor", "viewer"), dry_run=True)


def test_names_and_reasons_from_elsewhere_are_text(desk: "Desk", editor: "TestClient") -> None:
    kinds = ("added", "changed", "removed", "failed", "unchanged")
    synced = tuple(Synced(NASTY, kind, document_id=NASTY, reason=NASTY, code="stays_removed") for kind in kinds)  # type: ignore[arg-type]
    failed = Synced(NASTY, "failed", reason=NASTY, code="gate_refused", values={"findings": f"mojibake, {NASTY}"})
    desk.following.last["folder"] = Report("folder", "2026-03-01T00:00:00+00:00", (*synced, failed))
    desk.following.looked = [Report("folder", "2026-03-01T00:00:00+00:00", synced)]
    page = editor.get(PAGE)
    assert page.status_code == 200 and "<img" not in page.text and "\u202e" not in page.text


def test_a_long_list_is_cut_and_counted() -> None:
    synced = tuple(Synced(f"n{n}", "added", f"n{n}") for n in range(sources.LISTED + 5))
    told = sources.tell(Report("folder", "", synced), "fr", {})
    assert (told.groups[0].count, len(told.groups[0].outcomes), told.groups[0].more) == (205, 200, 5)


def test_numbers_that_are_none_confirm_nothing(desk: "Desk", editor: "TestClient") -> None:
    paths = notes(desk, 4)
    run(desk, editor)
    for path in paths:
        path.unlink()
    for nonsense in ("", "-1", "99999999999", "４", "four"):
        assert editor.post(f"{PAGE}/run", data={"folder": nonsense}).status_code == 303
        desk.following.wait()
        assert states(desk)["note-0"] == "ready"


def test_the_error_for_an_address_of_the_file_names_the_file(with_file: "Desk") -> None:
    with pytest.raises(CorpusError) as error:
        with_file.following.unwatch(AMINA, LISTED)
    assert error.value.code == "address_in_file" and str(error.value.values["file"]).endswith("addresses.txt")
