"""The chat as its visitors have it: a real Chromium, the real server, and nothing from any other host."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bot.phrases import say, starters
from tests.bot.pages.fake_assistant import HOSTILE, PARAGRAPHS, FakeAssistant

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WAIT = 20_000  # milliseconds


class Watch:
    """A page of a fresh visitor, and everything suspicious that happens on it."""

    def __init__(self, context: "BrowserContext", site: str) -> None:
        self.site = site
        self.requests: list[str] = []
        self.alarms: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("dialog", lambda dialog: (self.alarms.append(f"dialog {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: self.alarms.append(f"error {error.error}"))
        context.on("console", lambda line: self._hear(line.type, line.text))
        self.page: Page = context.new_page()

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "404" not in text:
            self.alarms.append(f"console {text}")

    def open(self, path: str = "/") -> "Page":
        self.page.goto(self.site + path)
        self.page.wait_for_selector("#header h1", timeout=WAIT)
        self.page.wait_for_selector("html:not([data-waiting])", timeout=WAIT)
        return self.page

    def ask(self, question: str) -> None:
        """Type a question, press Enter, and wait for its answer."""
        answers = self.page.locator("#log .answer")
        expected = answers.count() + 1
        self.page.fill("#ask textarea", question)
        self.page.press("#ask textarea", "Enter")
        self.page.wait_for_function(f"document.querySelectorAll('#log .answer').length >= {expected}", timeout=WAIT)


@pytest.fixture
def watch(browser: "Browser", site: str) -> Iterator[Watch]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-FR", reduced_motion="reduce", accept_downloads=True
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    watched = Watch(context, site)
    yield watched
    context.close()
    assert watched.alarms == []
    hosts = {urlsplit(url).hostname for url in watched.requests if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_a_visitor_asks_and_reads_the_quote_in_its_context(watch: Watch) -> None:
    page = watch.open()
    assert page.get_attribute("html", "lang") == "fr"
    assert "187" in page.inner_text("#header .banner")
    watch.ask("Qui a ouvert la conférence ?")
    assert page.inner_text("#log .question").endswith("Qui a ouvert la conférence ?")
    assert page.inner_text("#log .quotes .number >> nth=0") == "[1]"
    assert page.inner_text("#log blockquote >> nth=0") == PARAGRAPHS[0]
    assert page.inner_text("#log blockquote mark >> nth=0") == "22 octobre 2024"
    assert page.get_attribute("#log blockquote >> nth=1", "dir") == "rtl"
    assert page.input_value("#ask textarea") == ""
    assert not page.is_visible("#welcome")
    with page.context.expect_page() as opened:
        page.click("#log .context >> nth=0")
    source = opened.value
    source.wait_for_selector("#passage")
    assert source.inner_text("#passage") == PARAGRAPHS[0]
    assert source.evaluate("document.querySelector('#passage').getBoundingClientRect().top") < 900
    assert page.locator("#log .answer").count() == 1


def test_steps_are_shown_while_the_answer_is_made(watch: Watch, shared: FakeAssistant) -> None:
    page = watch.open()
    page.evaluate(
        "window.steps = []; new MutationObserver(() => {"
        "const step = document.querySelector('#log .pending .step')?.textContent;"
        "if (step && step !== steps.at(-1)) steps.push(step); }"
        ").observe(document.querySelector('#log'), {childList: true, subtree: true, characterData: true})"
    )
    shared.pause = 0.4
    try:
        watch.ask("Qui ?")
    finally:
        shared.pause = 0.0
    searching = say("step_searching", "fr", documents=187)
    steps = [say("step_reading", "fr"), searching, say("step_choosing", "fr"), say("step_checking", "fr")]
    assert page.evaluate("window.steps") == steps
    assert page.locator("#log .pending").count() == 0


def test_the_language_is_chosen_and_remembered_in_the_address(watch: Watch) -> None:
    page = watch.open()
    watch.ask("Qui a ouvert la conférence ?")
    page.click("a[hreflang=ar]")
    page.wait_for_selector("html[dir=rtl]", timeout=WAIT)
    assert page.url == f"{watch.site}/?lang=ar"
    assert page.title() == say("app_title", "ar")
    assert page.get_attribute("#ask textarea", "placeholder") == say("ask_placeholder", "ar")
    assert page.inner_text("#send") == say("send", "ar")
    assert page.locator("#log .answer").count() == 1
    page.reload()
    page.wait_for_selector("html[dir=rtl]:not([data-waiting])", timeout=WAIT)
    assert page.inner_text(".starter >> nth=0") == starters("ar")[0]
    assert page.get_attribute("a[hreflang=ar]", "aria-current") == "true"
    watch.ask("كم عدد المشاركين؟")
    assert page.get_attribute("#log .answer", "dir") == "rtl"
    assert say("disputed", "ar") in page.inner_text("#log .answer")


@pytest.mark.parametrize("language", ["en", "es", "ru", "zh"])
def test_every_label_follows_the_address(watch: Watch, language: str) -> None:
    page = watch.open(f"/?lang={language}")
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text("#header h1") == say("app_title", language)
    assert [button.inner_text() for button in page.locator(".starter").all()] == list(starters(language))
    assert page.inner_text("#send") == say("send", language)


def test_a_starter_asks_its_question(watch: Watch, shared: FakeAssistant) -> None:
    page = watch.open()
    page.click(".starter >> nth=1")
    page.wait_for_selector("#log .answer", timeout=WAIT)
    assert shared.asked[-1][0] == starters("fr")[1]
    page.wait_for_function("document.activeElement === document.querySelector('#ask textarea')", timeout=WAIT)


def test_a_follow_up_carries_the_conversation_and_a_new_one_does_not(watch: Watch, shared: FakeAssistant) -> None:
    page = watch.open()
    watch.ask("Qui a ouvert la conférence ?")
    watch.ask("Combien de participants ?")
    assert shared.asked[-1] == ("Combien de participants ?", "fr", ("Qui a ouvert la conférence ?",))
    assert page.locator("#log .turn").count() == 2
    top = page.evaluate("document.querySelectorAll('#log .turn')[1].getBoundingClientRect().top")
    assert 0 <= top < 500
    page.click("#new")
    page.wait_for_selector("#welcome:visible", timeout=WAIT)
    assert page.locator("#log .turn").count() == 0
    watch.ask("Et les pays ?")
    assert shared.asked[-1][2] == ()


def test_what_cannot_be_asked_is_said_and_stays_in_the_box(watch: Watch, shared: FakeAssistant) -> None:
    page = watch.open()
    question = "Pourquoi " * 300
    page.fill("#ask textarea", question)
    page.click("#send")
    page.wait_for_selector("#log [role=alert]", timeout=WAIT)
    assert "2\u00a0700" in page.inner_text("#log [role=alert]")
    assert page.input_value("#ask textarea") == question
    shared.fails = RuntimeError("/secret")
    try:
        page.fill("#ask textarea", "Qui ?")
        page.click("#send")
        page.wait_for_selector(f"#log [role=alert]:has-text('{say('error_internal', 'fr')}')", timeout=WAIT)
    finally:
        shared.fails = None
    assert page.input_value("#ask textarea") == "Qui ?"
    assert "secret" not in page.content()


def test_related_passages_are_folded_away_and_named(watch: Watch) -> None:
    page = watch.open()
    watch.ask("Quel était le budget ?")
    assert page.inner_text("#log .lead") == say("not_found", "fr")
    assert not page.is_visible("#log blockquote")
    page.click(f"summary:has-text('{say('related_title', 'fr')}')")
    assert page.is_visible("#log blockquote")


def test_an_answer_is_copied_with_its_references(watch: Watch) -> None:
    page = watch.open()
    watch.ask("Combien de participants ?")
    page.click("#log [data-copy]")
    page.wait_for_selector(f"#log [data-copy]:has-text('{say('copied', 'fr')}')", timeout=WAIT)
    text = page.evaluate("navigator.clipboard.readText()")
    assert "160 participants" in text and "[2] OPCW" in text
    assert f"{watch.site}/sources/bourita/1?start=" in text


def test_the_conversation_is_downloaded_as_markdown(watch: Watch) -> None:
    page = watch.open()
    watch.ask("Qui a ouvert la conférence ?")
    watch.ask("Combien de participants ?")
    with page.expect_download() as started:
        page.click("#log .download a")
    text = started.value.path().read_text(encoding="utf-8")
    assert started.value.suggested_filename == "conversation-fr.md"
    assert text.count("\n## ") == 2 and f"> {PARAGRAPHS[0]}" in text
    assert f"({watch.site}/sources/bourita/1?" in text


def test_opinions_are_kept_once(watch: Watch, shared: FakeAssistant) -> None:
    page = watch.open()
    watch.ask("Qui a ouvert la conférence ?")
    first = len(shared.asked)
    watch.ask("Combien de participants ?")
    shared.opinions.clear()
    page.click("#log .turn >> nth=0 >> [data-liked=yes]")
    page.wait_for_selector("#log .thanks", timeout=WAIT)
    page.click(f"#log .reasons summary:has-text('{say('thumbs_down', 'fr')}')")
    page.click("#log [data-reason=incomplete]")
    page.wait_for_function("document.querySelectorAll('#log .thanks').length === 2", timeout=WAIT)
    assert shared.opinions == [(first, True, None), (first + 1, False, "incomplete")]
    assert page.locator("#log [data-turn]").count() == 0


def test_the_keyboard_is_enough(watch: Watch) -> None:
    page = watch.open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'content'", timeout=WAIT)
    assert urlsplit(page.url).path == "/" and page.is_visible("#welcome")
    page.keyboard.press("Tab")
    assert "starter" in page.evaluate("document.activeElement.className")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    page.wait_for_selector("#log .answer", timeout=WAIT)
    names = page.evaluate(
        "[...document.querySelectorAll('textarea,button,a')].map(e => e.labels?.[0]?.innerText || "
        "e.getAttribute('aria-label') || e.textContent).filter(name => !name.trim()).length"
    )
    assert names == 0


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("question", [None, "Combien de participants ?", f"<b>{'x' * 200}"])
def test_a_narrow_screen_needs_no_scrolling_sideways(watch: Watch, language: str, question: str | None) -> None:
    watch.page.set_viewport_size({"width": 390, "height": 844})
    page = watch.open(f"/?lang={language}")
    if question:
        watch.ask(question)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('#send').getBoundingClientRect().right") <= 390
    page.goto(f"{watch.site}/sources/bourita/1?start=0&end=9&lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_hostile_text_makes_no_element_no_script_and_no_request(watch: Watch) -> None:
    page = watch.open()
    count = "[...document.querySelectorAll('#log *')].map(e => e.localName)"
    watch.ask(f"<b>{HOSTILE}")
    tags = set(page.evaluate(count))
    assert tags.isdisjoint({"script", "img", "iframe", "form", "math", "style", "base", "meta", "input", "table", "b"})
    assert page.inner_text("#log blockquote").startswith("<script>")
    page.wait_for_timeout(500)
    assert page.title() == say("app_title", "fr")
    on = "[...document.querySelectorAll('#log *')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert page.evaluate(on) == []
    assert not [href for href in page.evaluate("[...document.links].map(a => a.href)") if "javascript" in href]


def test_the_policy_stops_what_escaping_would_miss(browser: "Browser", site: str) -> None:
    """Even markup that somehow got into the page runs nothing and loads nothing from elsewhere."""
    context = browser.new_context()
    watched = Watch(context, site)
    page = watched.open()
    page.evaluate(
        "document.querySelector('#log').insertAdjacentHTML('beforeend',"
        '\'<img src=x onerror="window.owned=1"><img src="https://evil.example/x.png">'
        '<iframe srcdoc="<script>parent.owned=1</script>"></iframe>'
        "<form action=//evil.example><button>x</button></form>')"
    )
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('#log form button').click()")
    page.wait_for_timeout(500)
    assert page.evaluate("window.owned") is None
    assert page.url.startswith(site)
    context.close()


def test_the_queue_judges_what_it_is_sent(watch: Watch, shared: FakeAssistant) -> None:
    """Events of Gradio can be called by hand: other types and other people's answers change nothing."""
    page = watch.open()
    watch.ask("Qui a ouvert la conférence ?")
    config: Any = json.loads(page.evaluate("JSON.stringify(window.gradio_config)"))
    like = next(d["id"] for d in config["dependencies"] if any(event == "like" for _, event in d["targets"]))
    session = re.search(r"session_hash=(\w+)", " ".join(watch.requests))
    assert session
    shared.opinions.clear()
    for data in (
        {"index": 99, "value": "wrong", "liked": False},
        {"index": -1, "value": "", "liked": True},
        {"index": "0", "value": "", "liked": True},
        {"index": 0, "value": "<x>", "liked": False},
    ):
        body = {"data": [None, None], "event_data": data, "fn_index": like, "session_hash": session[1]}
        page.request.post(f"{watch.site}/gradio_api/queue/join", data=body)
    page.wait_for_timeout(1_500)
    assert shared.opinions == []
