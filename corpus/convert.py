"""A file to what the library stores: metadata and the canonical text with its headings.

In: the bytes and the name of a file. Out: `Converted`. The suffix chooses the reader, which must find what the
suffix says. What neither the front matter nor the file says is proposed: the title from the first heading or
line, the id from the name, the language from the text. Everything is read in this process; `corpus.isolation.isolated`
reads the formats of BINARY in another one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from corpus.decode import check_kind, decode
from corpus.errors import CorpusError, UnreadableFile
from corpus.formats.binary import BINARY
from corpus.formats.blocks import Reading, assemble
from corpus.formats.html import read_html
from corpus.formats.markdown import read_markdown
from corpus.formats.plain import read_plain
from corpus.frontmatter import read_front_matter
from corpus.models import ISO_DATE, LANGUAGE_CODE, Content, Metadata
from corpus.normalise import MAX_CHARACTERS, one_line

MAX_BYTES = 20_000_000
MAX_TITLE = 120
SAMPLE = 5_000
"""Characters that the language is told from."""
DETECTED = ("fr", "en", "ar", "es", "ru", "zh", "de", "it", "nl")
UNKNOWN_LANGUAGE = "und"

TEXT: dict[str, Callable[[str], Reading]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
    ".html": read_html,
    ".htm": read_html,
}
READERS: tuple[str, ...] = (*TEXT, *BINARY)
"""The suffixes that are read."""
DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
NOT_IN_ID = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as text; the metadata is a proposal that whoever adds the document may change.

    `dropped` and `pictures` are those of `Reading`: what the text does not hold.
    """

    metadata: Metadata
    content: Content
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    pictures: tuple[int, ...] = ()


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
        raise UnreadableFile(
            f"{path}: it cannot be read ({error.strerror}): check the path", code="unreadable"
        ) from error
    return convert(data, path.name, detect=detect)


def convert(data: bytes, name: str, *, detect: Callable[[str], str] = detect_language) -> Converted:
    """The text and the metadata of a file; UnreadableFile says what was found and what to do.

    Its codes: unknown_suffix, wrong_type, too_large, no_text, encoding, unreadable, and those of the readers.
    """
    name, suffix = check_name(data, name)
    try:
        given, reading = _read_binary(data, suffix) if suffix in BINARY else _read_text(data, suffix)
        return _converted(reading, given, name, detect)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name}: {error}", code=error.code or "unreadable", **error.values) from error


def check_name(data: bytes, name: str) -> tuple[str, str]:
    """The last part of a file's name and its suffix; UnreadableFile when they or the size are not accepted."""
    name = PurePath(name).name
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        raise UnreadableFile(
            f"{name}: found {f'the suffix {suffix}' if suffix else 'no suffix'}, "
            f"expected one of {', '.join(READERS)}: save the file in one of these formats",
            code="unknown_suffix",
            found=suffix,
        )
    _check_size(len(data), name)
    return name, suffix


def _read_text(data: bytes, suffix: str) -> tuple[dict[str, Any], Reading]:
    """The front matter and the blocks of a file of text."""
    read = TEXT[suffix]
    declared = DECLARED.search(data[:4_096]) if read is read_html else None
    text = decode(data, declared.group(1).decode("ascii") if declared else "")
    _check_length(text)
    given, body = read_front_matter(text)
    return dict(given), read(body)


def _read_binary(data: bytes, suffix: str) -> tuple[dict[str, Any], Reading]:
    """What a file of another kind says about itself, and its blocks."""
    check_kind(data, suffix)
    try:
        reading = BINARY[suffix](data)
    except (CorpusError, MemoryError):
        raise
    except Exception as error:  # parsers raise anything on damaged files
        raise UnreadableFile(
            f"it is damaged ({type(error).__name__}): open it in the program that made it and save it again",
            code="broken",
        ) from error
    said = {"publisher": one_line(reading.publisher), "date": reading.date if ISO_DATE.fullmatch(reading.date) else ""}
    return {key: value for key, value in said.items() if value}, reading


def _converted(reading: Reading, given: dict[str, Any], name: str, detect: Callable[[str], str]) -> Converted:
    content = assemble(reading.blocks, paged=reading.paged)
    _check_length(content.text)
    if not content.text:
        raise UnreadableFile("no text was found, expected at least a line: check the file in an editor", code="no_text")
    values: dict[str, Any] = {"title": _title(reading, content), "id": _id(name)} | given
    values.setdefault("language", _code(reading.language) or detect(content.text[:SAMPLE]))
    try:
        return Converted(Metadata(**values), content, reading.dropped, reading.pictures)
    except ValueError as error:
        raise UnreadableFile(str(error)) from error


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise UnreadableFile(
            f"{name}: found {size:,} bytes, at most {MAX_BYTES:,} are accepted: split the document into parts",
            code="too_large",
            limit=MAX_BYTES,
        )


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(
            f"found {len(text):,} characters, at most {MAX_CHARACTERS:,} are accepted: split the document into parts",
            code="too_large",
            limit=MAX_CHARACTERS,
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
