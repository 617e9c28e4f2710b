"""An `Answer` to safe HTML. Pure; nothing of it is Markdown, and everything goes through `markup`.

The frame is in the language of the answer, each quote in the language and the direction of its source.
"""

from collections.abc import Sequence
from html import escape

from bot.models import Answer, Citation, Position
from bot.pages.markup import (
    day,
    isolated,
    listed,
    marked,
    outside_link,
    permalink,
    sentence,
    visible,
    written_in,
)
from bot.phrases import language_name, say

CHECK = (
    '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5l3.2 3.2L13 5" fill="none" '
    'stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


def answer_html(answer: Answer, anchor: str) -> str:
    """The whole answer; `anchor` is a prefix, unique in the page, of the ids of its quotes."""
    blocks = [
        _pinned(answer.language) if answer.pinned else "",
        _lead(answer),
        _positions(answer, anchor),
        _quotes(answer, anchor),
        *(f'<p class="missing">{sentence("partial", answer.language, part=part)}</p>' for part in answer.missing),
        _related(answer),
        source_cards(answer.citations, answer.language),
    ]
    return f'<div class="answer {answer.status}" {written_in(answer.language)}>{"".join(blocks)}</div>'


def _lead(answer: Answer) -> str:
    """The sentence that says what kind of answer this is."""
    language = answer.language
    if answer.small_talk:
        return "".join(f'<p class="talk">{escape(line)}</p>' for line in answer.answer.splitlines())
    if answer.status == "not_found":
        keys = ("not_found_note",) if answer.related else ("not_found_note", "scope")
        notes = "".join(f'<p class="note">{escape(say(key, language))}</p>' for key in keys)
        return f'<p class="lead">{escape(say("not_found", language))}</p>{notes}'
    if answer.status == "disputed":
        return f'<p class="lead">{escape(say("disputed", language))}</p>'
    sources = len({citation.document_id for citation in answer.citations})
    key = "answered_one" if sources == 1 else "answered_many"
    return f'<p class="lead">{sentence(key, language, **({} if sources == 1 else {"sources": sources}))}</p>'


def _pinned(language: str) -> str:
    note = escape(say("pinned_note", language))
    return f'<p class="pinned" title="{note}">{escape(say("pinned", language))}</p>'


def _positions(answer: Answer, anchor: str) -> str:
    """The values that the sources give, side by side, none before the others but by order of finding."""
    if not answer.disagreement:
        return ""
    cited = {citation.number: citation for citation in answer.citations}
    cards = "".join(_position(p, cited, answer.language, anchor) for p in answer.disagreement)
    return f'<ul class="positions">{cards}</ul>'


def _position(position: Position, cited: dict[int, Citation], language: str, anchor: str) -> str:
    sources = "".join(
        f"<li>{_source(c, language)} {_reference(c, anchor)}</li>"
        for c in (cited[number] for number in position.citations if number in cited)
    )
    return f'<li><p class="value">{isolated(position.value)}</p><ul class="givers">{sources}</ul></li>'


def _reference(citation: Citation, anchor: str) -> str:
    return f'<a class="reference" href="#{escape(anchor)}-{citation.number}">[{citation.number}]</a>'


def _quotes(answer: Answer, anchor: str) -> str:
    quotes = "".join(
        f'<li id="{escape(anchor)}-{c.number}" tabindex="-1">{quote_html(c, answer.language, numbered=True)}</li>'
        for c in answer.citations
    )
    return f'<ol class="quotes">{quotes}</ol>' if quotes else ""


def quote_html(citation: Citation, language: str, *, numbered: bool = False) -> str:
    """One quote with its number, the words that answer marked, and the line that says whose it is."""
    start, end = citation.answer_span or (0, 0)
    words = marked(citation.quote, start, end) if start < end else escape(citation.quote, quote=False)
    number = f'<span class="number">[{citation.number}]</span>' if numbered else ""
    quoted = f"<blockquote {written_in(citation.language)}>{words}</blockquote>"
    return f"<figure>{number}{quoted}{_caption(citation, language)}</figure>"


def _caption(citation: Citation, language: str) -> str:
    foreign = citation.language != language
    name = language_name(citation.language, language)
    details = [
        f'<span class="digest" title="{escape(say("digest_note", language))}">{escape(say("digest", language))}</span>'
        if citation.digest
        else "",
        f"<span>{sentence('quote_language', language, language=name)}</span>" if foreign else "",
        _place(citation, language),
        _verified(language) if citation.verified else "",
        f'<a class="context" href="{escape(permalink(citation, language))}" target="_blank" rel="noopener">'
        f"{escape(say('open_in_context', language))}</a>",
    ]
    source = _source(citation, language)
    title = f"<cite {written_in(citation.language)}>{escape(visible(citation.title))}</cite>"
    return f'<figcaption><p class="source">{source}</p>{title}<p class="details">{"".join(details)}</p></figcaption>'


def _place(citation: Citation, language: str) -> str:
    """Where in its document the quote stands: "page 3, Funding"."""
    page = sentence("page_number", language, number=citation.page) if citation.page else ""
    section = f"<span {written_in(citation.language)}>{isolated(citation.section)}</span>" if citation.section else ""
    place = listed((page, section), language)
    return f'<span class="place">{place}</span>' if place else ""


def _verified(language: str) -> str:
    note = escape(say("quote_verified_note", language))
    return f'<span class="verified" title="{note}">{CHECK}{escape(say("quote_verified", language))}</span>'


def _source(citation: Citation, language: str) -> str:
    publisher = f"<strong>{isolated(citation.publisher or citation.title)}</strong>"
    return listed((publisher, day(citation.date, language)), language)


def _related(answer: Answer) -> str:
    """The nearest passages, folded away and said not to be an answer."""
    if not answer.related:
        return ""
    quotes = "".join(f"<li>{quote_html(c, answer.language)}</li>" for c in answer.related)
    title = escape(say("related_title", answer.language))
    return f'<details class="related"><summary>{title}</summary><ul class="quotes">{quotes}</ul></details>'


def source_cards(citations: Sequence[Citation], language: str) -> str:
    """A card for each document version that the answer quotes, folded away."""
    if not citations:
        return ""
    numbers: dict[tuple[str, int], list[Citation]] = {}
    for citation in citations:
        numbers.setdefault((citation.document_id, citation.version), []).append(citation)
    cards = "".join(_card(same, language) for same in numbers.values())
    title = f"{escape(say('sources', language))} ({len(numbers)})"
    return f'<details class="sources"><summary>{title}</summary><ul class="cards">{cards}</ul></details>'


def _card(same: Sequence[Citation], language: str) -> str:
    first = same[0]
    numbers = "".join(f"[{citation.number}]" for citation in same)
    facts = (
        ("publisher", isolated(first.publisher) if first.publisher else ""),
        ("date", day(first.date, language)),
        ("language", isolated(language_name(first.language, language))),
        ("kind", escape(say(f"kind_{first.kind}", language))),
        ("version", isolated(first.version)),
        ("original", outside_link(first.url, isolated(first.url)) if first.url else ""),
    )
    rows = "".join(f"<dt>{escape(say(key, language))}</dt><dd>{fact}</dd>" for key, fact in facts if fact)
    note = f'<p class="note">{escape(say("digest_note", language))}</p>' if first.digest else ""
    title = f'<p class="title"><span class="number">{numbers}</span> {isolated(first.title)}</p>'
    return f"<li>{title}{note}<dl>{rows}</dl></li>"
