"""The bot's own words around quotes, as plain text in the asker's language. Pure.

A quote stands between quotation marks exactly as it is stored; nothing else does.
"""

from collections.abc import Sequence

from bot.models import Citation, Position
from bot.phrases import format_date, say

MARKS = {
    "fr": ("«\u00a0", "\u00a0»"),
    "ar": ("«", "»"),
    "es": ("«", "»"),
    "ru": ("«", "»"),
    "zh": ("“", "”"),
    "en": ("“", "”"),
}


def answer(citations: Sequence[Citation], positions: Sequence[Position], missing: Sequence[str], language: str) -> str:
    """Values that differ with who gives each and when, the quotes one a line, and what was not found."""
    numbered = {citation.number: citation for citation in citations}
    lines = [say("disputed", language) if positions else introduction(citations, language)]
    for position in positions:
        for number in position.citations:
            lines.append(f"{source_line(position.value, numbered[number], language)} [{number}]")
    return "\n".join([*lines, *(quoted(c, language) for c in citations), *missing_lines(missing, language)])


def introduction(citations: Sequence[Citation], language: str) -> str:
    """How many sources answer."""
    sources = len({citation.document_id for citation in citations})
    return say("answered_one", language) if sources == 1 else say("answered_many", language, sources=sources)


def source_line(value: str, citation: Citation, language: str) -> str:
    """A value, its publisher and its date."""
    date = format_date(citation.date, language) if citation.date else say("undated", language)
    publisher = citation.publisher or citation.title
    return say("disputed_line", language, value=value, publisher=publisher, date=date)


def missing_lines(missing: Sequence[str], language: str) -> list[str]:
    """A line for each part of the question that no document answers."""
    return [say("partial", language, part=part) for part in missing]


def not_found(language: str, *, related: bool) -> str:
    """The refusal; far from everything, what the bot is for."""
    lines = [say("not_found", language), say("not_found_note", language)]
    return "\n".join(lines if related else [*lines, say("scope", language)])


def quoted(citation: Citation, language: str) -> str:
    """One quote between the quotation marks of the asker's language."""
    opening, closing = MARKS.get(language, MARKS["en"])
    return f"{opening}{citation.quote}{closing} [{citation.number}]"
