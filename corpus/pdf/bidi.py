"""A line as it is drawn, from left to right, to the order in which it is read.

In: the texts of its glyphs in the order of their places. Out: the text. Pure. It undoes what the Unicode
bidirectional algorithm does (UAX 9): letters of right-to-left scripts turn around, numbers and foreign words
stay, brackets are mirrored. Where two orders of reading give one drawing, the more usual is chosen.
"""

import re
import unicodedata
from collections.abc import Sequence

from corpus.pdf.pieces import RTL

LETTER = re.compile(r"[^\W\d_]")
DIGIT = re.compile(r"[0-9٠-٩۰-۹]")
BETWEEN_DIGITS = frozenset(".,:/٫٬\u00a0\u202f'’")
AFTER_DIGITS = frozenset("%‰°٪")
MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
OPENING, CLOSING = "([{", ")]}"
MISPLACED = re.compile(r"[(\[{«](?=[\s.,;:!?،؛؟])|(?<=\s)[)\]}»]")
LONGEST_RUN = 400
"""Glyphs above which a foreign run is not cut at brackets."""


def kind(text: str) -> str:
    """R for right-to-left letters, L for others, N for digits, S for the rest."""
    if RTL.search(text) and not DIGIT.match(text):
        return "R" if any(unicodedata.bidirectional(c) in ("R", "AL", "NSM") for c in text) else "S"
    if DIGIT.match(text):
        return "N"
    return "L" if LETTER.search(text) else "S"


def logical(drawn: Sequence[str]) -> str:
    """The text of a line that reads from right to left, of glyphs given from left to right."""
    glyphs = list(reversed(drawn))
    kinds = [kind(glyph) for glyph in glyphs]
    parts: list[str] = []
    plain: list[str] = []
    position = 0
    while position < len(glyphs):
        sign = (
            glyphs[position] if glyphs[position] in AFTER_DIGITS and "N" in kinds[position + 1 : position + 2] else ""
        )
        position += len(sign)
        end = _run_end(glyphs, kinds, position) if kinds[position] in "LN" else position + 1
        run = "".join(reversed(glyphs[position:end]))
        plain.append(run + sign)
        parts.append((run.translate(MIRRORED) if kinds[position] == "S" else run) + sign)
        position = end
    text, unmirrored = "".join(parts), "".join(plain)
    return min(text, unmirrored, key=lambda one: (_faults(one), _misplaced(one)))


def _run_end(glyphs: Sequence[str], kinds: Sequence[str], start: int) -> int:
    """Where the left-to-right run ends that begins at `start`, itself drawn from its end to its start."""
    end = position = start + 1
    while position < len(glyphs):
        if kinds[position] in "LN":
            between = "".join(glyphs[end:position])
            if not _joins(kinds[end - 1], kinds[position], between):
                break
            end = position + 1
        elif kinds[position] == "R":
            break
        position += 1
    while start + 1 < end < start + LONGEST_RUN and _faults("".join(reversed(glyphs[start:end]))):
        end = _before_bracket(glyphs, start, end)
    return end


def _joins(right: str, left: str, between: str) -> bool:
    """Whether what stands on both sides of `between` belongs to one run; `right` is drawn on the right."""
    if not between:
        return True
    if left == right == "N":
        return len(between) == 1 and between in BETWEEN_DIGITS
    return left == "L" or not between.isspace()


def _before_bracket(glyphs: Sequence[str], start: int, end: int) -> int:
    """The end of the longest shorter run that stops before a bracket."""
    for position in range(end - 1, start, -1):
        if glyphs[position] in OPENING + CLOSING:
            end = position
            while end > start + 1 and kind(glyphs[end - 1]) == "S":
                end -= 1
            return end
    return start + 1


def _misplaced(text: str) -> int:
    """How many quotation marks and brackets stand on the wrong side of a word."""
    return len(MISPLACED.findall(f" {text} "))


def _faults(text: str) -> int:
    """How many brackets have no other end."""
    depth = faults = 0
    for character in text:
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth, faults = (depth - 1, faults) if depth else (0, faults + 1)
    return depth + faults
