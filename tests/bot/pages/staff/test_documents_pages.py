"""The pages of published documents over a real desk: found, read, withdrawn, rolled back, by hand."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant import Assistant
from bot.pages.sources import sources_router
from bot.pages.staff import document_list
from bot.pages.staff.document_text import blocks, joined, offered
from bot.pages.staff.downloads import attachment
from bot.phrases import say_to_staff
from bot.settings import Settings
from bot.staff.access.accounts import Accounts
from bot.staff.desk import Desk
from bot.staff.models import Account
from bot.texts.staff import FOLDER
from corpus.library import Withdrawal
from corpus.models import Content, Document, Heading, Metadata, Span
from corpus.split import split
from tests.bot.pages.serving import served
from tests.bot.staff.clock import PASSWORD, Clock, quick_hasher
from tests.fakes import FakeEmbedder, add_bytes, make_file

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from playwright.sync_api import Browser, Page

LIGHTHOUSE = "Le phare de Kervran mesure 43 mètres de haut. Il fut allumé en 1887 par Odile Kervran."
QUOTE = "Le phare de Kervran mesure 43 mètres de haut."
LIT = "Il fut allumé en 1887 par Odile Kervran."
QUESTION = "Combien de mètres mesure le phare de Kervran ?"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e"
HERE = "/staff/documents"
SECTIONS = ("documents", "document_page", "document_passage", "document_changes", "documents_done")


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk over three documents, with the editor `amina` and the viewer `victor`."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "phare.md").write_bytes(make_file(LIGHTHOUSE, "phare", publisher="Ouest", date="2024-05-01"))
    (documents / "prix.md").write_bytes(make_file("Le prix de la Lanterne revint à Ana Sol.", "prix", kind="press"))
    arabic = make_file("ارتفاع المنارة أربعون مترا. بناها المهندس سليم.", "manara", language="ar", date="2023")
    (documents / "manara.md").write_bytes(arabic)
    assistant = Assistant(Settings(data_dir=tmp_path / "data", documents_dir=documents), FakeEmbedder())
    assert assistant.prepare() == []
    made = Desk(assistant)
    made.accounts = Accounts(tmp_path / "accounts.sqlite", now=clock, hasher=quick_hasher())
    made.accounts.create("amina", PASSWORD, "editor")
    made.accounts.create("victor", PASSWORD, "viewer")
    yield made
    assistant.close()


@pytest.fixture
def site(desk: Desk) -> Any:
    """The staff area with the pages of documents, and the permalinks that readers open."""
    from fastapi import FastAPI

    from bot.pages.staff import documents, login
    from bot.pages.staff.router import mount_staff

    app = FastAPI(openapi_url=None)
    mount_staff(app, desk, (login.router, documents.router))
    app.include_router(sources_router(desk.assistant))
    return app


def add(desk: Desk, text: str, id: str, name: str = "", **more: str) -> None:
    """A document, or its next version."""
    outcome = add_bytes(desk.assistant.ingest, make_file(text, id, **more), name or f"{id}.md")
    assert outcome.result in ("added", "changed"), outcome


def quotes(desk: Desk, question: str = QUESTION) -> list[str]:
    return [citation.quote for citation in desk.assistant.ask(question).citations]


def texts(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def page(client: "TestClient", path: str, status: int = 200) -> str:
    response = client.get(f"{HERE}{path}")
    assert response.status_code == status, response.text
    return response.text


def said(key: str, **values: object) -> str:
    """A sentence as `texts` gives it."""
    return " ".join(say_to_staff(key, "fr", **values).split())


def shown(html: str) -> list[str]:
    """The ids of the documents in a list, in order."""
    return re.findall(rf'<a href="{HERE}/([^"?/]+)" lang=', html)


# The list


def test_the_list_has_every_document_with_its_state(editor: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "45"), "phare-2025", supersedes="phare", date="2025-01-01")
    desk.documents.withdraw(Account("amina", "editor"), "prix", "Faux")
    desk.assistant.library.mark("manara", "pending")
    html = page(editor, "")
    assert shown(html) == ["phare-2025", "phare", "manara", "prix"]
    rows = [texts(row) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)[1:]]
    for row, standing in zip(rows, ("answering", "superseded", "indexing", "withdrawn"), strict=True):
        assert said(f"standing_{standing}") in row
    assert f'href="{HERE}/phare-2025">' in html and 'href="/staff/inbox"' in html
    assert "1er mai 2024" in rows[1] and "Ouest" in rows[1] and "français" in rows[1] and "Référence" in rows[1]
    assert said("documents_of", name=said("standing_withdrawn"), count=1) in texts(html)


SEARCHES: tuple[tuple[str, list[str]], ...] = (
    ("q=PHARE", ["phare"]),
    ("q=titre+ouést", ["phare"]),
    ("q=manara", ["manara"]),
    ("q=titre", ["phare", "manara", "prix"]),
    ("q=titre+absent", []),
    ("kind=press", ["prix"]),
    ("language=ar", ["manara"]),
    ("language=ar&q=phare", []),
    ("state=withdrawn", ["prix"]),
    ("state=answering", ["phare", "manara"]),
    ("state=nonsense&kind=%3Cb%3E&sort=x&language=français&number=x", ["phare", "manara", "prix"]),
    ("sort=title", ["manara", "phare", "prix"]),
    ("sort=changed", ["prix", "manara", "phare"]),
    ("number=99999999999999999999", ["phare", "manara", "prix"]),
)


def test_documents_are_searched_filtered_and_sorted(editor: "TestClient", desk: Desk) -> None:
    library = desk.assistant.library
    with library._connection() as db:  # versions are stored within the same second
        for day, id in enumerate(("phare", "manara", "prix"), start=1):
            db.execute("UPDATE versions SET saved_at = ? WHERE id = ?", (f"2024-01-0{day}T00:00:00+00:00", id))
    library.mark("prix", "removed", reason="Faux")
    for query, found in SEARCHES:
        html = page(editor, f"?{query}")
        assert shown(html) == found, query
        rows = list(csv.reader(io.StringIO(editor.get(f"{HERE}.csv?{query}").text.lstrip("\ufeff"))))
        assert [row[0] for row in rows[1:]] == found, query
        assert bool(found) != (said("documents_none") in texts(html))


def test_a_search_comes_back_as_it_was_typed(editor: "TestClient") -> None:
    html = page(editor, '?q="><script>x</script>&language=zz&sort=title')
    assert 'value="&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in html and "<script>x" not in html
    assert re.search(r'<option value="zz" selected>', html) and re.search(r'<option value="title" selected>', html)
    assert f'href="{HERE}.csv?q=' not in html  # nothing was found, and nothing is offered to save


def test_thousands_of_documents_come_in_pages(
    editor: "TestClient", desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert document_list.LINES == 100
    monkeypatch.setattr(document_list, "LINES", 5)
    library = desk.assistant.library
    for number in range(12):
        metadata = Metadata(f"acte-{number:02}", f"Acte {number:02}", "fr", date=f"{1800 + number}")
        library.save(b"%d" % number, "acte.txt", metadata, Content("Un acte."))
        library.mark(metadata.id, "ready")
    first = page(editor, "?q=acte")
    assert shown(first) == [f"acte-{number:02}" for number in range(11, 6, -1)]
    assert said("documents_page", number=1, of=3) in texts(first) and 'rel="prev"' not in first
    (after,) = re.findall(r'href="([^"]+)" rel="next"', first)
    second = editor.get(unescape(after)).text
    assert shown(second)[0] == "acte-06" and 'rel="prev"' in second and 'rel="next"' in second
    assert shown(page(editor, "?q=acte&number=3")) == ["acte-01", "acte-00"]
    assert said("documents_found", shown=12, count=15) in texts(second)


def test_the_list_as_a_file_runs_nothing(editor: "TestClient", desk: Desk) -> None:
    add(desk, "Un texte.", "formule", title='"=1+1"', publisher='"@SUM(A1)"')
    response = editor.get(f"{HERE}.csv?q=formule")
    header, row = csv.reader(io.StringIO(response.text.lstrip("\ufeff")))
    line = dict(zip(header, row, strict=True))
    assert (line["title"], line["publisher"], line["state"]) == ("'=1+1", "'@SUM(A1)", "answering")
    assert len(line["sha256"]) == 64 and line["changed_at"].startswith("20")
    assert re.fullmatch(r'attachment; filename="documents-[\d-]+\.csv"', response.headers["content-disposition"])


def test_an_empty_corpus_says_how_to_begin(editor: "TestClient", viewer: "TestClient", desk: Desk) -> None:
    with desk.assistant.library._connection() as db:
        db.execute("DELETE FROM documents")
    for client, may_add in ((editor, True), (viewer, False)):
        html = page(client, "")
        assert said("documents_empty") in texts(html) and (said("documents_add_first") in html) == may_add
        assert (said("documents_add") in texts(html)) == may_add


# One document


def test_the_page_of_a_document_says_all_that_is_known(editor: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE, "phare", "Phare v2.md", publisher="Est", supersedes="prix", url="https://ouest.example/p")
    html = page(editor, "/phare")
    text, sha256 = texts(html), desk.assistant.library.get("phare").sha256
    assert "http://staff.example/sources/phare/2" in html and sha256 in html and "Phare v2.md" in text
    assert f'href="{HERE}/prix"' in html and "Titre de prix" in text and "Est" in text
    assert 'href="https://ouest.example/p" rel="noopener noreferrer nofollow"' in html
    assert 'href="/staff/inbox?target=phare"' in html
    assert f'href="{HERE}/phare/2/original"' in html and f'href="{HERE}/phare/1/original"' in html
    assert 'href="/sources/phare/1?lang=fr"' in html and f'href="{HERE}/phare/compare?old=1&amp;new=2"' in html
    assert f'href="{HERE}/phare/compare?old=2&amp;new=1"' in html  # make version 1 current again
    superseded = page(editor, "/prix")
    assert said("document_superseded") in texts(superseded) and f'href="{HERE}/phare"' in superseded


def test_what_a_document_supersedes_need_not_exist(editor: "TestClient", desk: Desk) -> None:
    add(desk, "Un texte.", "seul", supersedes="absent")
    html = page(editor, "/seul")
    assert "<bdi>absent</bdi>" in html and f'href="{HERE}/absent"' not in html


def test_the_text_of_a_document_keeps_its_direction(editor: "TestClient") -> None:
    html = page(editor, "/manara")
    assert re.search(r'<div class="pane"[^>]* lang="ar" dir="rtl">', html)
    assert '<h1 lang="ar" dir="auto">' in html and "ارتفاع المنارة أربعون مترا." in html


def test_a_long_text_is_cut_and_can_be_shown_whole(
    editor: "TestClient", desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pages.staff.document.SHOWN", 100)
    add(desk, "\n\n".join(f"Le paragraphe {n} dit ceci. " * 30 for n in range(5)), "long")
    assert "paragraphe 4" not in page(editor, "/long") and f'href="{HERE}/long?all=1#text"' in page(editor, "/long")
    assert "paragraphe 4" in page(editor, "/long?all=1")


# Withdrawn as a whole


def test_a_withdrawal_without_a_reason_is_refused_where_it_was_asked(editor: "TestClient", desk: Desk) -> None:
    response = editor.post(f"{HERE}/phare/withdraw", data={"reason": " \n "})
    assert response.status_code == 422 and quotes(desk) == [QUOTE]
    assert '<details class="confirm" open>' in response.text
    assert re.search(r'<p class="error" id="reason-error">', response.text)
    assert said("problem_withdrawal_reason_needed") in texts(response.text)


def test_a_withdrawn_document_is_quoted_no_more_and_comes_back(editor: "TestClient", desk: Desk) -> None:
    assert said("withdrawal_reason_hint") in texts(page(editor, "/phare"))
    response = editor.post(f"{HERE}/phare/withdraw", data={"reason": f"Mesure fausse {HOSTILE}"})
    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}/phare?done=document_withdrawn")
    assert quotes(desk) == []
    html = editor.get(response.headers["location"]).text
    assert said("done_document_withdrawn") in texts(html)
    assert said("standing_withdrawn") in texts(html) and f"{HERE}/phare/withdraw" not in html
    for public in (editor.get("/sources/phare/1").text, html):
        assert "Mesure fausse &lt;script&gt;" in public and "<script>alert" not in public and "\u202e" not in public
    assert shown(page(editor, "?state=withdrawn")) == ["phare"]
    response = editor.post(f"{HERE}/phare/reinstate")
    assert response.headers["location"] == f"{HERE}/phare?done=document_reinstated"
    assert quotes(desk) == [QUOTE] and "Mesure fausse" not in page(editor, "/phare")
    assert [event.action for event in desk.audit.entries(2)] == ["document_reinstated", "document_withdrawn"]


# Versions


def test_two_versions_are_compared(editor: "TestClient", desk: Desk) -> None:
    more = {"title": "Le phare", "publisher": "Est", "date": "2024-06-01", "kind": "press", "digest": "true"}
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare", url="https://est.example/a", supersedes="prix", **more)
    html = page(editor, "/phare/compare?old=1&new=2")
    assert re.search(r"<del>.*?43.*?</del>", html) and re.search(r"<ins>.*?44.*?</ins>", html)
    table = texts(re.findall(r"<tbody>.*?</tbody>", html, re.DOTALL)[0])
    nothing = said("document_nothing")
    assert table == (
        "Titre Titre de phare Le phare Éditeur Ouest Est Date 1er mai 2024 1er juin 2024 Nature Référence Presse "
        f"Adresse de l’original {nothing} https://est.example/a Résumé non oui Remplace {nothing} prix"
    )
    assert "/restore" not in html  # what is shown is how it became what it is
    assert page(editor, "/phare/compare") == page(editor, "/phare/compare?old=1&new=2").replace(
        "/phare/compare?old=1&amp;new=2&amp;lang", "/phare/compare?lang"
    )
    same = texts(page(editor, "/phare/compare?old=2&new=2"))
    assert said("diff_same") in same and said("compare_metadata_same") in same


def test_unchanged_paragraphs_are_folded(editor: "TestClient", desk: Desk) -> None:
    before = [f"Le paragraphe {number} ne change pas." for number in range(20)]
    add(desk, "\n\n".join(before), "long")
    add(desk, "\n\n".join([*before, "Celui-ci est nouveau."]), "long")
    html = page(editor, "/long/compare?old=1&new=2")
    assert f'<summary lang="fr" dir="ltr">{say_to_staff("diff_folded", "fr", count=19)}</summary>' in html
    assert re.search(r"<ins>.*?Celui-ci est nouveau\..*?</ins>", html, re.DOTALL)


def test_an_old_version_is_made_current_again_after_its_changes_were_shown(editor: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare")
    html = page(editor, "/phare/compare?old=2&new=1")
    assert f'action="{HERE}/phare/restore"' in html
    assert said("restore_explained", version=1, becomes=3) in texts(html)
    response = editor.post(f"{HERE}/phare/restore", data={"version": "1"})
    assert response.headers["location"] == f"{HERE}/phare?done=version_restored"
    assert quotes(desk) == [QUOTE] and desk.assistant.library.state("phare") == (3, "ready")
    assert desk.audit.entries(1)[0].action == "version_restored"


def test_a_withdrawn_document_is_not_brought_back_by_the_way(editor: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare")
    editor.post(f"{HERE}/phare/withdraw", data={"reason": "Faux"})
    assert "compare?old=2&amp;new=1" not in page(editor, "/phare")
    assert f"{HERE}/phare/restore" not in page(editor, "/phare/compare?old=2&new=1")
    response = editor.post(f"{HERE}/phare/restore", data={"version": "1"})
    assert response.status_code == 422 and said("problem_document_is_withdrawn") in texts(response.text)
    assert desk.assistant.library.state("phare") == (2, "removed") and quotes(desk) == []


# Passages


def passage_form(client: "TestClient", id: str = "phare") -> tuple[str, dict[str, Any]]:
    """The form that the first passage of a document leads to, and the values that it sends."""
    (address, *_) = re.findall(r'<a class="take" href="([^"]+)"', page(client, f"/{id}"))
    response = client.get(unescape(address))
    assert response.status_code == 200
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\d+)">', response.text))
    return response.text, values


def test_a_sentence_is_withdrawn_and_brought_back(editor: "TestClient", desk: Desk) -> None:
    html, values = passage_form(editor)
    sentences = re.findall(r'name="sentences" value="([\d-]+)"', html)
    assert len(sentences) == 2 and "checked" not in html and said("withdrawal_reason_hint") in texts(html)
    assert re.search(rf'<span class="of-document" lang="fr" dir="ltr">{QUOTE}</span>', html)
    response = editor.post(
        f"{HERE}/phare/passage", data={**values, "sentences": sentences[0], "reason": f"Mesure fausse {HOSTILE}"}
    )
    assert response.headers["location"] == f"{HERE}/phare?done=passage_withdrawn"
    assert quotes(desk) == [] and quotes(desk, "Qui alluma le phare de Kervran en 1887 ?") == [LIT]
    html = page(editor, "/phare")
    assert re.search(rf"<del>.*?{QUOTE}.*?</del>.*?{LIT}", html, re.DOTALL) and "<script>alert" not in html
    assert texts(html).count("Mesure fausse") == 2  # at the words, and in the list of what was withdrawn
    public = editor.get(f"/sources/phare/1?start=0&end={len(QUOTE)}").text
    assert "Mesure fausse &lt;script&gt;" in public and "<script>alert" not in public
    assert f"/sources/phare/1?start=0&amp;end={len(QUOTE)}&amp;lang=fr#passage" in html
    fields = {"version": 1, "start": 0, "end": len(QUOTE)}
    for name, value in fields.items():
        assert f'name="{name}" value="{value}"' in html
    response = editor.post(f"{HERE}/phare/passage/reinstate", data=fields)
    assert response.headers["location"] == f"{HERE}/phare?done=passage_reinstated"
    assert quotes(desk) == [QUOTE] and "<del>" not in page(editor, "/phare")


def test_a_form_for_a_passage_says_what_is_missing(editor: "TestClient", desk: Desk) -> None:
    html, values = passage_form(editor)
    sentences = re.findall(r'name="sentences" value="([\d-]+)"', html)
    missing = editor.post(f"{HERE}/phare/passage", data={**values, "reason": "Mesure fausse"})
    assert missing.status_code == 422 and said("problem_sentences_needed") in texts(missing.text)
    assert "Mesure fausse</textarea>" in missing.text
    invented = editor.post(
        f"{HERE}/phare/passage", data={**values, "sentences": ["0-4", "x", "0-99999"], "reason": "x"}
    )
    assert invented.status_code == 422
    unsaid = editor.post(f"{HERE}/phare/passage", data={**values, "sentences": sentences[1], "reason": " "})
    assert unsaid.status_code == 422 and said("problem_withdrawal_reason_needed") in texts(unsaid.text)
    assert re.search(rf'value="{sentences[1]}" checked', unsaid.text)
    assert not re.search(rf'value="{sentences[0]}" checked', unsaid.text)
    assert desk.assistant.library.withdrawals("phare", 1) == () and quotes(desk) == [QUOTE]


def test_sentences_that_follow_each_other_are_one_withdrawal(editor: "TestClient", desk: Desk) -> None:
    add(desk, "La lampe brûle. Le gardien dort. Le bateau passe. La mer monte.", "garde")
    html, values = passage_form(editor, "garde")
    first, second, third, fourth = re.findall(r'name="sentences" value="([\d-]+)"', html)
    editor.post(f"{HERE}/garde/passage", data={**values, "sentences": [fourth, second, first], "reason": "Faux"})
    text = desk.assistant.library.text("garde", 1)
    out = [withdrawal.span.of(text) for withdrawal in desk.assistant.library.withdrawals("garde", 1)]
    assert out == ["La lampe brûle. Le gardien dort.", "La mer monte."]
    html, _ = passage_form(editor, "garde")
    assert re.search(rf'value="{first}" disabled', html) and re.search(rf'value="{third}" checked', html)
    editor.post(f"{HERE}/garde/passage", data={**values, "sentences": third, "reason": "Faux"})
    assert 'class="take"' not in page(editor, "/garde")
    whole = page(editor, f"/garde/passage?version=1&start=0&end={len(text)}")
    assert said("passage_all_withdrawn") in texts(whole) and 'name="reason"' not in whole


def test_a_quote_that_somebody_complains_about_is_offered_alone(editor: "TestClient", desk: Desk) -> None:
    html = page(editor, f"/phare/passage?version=1&start=3&end={len(QUOTE) - 2}")
    assert html.count('name="sentences"') == 1 and re.search(rf'value="0-{len(QUOTE)}" checked', html)
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare")
    old = page(editor, f"/phare/passage?version=1&start=3&end={len(QUOTE) - 2}")
    assert said("passage_old_version", current=2) in texts(old)


# Viewers, strangers, hostile documents


CHANGES = ("withdraw", "reinstate", "restore", "passage", "passage/reinstate")


def test_a_viewer_reads_everything_and_changes_nothing(viewer: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare")
    paths = ("", "/phare", "/phare/compare?old=2&new=1", "/phare/passage?version=2&start=0&end=5")
    pages = [page(viewer, path) for path in paths]
    for html in pages:
        assert re.findall(r'<form method="post" action="([^"]+)"', html) == ["/staff/log-out"]
        assert "target=" not in html and 'class="take"' not in html
    assert said("document_file") in texts(pages[1]) and "compare?old=1&amp;new=2" in pages[1]
    assert viewer.get(f"{HERE}/phare/1/original").status_code == 200
    before = desk.documents.history("phare"), desk.audit.entries(1)
    for change in CHANGES:
        form = {"reason": "x", "version": "1", "start": "0", "end": "5", "sentences": f"0-{len(QUOTE)}"}
        assert viewer.post(f"{HERE}/phare/{change}", data=form).status_code == 403
    assert (desk.documents.history("phare"), desk.audit.entries(1)) == before


UNKNOWN = (
    "/absent",
    "/..%2f..%2fetc",
    "/PHARE",
    "/phare%00",
    "/phare/compare?old=1&new=9",
    "/phare/compare?old=x&new=1",
    "/phare/compare?old=1&new=99999999999",
    "/phare/9/original",
    "/phare/x/original",
    "/phare/99999999999999999/original",
    "/absent/1/original",
    "/absent/compare",
    "/absent/passage?version=1&start=0&end=4",
    "/phare/passage",
    "/phare/passage?version=9&start=0&end=4",
    "/phare/passage?version=1&start=4&end=4",
    "/phare/passage?version=1&start=9&end=4",
    "/phare/passage?version=1&start=-1&end=4",
    "/phare/passage?version=1&start=90000&end=90004",
    "/phare/passage?version=1&start=x&end=999999999999999999999",
)


def test_what_does_not_exist_is_not_found(editor: "TestClient") -> None:
    for path in UNKNOWN:
        text = texts(page(editor, path, 404))
        assert said("problem_document_unknown") in text or said("page_not_found") in text, path


def test_changes_of_what_does_not_exist_are_not_found(editor: "TestClient", desk: Desk) -> None:
    form = {"reason": "x", "version": "9", "start": "0", "end": "5", "sentences": "0-5"}
    before = desk.audit.entries(1)
    for change in CHANGES:
        response = editor.post(f"{HERE}/absent/{change}", data=form)
        assert response.status_code == 404 and said("problem_document_unknown") in texts(response.text), change
    for change in ("restore", "passage"):
        assert editor.post(f"{HERE}/phare/{change}", data=form).status_code == 404
    assert desk.audit.entries(1) == before


def test_nothing_of_a_hostile_document_runs(editor: "TestClient", desk: Desk) -> None:
    assistant = desk.assistant
    for sentence in ("Une première.", "Une seconde."):
        title = f"{HOSTILE} {sentence}"
        metadata = Metadata("piege", title, "fr", publisher=HOSTILE, sources=(HOSTILE,), supersedes=HOSTILE)
        text = f"{HOSTILE} {sentence}\n\n{HOSTILE} encore."
        content = Content(text, (Heading(Span(0, 20), 1),), (0, 10, len(text) - 5))
        assistant.library.save(sentence.encode(), f"../{HOSTILE}\r\nX: y.html", metadata, content)
    assistant.ingest.index_stored(["piege"])
    start, end = len(text) - 12, len(text)
    desk.documents.withdraw_passage(Account("amina", "editor"), "piege", 2, Span(start, end), HOSTILE)
    for path in ("", "/piege", "/piege/compare?old=1&new=2", f"/piege/passage?version=2&start=25&end={end}"):
        html = page(editor, path)
        assert "&lt;script&gt;alert(1)" in html
        assert not re.search(r"<script(?! src=)|<img|<[^>]*\son\w+=|<[^>]*\sstyle=|<bdi>[^<]*\u202e", html), path


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("Rapport 2024.pdf", "Rapport_2024.pdf", "Rapport%202024.pdf"),
        ("été.md", "ete.md", "%C3%A9t%C3%A9.md"),
        ("تقرير.pdf", "pdf", "%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf"),
        ('../../etc/a"b\r\nSet-Cookie: x.html', "a_b_Set-Cookie_x.html", "a%20b%20Set-Cookie%20x.html"),
        ("C:\\fakepath\\x.txt", "x.txt", "x.txt"),
        ("\u202egpj.exe", "gpj.exe", "gpj.exe"),
        ("/", "phare-1", "phare-1"),
        ("", "phare-1", "phare-1"),
    ],
)
def test_a_file_is_saved_under_a_name_that_is_one(name: str, plain: str, full: str) -> None:
    header = attachment(b"x", name, "phare-1").headers["content-disposition"]
    assert header == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


def test_an_original_is_handed_out_byte_for_byte(editor: "TestClient", desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare", "<b>é.html\r\n.md")
    for version in (1, 2):
        response = editor.get(f"{HERE}/phare/{version}/original")
        assert response.content == desk.assistant.library.original("phare", version)[1]
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-disposition"].startswith("attachment; ")


# The parts of a text


TEXT = "Titre\n\nLa lampe brûle. Le gardien dort.\n\nSuite\n\nLe bateau passe. La mer monte. Fin."


def document(text: str = TEXT) -> Document:
    headings = (Heading(Span(0, 5), 1), Heading(Span(41, 46), 2))
    return Document(Metadata("d", "Titre", "fr"), 1, Content(text, headings, (0, 20, 50)), "0" * 64)


@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, len(TEXT))), max_size=5))
def test_exactly_the_withdrawn_words_are_struck(pairs: list[tuple[int, int]]) -> None:
    own = document()
    out = [Withdrawal(1, Span(min(a, b), max(a, b)), "r", "") for a, b in pairs if a != b]
    found, complete = blocks(own, split(own), out)
    assert complete
    position = 0
    for block in found:
        assert not TEXT[position : block.span.start].strip()
        position = block.span.start
        for segment in block.segments:
            words = "".join(piece.text for piece in segment.pieces)
            inside = range(position, position + len(words))
            assert TEXT[inside.start : inside.stop] == words and words
            struck = [any(w.span.start <= at < w.span.end for w in out) for at in inside]
            assert struck == [segment.withdrawn] * len(words)
            position = inside.stop
        assert position == block.span.end
        assert block.quotable <= (block.part.kind == "passage")
    assert not TEXT[position:].strip()
    pages = [
        p for block in found for p in (*block.part.pages, *(x.page for s in block.segments for x in s.pieces)) if p
    ]
    assert pages == [1, 2, 3]


def test_chosen_sentences_are_joined_within_a_passage() -> None:
    own = document()
    passages = split(own)
    sentences = [s.span for s in offered(passages, Span(0, len(TEXT)), ())]
    assert [s.of(TEXT) for s in sentences] == [
        "La lampe brûle.", "Le gardien dort.", "Le bateau passe.", "La mer monte.", "Fin."
    ]  # fmt: skip
    whole = [span.of(TEXT) for span in joined(passages, sentences)]
    assert whole == ["La lampe brûle. Le gardien dort.", "Le bateau passe. La mer monte. Fin."]
    assert joined(passages, [sentences[2], sentences[4]]) == [sentences[2], sentences[4]]


def test_pages_of_a_list_have_bounds() -> None:
    assert document_list.page([], 7) == document_list.Page((), 1, 1)


# What it says


def test_the_sentences_are_typeset_and_the_same_in_both_languages() -> None:
    import yaml

    texts = {code: yaml.safe_load((FOLDER / f"{code}.yaml").read_text(encoding="utf-8")) for code in ("fr", "en")}
    for section in SECTIONS:
        assert texts["fr"][section].keys() == texts["en"][section].keys()
        for key, text in texts["fr"][section].items():
            assert "'" not in text and not re.search("(?<!\u00a0)[;:?!»]|«(?!\u00a0)", text), key
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", texts["en"][section][key])), key


# In a real browser


@pytest.fixture
def address(site: Any) -> Iterator[str]:
    """The staff area and the permalinks, served by uvicorn in a thread."""
    with served(site, static=True) as address:
        yield address


def opened(browser: "Browser", address: str, **options: Any) -> "Page":
    """A page on which `amina` is logged in."""
    settings = {"locale": "fr-FR", "viewport": {"width": 390, "height": 800}}
    opened = browser.new_context(**(settings | options)).new_page()
    opened.goto(f"{address}/staff/login?next={HERE}")
    opened.fill("#name", "amina")
    opened.fill("#password", PASSWORD)
    with opened.expect_navigation():
        opened.keyboard.press("Enter")
    return opened


def test_a_sentence_and_a_document_are_withdrawn_without_a_script(browser: "Browser", address: str, desk: Desk) -> None:
    tab = opened(browser, address, java_script_enabled=False)
    tab.fill("#q", "kervran phare")
    tab.get_by_role("button", name=say_to_staff("documents_show", "fr")).click()
    assert said("documents_none") in " ".join(tab.inner_text("main").split())
    tab.fill("#q", "ouest")
    tab.get_by_role("button", name=say_to_staff("documents_show", "fr")).click()
    tab.get_by_role("link", name="Titre de phare").click()
    tab.locator("a.take").first.click()
    tab.get_by_label(QUOTE).check()
    tab.fill("#reason", "Mesure fausse")
    tab.get_by_role("button", name=say_to_staff("passage_withdraw", "fr")).click()
    assert QUOTE in tab.inner_text(".pane del") and quotes(desk) == []
    tab.get_by_text(say_to_staff("document_withdraw", "fr")).click()
    tab.fill("#reason", "Document entier faux")
    tab.get_by_role("button", name=say_to_staff("document_withdraw_button", "fr")).click()
    assert desk.assistant.library.state("phare")[1] == "removed"
    tab.get_by_role("link", name=say_to_staff("draft_open", "fr")).click()
    assert "Document entier faux" in tab.inner_text("main") and "Mesure fausse" in tab.inner_text("main")
    tab.context.close()


def heard(tab: "Page", complaints: list[str]) -> None:
    """Keep what the browser complains about."""
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))


def test_nothing_breaks_the_policy_and_nothing_overflows(browser: "Browser", address: str, desk: Desk) -> None:
    add(desk, LIGHTHOUSE.replace("43", "44"), "phare", f"{'nom-' * 60}.md", publisher="x" * 300, title="y" * 400)
    desk.documents.withdraw_passage(Account("amina", "editor"), "phare", 2, Span(0, 5), "z" * 500)
    desk.documents.withdraw(Account("amina", "editor"), "prix", "w" * 500)
    paths = ("", "?q=rien", "/phare", "/prix", "/manara", "/phare/compare?old=1&new=2", "/phare/compare?old=2&new=1")
    for width in (390, 1280):
        tab = opened(browser, address, viewport={"width": width, "height": 800})
        complaints: list[str] = []
        heard(tab, complaints)
        for path in (*paths, "/phare/passage?version=2&start=0&end=80", "/phare?lang=en"):
            tab.goto(f"{address}{HERE}{path}")
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert tab.evaluate(overflow) == 0, (path, width)
        assert complaints == []
        tab.context.close()
