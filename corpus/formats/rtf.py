"""RTF to blocks, token by token, in one pass.

Of striprtf only the tables are used (code pages, destinations, characters): its function adds the addresses of
links, keeps hidden and deleted text, drops notes and stops at code pages that it does not know. Pictures,
embedded objects, annotations, hidden and deleted text are left out and counted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from corpus.errors import UnreadableFile
from corpus.formats import rtf_words as words
from corpus.formats.about import iso_date, meaningful
from corpus.formats.blocks import Reading
from corpus.formats.headings import level_of_name
from corpus.formats.packages import wrong_type
from corpus.formats.rtf_layout import Layout
from corpus.formats.rtf_words import charset, code_page

WHAT = "an RTF document"
MAX_DEPTH = 500
MAX_TOKENS = 8_000_000
"""Word writes one in about ten bytes."""


def read_rtf(data: bytes) -> Reading:
    """The blocks of a document and what it says about itself. UnreadableFile codes: wrong_type, too_large."""
    if not data[:1_000].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf"):
        raise wrong_type("something else", WHAT)
    document = _Document()
    document.read(data)
    about = {name: "".join(pieces).strip()[:1_000] for name, pieces in document.captured.items()}
    return replace(
        document.reading(),
        title=meaningful(about.get("title", "")),
        publisher=about.get("company") or about.get("author", ""),
        date=iso_date("-".join(document.created)),
    )


@dataclass(slots=True)
class _Group:
    """What holds until a brace closes."""

    skipped: bool = False
    hidden: bool = False
    deleted: bool = False
    duplicate: bool = False
    fallback: int = 1
    """Bytes that follow a character in Unicode, for old programs."""
    encoding: str | None = None
    """None for that of the document, empty for a font of symbols."""
    role: str = ""
    opened: str = ""
    """The destination that the group itself opened."""

    def inner(self) -> "_Group":
        return _Group(self.skipped, self.hidden, self.deleted, self.duplicate, self.fallback, self.encoding, self.role)


class _Document:
    def __init__(self) -> None:
        self.captured: dict[str, list[str]] = {}
        self.created: list[str] = []
        self._layout = Layout()
        self._flow = self._layout.flow
        self._group = _Group()
        self._groups: list[_Group] = []
        self._bytes = bytearray()
        """Text that is not decoded yet."""
        self._to_skip = 0
        self._starred = False
        self._high = 0
        """The first half of a character beyond the basic plane."""
        self._encoding = "cp1252"
        self._fonts: dict[int, str | None] = {}
        self._font = self._default_font = -1
        self._levels: dict[int, int] = {}
        """Of headings, by the number of a style."""
        self._style = -1
        self._style_name: list[str] = []
        self._dropping = ""
        """As what the last text was left out."""

    def read(self, data: bytes) -> None:
        """Takes in all tokens; UnreadableFile (too_large) when they are too many, or nest too deeply."""
        tokens, count = words.TOKEN.finditer(data), 0
        while (token := next(tokens, None)) is not None:
            count += 1
            if count > MAX_TOKENS or len(self._groups) > MAX_DEPTH:
                raise UnreadableFile(
                    "the document has too many parts, or parts in parts: save it as .docx or plain text",
                    code="too_large",
                )
            if binary := self._take(token):
                tokens = words.TOKEN.finditer(data, token.end() + binary)

    def reading(self) -> Reading:
        """The blocks."""
        self._flush()
        self._layout.close()
        return self._flow.reading(paged=False)

    def _take(self, token: re.Match[bytes]) -> int:
        """One token; the number of bytes of a picture that follow it."""
        kind = token.lastindex
        if kind in (words.WORD, words.VALUE):
            return self._word(token[words.WORD].decode(), int(token[words.VALUE]) if token[words.VALUE] else None)
        if kind == words.BRACE:
            self._brace(opens=token[words.BRACE] == b"{")
        elif kind == words.SIGN:
            self._sign(token[words.SIGN])
        elif kind and not self._group.skipped:
            self._add(token[words.TEXT] or bytes.fromhex(token[words.HEX].decode()))
        return 0

    def _word(self, name: str, value: int | None) -> int:
        self._flush()
        group, starred = self._group, self._starred
        self._starred = False
        if name == "bin":
            return max(value or 0, 0)
        if name == "pict" and not group.duplicate:
            self._flow.picture()
        if group.skipped:
            return 0
        if starred or name in words.DESTINATIONS:
            self._open_destination(name)
        elif name in words.CHARACTERS:
            self._character(words.CHARACTERS[name])
        elif name in words.ENCODINGS:
            self._encoding = words.ENCODINGS[name]
        elif name in ANYWHERE:
            ANYWHERE[name](self, value)
        else:
            self._to_skip = 0
            BY_ROLE.get(group.role, _Document._ignore)(self, name, 1 if value is None else value)
        return 0

    def _brace(self, *, opens: bool) -> None:
        self._flush()
        self._to_skip, self._starred = 0, False
        if opens:
            self._groups.append(self._group)
            self._group = self._group.inner()
        elif self._groups:
            closed, self._group = self._group, self._groups.pop()
            self._close_group(closed)
            if not self._groups:
                self._group = _Group(skipped=True)

    def _sign(self, sign: bytes) -> None:
        self._flush()
        if sign == b"*":
            self._starred = True
        elif sign in words.SIGNS and not self._group.skipped:
            self._character(words.SIGNS[sign])
        elif sign in b"\r\n" and not self._group.skipped and not self._group.role:
            self._in_text("par", 1)

    def _add(self, text: bytes) -> None:
        skipped = min(self._to_skip, len(text))
        self._to_skip -= skipped
        self._bytes += text[skipped:]

    def _flush(self) -> None:
        if not self._bytes:
            return
        encoding = self._encoding if self._group.encoding is None else self._group.encoding
        text = self._bytes.decode(encoding, "replace") if encoding else ""
        self._bytes.clear()
        self._write(text)

    def _character(self, text: str) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._write(text)

    def _write(self, text: str) -> None:
        group = self._group
        if group.role in words.CAPTURED:
            self.captured.setdefault(group.role, []).append(text)
        elif group.role == "stylesheet":
            self._style_name.append(text)
        elif group.role == "label":
            self._layout.stage.label.append(text)
        elif group.hidden or group.deleted:
            kind = "changes" if group.deleted else "hidden"
            self._flow.dropped[kind] += kind != self._dropping
            self._dropping = kind
        elif not group.role:
            self._dropping = ""
            self._layout.write(text)

    def _open_destination(self, name: str) -> None:
        group = self._group
        group.duplicate |= name in words.DUPLICATES
        if name in words.COUNTED:
            self._flow.dropped[words.COUNTED[name]] += 1
            group.skipped = True
        elif name in words.ROLES or name in words.LABELS:
            group.role = "label" if name in words.LABELS else name
        elif group.role == "info" and name in words.CAPTURED:
            group.role = name
        elif name in words.OWN_PARAGRAPHS and not group.opened:
            group.opened = name
            self._layout.open_stage()
        elif name not in words.KEPT:
            group.skipped = True

    def _close_group(self, closed: _Group) -> None:
        if closed.opened:
            blocks = self._layout.close_stage()
            if closed.opened == "footnote":
                self._flow.note(blocks)
            else:
                self._flow.aside(blocks)
        elif closed.role == "stylesheet" and self._style >= 0:
            level = level_of_name("".join(self._style_name).strip(" ;"))
            self._levels.setdefault(self._style, level)
            self._style = -1
            self._style_name.clear()
        elif closed.role == "fonttbl":
            self._group.encoding = self._fonts.get(self._default_font)

    def _ignore(self, name: str, value: int) -> None:
        """A word that says nothing about the text."""

    def _in_text(self, name: str, value: int) -> None:
        group, stage = self._group, self._layout.stage
        match name:
            case "par" | "sect" | "page" if not (group.hidden or group.deleted):
                self._layout.end_paragraph()
            case "pard":
                stage.in_table, stage.level = False, 0
            case "intbl":
                stage.in_table = True
            case "cell":
                self._layout.end_cell()
            case "row":
                self._layout.end_row()
            case "nestcell":
                stage.next_cell = True
            case "nestrow":
                stage.next_cell = False
                self._write(" ")
            case "v":
                group.hidden = value != 0
            case "deleted":
                group.deleted = value != 0
            case "s":
                stage.level = self._levels.get(value, 0)
            case "outlinelevel":
                stage.level = value + 1 if 0 <= value < 9 else 0

    def _in_fonts(self, name: str, value: int) -> None:
        if name == "fcharset":
            self._fonts[self._font] = charset(value)
        elif name == "cpg":
            self._fonts[self._font] = code_page(value)

    def _in_styles(self, name: str, value: int) -> None:
        if name == "s":
            self._style = value
        elif name == "outlinelevel" and 0 <= value < 9:
            self._levels[self._style] = value + 1

    def _in_date(self, name: str, value: int) -> None:
        if name in ("yr", "mo", "dy"):
            self.created.append(f"{value:02}")

    def _set_font(self, value: int | None) -> None:
        if self._group.role == "fonttbl":
            self._font = -1 if value is None else value
        else:
            self._group.encoding = self._fonts.get(-1 if value is None else value)

    def _set_default_font(self, value: int | None) -> None:
        self._default_font = -1 if value is None else value

    def _set_code_page(self, value: int | None) -> None:
        self._encoding = code_page(value or 0) or self._encoding

    def _set_fallback(self, value: int | None) -> None:
        self._group.fallback = max(0, 1 if value is None else value)

    def _set_plain(self, value: int | None) -> None:
        self._group.hidden = self._group.deleted = False
        self._group.encoding = self._fonts.get(self._default_font)

    def _unicode(self, value: int | None) -> None:
        code = (value or 0) + (0x10000 if (value or 0) < 0 else 0)
        self._to_skip = self._group.fallback
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return
        if 0xDC00 <= code < 0xE000 and self._high:
            code = 0x10000 + ((self._high - 0xD800) << 10) + (code - 0xDC00)
        self._high = 0
        if 0 < code <= 0x10FFFF and code not in words.SYMBOLS:
            self._write(chr(code))


ANYWHERE: dict[str, Callable[[_Document, int | None], None]] = {
    "u": _Document._unicode,
    "uc": _Document._set_fallback,
    "f": _Document._set_font,
    "deff": _Document._set_default_font,
    "plain": _Document._set_plain,
    "ansicpg": _Document._set_code_page,
}
BY_ROLE: dict[str, Callable[[_Document, str, int], None]] = {
    "": _Document._in_text,
    "fonttbl": _Document._in_fonts,
    "stylesheet": _Document._in_styles,
    "creatim": _Document._in_date,
}
