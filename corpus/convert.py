"""A file to what the library stores: metadata and the canonical text with its headings.

In: the bytes and the name of a file. Out: `Converted`. The suffix chooses the reader. What the front matter
does not say is proposed: the title from the first heading or line, the id from the name, the language from
the text.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from corpus.decode import decode
from corpus.errors import UnreadableFile
from corpus.formats.blocks import Reading, assemble
from corpus.formats.html import read_html
from corpus.formats.markdown import read_markdown
from corpus.formats.plain import read_plain
from corpus.frontmatter import read_front_matter
from corpus.models import LANGUAGE_CODE, Content, Metadata
from corpus.normalise import MAX_CHARACTERS, one_line

MAX_BYTES = 20_000_000
MAX_TITLE = 120
SAMPLE = 5_000
"""Characters that the language is told from."""
DETECTED = ("fr", "en", "ar", "es", "ru", "zh", "de", "it", "nl")
UNKNOWN_LANGUAGE = "und"

READERS: dict[str, Callable[[str], Reading]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
    ".html": read_html,
    ".htm": read_html,
}
DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
NOT_IN_ID = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as text; the metadata is a proposal that whoever adds the document may change."""

    metadata: Metadata
    content: Content


def detect_language(text: str) -> str:
    """The code of the language of `text`, one of DETECTED, or UNKNOWN_LANGUAGE without letters."""
    if not any(character.isalpha() for character in text):
        return UNKNOWN_LANGUAGE
    return str(_identifier().classify(text)[0])


def convert_file(path: Path, *, detect: Callable[[str], str] = detect_language) -> Converted:
    """`convert` for a file on disk, whose size is checked before it is read."""
    try:
        _check_size(path.stat().st_size, path.name)
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: it cannot be read ({error.strerror}): check the path") from error
    return convert(data, path.name, detect=detect)


def convert(data: bytes, name: str, *, detect: Callable[[str], str] = detect_language) -> Converted:
    """The text and the metadata of a file; UnreadableFile says what was found and what to do."""
    name = PurePath(name).name
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        raise UnreadableFile(
            f"{name}: found {f'the suffix {suffix}' if suffix else 'no suffix'}, "
            f"expected one of {', '.join(READERS)}: save the file in one of these formats"
        )
    _check_size(len(data), name)
    try:
        return _convert(data, name, READERS[suffix], detect)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name}: {error}") from error


def _convert(data: bytes, name: str, read: Callable[[str], Reading], detect: Callable[[str], str]) -> Converted:
    declared = DECLARED.search(data[:4_096]) if read is read_html else None
    text = decode(data, declared.group(1).decode("ascii") if declared else "")
    _check_length(text)
    given, body = read_front_matter(text)
    reading = read(body)
    content = assemble(reading.blocks)
    if not content.text:
        raise UnreadableFile("no text was found, expected at least a line: check the file in an editor")
    values: dict[str, Any] = {"title": _title(reading, content), "id": _id(name)} | given
    values.setdefault("language", _code(reading.language) or detect(content.text[:SAMPLE]))
    try:
        return Converted(Metadata(**values), content)
    except ValueError as error:
        raise UnreadableFile(str(error)) from error


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise UnreadableFile(
            f"{name}: found {size:,} bytes, at most {MAX_BYTES:,} are accepted: split the document into parts"
        )


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(
            f"found {len(text):,} characters, at most {MAX_CHARACTERS:,} are accepted: split the document into parts"
        )


def _title(reading: Reading, content: Content) -> str:
    """The title of the page, else the first heading, else the first line."""
    first = content.headings[0].span.of(content.text) if content.headings else ""
    title = reading.title or first or content.text.split("\n", 1)[0]
    title = one_line(title)
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"


def _id(name: str) -> str:
    """The name without its suffix in the characters of an id, with a hash of what they leave out."""
    stem = unicodedata.normalize("NFC", PurePath(name).stem).lower()
    slug = NOT_IN_ID.sub("-", stem).strip("-._")
    if stem.isascii() and slug:
        return slug[:MAX_TITLE]
    digest = hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"doc-{digest}-{slug}".rstrip("-")[:MAX_TITLE]


def _code(language: str) -> str:
    """The first part of a language tag ("fr-FR"), or nothing when it is not a code."""
    code = re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
    return code if LANGUAGE_CODE.fullmatch(code) else ""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(DETECTED))
    return identifier
