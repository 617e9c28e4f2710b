"""One stored document version as a page to read and print, with a passage marked in it. Pure.

All of the canonical text is on the page, in order; a first heading that repeats the title is shown once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from bot.assistant import DocumentView
from bot.pages.markup import day, direction, isolated, marked, outside_link, sentence, visible, written_in
from bot.pages.skeleton import page
from bot.phrases import format_date, language_name, say
from corpus.library import Removal, Withdrawal
from corpus.models import Document, Span

SHOWN = 200  # characters of a withdrawn passage in its notice
BETWEEN = re.compile(r"\n\s*\n|\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (level 0) or a heading of the canonical text."""

    span: Span
    level: int = 0


def passage_page(view: DocumentView, language: str, passage: Span | None, *, misplaced: bool = False) -> str:
    """The page of `view`; `misplaced` says that the address names a passage which is not there."""
    document = view.document
    notices = "".join(_notices(view, language, passage, misplaced=misplaced))
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in _facts(view, language) if value)
    title = f"<h1 {written_in(document.metadata.language)}>{escape(visible(document.metadata.title))}</h1>"
    kicker = f'<p class="kicker">{escape(say("passage_title" if passage else "sources", language))}</p>'
    printing = f'<button type="button" class="quiet" data-print hidden>{escape(say("print", language))}</button>'
    body = (
        f'<article class="document">{kicker}{title}{notices}'
        f'<div class="text" {written_in(document.metadata.language)}>{_text(document, passage)}</div>'
        f'<aside class="facts"><dl>{facts}</dl>{printing}</aside></article>'
    )
    address = f"/sources/{document.id}/{document.version}"
    if passage:
        address += f"?start={passage.start}&end={passage.end}"
    return page(document.metadata.title, body, language, address=address)


def blocks(document: Document) -> Iterator[Block]:
    """The headings and paragraphs of a document, in order; none of them is empty."""
    levels = {heading.span.start: heading.level for heading in document.content.headings}
    start = 0
    for gap in BETWEEN.finditer(document.text):
        inside = {at: level for at, level in levels.items() if start <= at < gap.start()}
        yield from _lines(document.text, Span(start, gap.start()), inside)
        start = gap.end()


def _lines(text: str, span: Span, levels: dict[int, int]) -> Iterator[Block]:
    """A paragraph, cut where a heading begins or ends inside it."""
    starts = sorted({span.start, *levels})
    for start, limit in zip(starts, [*starts[1:], span.end], strict=True):
        if start in levels:
            line = text.find("\n", start, limit)
            end = limit if line < 0 else line
            yield Block(Span(start, end), levels[start])
            start = end
        end = start + len(text[start:limit].rstrip())
        start += len(text[start:end]) - len(text[start:end].lstrip("\n"))
        if start < end:
            yield Block(Span(start, end))


def _text(document: Document, passage: Span | None) -> str:
    """The blocks as HTML; the first marked words carry the id that the address points to."""
    parts = []
    anchor = "passage"
    for block in blocks(document):
        if _is_title(block, document, passage):
            continue
        tag = f"h{min(block.level + 1, 4)}" if block.level else "p"
        span, text = block.span, block.span.of(document.text)
        inside = _common(span, passage)
        if inside:
            words = marked(text, inside.start - span.start, inside.end - span.start, anchor=anchor)
            anchor = ""
        else:
            words = escape(text, quote=False)
        parts.append(f"<{tag}>{words}</{tag}>")
    return "".join(parts)


def _is_title(block: Block, document: Document, passage: Span | None) -> bool:
    """Whether a heading says what the page's own title says, outside of the passage."""
    same = block.span.of(document.text).strip() == document.metadata.title.strip()
    return same and block.level == 1 and _common(block.span, passage) is None


def _common(block: Span, passage: Span | None) -> Span | None:
    if passage is None or passage.start >= block.end or passage.end <= block.start:
        return None
    return Span(max(block.start, passage.start), min(block.end, passage.end))


def _notices(view: DocumentView, language: str, passage: Span | None, *, misplaced: bool) -> Iterator[str]:
    document = view.document
    if misplaced:
        yield _notice(escape(say("passage_not_found", language)), role="alert")
    if view.state == "removed":
        why = _reason("withdrawn_why", view.removal, language) if view.removal else ""
        yield _notice(f"{escape(say('removed', language))} {why}".rstrip())
    elif view.superseded_by:
        yield _notice(_link(view.superseded_by.id, None, language, "superseded", title=view.superseded_by.title))
    if document.version < view.current_version:
        values = {"version": document.version, "current": view.current_version}
        date = format_date(view.replaced_at[:10], language) if view.replaced_at else ""
        yield _notice(_link(document.id, view.current_version, language, "replaced", date=date, **values))
    for withdrawal in view.withdrawals:
        if passage is None or _common(withdrawal.span, passage):
            words = isolated(_shortened(withdrawal.span.of(document.text)))
            yield _notice(f"{_reason('passage_withdrawn', withdrawal, language)} <q>{words}</q>")
    if document.metadata.digest:
        original = outside_link(document.metadata.url, escape(say("see_original", language)))
        link = original if document.metadata.url else ""
        yield f'<p class="notice digest-note">{escape(say("digest_note", language))} {link}</p>'


def _notice(html: str, *, role: str = "note") -> str:
    return f'<p class="notice" role="{role}">{html}</p>'


def _reason(key: str, out: Removal | Withdrawal, language: str) -> str:
    """When and why something is quoted no more; nothing without a reason."""
    at = out.removed_at if isinstance(out, Removal) else out.withdrawn_at
    return sentence(key, language, date=format_date(at[:10], language), reason=out.reason) if out.reason else ""


def _link(document_id: str, version: int | None, language: str, key: str, /, **values: object) -> str:
    path = f"/sources/{escape(document_id)}/{version}" if version else f"/sources/{escape(document_id)}"
    return f'<a href="{path}?lang={language}">{sentence(key, language, **values)}</a>'


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _facts(view: DocumentView, language: str) -> Iterator[tuple[str, str]]:
    metadata = view.document.metadata
    yield say("publisher", language), isolated(metadata.publisher) if metadata.publisher else ""
    yield say("date", language), day(metadata.date, language)
    yield say("language", language), isolated(language_name(metadata.language, language))
    yield say("kind", language), escape(say(f"kind_{metadata.kind}", language))
    yield say("version", language), isolated(view.document.version)
    url = metadata.url
    yield say("original", language), outside_link(url, isolated(url)) if url else ""
    checksum = view.document.sha256
    yield say("checksum", language), f'<code dir="{direction("en")}">SHA-256 {escape(checksum)}</code>'
