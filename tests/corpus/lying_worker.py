"""Stands in for the process that converts, and answers each file with a lie that its name chooses."""

import os
import sys
from typing import Any

from corpus.isolation import frames

METADATA = {
    "id": "note",
    "title": "Note",
    "language": "fr",
    "publisher": "",
    "date": None,
    "url": None,
    "kind": "reference",
    "sources": [],
    "supersedes": None,
    "digest": False,
}
HONEST: dict[str, Any] = {"metadata": METADATA, "headings": [], "pages": [0], "dropped": {}, "pictures": []}
LIES: dict[str, dict[str, Any]] = {
    "honest": {},
    "heading beyond the end": {"headings": [[0, 50, 1]]},
    "heading backwards": {"headings": [[3, 1, 1]]},
    "heading of level 99": {"headings": [[0, 2, 99]]},
    "headings out of order": {"headings": [[3, 4, 1], [0, 2, 1]]},
    "heading of words": {"headings": [["a", "b", 1]]},
    "page before the first": {"pages": [-1]},
    "pages out of order": {"pages": [4, 0]},
    "page beyond the end": {"pages": [0, 99]},
    "no pages": {"pages": None},
    "dropped words": {"dropped": {"images": "many"}},
    "pictures of nothing": {"pictures": "1"},
    "id of a path": {"metadata": METADATA | {"id": "../../etc"}},
    "address that is a script": {"metadata": METADATA | {"url": "javascript:alert(1)"}},
    "unknown metadata": {"metadata": METADATA | {"admin": True}},
    "no metadata": {"metadata": None},
}
RAW = {
    "half a frame": frames.LENGTHS.pack(10, 5) + b"{}",
    "a huge header": frames.LENGTHS.pack(1 << 40, 5),
    "a huge text": frames.LENGTHS.pack(2, 1 << 40),
    "no JSON": frames.LENGTHS.pack(4, 0) + b"text",
    "a list": frames.LENGTHS.pack(2, 0) + b"[]",
    "nothing": b"",
}


def main() -> None:
    """Lie until the input ends."""
    incoming, outgoing = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    while request := frames.read(incoming, 1_000_000):
        lie = str(request[0]["name"]).removesuffix(".pdf")
        if lie in RAW:
            outgoing.write(RAW[lie])
            outgoing.flush()
            sys.exit()
        text = {"no text": b"", "no UTF-8": b"\xff\xfe"}.get(lie, b"A text.")
        frames.write(outgoing, HONEST | LIES.get(lie, {}), text)


if __name__ == "__main__":
    main()
