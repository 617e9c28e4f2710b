"""A document to passages: runs of whole sentences, the unit that is indexed. Pure.

Paragraphs (separated by blank lines) stay whole when they are not too long; long ones are cut at sentence
boundaries into balanced pieces; short neighbours are joined. No passage crosses a heading or holds a sentence
that was withdrawn, and a heading is not in any passage, unless the document has nothing but headings. A
sentence that runs over the end of a page stays whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.models import Content, Document, Passage, Span
from corpus.sentences import DENSE, split_sentences


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters of a passage: the most it may have, and the most that short paragraphs are joined to."""

    most: int
    joined: int


LENGTHS = Lengths(most=1_100, joined=700)
LENGTHS_DENSE = Lengths(most=400, joined=250)
"""For Chinese and Japanese, which say as much in fewer characters."""

BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def split(document: Document, without: Sequence[Span] = ()) -> tuple[Passage, ...]:
    """The passages of `document`, in order; `without` are spans that no passage may hold, as `sentences_at` gives."""
    language = document.metadata.language
    lengths = LENGTHS_DENSE if language in DENSE else LENGTHS
    runs = _runs(document.content, language, lengths, without)
    if not runs:
        runs = _runs(Content(document.text), language, lengths, without)
    return tuple(_passage(document, run) for run in runs)


def sentences_at(document: Document, span: Span) -> Span:
    """The whole sentences that `span` touches, as one span; `span` itself where there are none."""
    sentences = (sentence for passage in split(document) for sentence in passage.sentences)
    touched = [s for s in sentences if s.start < span.end and s.end > span.start]
    if not touched:
        return span
    return Span(min(span.start, touched[0].start), max(span.end, touched[-1].end))


def _runs(content: Content, language: str, lengths: Lengths, without: Sequence[Span]) -> list[list[Span]]:
    """The sentences of each passage."""
    runs: list[list[Span]] = []
    for section in _sections(content, without):
        sentences = split_sentences(section.of(content.text), language, section.start)
        pieces = (
            piece for paragraph in _paragraphs(content.text, sentences) for piece in _balanced(paragraph, lengths.most)
        )
        runs += _joined(pieces, lengths.joined)
    return runs


def _sections(content: Content, without: Sequence[Span]) -> Iterator[Span]:
    """What lies between headings and what is left out."""
    borders = [*(heading.span for heading in content.headings), *without]
    position = 0
    for border in sorted(borders):
        if position < border.start:
            yield Span(position, border.start)
        position = max(position, border.end)
    if position < len(content.text):
        yield Span(position, len(content.text))


def _paragraphs(text: str, sentences: Sequence[Span]) -> Iterator[list[Span]]:
    paragraph: list[Span] = []
    for sentence in sentences:
        if paragraph and BLANK_LINE.search(text, paragraph[-1].end, sentence.start):
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


def _balanced(sentences: list[Span], most: int) -> list[list[Span]]:
    """As few pieces of at most `most` characters as possible, the longest of them as short as possible."""
    pieces = _filled(sentences, most)
    low, high = _length(sentences) // len(pieces), most
    while len(pieces) > 1 and high - low > 8:
        middle = (low + high) // 2
        shorter = _filled(sentences, middle)
        if len(shorter) == len(pieces):
            pieces, high = shorter, middle
        else:
            low = middle
    return pieces


def _filled(sentences: list[Span], most: int) -> list[list[Span]]:
    pieces = [[sentences[0]]]
    for sentence in sentences[1:]:
        if sentence.end - pieces[-1][0].start <= most:
            pieces[-1].append(sentence)
        else:
            pieces.append([sentence])
    return pieces


def _joined(pieces: Iterator[list[Span]], most: int) -> list[list[Span]]:
    """Neighbours joined while the result has at most `most` characters."""
    runs: list[list[Span]] = []
    for piece in pieces:
        if runs and piece[-1].end - runs[-1][0].start <= most:
            runs[-1] = runs[-1] + piece
        else:
            runs.append(piece)
    return runs


def _length(sentences: Sequence[Span]) -> int:
    return sentences[-1].end - sentences[0].start


def _passage(document: Document, sentences: list[Span]) -> Passage:
    span = Span(sentences[0].start, sentences[-1].end)
    return Passage(
        document_id=document.id,
        version=document.version,
        span=span,
        text=span.of(document.text),
        language=document.metadata.language,
        sentences=tuple(sentences),
    )
