"""Messages between this process and the one that converts: a header in JSON, then bytes.

A frame is the length of its header and that of its body, eight bytes each, then both. Nothing in it is code.
"""

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

LENGTHS = struct.Struct(">QQ")
MAX_HEADER = 32_000_000
"""Room for the places of half a million headings."""


class BrokenFrame(Exception):
    """The other side ended in the middle of a frame, or sent what is none."""


def write(stream: IO[bytes], header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a frame; raises OSError when nobody reads."""
    encoded = json.dumps(header).encode("ascii")
    stream.write(LENGTHS.pack(len(encoded), len(body)))
    stream.write(encoded)
    stream.write(body)
    stream.flush()


def read(stream: IO[bytes], most: int) -> tuple[dict[str, Any], bytes] | None:
    """The next frame, or None at the end; BrokenFrame for a body above `most` bytes and what is no frame."""
    lengths = stream.read(LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < LENGTHS.size:
        raise BrokenFrame("a frame without lengths")
    header_length, length = LENGTHS.unpack(lengths)
    if header_length > MAX_HEADER or length > most:
        raise BrokenFrame(f"a frame of {header_length:,} and {length:,} bytes")
    encoded, body = stream.read(header_length), stream.read(length)
    if len(encoded) < header_length or len(body) < length:
        raise BrokenFrame("half a frame")
    try:
        header = json.loads(encoded)
    except ValueError as error:
        raise BrokenFrame("a header that is not JSON") from error
    if not isinstance(header, dict):
        raise BrokenFrame("a header that is no object")
    return header, body
