"""The turns of a conversation, and the question that a follow-up stands for."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.questions import complete


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the conversation so far, as written and as it was searched for."""

    question: str
    asked: str
    language: str


def standalone(question: str, history: Sequence[Turn], language: str) -> str:
    """`question`, completed with the subject of the conversation when it leans on it."""
    return complete(question, [turn.asked for turn in history], language)
