"""What the codes of a PDF font mean: the character and the width of each.

In: a font resource of pypdf. Out: `Face`, which turns the bytes of a shown string into glyphs. A code whose
character the file does not tell becomes UNKNOWN. Only this module reaches into pypdf's reading of fonts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

UNKNOWN = "\ufffd"
BOLD = re.compile(r"bold|black|heavy|semibold|demi(?!light)", re.IGNORECASE)
FORCE_BOLD = 1 << 18
HEAVY = 600
SYMBOLS = {
    "\uf0b7": "•", "\uf0a7": "▪", "\uf0a8": "▪", "\uf0d8": "▸", "\uf0fc": "✓",
    "\uf02d": "–", "\uf076": "❖", "\uf06e": "■", "\uf06f": "□",
}  # fmt: skip
"""What the private codes of Symbol and Wingdings stand for, those that begin the items of lists."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character, or several of a ligature, and its width as a share of the font size."""

    text: str
    width: float
    space: bool = False
    """Whether its code is the single byte 32, to which word spacing applies."""


class Face:
    """A font, with the glyphs that were asked for so far."""

    def __init__(self, resource: Any) -> None:
        from pypdf.generic._font import Font

        self._font = Font.from_font_resource(resource)
        self._told = not _is_identity(resource)
        self._em = _em(resource)
        self._glyphs: dict[str | int, Glyph] = {}
        self.bold = _is_bold(self._font)

    def glyphs(self, raw: bytes) -> Iterator[Glyph]:
        """The glyphs of a shown string."""
        encoding = self._font.encoding
        codes: Any = raw
        if encoding in ("utf-16-be", "utf_16_be"):
            codes = [chr(raw[i] << 8 | raw[i + 1]) for i in range(0, len(raw) - 1, 2)]
        elif isinstance(encoding, str):
            codes = raw.decode(encoding, "replace")
        for code in codes:
            yield self._glyphs.get(code) or self._learn(code)

    def _learn(self, code: str | int) -> Glyph:
        """`code` is a byte of a simple font, else the character that pypdf stands for a code."""
        font = self._font
        key = code if isinstance(code, str) else chr(code)
        drawn = key if isinstance(font.encoding, str) else font.encoding.get(code, key)  # type: ignore[arg-type]
        told = drawn if self._told or isinstance(code, int) else UNKNOWN
        text = _character(font.character_map.get(drawn, told)) if font.interpretable else UNKNOWN
        widths = font.character_widths
        width = widths.get(key, widths.get("default", 500))
        if text == " " and not width and isinstance(code, int):
            width = font.space_width
        glyph = Glyph(text, _bounded(width) * self._em, code == 32)
        self._glyphs[code] = glyph
        return glyph


def _character(text: Any) -> str:
    """What a font says a code means, unless it is a glyph's name or nothing that can be shown."""
    if not isinstance(text, str) or not text or (len(text) > 1 and text[0] == "/"):
        return UNKNOWN
    if len(text) == 1 and (text < " " or "\x7f" <= text < "\xa0" or "\ud800" <= text < "\ue000"):
        return " " if text in "\t\n\r" else UNKNOWN
    return SYMBOLS.get(text, text)


def _bounded(width: Any) -> float:
    try:
        return min(max(float(width), 0.0), 5_000.0)
    except (TypeError, ValueError):
        return 500.0


def _em(resource: Any) -> float:
    """What a unit of width is of the font size: a thousandth, but for fonts drawn by operators."""
    matrix = resource.get("/FontMatrix") if resource.get("/Subtype") == "/Type3" else None
    try:
        return min(abs(float(matrix.get_object()[0])), 1.0) if matrix is not None else 0.001
    except (TypeError, ValueError, IndexError):
        return 0.001


def _is_identity(resource: Any) -> bool:
    """Whether the codes are numbers of glyphs, which mean nothing without a table."""
    encoding = resource.get("/Encoding")
    encoding = encoding.get_object() if encoding is not None else None
    return resource.get("/Subtype") == "/Type0" and (not isinstance(encoding, str) or encoding.startswith("/Identity"))


def _is_bold(font: Any) -> bool:
    descriptor = font.font_descriptor
    try:
        heavy = float(descriptor.weight) >= HEAVY
    except (TypeError, ValueError):
        heavy = False
    flags = descriptor.flags if isinstance(descriptor.flags, int) else 0
    return heavy or bool(flags & FORCE_BOLD) or BOLD.search(f"{font.name} {descriptor.name}") is not None
