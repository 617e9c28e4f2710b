"""The process that converts the files of strangers: `python -m corpus.isolation.worker BYTES`.

In: frames with a file each, on standard input. Out: frames with its text, or with what is wrong, on standard
output. It limits its memory to BYTES, has no secrets, and ends with its input or when a file takes too long.
Languages are not detected here: that takes a model, and a text that is read.
"""

import logging
import os
import signal
import sys
from typing import IO, Any

from corpus.convert import MAX_BYTES, UNKNOWN_LANGUAGE, Converted, convert
from corpus.errors import UnreadableFile
from corpus.isolation import frames

GRACE = 10
"""Seconds after the time of a file in which the other side should have ended this process."""
OPEN_FILES = 256


def main(memory: int) -> None:
    """Answer one frame after another."""
    incoming, outgoing = _own_streams()
    _limit(memory)
    logging.disable(logging.CRITICAL)
    while request := frames.read(incoming, MAX_BYTES):
        header, data = request
        _allow(int(header["seconds"]) + GRACE)
        reply, body = _answer(data, str(header["name"]))
        del data, request
        frames.write(outgoing, reply, body)
        _allow(0)
        if reply.get("code") == "memory":
            break  # what is left of it may be in pieces: the next file gets a new process


def _answer(data: bytes, name: str) -> tuple[dict[str, Any], bytes]:
    try:
        converted = convert(data, name, detect=lambda _text: UNKNOWN_LANGUAGE)
        return _header(converted), converted.content.text.encode()
    except UnreadableFile as error:
        return {"message": str(error), "code": error.code, "values": _plain(error.values)}, b""
    except MemoryError:
        return {"message": "", "code": "memory", "values": {}}, b""


def _header(converted: Converted) -> dict[str, Any]:
    metadata, content = converted.metadata, converted.content
    return {
        "metadata": {name: getattr(metadata, name) for name in metadata.__slots__},
        "headings": [[heading.span.start, heading.span.end, heading.level] for heading in content.headings],
        "pages": content.pages,
        "dropped": dict(converted.dropped),
        "pictures": converted.pictures,
    }


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, (int, float, str)) else str(value) for name, value in values.items()}


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The streams of frames; what a library prints or reads goes nowhere."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return incoming, outgoing


def _limit(memory: int) -> None:
    """Bound what this process may take; where the system has no such limits there are none."""
    try:
        import resource
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def _allow(seconds: int) -> None:
    """End this process by a signal after so long, even if nobody else does; 0 takes it back."""
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
