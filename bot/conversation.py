"""The turns of a conversation, and the question that a follow-up stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.expected import expected
from bot.languages import LANGUAGES
from bot.questions import complete
from bot.texts import load
from vectorstore.lexical import fold

PARTICULAR = re.compile(r"\d|[A-ZÀ-ÞА-Я]")  # behind the first word: a date, a number or a name


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the conversation so far, as written and as it was searched for."""

    question: str
    asked: str
    language: str


def standalone(question: str, history: Sequence[Turn], language: str) -> str:
    """`question`, completed with the subject of the conversation, or of the documents, when it leans on it."""
    completed = complete(question, [turn.asked for turn in history], language)
    if completed != question or expected(question, language) is None:
        return completed  # a name added to a question of who or what would find every sentence with that name
    return situated(question, language)


def situated(question: str, language: str) -> str:
    """A question about "the conference", with its name; one that names anything comes back as it is."""
    texts = load(language if language in LANGUAGES else LANGUAGES[0])
    if PARTICULAR.search(question.lstrip("¿¡ «\"'")[1:]):
        return question
    folded = fold(question)
    called = any(_stands_in(fold(name), folded, language) for name in texts.called)
    return f"{question} ({texts.subject})" if called else question


def _stands_in(name: str, folded: str, language: str) -> bool:
    if language == "zh":
        return name in folded
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded) is not None
