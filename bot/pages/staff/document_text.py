"""The text of a published document: its parts, in which withdrawn words are told from the others; pure.

In: a document, its passages as if nothing were withdrawn, and its withdrawals. Out: every part of the text in
order, cut where a withdrawal begins or ends. Sentences are offered for withdrawal by the spans that they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.pages.staff.draft_text import SHOWN, Part, Piece, parts
from corpus.library import Withdrawal
from corpus.models import Document, Passage, Span


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of a part; `withdrawn` when they are quoted no more, `ends` numbers of the withdrawals that end here."""

    pieces: tuple[Piece, ...]
    withdrawn: bool = False
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the text in segments; `span` is where it is, `quotable` whether some of a passage may be quoted."""

    part: Part
    span: Span
    segments: tuple[Segment, ...]
    quotable: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that can be withdrawn, or that is already."""

    span: Span
    text: str
    withdrawn: bool

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.span.start}-{self.span.end}"


def blocks(
    document: Document, passages: Sequence[Passage], withdrawals: Sequence[Withdrawal], most: int | None = SHOWN
) -> tuple[tuple[Block, ...], bool]:
    """The parts that begin in the first `most` characters, and whether those are all."""
    found, complete = parts(document.content, passages, most)
    out = tuple(enumerate((withdrawal.span for withdrawal in withdrawals), start=1))
    return tuple(_block(part, out) for part in found), complete


def offered(passages: Sequence[Passage], span: Span, withdrawals: Sequence[Withdrawal]) -> tuple[Sentence, ...]:
    """The sentences that `span` touches, in order."""
    out = [withdrawal.span for withdrawal in withdrawals]
    return tuple(
        Sentence(sentence, passage.sentence_text(sentence), any(_covers(one, sentence) for one in out))
        for passage in passages
        if _touches(passage.span, span)
        for sentence in passage.sentences
        if _touches(sentence, span)
    )


def joined(passages: Sequence[Passage], chosen: Sequence[Span]) -> list[Span]:
    """The chosen sentences; those that follow each other in a passage as one span."""
    wanted = set(chosen)
    spans: list[Span] = []
    for passage in passages:
        before = False
        for sentence in passage.sentences:
            if sentence in wanted:
                start = spans.pop().start if before else sentence.start
                spans.append(Span(start, sentence.end))
            before = sentence in wanted
    return spans


def _block(part: Part, out: Sequence[tuple[int, Span]]) -> Block:
    span = Span(part.start, part.start + sum(len(piece.text) for piece in part.pieces))
    inside = [(number, other) for number, other in out if _touches(other, span)]
    borders = {at for _, other in inside for at in (other.start, other.end) if span.start < at < span.end}
    cuts = [span.start, *sorted(borders), span.end]
    segments = tuple(_segment(part, Span(start, end), inside) for start, end in pairwise(cuts))
    words = any(not s.withdrawn and any(piece.text.strip() for piece in s.pieces) for s in segments)
    return Block(part, span, segments, part.kind == "passage" and words)


def _segment(part: Part, span: Span, out: Sequence[tuple[int, Span]]) -> Segment:
    ends = tuple(number for number, other in out if span.start < other.end <= span.end)
    return Segment(_cut(part, span), any(_covers(other, span) for _, other in out), ends)


def _cut(part: Part, span: Span) -> tuple[Piece, ...]:
    """The pieces of a part inside a span; a page begins where its piece does."""
    pieces, position = [], part.start
    for piece in part.pieces:
        start, end = max(position, span.start), min(position + len(piece.text), span.end)
        if start < end:
            text = piece.text[start - position : end - position]
            pieces.append(Piece(text, piece.page if start == position else 0))
        position += len(piece.text)
    return tuple(pieces)


def _touches(one: Span, other: Span) -> bool:
    return one.start < other.end and one.end > other.start


def _covers(one: Span, other: Span) -> bool:
    return one.start <= other.start and other.end <= one.end
