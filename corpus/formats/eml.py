"""Mails (.eml) to blocks: the subject as a heading, then the text, as plain text where the mail has both.

The parser keeps headers as they are (`compat32`): the one that understands them all raises on malformed ones and
takes long over long ones. Attachments are counted and not opened; a mail in a mail is read. Of the sender
only the name is proposed, as the publisher: addresses never reach the text.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import TypeAlias

from corpus.decode import decode
from corpus.errors import UnreadableFile
from corpus.formats.blocks import Block, Reading
from corpus.formats.html import read_html
from corpus.formats.packages import OLE, broken, encrypted, wrong_type
from corpus.formats.plain import read_plain
from corpus.normalise import one_line

WHAT = "a mail (.eml)"
MAX_PARTS = 1_000
MAX_MULTIPARTS = 50
"""Each line is compared with the borders of all parts around it."""
MAX_DEPTH = 5
"""Mails in mails that are read."""
LONGEST_HEADER = 5_000
"""The rest is cut off: the parser takes quadratic time over parameters."""
BORDER = b"\n--"
MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
HEADERS = ("from", "subject", "date", "received", "message-id", "mime-version")
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949", "unicode": "utf-16"}
"""Names that mean a larger set, or that Python does not know."""
NOT_FOR_TEXT = ("punycode", "idna")
"""Their decoders take quadratic time."""
DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
QUOTED = re.compile(r"(?:>[ \t]?)+")
LAST_LEVEL = MAX_DEPTH + 1
READERS = {"text/plain": read_plain, "text/html": read_html}


def read_eml(data: bytes) -> Reading:
    """The blocks of a mail, its date, and its sender's name as the publisher.

    UnreadableFile codes: wrong_type, broken, too_large, encoding.
    """
    if data.startswith(OLE):
        raise wrong_type("a message of Outlook (.msg)", WHAT)
    if data.count(BORDER) > 10 * MAX_PARTS or len(MULTIPART.findall(data)) > MAX_MULTIPARTS:
        raise _too_large()
    try:
        mail = message_from_bytes(data, policy=_Bounded())
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise broken(f"the structure of the mail: {error}") from error
    if not any(name in mail for name in HEADERS):
        raise wrong_type("something else", WHAT)
    if mail.get_content_type() in ENCRYPTED:
        raise encrypted()
    reader = _Reader()
    return Reading(
        tuple(reader.mail(mail, 1)),
        title=_header(mail, "subject"),
        language=_header(mail, "content-language").split(",")[0],
        publisher=_sender(mail),
        date=_date(mail),
        dropped=+reader.dropped,
    )


Part: TypeAlias = "Message[str, str]"


class _Bounded(policy.Compat32):
    """The policy `compat32`, with shorter headers."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


class _Reader:
    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self._parts = 0

    def mail(self, mail: Part, depth: int) -> Iterator[Block]:
        """The subject as a heading of a level that tells how deep the mail is in others, then its text."""
        yield Block(_header(mail, "subject"), depth)
        yield from self._part(mail, depth)

    def _part(self, part: Part, depth: int) -> Iterator[Block]:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _too_large()
        kind = part.get_content_type()
        if kind == "message/rfc822":
            yield from self._inner(part, depth)
        elif part.is_multipart():
            children = [child for child in part.get_payload() if isinstance(child, Message)]
            for child in _chosen(kind, children):
                yield from self._part(child, depth)
        elif part.get_content_disposition() == "attachment" or part.get_filename():
            self._count(part)
        elif kind in READERS:
            yield from self._text(part, kind, depth)
        else:
            self._count(part)

    def _inner(self, part: Part, depth: int) -> Iterator[Block]:
        mails = part.get_payload()
        if depth >= MAX_DEPTH or not isinstance(mails, list):
            self._count(part)
            return
        for mail in mails:
            if isinstance(mail, Message):
                yield from self.mail(mail, depth + 1)

    def _count(self, part: Part) -> None:
        inline = part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"
        self.dropped["images" if inline else "attachments"] += 1

    def _text(self, part: Part, kind: str, depth: int) -> Iterator[Block]:
        data = _payload(part)
        declared = _charset(part) or (_declared_in(data) if kind == "text/html" else "")
        text = _decoded(data, (declared,))
        reading = READERS[kind](_unquoted(text) if kind == "text/plain" else text)
        self.dropped.update(reading.dropped)
        for block in reading.blocks:
            is_heading = block.level and kind == "text/html"
            yield Block(block.text, min(block.level + depth, LAST_LEVEL) if is_heading else 0)


def _chosen(kind: str, parts: list[Part]) -> list[Part]:
    """Of alternatives one: the plain text when it says something, else the last that can be read."""
    if kind != "multipart/alternative":
        return parts
    plain = [part for part in parts if part.get_content_type() == "text/plain" and _payload(part).strip()]
    readable = [part for part in parts if part.is_multipart() or part.get_content_type() in READERS]
    return (plain or readable[-1:])[:1]


def _unquoted(text: str) -> str:
    """A text without the signs before its quoted lines; a quotation is a paragraph of its own."""
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        marks = QUOTED.match(line)
        quoted = marks[0].count(">") if marks else 0
        lines += [""] if quoted != depth else []
        lines.append(line[marks.end() :] if marks else line)
        depth = quoted
    return "\n".join(lines)


def _payload(part: Part) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Part) -> str:
    """What the part declares."""
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError):
        return ""


def _declared_in(page: bytes) -> str:
    found = DECLARED.search(page[:4_096])
    return found.group(1).decode("ascii") if found else ""


def _decoded(data: bytes, charsets: Iterable[str]) -> str:
    """By the first charset that fits, else as a file without one."""
    for charset in charsets:
        try:
            codec = codecs.lookup(CHARSETS.get(charset.lower(), charset))
            if codec.name not in NOT_FOR_TEXT:
                return data.decode(codec.name)
        except (LookupError, ValueError):  # UnicodeError is a ValueError
            continue
    return decode(data)


def _header(mail: Part, name: str) -> str:
    """A header on one line; bytes that it does not encode are UTF-8, or in the charset of the mail."""
    raw = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")
    try:
        written = _decoded(raw.encode("ascii", "surrogateescape"), ("utf-8", _charset(mail)))
        return one_line("".join(_piece(text, charset) for text, charset in decode_header(written)))
    except (HeaderParseError, ValueError, UnreadableFile):
        return one_line(raw)


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    return _decoded(text, (charset or "",))


def _sender(mail: Part) -> str:
    """The name of the sender, unless it is an address."""
    try:
        name, _ = parseaddr(_header(mail, "from"))
    except RecursionError:  # comments in comments
        return ""
    return "" if "@" in name else one_line(name)


def _date(mail: Part) -> str:
    try:
        sent = parsedate_to_datetime(_header(mail, "date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return sent.date().isoformat() if isinstance(sent, datetime) else ""


def _too_large() -> UnreadableFile:
    return UnreadableFile(
        f"the mail has more than {MAX_PARTS:,} parts, or parts in parts: save its text as a document",
        code="too_large",
        limit=MAX_PARTS,
    )
