"""Permalinks: the passage in its context, whatever the address says and whatever became of the document."""

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.assistant import DocumentView
from bot.languages import LANGUAGES
from bot.pages.passage import blocks, passage_page
from bot.phrases import say
from corpus.library import Withdrawal
from corpus.models import Content, Document, Heading, Metadata, Span
from tests.bot.pages.fake_assistant import HOSTILE, PARAGRAPHS, QUOTE, TEXT, TITLE, FakeAssistant, document

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

START = TEXT.find(QUOTE)
PASSAGE = f"start={START}&end={START + len(QUOTE)}"


@pytest.fixture(autouse=True)
def documents(shared: FakeAssistant) -> Iterator[None]:
    """Two versions of one document, one that was removed, one whose every text is an attack."""
    before = shared.documents
    hostile = Document(
        Metadata(id="hostile", title=HOSTILE, language="en", publisher=HOSTILE, url="https://x/\"onmouseover='a"),
        1,
        Content(f"{HOSTILE}\n\n{HOSTILE}", (Heading(Span(0, len(HOSTILE)), 1),)),
        "cd" * 32,
    )
    held = (document(), document(version=2, text=TEXT + "\n\nUn ajout."), document("removed"), hostile)
    shared.documents = {(d.id, d.version): d for d in held}
    shared.states = {"removed": "removed"}
    yield
    shared.documents, shared.states = before, {}


def marks(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)]


def test_the_passage_is_marked_in_the_whole_text(client: "TestClient") -> None:
    response = client.get(f"/sources/bourita/1?{PASSAGE}")
    html = response.text
    assert response.status_code == 200
    assert marks(html) == [QUOTE] and '<mark id="passage">' in html
    assert all(paragraph.split(".")[0] in html for paragraph in PARAGRAPHS)
    assert re.findall(r"<h[13][^>]*>(.*?)</h[13]>", html) == [TITLE, "Les participants"]
    for words in ("MAP", "22 octobre 2024", "https://www.mapnews.ma/fr/discours", "ab" * 32):
        assert words in html
    assert say("digest_note", "fr") in html
    assert "alert" not in html


def test_without_a_passage_the_document_is_shown(client: "TestClient") -> None:
    response = client.get("/sources/bourita/2")
    assert response.status_code == 200 and marks(response.text) == []
    assert say("passage_not_found", "fr") not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "start=5&end=5",
        "start=9&end=2",
        "start=-3&end=4",
        f"start=0&end={len(TEXT) + 1}",
        "start=a&end=b",
        "start=3",
        "end=8",
        "start=٣&end=٩",
        "start=1e3&end=2e3",
        f"start={'9' * 5_000}&end=3",
    ],
)
def test_a_passage_that_is_not_there_is_said_to_be_missing(client: "TestClient", query: str) -> None:
    response = client.get(f"/sources/bourita/1?{query}")
    assert response.status_code == 404
    assert say("passage_not_found", "fr") in response.text
    assert marks(response.text) == [] and "Les participants" in response.text


@pytest.mark.parametrize(
    "path", ["nope/1", "bourita/99", "bourita/0", "bourita/x", f"bourita/{'9' * 400}", "<script>/1"]
)
def test_an_unknown_document_is_a_page_in_the_visitors_language(client: "TestClient", path: str) -> None:
    response = client.get(f"/sources/{path}", headers={"accept-language": "ru;q=0.4, es-MX, en;q=0.2"})
    assert response.status_code == 404
    assert '<html lang="es" dir="ltr">' in response.text
    assert say("document_not_found", "es") in response.text
    assert "<script>" not in response.text


def test_an_older_version_says_that_it_was_replaced(client: "TestClient") -> None:
    html = client.get(f"/sources/bourita/1?{PASSAGE}&lang=en").text
    assert "was replaced on <bdi>2 November 2024</bdi>" in html and 'href="/sources/bourita/2?lang=en"' in html
    assert marks(html) == [QUOTE]
    for path in ("bourita/2", "bourita"):
        assert "was replaced on" not in client.get(f"/sources/{path}?lang=en").text


def test_a_removed_document_can_be_read_and_says_so(client: "TestClient") -> None:
    response = client.get(f"/sources/removed/1?{PASSAGE}")
    assert response.status_code == 200
    assert say("removed", "fr") in response.text and marks(response.text) == [QUOTE]
    assert "<bdi>Texte publié par erreur</bdi>" in response.text and "<bdi>1er décembre 2024</bdi>" in response.text


def test_a_withdrawn_passage_and_a_newer_document_are_said() -> None:
    doc = document()
    start = TEXT.index(QUOTE)
    span = Span(start, start + len(QUOTE))
    newer = Metadata(id="autre", title="<b>Autre</b>", language="fr")
    view = DocumentView(
        doc,
        1,
        "ready",
        superseded_by=newer,
        withdrawals=(Withdrawal(1, span, "Faux <i>", "2024-12-01T09:00:00+00:00"),),
    )
    html = passage_page(view, "fr", span)
    assert "Motif\u00a0: <bdi>Faux &lt;i&gt;</bdi>" in html and f"<q><bdi>{QUOTE}" in html
    assert 'href="/sources/autre?lang=fr"' in html and "<bdi>&lt;b&gt;Autre&lt;/b&gt;</bdi>" in html
    assert "Faux" not in passage_page(view, "fr", Span(0, 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_is_in_the_visitors_language_and_the_text_in_its_own(client: "TestClient", language: str) -> None:
    html = client.get(f"/sources/bourita/1?{PASSAGE}&lang={language}").text
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert '<div class="text" lang="fr" dir="ltr">' in html
    assert say("passage_title", language) in html


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "fr"), ("de, it", "fr"), ("zh-CN,zh;q=0.9", "zh"), ("en;q=0, ar", "ar"), ("en;q=x", "fr"), ("*", "fr")],
)
def test_the_browsers_language_is_the_second_choice(client: "TestClient", accept: str, language: str) -> None:
    html = client.get("/sources/bourita/1", headers={"accept-language": accept}).text
    assert f'<html lang="{language}"' in html


def test_hostile_documents_are_only_text(client: "TestClient") -> None:
    html = client.get(f"/sources/hostile/1?start=0&end={len(HOSTILE) + 5}&lang=fr").text
    tags = set(re.findall(r"<([a-z0-9]+)", html))
    assert tags.isdisjoint({"img", "svg", "iframe", "form", "base", "math", "style", "table"})
    assert re.findall(r"<script[^>]*>", html) == ['<script src="/page/page.js" defer>']
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert marks(html)[0] == HOSTILE


def test_every_character_is_on_the_page_and_a_passage_may_cross_paragraphs() -> None:
    text = "Titre\n\nUn.\nDeux.\nSous-titre\nTrois.\n \nQuatre."
    headings = (Heading(Span(0, 5), 1), Heading(Span(text.find("Sous"), text.find("\nTrois")), 2))
    doc = document(text="Titre")
    doc = Document(doc.metadata, 1, Content(text, headings), doc.sha256)
    found = [(block.level, block.span.of(text)) for block in blocks(doc)]
    assert found == [(1, "Titre"), (0, "Un.\nDeux."), (2, "Sous-titre"), (0, "Trois."), (0, "Quatre.")]
    span = Span(text.find("Deux"), text.find(".", text.find("Quatre")))
    html = passage_page(DocumentView(doc, 1, "ready"), "fr", span)
    assert marks(html) == ["Deux.", "Sous-titre", "Trois.", "Quatre"]
    assert html.count('id="passage"') == 1


def test_the_page_needs_nothing_from_elsewhere(client: "TestClient") -> None:
    response = client.get(f"/sources/bourita/1?{PASSAGE}")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', response.text)
    assert loaded and all(address.startswith("/page/") for address in loaded)
    assert all(client.get(address).status_code == 200 for address in loaded)


def test_a_failure_shows_no_trace(client: "TestClient", shared: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(shared, "document", broken)
    response = client.get("/sources/bourita/1?lang=ar")
    assert response.status_code == 500
    assert say("error_internal", "ar") in response.text
    assert "secret" not in response.text and "Traceback" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert cast(str, response.headers["content-type"]).startswith("text/html")
