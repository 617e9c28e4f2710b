"""The words of RTF: how its tokens are told apart, which groups hold text, characters and code pages.

The tables of striprtf are taken for the destinations, the characters and the code pages of fonts.
"""

import codecs
import re

from striprtf.striprtf import charset_map, destinations, specialchars

TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n\0]+)|[\r\n\0\\]",
    re.DOTALL,
)
WORD, VALUE, HEX, SIGN, BRACE, TEXT = range(1, 7)
"""The groups of TOKEN."""

KEPT = frozenset(("shp", "shpinst", "shptxt", "shppict", "footnote", "fldrslt", "nesttableprops"))
"""Destinations whose text is that of the document, though a program may pass over them."""
OWN_PARAGRAPHS = ("footnote", "shptxt")
ROLES = ("fonttbl", "stylesheet", "info")
CAPTURED = ("title", "company", "author", "creatim")
LABELS = ("listtext", "pntext")
DUPLICATES = ("nonshppict", "shprslt", "object", "listpicture")
"""What they hold stands elsewhere too, or is counted as a whole."""
COUNTED = {"object": "attachments", "annotation": "comments"}
DESTINATIONS = frozenset(destinations).union(LABELS, DUPLICATES) - {"fldrslt"}

ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
CODE_PAGES = {936: "gb18030", 10000: "mac_roman", 65001: "utf-8"}
SYMBOL_CHARSET = 2
SYMBOLS = range(0xF000, 0xF100)
CHARACTERS: dict[str, str] = {
    **{name: text for name, text in specialchars.items() if name.endswith(("dash", "space", "quote", "bullet"))},
    **{"tab": "\t", "line": "\n", "lbr": "\n", "column": " "},
    **{"zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f"},
}
SIGNS = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\"}
NUMBER = re.compile(r"\d|\w+[^\w\s]")
"""What the label of a list item has when it is not a bullet."""


def code_page(number: int) -> str | None:
    """The encoding of a code page, or None when Python has none."""
    return _known(CODE_PAGES.get(number, f"cp{number}"))


def charset(number: int) -> str | None:
    """The encoding of the charset of a font: empty for symbols, None for that of the document."""
    return "" if number == SYMBOL_CHARSET else _known(charset_map.get(number, ""))


def _known(encoding: str) -> str | None:
    try:
        return codecs.lookup(encoding).name if encoding else None
    except LookupError:
        return None
