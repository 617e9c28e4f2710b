"""The chat page, as Gradio Blocks; only this module and `app` know Gradio. Its handlers call `chat`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from bot.assistant import Assistant
from bot.languages import RTL
from bot.pages import chat
from bot.pages.front import footer_html, header_html, welcome_html
from bot.pages.log import Conversation, log_html
from bot.pages.visitor import known
from bot.phrases import say, starters

ASKING = 8  # questions answered at once; the others wait in the queue
WAITING = 64  # events in the queue before the next is refused
ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,200}")
RATE = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-turn]');
  if (!button) return;
  const {turn, liked, reason} = button.dataset;
  trigger('like', {index: Number(turn), liked: liked === 'yes', value: reason || ''});
});
"""
SPEAK = """
element.addEventListener('click', (event) => {
  const link = event.target.closest('a[hreflang]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger('select', {index: 0, value: link.hreflang});
});
"""


def public_page(assistant: Assistant) -> gr.Blocks:
    """The Blocks of the chat; nothing is asked of the assistant before somebody opens it."""
    return _Page(assistant).blocks


class _Page:
    """The components of the page and what they do."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.home = assistant.settings.language
        self.blocks: gr.Blocks = gr.Blocks(title=say("app_title", self.home), analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._build()
            self._connect()
        self.blocks.queue(max_size=WAITING, default_concurrency_limit=ASKING, api_open=False)

    def _build(self) -> None:
        language = self.home
        self.language = gr.State(language)
        self.conversation = gr.State(Conversation())
        self.header = gr.HTML(**_plain("header") | {"js_on_load": SPEAK})
        self.log = gr.HTML(**_plain("log") | {"js_on_load": RATE})
        with gr.Column(elem_id="welcome") as self.welcome:
            self.greeting = gr.HTML(**_plain("greeting"))
            with gr.Row(elem_id="starters"):
                self.starters = [gr.Button(text, elem_classes="starter") for text in starters(language)]
        with gr.Row(elem_id="ask"):
            attributes = gr.InputHTMLAttributes(enterkeyhint="send", autocomplete="off")
            self.box = gr.Textbox(lines=1, max_lines=6, container=False, scale=1, html_attributes=attributes)
            self.send = gr.Button(say("send", language), elem_id="send", scale=0)
        self.new = gr.Button(say("new_conversation", language), elem_id="new", visible=False)
        self.footer = gr.HTML(**_plain("footer"))

    def _connect(self) -> None:
        labels: list[Any] = [self.language, self.header, self.log, self.greeting, *self.starters]
        labels += [self.box, self.send, self.new, self.footer]
        spoken: list[Any] = [self.language, self.conversation]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.blocks.load(self._open, None, labels, **quiet)
        self.header.select(self._speak, self.conversation, labels, **quiet)
        seen: list[Any] = [self.log, self.conversation, self.box, self.welcome, self.new]
        one_at_a_time: dict[str, Any] = {**quiet, "concurrency_id": "ask", "concurrency_limit": ASKING}
        gr.on([self.box.submit, self.send.click], self._ask, [self.box, *spoken], seen, **one_at_a_time)
        for button in self.starters:
            button.click(self._ask, [button, *spoken], seen, **one_at_a_time)
        self.new.click(self._restart, self.language, seen, **quiet)
        self.log.like(self._rate, spoken, [self.log, self.conversation], **quiet)

    def _open(self, request: gr.Request) -> list[Any]:
        return self._labels(known(request.query_params.get("lang")) or self.home, Conversation())

    def _speak(self, conversation: Conversation, chosen: gr.SelectData, request: gr.Request) -> list[Any]:
        return self._labels(known(str(chosen.value)) or self.home, conversation, _base(request))

    def _labels(self, language: str, conversation: Conversation, base: str = "") -> list[Any]:
        """Every text of the page in `language`, in the order of `_connect`."""
        ask = say("ask_placeholder", language)
        return [
            language,
            header_html(self.assistant.coverage(), language),
            log_html(conversation, language, base=base),
            welcome_html(language),
            *starters(language),
            gr.update(placeholder=ask, label=ask, rtl=language in RTL),
            say("send", language),
            gr.update(value=say("new_conversation", language)),
            footer_html(self.assistant.settings.keep_questions, language),
        ]

    def _ask(
        self, question: str, language: str, conversation: Conversation, request: gr.Request
    ) -> Iterator[Sequence[Any]]:
        for view in chat.ask(self.assistant, str(question), language, conversation, base=_base(request)):
            yield _shown(view)

    def _restart(self, language: str) -> Sequence[Any]:
        return _shown(chat.View(log_html(Conversation(), language), Conversation()))

    def _rate(
        self, language: str, conversation: Conversation, opinion: gr.LikeData, request: gr.Request
    ) -> Sequence[Any]:
        liked = opinion.liked is True
        conversation = chat.rate(self.assistant, conversation, opinion.index, opinion.value, liked=liked)
        return log_html(conversation, language, base=_base(request)), conversation


def _shown(view: chat.View) -> Sequence[Any]:
    """Updates of the log, the state, the box, the welcome and the button for a new conversation."""
    empty = 'class="turn' not in view.html
    return view.html, view.conversation, view.unsent, gr.update(visible=empty), gr.update(visible=not empty)


def _plain(elem_id: str) -> dict[str, Any]:
    """An HTML component without Gradio's typography."""
    return {"elem_id": elem_id, "apply_default_css": False, "container": False, "padding": False, "js_on_load": None}


def _base(request: gr.Request) -> str:
    """The address of this site as the visitor's browser gives it, for links that are taken away."""
    origin = request.headers.get("origin") or ""
    return origin if ORIGIN.fullmatch(origin) else ""
