"""Which group of questions a new one belongs to, by what it asks. Pure: encodings come in, a group's number goes out.

Two questions are as alike as the word of either that has the poorest counterpart in the other (late interaction
over token states, with the minimum in place of the sum). The vectors of whole questions do not part "who opened
the conference" from "who organised it": they mostly say what a question is about, not what it asks.
"""

import re
from dataclasses import dataclass

import numpy as np

from bot import value_tables
from bot.expected import Expected, expected
from bot.staff.countries import countries
from vectorstore.geometry import Array
from vectorstore.lexical import fold

ALIKE = 0.57
IN_ONE_LANGUAGE = 0.67  # questions in the same words but one are near, and ask different things
ACROSS = {"ar": 0.47, "zh": 0.49, "ru": 0.55}
"""From here on two questions are alike, the lower number where two languages have one: words of distant languages
are farther apart. Chosen on `tests/bot/staff/wordings.jsonl` and the golden questions, asked in random orders: of the
pairs in one group 98 % are one question, and of the pairs that are one question 30 % are in one group."""
DULL = 0.4  # share of the mean weight; lighter words, as punctuation, need no counterpart
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question for comparison: states of its words [n, reduced], whether each counts [n], and what must agree."""

    tokens: Array
    counts: np.typing.NDArray[np.bool_]
    language: str
    numbers: frozenset[str]
    countries: frozenset[str]
    expected: Expected | None

    def contradicts(self, other: "Meaning") -> bool:
        """Whether the two cannot be one question: other numbers or countries, or another kind of value asked for."""
        if self.numbers != other.numbers or (self.countries - other.countries and other.countries - self.countries):
            return True
        mine, theirs = self.expected, other.expected
        if mine is None or theirs is None:
            return False
        comparable = self.language == other.language or {mine.unit, theirs.unit} <= value_tables.UNITS.keys()
        units = bool(mine.unit and theirs.unit and mine.unit != theirs.unit)
        return mine.kind != theirs.kind or (units and comparable)


def meaning(question: str, language: str, tokens: Array, weights: Array) -> Meaning:
    """A question in `language` with the states of its words [n, reduced] and their weights [n]."""
    numbers = frozenset(NUMBER.findall(fold(question)))
    named, wanted = countries(question, language), expected(question, language)
    return Meaning(tokens, weights * len(weights) >= DULL, language, numbers, named, wanted)


class Neighbourhood:
    """The distinct wordings that are in groups, and the group that a new one is nearest to."""

    def __init__(self) -> None:
        self._members: list[tuple[int, Meaning]] = []
        self._starts: list[int] = []
        self._tokens = np.zeros((0, 0), np.float32)
        self._counts = np.zeros(0, np.bool_)
        self._filled = 0

    def add(self, group: int, question: Meaning) -> None:
        """Make a wording a member of a group. One without words is like nothing, and is left out."""
        if not question.counts.any():
            return
        end = self._filled + len(question.tokens)
        if end > len(self._tokens):
            self._grow(2 * end, question.tokens.shape[1])
        self._tokens[self._filled : end], self._counts[self._filled : end] = question.tokens, question.counts
        self._members.append((group, question))
        self._starts.append(self._filled)
        self._filled = end

    def nearest(self, question: Meaning) -> int | None:
        """The group whose wordings are most like the question on average, if they are like it at all.

        A group with a wording that the question contradicts is not its group.
        """
        if not self._members or not question.counts.any():
            return None
        groups, places = np.unique([group for group, _ in self._members], return_inverse=True)
        needed = [_needed(question.language, member.language) for _, member in self._members]
        margins = np.bincount(places, self._likeness(question) - needed) / np.bincount(places)
        for place in np.argsort(-margins, kind="stable"):
            if margins[place] < 0:
                return None
            members = (self._members[index][1] for index in np.flatnonzero(places == place))
            if not any(member.contradicts(question) for member in members):
                return int(groups[place])
        return None

    def _likeness(self, question: Meaning) -> Array:
        """How alike the question and each member are [members]."""
        starts = np.array(self._starts)
        similarity = self._tokens[: self._filled] @ question.tokens.T
        theirs = np.where(self._counts[: self._filled], similarity.max(axis=1), 1.0)
        mine = np.maximum.reduceat(similarity, starts)[:, question.counts]
        return np.asarray(np.minimum(np.minimum.reduceat(theirs, starts), mine.min(axis=1)), np.float32)

    def _grow(self, length: int, width: int) -> None:
        tokens, counts = np.zeros((length, width), np.float32), np.zeros(length, np.bool_)
        if self._filled:
            tokens[: self._filled], counts[: self._filled] = self._tokens[: self._filled], self._counts[: self._filled]
        self._tokens, self._counts = tokens, counts


def _needed(one: str, other: str) -> float:
    """The likeness from which questions in these languages are alike."""
    return IN_ONE_LANGUAGE if one == other else min(ACROSS.get(one, ALIKE), ACROSS.get(other, ALIKE))
