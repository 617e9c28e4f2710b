"""The conversation as HTML: each turn a question, its answer, and what can be done with it. Pure."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.models import Answer
from bot.pages.export import export_markdown, plain_text
from bot.pages.markup import written_in
from bot.pages.render import answer_html
from bot.phrases import say

REASONS = ("wrong", "incomplete", "source", "unclear", "other")


@dataclass(frozen=True, slots=True)
class Conversation:
    """The answers of one visitor, oldest first, and which of them (by the journal's number) were rated."""

    answers: tuple[Answer, ...] = ()
    rated: frozenset[int] = frozenset()


def log_html(conversation: Conversation, language: str, *, base: str = "", last: str = "") -> str:
    """Every turn, then `last` (already HTML: a question in progress, or what went wrong with it)."""
    answers = conversation.answers
    turns = [turn_html(a, n, rated=a.id in conversation.rated, base=base) for n, a in enumerate(answers)]
    label = escape(say("conversation_label", language))
    download = download_html(answers, language, base=base) if answers and not last else ""
    return (
        f'<div class="log" id="content" tabindex="-1" role="log" aria-live="polite" aria-label="{label}" '
        f"{written_in(language)}>{''.join(turns)}{last}</div>{download}"
    )


def turn_html(answer: Answer, number: int, *, rated: bool, base: str) -> str:
    """A question with its answer; `number` (from 0) makes its ids unique."""
    tools = "" if answer.small_talk else _tools(answer, number, rated=rated, base=base)
    body = f"{_question(answer.question, answer.language)}{answer_html(answer, f'turn{number}')}{tools}"
    return f'<article class="turn" {written_in(answer.language)}>{body}</article>'


def pending_html(question: str, step: str, language: str) -> str:
    """A question that is being answered, and what is being done."""
    progress = f'<p class="step"><span class="pulse" aria-hidden="true"></span>{escape(step)}</p>'
    return f'<article class="turn pending" {written_in(language)}>{_question(question, language)}{progress}</article>'


def problem_html(message: str, language: str) -> str:
    """What went wrong, where the answer would have been."""
    return f'<p class="problem" role="alert" {written_in(language)}>{escape(message)}</p>'


def download_html(answers: Sequence[Answer], language: str, *, base: str) -> str:
    """A link that holds the whole conversation: nothing is written on the server for it."""
    text = export_markdown(answers, language, base=base)
    data = base64.b64encode(text.encode("utf-8")).decode("ascii")
    label = escape(say("download", language))
    return (
        f'<p class="download" {written_in(language)}><a download="conversation-{language}.md" '
        f'href="data:text/markdown;charset=utf-8;base64,{data}">{label}</a></p>'
    )


def _question(question: str, language: str) -> str:
    label = escape(say("question_label", language))
    return f'<h2 class="question"><span class="hidden">{label}</span> <span dir="auto">{escape(question)}</span></h2>'


def _tools(answer: Answer, number: int, *, rated: bool, base: str) -> str:
    language = answer.language
    copied, copy = escape(say("copied", language)), escape(say("copy_answer", language))
    text = escape(plain_text(answer, base=base))
    button = f'<button type="button" class="quiet" data-copy="{text}" data-copied="{copied}">{copy}</button>'
    if answer.id is None:
        opinion = ""
    elif rated:
        opinion = f'<span class="thanks" role="status">{escape(say("feedback_thanks", language))}</span>'
    else:
        opinion = _opinion(number, language)
    label = escape(say("answer_tools", language))
    return f'<div class="tools" role="group" aria-label="{label}">{button}{opinion}</div>'


def _opinion(number: int, language: str) -> str:
    """A thumb up, and a thumb down that asks for the reason before it is sent."""
    up = f'<button type="button" class="quiet" data-turn="{number}" data-liked="yes">{{}}</button>'
    down = f'<button type="button" class="choice" data-turn="{number}" data-reason="{{}}">{{}}</button>'
    reasons = "".join(down.format(reason, escape(say(f"reason_{reason}", language))) for reason in REASONS)
    title, unhelpful = escape(say("reason_title", language)), escape(say("thumbs_down", language))
    return (
        f"{up.format(escape(say('thumbs_up', language)))}"
        f'<details class="reasons"><summary class="quiet">{unhelpful}</summary>'
        f'<div role="group" aria-label="{title}"><p>{title}</p>{reasons}</div></details>'
    )
