"""Bytes to text: by byte order mark, else UTF-8, else what the file declares, else a guess among the
encodings that French, Spanish, Arabic, Russian and Chinese files of Windows have.
"""

import codecs

from corpus.errors import UnreadableFile

GUESSED = ("cp1252", "cp1256", "cp1251", "gb18030")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SIGNATURES = (
    (b"%PDF", "a PDF file", ".pdf"),
    (b"{\\rtf", "an RTF document", ".rtf"),
    (b"PK\x03\x04", "a ZIP archive or an Office document", ""),
    (b"\xd0\xcf\x11\xe0", "an old Office document", ""),
    (b"\x89PNG", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"GIF8", "a GIF image", ""),
    (b"II*\0", "a TIFF image", ""),
    (b"MM\0*", "a TIFF image", ""),
    (b"\x1f\x8b", "a gzip archive", ""),
    (b"7z\xbc\xaf", "a 7z archive", ""),
    (b"\x7fELF", "a program", ""),
)
"""How files of a kind begin, what they are, and the suffix that they have here."""
LIKE_TEXT = (
    (b"MZ", "a program", ""),
    (b"RIFF", "a picture, a sound or a video", ""),
    (b"Rar!", "a RAR archive", ""),
    (b"%!PS", "a PostScript file", ""),
)
"""The same for beginnings that a text may have too."""
PDF_WITHIN = 1_024
"""Bytes within which a PDF begins."""
PACKAGES = ("a ZIP archive or an Office document", "an old Office document", "")
KINDS = {
    ".pdf": ("a PDF file", ("a PDF file",)),
    ".rtf": ("an RTF document", ("an RTF document",)),
    ".eml": ("a mail", ("",)),
    ".docx": ("a Word document", PACKAGES),
    ".pptx": ("a PowerPoint document", PACKAGES),
    ".odt": ("an OpenDocument text", PACKAGES),
    ".epub": ("an EPUB book", PACKAGES),
}
"""What a file with a suffix is expected to be, and what it may look like; its reader looks closer."""
REMEDY = "save it as text in UTF-8"
SHORTEST = 16  # bytes that an unmarked UTF-16 is told from


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`; UnreadableFile for what is not text. `declared` is an encoding it names itself.

    Codes: wrong_type, encoding.
    """
    found, _ = _kind(data, SIGNATURES)
    if found:
        raise UnreadableFile(
            f"the content is {found}, expected text: {REMEDY}, or give it its own suffix",
            code="wrong_type",
            found=found,
        )
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if encoding := _unmarked(data):
        return _strict(data, encoding)
    if b"\0" in data:
        raise UnreadableFile(
            f"the content is binary (it holds NUL bytes), expected text: {REMEDY}", code="wrong_type", found="binary"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _strict(data, declared) if _is_text_encoding(declared) else _guess(data)


def check_kind(data: bytes, suffix: str) -> None:
    """UnreadableFile (wrong_type, no_text) when a binary file is surely not what its suffix says."""
    if not data:
        raise UnreadableFile("the file is empty: check where it was copied from", code="no_text")
    expected, kinds = KINDS[suffix]
    found, own = _kind(data, SIGNATURES + LIKE_TEXT)
    if not found and b"%PDF-" in data[:PDF_WITHIN]:
        found, own = "a PDF file", ".pdf"
    if found in kinds:
        return
    found = found or "something else"
    remedy = f"rename it, with the suffix {own}" if own else "save it in that format, or give it its own suffix"
    raise UnreadableFile(
        f"the content is {found}, expected {expected}: {remedy}", code="wrong_type", found=found, expected=expected
    )


def _kind(data: bytes, signatures: tuple[tuple[bytes, str, str], ...]) -> tuple[str, str]:
    """What a file is by its beginning, and the suffix it should have; empty when it is none of these."""
    return next(((what, suffix) for signature, what, suffix in signatures if data.startswith(signature)), ("", ""))


def _unmarked(data: bytes) -> str:
    """The form of UTF-16 that `data` is in without saying so: one byte of many pairs is zero, the other never."""
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros = data[high::2].count(0)
        if len(data) % 2 == 0 and len(data) >= SHORTEST and 8 * zeros > len(data) and 0 not in data[1 - high :: 2]:
            return encoding
    return ""


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"byte {error.start:,} is not {encoding}, the encoding that the file announces: {REMEDY}",
            code="encoding",
            encoding=encoding,
        ) from error


def _is_text_encoding(name: str) -> bool:
    try:
        return bool(name) and codecs.lookup(name).name != "utf-8" and isinstance(b"a".decode(name), str)
    except (LookupError, ValueError):
        return False


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=list(GUESSED)).best()
    if best is None:
        raise UnreadableFile(
            f"the encoding is unknown: it is neither UTF-8 nor one of {', '.join(GUESSED)}: {REMEDY}", code="encoding"
        )
    return data.decode(best.encoding)
