"""A name for a file that came from a web server: from what the server says, else from the address.

Pure. A name is one part of a path, short, without control characters, and ends in a suffix that tells the format.
"""

import re
import unicodedata
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import PurePath
from urllib.parse import unquote

from corpus.convert import READERS

MOST_CHARACTERS = 120
LONGEST_HEADER = 1_000
NOT_IN_NAME = re.compile(r'[<>:"|?*\s]+')
OFFICE = "application/vnd.openxmlformats-officedocument"
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    f"{OFFICE}.wordprocessingml.document": ".docx",
    f"{OFFICE}.presentationml.presentation": ".pptx",
}


def file_name(disposition: str, path: str, host: str, media_type: str) -> str:
    """The name that a file is given; `disposition` is a header, `path` that of the address, still quoted."""
    proposals = (_from_header(disposition), unquote(path.rpartition("/")[2]), host)
    stem = next(name for name in (*map(clean, proposals), "document") if name)
    if PurePath(stem).suffix.lower() in {*READERS, *SUFFIXES.values()}:
        return stem
    return stem + SUFFIXES.get(media_type, "")


def clean(name: str) -> str:
    """One part of a path, the last of `name`; empty when nothing is left."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name[:LONGEST_HEADER]))[-1]
    name = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in name)
    name = NOT_IN_NAME.sub(" ", name).strip(" .")
    suffix = PurePath(name).suffix
    if len(name) > MOST_CHARACTERS:
        name = name[: max(0, MOST_CHARACTERS - len(suffix))].rstrip(" .") + suffix
    return name[:MOST_CHARACTERS]


def _from_header(disposition: str) -> str:
    """The name in a Content-Disposition header (RFC 6266), or nothing."""
    message = Message()
    message["content-disposition"] = " ".join(disposition[:LONGEST_HEADER].split())
    found = [value for name, value in message.get_params([], "content-disposition") if name.lower() == "filename"]
    found.sort(key=lambda value: isinstance(value, str))  # first those that name their encoding
    return collapse_rfc2231_value(found[0]) if found else ""
