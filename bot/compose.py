"""From the parts of a question and what was found for each to one answer, through the gate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import frame
from bot.disagreement import Group, answer_span
from bot.models import Answer, Citation, Position, Quote, Status
from bot.quotes import Choice, distinct
from bot.verify import Gate

QUOTES_A_VALUE = 3
QUOTES_A_PART = 2  # of a question of several parts


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question (all of it, mostly), as searched, with what was found."""

    question: str
    choice: Choice
    groups: tuple[Group, ...] = ()
    """The different values that the sources give for it; fewer than two when they agree."""


class _Shown:
    """The citations of an answer as they are gathered; a quote that is cited twice keeps one number."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []

    def add(self, citations: Sequence[Citation]) -> list[Citation]:
        """The citations, numbered within the answer."""
        return [self._numbered(citation) for citation in citations]

    def _numbered(self, citation: Citation) -> Citation:
        for known in self.citations:
            if known.address == citation.address:
                return known
        self.citations.append(citation.numbered(len(self.citations) + 1))
        return self.citations[-1]


def compose(question: str, asked: str, language: str, parts: Sequence[Part], gate: Gate) -> Answer:
    """The answer to `question`: found and missing parts, values that differ, or a refusal with what is near."""
    shown, missing = _Shown(), []
    positions: list[Position] = []
    for part in parts:
        differing = _positions(part.groups, language, shown, gate)
        positions += differing
        most = None if len(parts) == 1 else QUOTES_A_PART
        if not differing and not shown.add(gate.citations(_marked(part, language)[:most])):
            missing.append(part.question)
    if not shown.citations:
        return _refused(question, asked, language, parts, gate)
    status: Status = "partial" if missing else "disputed" if positions else "answered"
    text = frame.answer(shown.citations, positions, missing, language)
    return Answer(
        question,
        language,
        status,
        text,
        tuple(shown.citations),
        disagreement=tuple(positions),
        missing=tuple(missing),
        asked=asked,
    )


def _positions(groups: Sequence[Group], language: str, shown: _Shown, gate: Gate) -> list[Position]:
    """The values that differ, each as its first source words it; none when fewer than two survive the gate.

    Of the sources of a value those in the asker's language come first, and primary ones before the press.
    """
    verified = [gate.citations(_by_document(group.quotes)) for group in groups]
    kept = [citations for citations in verified if citations]
    if len(kept) < 2:
        return []
    found = []
    for citations in kept:
        first = sorted(citations, key=lambda c: (c.language != language, c.kind != "primary"))[:QUOTES_A_VALUE]
        numbered = shown.add(first)
        found.append(Position(_value(first[0]), tuple(citation.number for citation in numbered)))
    return found


def _value(citation: Citation) -> str:
    start, end = citation.answer_span or (0, len(citation.quote))
    return citation.quote[start:end]


def _refused(question: str, asked: str, language: str, parts: Sequence[Part], gate: Gate) -> Answer:
    near = distinct([quote for part in parts for quote in part.choice.related])
    related = gate.citations(near)
    text = frame.not_found(language, related=bool(related))
    return Answer(question, language, "not_found", text, related=related, asked=asked)


def _marked(part: Part, language: str) -> list[Quote]:
    """The quotes with the words that answer marked: the value where one is asked for, else what the reader marked."""
    return [
        replace(
            quote, answer_span=answer_span(part.question, language, quote.text, quote.language) or quote.answer_span
        )
        for quote in part.choice.answering
    ]


def _by_document(quotes: Sequence[Quote]) -> list[Quote]:
    """The first quote of each document."""
    return list({quote.document_id: quote for quote in reversed(quotes)}.values())[::-1]
