"""Answers as HTML and as text to take away: complete, in the right direction, and nothing of theirs is markup."""

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.models import Answer
from bot.pages.export import export_markdown, plain_text
from bot.pages.front import footer_html, header_html, welcome_html
from bot.pages.log import Conversation, log_html, pending_html, problem_html
from bot.pages.markup import language_list, outside_link, sentence
from bot.pages.render import answer_html, quote_html, source_cards
from bot.phrases import say
from tests.bot.pages.fake_assistant import ARABIC, ENGLISH, HOSTILE, QUOTE, FakeAssistant, citation, hostile

OURS = set(
    """a article aside bdi blockquote button cite details dd div dl dt figcaption figure footer h1 h2 header
    li mark nav ol p path span strong summary svg time ul""".split()  # noqa: SIM905
)
VOID = {"path"}


class Page(HTMLParser):
    """Every element and attribute, and the text in each <blockquote> and <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {"blockquote": [], "mark": [], "bdi": []}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.texts:
            self.texts[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in self.texts:
            if tag in self.open:
                self.texts[tag][-1] += data

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for found, attrs in self.elements if found == tag and name in attrs]


def answered(status: Any = "answered", **values: Any) -> Answer:
    """The fake's answer of one kind, in French."""
    questions = {"disputed": "Combien ?", "not_found": "Quel budget ?", "partial": "Qui a payé ?"}
    answer = FakeAssistant().ask(questions.get(status, "Qui ?"), language="fr")
    return Answer(**{name: getattr(answer, name) for name in answer.__slots__} | values)


def test_a_quote_is_shown_as_it_is_with_its_answer_marked() -> None:
    page = Page(quote_html(citation(), "fr", numbered=True))
    assert page.texts["blockquote"] == [QUOTE]
    assert page.texts["mark"] == ["160 participants"]
    assert page.text.startswith("[1]")
    for words in ("MAP", "22 octobre 2024", "Résumé", "Citation vérifiée", "Voir dans le contexte"):
        assert words in page.text
    assert "Citation en" not in page.text


def test_a_quote_in_another_language_says_which_and_keeps_its_direction() -> None:
    page = Page(quote_html(ARABIC, "fr"))
    (attributes,) = [attrs for tag, attrs in page.elements if tag == "blockquote"]
    assert attributes == {"lang": "ar", "dir": "rtl"}
    assert "Citation en arabe" in page.text


def test_a_quote_that_no_gate_has_seen_is_not_called_verified() -> None:
    assert "vérifiée" not in quote_html(citation(verified=False), "fr")


def test_the_permalink_names_the_passage_and_the_language() -> None:
    (href,) = Page(quote_html(ENGLISH, "ar")).attributes("a", "href")
    assert href == f"/sources/opcw/1?start={ENGLISH.start}&end={ENGLISH.end}&lang=ar#passage"


def test_a_dispute_shows_every_value_with_its_publisher_and_date() -> None:
    html = answer_html(answered("disputed"), "turn0")
    page = Page(html)
    assert say("disputed", "fr") in page.text
    assert [text for text in page.texts["bdi"] if "participants" in text] == ["160 participants", "200 participants"]
    first, second = html.split('class="value"')[1:3]
    assert "MAP" in first and "22 octobre 2024" in first
    assert "OPCW" in second and "24 octobre 2024" in second
    ids = page.attributes("li", "id")
    assert [link for link in page.attributes("a", "href") if link and link[0] == "#"] == [f"#{id}" for id in ids]


def test_a_partial_answer_says_what_was_not_found() -> None:
    assert "Qui a payé ?" in answer_html(answered("partial"), "turn0").split('class="missing"')[1]


def test_not_found_quotes_nothing_but_related_passages_that_are_called_so() -> None:
    page = Page(answer_html(answered("not_found"), "turn0"))
    tags = [tag for tag, _ in page.elements]
    assert say("not_found", "fr") in page.text and say("related_title", "fr") in page.text
    assert tags.index("details") < tags.index("blockquote")
    assert "open" not in dict(page.elements[tags.index("details")][1])
    assert "[1]" not in page.text


def test_far_from_everything_the_bot_says_what_it_is_for() -> None:
    answer = Answer("?", "fr", "not_found", say("not_found", "fr"))
    assert say("scope", "fr") in Page(answer_html(answer, "turn0")).text


def test_a_card_for_each_document_with_its_numbers() -> None:
    both = (citation(1), citation(2, "Les travaux ont duré trois jours.", None), ENGLISH.numbered(3))
    page = Page(source_cards(both, "fr"))
    assert "[1][2]" in page.text and "[3]" in page.text
    assert say("digest_note", "fr") in page.text and "Source primaire" in page.text
    links = [attrs for tag, attrs in page.elements if tag == "a"]
    assert [link["href"] for link in links] == [
        "https://www.mapnews.ma/fr/discours",
        "https://www.opcw.org/media-centre",
    ]
    assert all(link["rel"] == "noopener noreferrer nofollow" and link["target"] == "_blank" for link in links)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example", "http:evil", None]
)
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert outside_link(url, "label") == "label"


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_stays_text(language: str) -> None:
    answer = FakeAssistant().ask(f"<b>{HOSTILE}", language=language)
    related = Answer(HOSTILE, language, "not_found", HOSTILE, related=(hostile(),))
    talk = Answer(HOSTILE, language, "not_found", HOSTILE, small_talk=True)
    conversation = Conversation((answer, related, talk))
    parts = [
        log_html(conversation, language),
        pending_html(HOSTILE, HOSTILE, language),
        problem_html(HOSTILE, language),
    ]
    page = Page("".join(parts))
    assert {tag for tag, _ in page.elements} <= OURS
    assert page.open == []
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcdoc")]
        href = attributes.get("href") or "#"
        assert href.startswith(("/sources/", "#", "data:text/markdown;"))
    assert HOSTILE in page.texts["blockquote"]
    turning = [text for text in page.texts["bdi"] if "\u202e" in text or "\u2066" in text]
    assert turning == []


def test_a_value_of_another_direction_is_isolated_in_a_sentence() -> None:
    assert sentence("partial", "fr", part="<b>من؟") == (
        "Je n’ai trouvé dans les documents aucune réponse à cette partie\u00a0: <bdi>&lt;b&gt;من؟</bdi>"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_front_is_whole_in_every_language(language: str) -> None:
    coverage = FakeAssistant().coverage()
    html = header_html(coverage, language) + welcome_html(language) + footer_html(90, language)
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= OURS and page.open == []
    assert language_list(coverage.languages, language) in page.text
    assert "187" in page.text and "2026" in page.text and "90" in page.text
    assert 'href="#content"' in html and 'id="content"' in log_html(Conversation(), language)
    assert page.attributes("a", "hreflang") == list(LANGUAGES)


def test_opinions_are_asked_for_once_and_only_of_kept_questions() -> None:
    kept, not_kept = answered(id=7), answered(id=None)
    assert 'data-liked="yes"' in log_html(Conversation((kept,)), "fr")
    assert 'data-liked="yes"' not in log_html(Conversation((not_kept,)), "fr")
    rated = log_html(Conversation((kept,), frozenset({7})), "fr")
    assert 'data-liked="yes"' not in rated and say("feedback_thanks", "fr") in rated


def test_a_copied_answer_has_its_quotes_and_references() -> None:
    text = plain_text(answered("disputed"), base="https://bot.example")
    assert QUOTE in text and ENGLISH.quote in text
    assert "[1] MAP, «\u00a0Discours d’ouverture de M. Nasser Bourita\u00a0», 22 octobre 2024, Résumé" in text
    assert f"https://bot.example/sources/opcw/1?start={ENGLISH.start}&end={ENGLISH.end}&lang=fr#passage" in text
    assert "https://www.opcw.org/media-centre" in text


def test_an_exported_conversation_is_markdown_with_everything_in_it() -> None:
    turns = [answered("disputed"), answered("partial"), answered("not_found")]
    text = export_markdown(turns, "fr", base="https://bot.example", today=date(2026, 11, 24))
    assert text.startswith("# Conversation avec les documents\n")
    assert "24 novembre 2026" in text
    assert text.count("\n## ") == 3
    assert f"> {QUOTE}\n" in text
    assert "[Voir dans le contexte](https://bot.example/sources/bourita/1?" in text
    assert "Qui a payé ?" in text and say("not_found", "fr") in text


def test_hostile_text_is_no_markup_in_the_export_either() -> None:
    from markdown_it import MarkdownIt

    answer = FakeAssistant().ask("# <b>*x*\n\n[a](javascript:alert(1))", language="fr")
    text = export_markdown([answer], "fr", today=date(2026, 11, 24))
    tokens = MarkdownIt("commonmark", {"linkify": False}).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [t for t in (*tokens, *inline) if t.type in ("html_block", "html_inline", "image", "em_open", "fence")]
    links = [child.attrs["href"] for child in inline if child.type == "link_open"]
    assert links and all(str(link).startswith("/sources/bourita/1?") for link in links)
    shown = "".join(child.content for child in inline if child.type == "text")
    assert "<script>" in shown and "\u202e" in shown.split("egnp")[0]
