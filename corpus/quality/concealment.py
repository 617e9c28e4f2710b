"""Characters that a reader does not see and a program does: directional overrides, tags, runs of joiners; pure.

In: a `Wording`. Out: findings. What scripts need (one joiner, one variation selector, the tags of a flag) passes.
"""

import re
from collections.abc import Iterator

from corpus.quality.findings import PLACE, Finding, Severity, Wording, place

DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
DIRECTION = re.compile(f"[{DIRECTIONS}]")
OVERRIDES = "\u202d\u202e"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
TAGS = "\U000e0001-\U000e007f"
FLAG = "\U0001f3f4"
HIDDEN = re.compile(
    rf"(?<![{FLAG}{TAGS}])[{TAGS}]++|[{SELECTORS}]{{2,}}+"
    "|[\u200b-\u200f\u2060-\u2064\ufeff]{8,}+|[\u115f\u1160\u3164\uffa0]{3,}+"
)
HIDDEN_SIGNS = f"{TAGS}{SELECTORS}\u200b-\u200f\u2060-\u2064\ufeff\u115f\u1160\u3164\uffa0"
CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x9f"
CONTROL = re.compile(f"[{CONTROLS}]")
TOLD = 200
"""Characters of a hidden text that are told."""
NOWHERE: dict[str, object] = dict(zip(PLACE, (0, "", 0), strict=True))


def bidi_controls(wording: Wording, removed: int = 0) -> Iterator[Finding]:
    """Characters that change the direction of the text; `removed`: how many a reader of the file took out."""
    spans = [found.span() for found in DIRECTION.finditer(wording.text)] if wording.has(DIRECTIONS) else []
    if spans or removed:
        severity: Severity = "warning" if removed or wording.has(OVERRIDES) else "note"
        where = place(wording.text, *spans[0]) if spans else NOWHERE
        yield Finding("bidi_controls", severity, {"count": len(spans), "removed": removed, **where})


def hidden_characters(wording: Wording) -> Iterator[Finding]:
    """Runs of invisible characters, with the text that they spell, and control characters."""
    text = wording.text
    runs = [found.span() for found in HIDDEN.finditer(text)] if wording.has(HIDDEN_SIGNS) else []
    control = CONTROL.search(text) if wording.has(CONTROLS) else None
    if runs or control:
        controls = sum(count for character, count in wording.characters.items() if CONTROL.match(character))
        spelt = "".join(_spelt(text[start:end]) for start, end in runs[:TOLD])[:TOLD]
        first = min(runs[:1] + ([control.span()] if control else []))
        count = sum(end - start for start, end in runs) + controls
        values = {"count": count, "hidden_text": spelt, **place(text, *first)}
        yield Finding("hidden_characters", "warning" if runs else "note", values)


def _spelt(run: str) -> str:
    """The printable ASCII characters that tags, or bytes as variation selectors, stand for."""
    codes = (_code(ord(character)) for character in run[:TOLD])
    return "".join(chr(code) for code in codes if 0x20 <= code < 0x7F)


def _code(point: int) -> int:
    if 0xFE00 <= point <= 0xFE0F:
        return point - 0xFE00
    return point - 0xE0100 + 16 if point >= 0xE0100 else point - 0xE0000
