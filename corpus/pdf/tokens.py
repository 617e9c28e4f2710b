"""The operators of a PDF content stream with their operands, one after another.

In: the decoded bytes of a stream. Out: `Operation`s; numbers are floats, names texts with their slash,
strings bytes. What is malformed is passed over; the number of tokens is bounded, and nothing recurses.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from corpus.errors import UnreadableFile

MAX_TOKENS = 3_000_000
"""Of one page. A dense page of a printed text has about 30,000, a detailed map ten times as many."""
MAX_NESTING = 16
MAX_PARTS = 100_000
"""Of one string: its runs, escapes and parentheses."""

Operation = tuple[bytes, list[Any]]

SPACE = rb"\x00\t\n\f\r "
REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"
TOKEN = re.compile(
    rb"[%b]*+(?:%%[^\r\n]*+[%b]*+)*+(?:" % (SPACE, SPACE)
    + rb"(?P<number>[+-]*+(?:\d++\.?\d*+|\.\d++))"
    + rb"|(?P<word>[A-Za-z'\"][A-Za-z0-9*'\"]*+)"
    + rb"|(?P<name>/%b*+)" % REGULAR
    + rb"|(?P<open><<|\[)|(?P<close>>>|\])"
    + rb"|<(?P<hex>[0-9A-Fa-f%b]*+)>" % SPACE
    + rb"|(?P<string>\()"
    + rb"|(?P<other>[^%b]))" % SPACE
)
STRING_PART = re.compile(rb"[^()\\]++|\\(?:\r\n|[0-7]{1,3}|.)|[()]", re.DOTALL)
NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
IMAGE_END = re.compile(rb"[%b]EI(?=[%b]|$)" % (SPACE, SPACE))
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
WHITE = b"\x00\t\n\f\r "
CONSTANTS = {b"true": True, b"false": False, b"null": None}


def operations(data: bytes) -> Iterator[Operation]:
    """Each operator with what stands before it; an inline image is passed over and given as EI."""
    operands: list[Any] = []
    nested: list[tuple[bytes, list[Any]]] = []
    match, position, left = TOKEN.match, 0, MAX_TOKENS
    while token := match(data, position):
        position, kind = token.end(), token.lastgroup
        raw = token[kind or 0]
        left -= 1
        if not left:
            raise too_large(MAX_TOKENS)
        if kind == "word" and raw not in CONSTANTS:
            if raw == b"ID":
                raw, position = b"EI", _image_end(data, position)
            yield raw, operands
            operands, nested = [], []
        elif kind == "open" and len(nested) < MAX_NESTING:
            nested.append((raw, []))
        elif kind == "close":
            _close(nested, operands)
        elif kind != "other":
            value, position = READ[kind](data, position, raw)
            (nested[-1][1] if nested else operands).append(value)


def too_large(limit: int) -> UnreadableFile:
    """The error for a page that draws more than a page of a document does."""
    return UnreadableFile(
        f"a page draws more than {limit:,} things: print the document to a new PDF", code="too_large", limit=limit
    )


def _image_end(data: bytes, position: int) -> int:
    end = IMAGE_END.search(data, position)
    return end.end() if end else len(data)


def _close(nested: list[tuple[bytes, list[Any]]], operands: list[Any]) -> None:
    if not nested:
        return
    opened, values = nested.pop()
    parent = nested[-1][1] if nested else operands
    if opened == b"[":
        parent.append(values)
    else:
        pairs = zip(values[::2], values[1::2], strict=False)
        parent.append({key: value for key, value in pairs if isinstance(key, str)})


def _string(data: bytes, position: int, _raw: bytes) -> tuple[bytes, int]:
    """The string that begins before `position`, and where it ends: parentheses nest in it."""
    parts: list[bytes] = []
    depth = 1
    while part := STRING_PART.match(data, position):
        position, raw = part.end(), part[0]
        if raw[:1] == b"\\":
            parts.append(_escaped(raw[1:]))
            continue
        depth += (raw == b"(") - (raw == b")")
        if not depth:
            break
        parts.append(raw)
        if len(parts) > MAX_PARTS:
            break
    return b"".join(parts), position


def _escaped(raw: bytes) -> bytes:
    return bytes([int(raw, 8) & 255]) if raw.isdigit() and raw < b"8" else ESCAPES.get(raw, raw)


def _number(_data: bytes, position: int, raw: bytes) -> tuple[float, int]:
    try:
        return float(raw), position
    except ValueError:  # several signs
        return float(raw[:1] + raw.lstrip(b"+-")), position


def _name(_data: bytes, position: int, raw: bytes) -> tuple[str, int]:
    if b"#" in raw:
        raw = NAME_ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), raw)
    return raw.decode("utf-8", "surrogateescape"), position


def _hexadecimal(_data: bytes, position: int, raw: bytes) -> tuple[bytes, int]:
    digits = raw.translate(None, WHITE)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), position


def _constant(_data: bytes, position: int, raw: bytes) -> tuple[bool | None, int]:
    return CONSTANTS[raw], position


Read = Callable[[bytes, int, bytes], tuple[Any, int]]
READ: dict[str | None, Read] = {
    "number": _number,
    "name": _name,
    "string": _string,
    "hex": _hexadecimal,
    "word": _constant,
    "open": lambda _data, position, _raw: (None, position),
}
"""How each kind of token gives its value, and where the next one begins."""
