"""Answers as text to take away: Markdown for a conversation, plain text for one answer. Pure.

Quotes are copied as they are, apart from the backslashes that Markdown needs; line breaks and
invisible direction marks are taken out of titles and names only.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from bot import frame
from bot.models import Answer, Citation
from bot.pages.markup import WEB, listed, permalink, visible
from bot.phrases import format_date, say

SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$]|^\s*[#+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]", re.MULTILINE)
NOT_IN_ADDRESS = re.compile(r"[\s<>]")


def export_markdown(turns: Sequence[Answer], language: str, *, base: str = "", today: date | None = None) -> str:
    """The whole conversation; `base` is the site's address, which goes before each permalink."""
    day = (today or date.today()).isoformat()
    head = f"# {_escaped(say('export_title', language))}\n\n{_escaped(say('app_title', language))}  \n"
    head += _escaped(say("export_date", language, date=format_date(day, language)))
    return "\n\n".join([head, *(_turn(answer, base) for answer in turns)]) + "\n"


def plain_text(answer: Answer, *, base: str = "") -> str:
    """One answer with its references, as it is copied to the clipboard."""
    language = answer.language
    lines = [_one_line(answer.question), "", answer.answer]
    if answer.citations:
        lines += ["", say("sources", language)]
    for citation in answer.citations:
        addresses = [f"{base}{permalink(citation, language)}", _address(citation)]
        lines += [_reference(citation, language), *(address for address in addresses if address)]
    return "\n".join(lines)


def _turn(answer: Answer, base: str) -> str:
    blocks = [f"## {_escaped(_one_line(answer.question))}", *_frame(answer)]
    for citation in answer.citations:
        context = _escaped(say("open_in_context", answer.language))
        links = [f"[{context}]({base}{permalink(citation, answer.language)})"]
        links += [f"<{address}>" for address in filter(None, [_address(citation)])]
        reference = _escaped(_reference(citation, answer.language))
        blocks += [_blockquote(citation.quote), "  \n".join([reference, *links])]
    blocks += [_escaped(line) for line in frame.missing_lines(answer.missing, answer.language)]
    return "\n\n".join(blocks)


def _frame(answer: Answer) -> list[str]:
    """The bot's own lines: those of the answer that come before its first quote."""
    if not answer.citations:
        return [_escaped(line) for line in answer.answer.splitlines()]
    first = frame.quoted(answer.citations[0], answer.language)
    own = answer.answer.partition(first)[0].splitlines()
    return [_escaped(line) for line in own if line]


def _blockquote(quote: str) -> str:
    return "\n".join(f"> {_escaped(line)}" for line in quote.splitlines())


def _reference(citation: Citation, language: str) -> str:
    """`[1] Publisher, "Title", date, page 3, section, digest`."""
    date = format_date(citation.date, language) if citation.date else say("undated", language)
    opening, closing = frame.MARKS.get(language, frame.MARKS["en"])
    title = f"{opening}{_one_line(citation.title)}{closing}"
    digest = say("digest", language) if citation.digest else ""
    page = say("page_number", language, number=citation.page) if citation.page else ""
    parts = (_one_line(citation.publisher), title, date, page, _one_line(citation.section), digest)
    return f"[{citation.number}] {listed(parts, language)}"


def _address(citation: Citation) -> str:
    """The original's address, when it is one of the web."""
    url = citation.url or ""
    return NOT_IN_ADDRESS.sub("", url) if url.lower().startswith(WEB) else ""


def _one_line(text: str) -> str:
    """Without line breaks, control characters and invisible direction marks."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in visible(text)).split())


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda special: f"{special[0][:-1]}\\{special[0][-1]}", text)
