"""What staff see about a document before it is published; pure.

In: a `Converted`, the day, and the documents near to it. Out: `Finding`s, the worst first. Nothing is changed: a
finding says what was counted and where, and staff decide. What only the library can tell is not looked for here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from corpus.convert import Converted, detect_language
from corpus.models import Metadata
from corpus.quality import particulars
from corpus.quality.concealment import bidi_controls, hidden_characters
from corpus.quality.findings import CODES, SEVERITIES, VALUES, Finding, Severity, Wording, share
from corpus.quality.garbling import lost_characters, mojibake, strange_letters
from corpus.quality.injection import prompt_injection
from corpus.quality.mixture import WIDE_WEIGHT, languages
from corpus.quality.spacing import letter_spacing, missing_spaces, ocr_noise
from corpus.quality.visual_order import presentation_forms, reversed_arabic
from corpus.similarity import Neighbour

__all__ = ["CODES", "SEVERITIES", "VALUES", "Finding", "Severity", "blocking", "examine"]

OF_TEXT: tuple[Callable[[Wording], Iterator[Finding]], ...] = (
    lost_characters,
    mojibake,
    strange_letters,
    reversed_arabic,
    presentation_forms,
    missing_spaces,
    letter_spacing,
    ocr_noise,
    hidden_characters,
    prompt_injection,
)

VERY_LONG = 400_000
FEW = 40
"""Letters of a text that hardly says anything."""
FEW_ON_A_PAGE, NEXT_TO_NONE = 100, 15
"""Letters a page, on average, below which a document with pages is doubtful, or of no use."""
PAGES = 3
"""Pages from which that average says something."""
PAGES_TOLD = 50
SAME, NEAR, HELD = 0.99, 0.8, 0.9
"""Shares of the wording from which a document is the same, nearly the same, or a part of another."""
BIDI = "bidi"
RISKY = ("changes", "hidden", "macros")
"""Kinds of what was left out that may change the meaning of what was kept."""


def examine(
    converted: Converted,
    *,
    today: date,
    neighbours: Sequence[Neighbour] = (),
    detect: Callable[[str], str] = detect_language,
) -> tuple[Finding, ...]:
    """Everything that was found, the worst first, then in the order of CODES.

    `neighbours` are documents with a similar text, as `corpus.similarity.neighbours` gives them; one with the id of
    the document itself is passed over. `detect` gives the language of a passage.
    """
    metadata, wording = converted.metadata, Wording(converted.content.text)
    found = [finding for check in OF_TEXT for finding in check(wording)]
    found += bidi_controls(wording, converted.dropped.get(BIDI, 0))
    found += languages(wording, metadata.language, detect)
    found += _pages(converted)
    found += _length(converted, wording)
    found += _dropped(converted)
    found += particulars.title(metadata, converted.content)
    found += particulars.day(metadata, today)
    found += particulars.source(metadata)
    found += _neighbours(metadata, neighbours)
    return tuple(sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), CODES.index(finding.code))))


def blocking(findings: Sequence[Finding]) -> bool:
    """Whether the document is held back until staff say why it is published all the same: there is an error."""
    return any(finding.severity == "error" for finding in findings)


def _pages(converted: Converted) -> Iterator[Finding]:
    """Pages that are pictures; an error when most of them are."""
    pictures = converted.pictures
    if pictures:
        of = max(len(converted.content.pages), len(pictures))
        severity: Severity = "error" if 2 * len(pictures) > of else "warning"
        values = {"pages": pictures[:PAGES_TOLD], "count": len(pictures), "of": of, "share": share(len(pictures), of)}
        yield Finding("pages_without_text", severity, values)


def _length(converted: Converted, wording: Wording) -> Iterator[Finding]:
    pages = len(converted.content.pages)
    weight = wording.letters + (WIDE_WEIGHT - 1) * wording.wide
    paged = pages >= PAGES
    if weight < FEW or (paged and weight < FEW_ON_A_PAGE * pages):
        severity: Severity = "error" if paged and weight < NEXT_TO_NONE * pages else "warning"
        yield Finding("little_text", severity, {"letters": wording.letters, "pages": pages})
    if len(wording.text) > VERY_LONG:
        yield Finding("very_long", "note", {"characters": len(wording.text)})


def _dropped(converted: Converted) -> Iterator[Finding]:
    for kind, count in sorted(converted.dropped.items()):
        if count > 0 and kind != BIDI:
            yield Finding("dropped_markup", "warning" if kind in RISKY else "note", {"kind": kind, "count": count})


def _neighbours(metadata: Metadata, neighbours: Sequence[Neighbour]) -> Iterator[Finding]:
    """What other documents share; the one that this one replaces may be near."""
    for near in neighbours:
        values = {"document_id": near.document_id, "share": round(near.share, 4)}
        held = max(near.contained, near.contains)
        if near.document_id == metadata.id:
            continue
        if near.share >= SAME and not near.numbers_differ:
            yield Finding("same_text", "warning", values)
        elif near.document_id == metadata.supersedes:
            continue
        elif near.share >= NEAR:
            figures = {"numbers_differ": near.numbers_differ, "figures": near.figures}
            yield Finding("near_duplicate", "warning", {**values, **figures})
        elif held >= HELD:
            direction = "contained" if near.contained == held else "contains"
            yield Finding("shared_text", "note", {**values, "share": round(held, 4), "direction": direction})
