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
SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "an RTF document",
}
REMEDY = "save it as text in UTF-8"


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`; UnreadableFile for what is not text. `declared` is an encoding it names itself."""
    for signature, what in SIGNATURES.items():
        if data.startswith(signature):
            raise UnreadableFile(f"the content is {what}, expected text: {REMEDY}, or give it its own suffix")
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    if b"\0" in data:
        raise UnreadableFile(f"the content is binary (it holds NUL bytes), expected text: {REMEDY}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _strict(data, declared) if _is_text_encoding(declared) else _guess(data)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"byte {error.start:,} is not {encoding}, the encoding that the file announces: {REMEDY}"
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
        raise UnreadableFile(f"the encoding is unknown: it is neither UTF-8 nor one of {', '.join(GUESSED)}: {REMEDY}")
    return data.decode(best.encoding)
