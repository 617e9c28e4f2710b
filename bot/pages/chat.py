"""What one visitor does on the page: ask, rate. Conversations in, HTML and conversations out; no Gradio."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.assistant import Assistant, Step
from bot.conversation import Turn
from bot.languages import detect
from bot.models import Answer
from bot.pages.log import REASONS, Conversation, log_html, pending_html, problem_html
from bot.pages.progress import progress
from bot.phrases import say
from corpus.errors import CorpusError

MOST_TURNS = 30
"""Older answers leave the page: a conversation is held in memory."""


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows; `unsent` is a question that could not be answered and stays in the box."""

    html: str
    conversation: Conversation
    unsent: str = ""


def ask(
    assistant: Assistant, question: str, language: str, conversation: Conversation, *, base: str = ""
) -> Iterator[View]:
    """The page while `question` is answered, and after. `language` is that of the page."""
    history = [Turn(a.question, a.asked or a.question, a.language) for a in conversation.answers if not a.small_talk]
    home = conversation.answers[-1].language if conversation.answers else language
    spoken = detect(question, home)
    shown = question[: assistant.settings.max_question_characters]
    try:
        for event in progress(lambda tell: assistant.ask(question, language=spoken, history=history, on_step=tell)):
            if isinstance(event, Answer):
                conversation = _with(conversation, event)
                yield View(log_html(conversation, language, base=base), conversation)
            else:
                pending = pending_html(shown, _step(assistant, event, spoken), spoken)
                yield View(log_html(conversation, language, base=base, last=pending), conversation)
    except CorpusError as error:
        yield _failed(str(error), question, language, conversation, base)
    except Exception:  # whatever happened, the visitor keeps the page and the question
        logging.getLogger(__name__).exception("A question could not be answered")
        yield _failed(say("error_internal", language), question, language, conversation, base)


def rate(
    assistant: Assistant, conversation: Conversation, turn: object, reason: object, *, liked: bool
) -> Conversation:
    """Keep an opinion on one of the visitor's own answers, once; anything else changes nothing."""
    if not isinstance(turn, int) or not 0 <= turn < len(conversation.answers):
        return conversation
    if not liked and reason not in REASONS:
        return conversation
    number = conversation.answers[turn].id
    if number is None or number in conversation.rated:
        return conversation
    assistant.feedback(number, liked=liked, reason=None if liked else str(reason))
    return replace(conversation, rated=conversation.rated | {number})


def _with(conversation: Conversation, answer: Answer) -> Conversation:
    return replace(conversation, answers=(*conversation.answers, answer)[-MOST_TURNS:])


def _failed(message: str, question: str, language: str, conversation: Conversation, base: str) -> View:
    problem = problem_html(message, language)
    return View(log_html(conversation, language, base=base, last=problem), conversation, unsent=question)


def _step(assistant: Assistant, step: Step, language: str) -> str:
    if step == "searching":
        return say("step_searching", language, documents=assistant.coverage().documents)
    return say(f"step_{step}", language)
