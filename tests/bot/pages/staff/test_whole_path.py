"""The whole path with the real model: from the first link to a public answer that cites page 3 of an uploaded PDF."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.desk import Desk
from tests.bot.pages.conftest import application
from tests.bot.pages.serving import served
from tests.corpus.pdfs import Paper
from tests.fakes import make_file
from vectorstore.embedder import SentenceTransformerEmbedder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "sept phares bleus en mer"
QUOTE = "Le financement du programme des phares s'élève à 47 millions d'euros."
PAGES = (
    ("Rapport sur les phares", "Le présent rapport décrit l'état des phares de la côte et leur entretien."),
    ("État des lieux", "Les gardiens ont quitté leurs postes, et les lampes sont commandées à distance."),
    ("Financement", f"{QUOTE} La région en verse la moitié."),
    ("Calendrier", "Les travaux commenceront au printemps et dureront trois ans."),
)


def report() -> bytes:
    """A PDF of four pages, a heading and a paragraph on each."""
    paper = Paper()
    for heading, text in PAGES:
        paper.add_page()
        paper.set_font(paper.face, style="B", size=18)
        paper.cell(0, 12, heading, new_x="LMARGIN", new_y="NEXT")
        paper.set_font(paper.face, size=11)
        paper.multi_cell(0, 6, text)
    return bytes(paper.output())


@pytest.fixture
def site(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> Iterator[tuple[str, str]]:
    """The address of the service over one small document, and the token of the first account."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "prix.md").write_bytes(make_file("Le prix de la Lanterne revint à Ana Sol en 2019.", "prix"))
    assistant = Assistant(Settings(data_dir=tmp_path / "data", documents_dir=documents), real_embedder)
    assert assistant.prepare() == []
    desk = Desk(assistant)
    with served(application(assistant, desk)) as address:
        yield address, desk.accounts.set_up_token() or ""
    assistant.close()


def test_from_the_first_link_to_a_citation_of_page_three(
    site: tuple[str, str], browser: "Browser", tmp_path: Path
) -> None:
    base, token = site
    path = tmp_path / "rapport-phares.pdf"
    path.write_bytes(report())
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page: Any = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{base}/staff/")
    assert "/staff/login" in page.url

    page.goto(f"{base}/staff/set-up/{token}")
    page.fill("#name", "amina")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/staff/documents")

    page.goto(f"{base}/staff/inbox")
    page.set_input_files("#files", str(path))
    if page.locator("#drop button.main").is_visible():
        page.click("#drop button.main")
    page.goto(f"{base}/staff/inbox")
    page.get_by_role("link", name=re.compile("Rapport sur les phares|rapport-phares")).first.click()
    page.wait_for_selector("form#draft")
    page.fill("#publisher", "Région Ouest")
    page.fill("#date", "2024-03-02")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_selector(".flash.done")
    assert page.locator("#publisher").input_value() == "Région Ouest"
    page.click("button[formaction$='/publish']")
    page.wait_for_url("**/staff/inbox**")
    page.wait_for_function(
        "async () => !(await (await fetch('/staff/inbox/status')).json()).under_way.length", polling=200
    )

    visitor: Any = browser.new_context(locale="fr-FR").new_page()
    visitor.set_default_timeout(30_000)
    visitor.goto(f"{base}/?lang=fr")
    visitor.wait_for_selector("#ask textarea")
    visitor.fill("#ask textarea", "À combien s'élève le financement du programme des phares ?")
    visitor.click("#send")
    visitor.wait_for_selector("#log .answer.answered")
    assert visitor.locator("#log blockquote").first.inner_text() == QUOTE
    place = visitor.locator("#log .place").first.inner_text()
    assert place == "page 3, Financement"
    assert "Région Ouest" in visitor.locator("#log figcaption .source").first.inner_text()
    href = visitor.locator("#log a.context").first.get_attribute("href")
    visitor.goto(f"{base}{href}")
    assert visitor.locator("mark").first.inner_text() == QUOTE
