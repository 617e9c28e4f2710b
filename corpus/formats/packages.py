"""ZIP containers checked before any parser opens them: office documents and e-books are all of this kind.

In: the bytes of a file. Out: nothing, or a `Package` whose members can be read. Declared sizes are not
believed: every member is expanded once, in pieces, and counted. Names are keys and never paths.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

from corpus.errors import UnreadableFile

MAX_MEMBERS = 5_000
MAX_ENTRIES = 100_000
"""Of directories, those of archives in an archive among them, before the directory is read at all."""
MAX_EXPANDED = 200_000_000
MAX_MEMBER = 100_000_000
MAX_XML = 60_000_000
"""Of all XML in a file together."""
MAX_RATIO = 200
"""Of the expanded bytes to those of the file, beyond RATIO_FROM; text shrinks to a tenth, seldom to a fiftieth."""
RATIO_FROM = 10_000_000
PIECE = 65_536

LOCAL_HEADER = struct.Struct("<4s22xHH")
CENTRAL_HEADER = b"PK\x01\x02"
ENCRYPTED_FLAG = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
    IndexError,
)
"""What `zipfile` raises on damaged files."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAMS = tuple(name.encode("utf-16-le") for name in ("EncryptedPackage", "DRMEncrypted", "DRMContent"))
OTHERS = {
    b"PK\x05\x06": "an empty ZIP archive",
    b"%PDF": "a PDF file",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"<": "an HTML or XML file",
}
ENTITY_MARKS = tuple("<!ENTITY".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))
LONGEST_MARK = max(map(len, ENTITY_MARKS))
XML_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff", b"\0<", b"\0\0\0<")
XML_SUFFIXES = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm")
DRAWN = (".svg", ".emf", ".wmf")
"""Pictures, never parsed here; drawing programs declare entities in theirs."""


def check_package(data: bytes, what: str = "an office document", *, most_xml: int = MAX_XML) -> None:
    """UnreadableFile when `data` is not a ZIP container that is safe to parse; `what` is what was expected.

    `most_xml` bounds the XML in it, expanded, in bytes. Codes: wrong_type, broken, encrypted, too_large.
    """
    check_signature(data, what)
    with opened(data) as archive:
        if len(archive.infolist()) > MAX_MEMBERS:
            raise _too_many(len(archive.infolist()))
        everything, xml = Budget(len(data), MAX_EXPANDED), Budget(len(data), most_xml)
        for info in archive.infolist():
            _check_member(archive, info, everything, xml)


class Package:
    """The members of a checked container, by name."""

    def __init__(self, data: bytes, what: str, *, most_xml: int = MAX_XML) -> None:
        check_package(data, what, most_xml=most_xml)
        self._archive = zipfile.ZipFile(BytesIO(data))
        self.names = frozenset(self._archive.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a member, or none when there is no such member."""
        if name not in self.names:
            return b""
        try:
            return self._archive.read(name)
        except (*ZIP_ERRORS, NotImplementedError) as error:
            raise broken(str(error)) from error


class Budget:
    """Counts the bytes that members really expand to, and refuses when they are too many for the file."""

    def __init__(self, size: int, most: int) -> None:
        self._most = min(most, max(RATIO_FROM, size * MAX_RATIO))
        self._spent = 0

    @property
    def is_spent(self) -> bool:
        """Whether the limit was passed."""
        return self._spent > self._most

    def spend(self, count: int) -> None:
        """UnreadableFile (too_large) once the sum is above the limit."""
        self._spent += count
        if self.is_spent:
            raise too_large(self._most)


def check_signature(data: bytes, what: str) -> None:
    """UnreadableFile unless `data` begins as a ZIP file does."""
    if data.startswith(b"PK\x03\x04"):
        return
    if data.startswith(OLE):
        if any(name in data for name in ENCRYPTED_STREAMS):
            raise encrypted()
        raise wrong_type("an old Office document", what)
    for signature, found in OTHERS.items():
        if data.startswith(signature):
            raise wrong_type(found, what)
    raise wrong_type("something else", what)


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive, its directory checked: not endless, and no member overlaps another."""
    if (entries := data.count(CENTRAL_HEADER)) > MAX_ENTRIES:
        raise _too_many(entries)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        ranges = sorted(_range(data, info) for info in archive.infolist())
    except (*ZIP_ERRORS, NotImplementedError) as error:
        raise broken(str(error)) from error
    if any(end > start for (_, end), (start, _) in pairwise(ranges)):
        raise broken("its members overlap")
    return archive


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member in pieces; UnreadableFile (encrypted or broken) when it cannot be read."""
    if info.flag_bits & ENCRYPTED_FLAG:
        raise encrypted()
    if info.compress_type not in METHODS:
        raise broken(f"a member is compressed by method {info.compress_type}")
    try:
        with archive.open(info) as member:
            while piece := member.read(PIECE):
                yield piece
    except (*ZIP_ERRORS, NotImplementedError) as error:
        raise broken(str(error)) from error


def broken(detail: str) -> UnreadableFile:
    """The error for a file that is damaged."""
    return UnreadableFile(
        f"the file is damaged ({detail}): open it in the program that made it and save it again", code="broken"
    )


def too_large(limit: int) -> UnreadableFile:
    """The error for a file, or a part of it, that expands beyond `limit` bytes."""
    return UnreadableFile(
        f"the file or a part of it expands to more than {limit:,} bytes, which is more than such a document needs: "
        "save it again without large pictures, or split it",
        code="too_large",
        limit=limit,
    )


def encrypted() -> UnreadableFile:
    """The error for a file that needs a password."""
    return UnreadableFile("the file is protected by a password: save it without one and add it again", code="encrypted")


def _check_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, everything: Budget, xml: Budget) -> None:
    name = info.filename.lower()
    is_xml, undecided = name.endswith(XML_SUFFIXES), not name.endswith(DRAWN)
    size, tail = 0, b""
    for piece in pieces(archive, info):
        size += len(piece)
        everything.spend(len(piece))
        if size > MAX_MEMBER:
            raise too_large(MAX_MEMBER)
        if undecided and (text := piece.lstrip()):
            is_xml, undecided = is_xml or text.startswith(XML_STARTS), False
        if is_xml:
            xml.spend(len(piece))
            if any(mark in tail + piece for mark in ENTITY_MARKS):
                raise broken("it declares XML entities, which no office program does")
        tail = piece[-LONGEST_MARK:]


def _range(data: bytes, info: zipfile.ZipInfo) -> tuple[int, int]:
    """Where a member lies in the file, from its local header to the end of its content."""
    signature, name, extra = LOCAL_HEADER.unpack_from(data, info.header_offset)
    if signature != b"PK\x03\x04":
        raise zipfile.BadZipFile("a member is not where the directory says")
    return info.header_offset, info.header_offset + LOCAL_HEADER.size + name + extra + info.compress_size


def _too_many(found: int) -> UnreadableFile:
    return UnreadableFile(
        f"the file has {found:,} members, at most {MAX_MEMBERS:,} are accepted: split it",
        code="too_large",
        limit=MAX_MEMBERS,
    )


def wrong_type(found: str, expected: str) -> UnreadableFile:
    """The error for content of another kind than its name says."""
    return UnreadableFile(
        f"the content is {found}, expected {expected}: save it in that format, or give it its own suffix",
        code="wrong_type",
        found=found,
    )
