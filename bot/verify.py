"""The gate: every quote is read again from the library before it is shown, whatever made it."""

from collections.abc import Iterable
from dataclasses import replace

from bot.models import Citation, Quote
from corpus.errors import UnknownDocument
from corpus.library import Library
from corpus.models import Document


class Gate:
    """Turns quotes into citations, and withdraws those that are not in the stored text byte for byte."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def citations(self, quotes: Iterable[Quote]) -> tuple[Citation, ...]:
        """Verified citations, numbered from 1 in order; a quote that fails is left out."""
        superseded = self._library.superseded()
        current = (quote for quote in quotes if quote.document_id not in superseded)
        passed = (citation for quote in current if (citation := self._citation(quote)))
        return tuple(citation.numbered(number) for number, citation in enumerate(passed, start=1))

    def holds(self, citation: Citation) -> bool:
        """Whether a citation is what its document version says, and may be quoted: nothing of it was withdrawn."""
        try:
            text = self._library.text(citation.document_id, citation.version)
        except UnknownDocument:
            return False
        start, end = citation.answer_span or (0, 0)
        marked = 0 <= start <= end <= len(citation.quote)
        same = bool(citation.quote) and marked and text[citation.start : citation.end] == citation.quote
        return same and not self._withdrawn(citation)

    def _withdrawn(self, citation: Citation) -> bool:
        withdrawals = self._library.withdrawals(citation.document_id, citation.version)
        return any(w.span.start < citation.end and w.span.end > citation.start for w in withdrawals)

    def _citation(self, quote: Quote) -> Citation | None:
        try:
            current, state = self._library.state(quote.document_id)
            document = self._library.get(quote.document_id, quote.version)
        except UnknownDocument:
            return None
        citation = _unverified(quote, document)
        outdated = state == "ready" and quote.version != current
        if state == "removed" or outdated or not self.holds(citation):
            return None
        return replace(citation, verified=True)


def _unverified(quote: Quote, document: Document) -> Citation:
    metadata, span = document.metadata, quote.answer_span
    return Citation(
        number=0,
        document_id=quote.document_id,
        version=quote.version,
        title=metadata.title,
        publisher=metadata.publisher,
        date=metadata.date,
        language=metadata.language,
        kind=metadata.kind,
        digest=metadata.digest,
        url=metadata.url,
        page=document.content.page_of(quote.span.start),
        section=document.content.section_of(quote.span.start),
        start=quote.span.start,
        end=quote.span.end,
        quote=quote.text,
        answer_span=None if span is None else (span.start, span.end),
        verified=False,
        score=quote.score,
    )
