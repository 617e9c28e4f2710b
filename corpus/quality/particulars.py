"""What is doubtful about the title, the date, the publisher and the address of a document; pure."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date

from corpus.convert import MAX_TITLE
from corpus.models import Content, Metadata
from corpus.quality.findings import Finding

OLDEST = 1900
FIRST_LINE = 1_000
"""Characters of the text in which its first line is looked for."""

SUFFIXES = "pdf|docx?|docm|odt|rtf|pptx?|odp|xlsx?|ods|html?|txt|md|epub|zip"
FILE_NAME = re.compile(rf".+\.(?:{SUFFIXES})|[^\s_]+(?:_[^\s_]*)+|[^\W_]+(?:[-.][^\W_]+)+[-.]v?\d[\w.]*", re.I)
READ = 400
"""Characters of a title that are looked at."""
PLACEHOLDER = re.compile(
    r"microsoft (?:word|powerpoint)\b.*|(?:powerpoint presentation|présentation powerpoint|presentación de powerpoint"
    r"|презентация powerpoint|untitled|sans titre|sin título|без названия|без имени|无标题|未命名|بدون عنوان|بلا عنوان"
    r"|(?:new |nouveau )?document|présentation|presentation|slide|diapositive|scan|scanned document|img|image|title"
    r"|titre)[\s_-]*\d*",
    re.I,
)
GOES_ON = re.compile(r"[^\W\d_].*\s")
SENTENCE = re.compile(r"(?:\S+\s+){5}.*[^\s.]{2}\.|.{12,}。", re.DOTALL)


def title(metadata: Metadata, content: Content) -> Iterator[Finding]:
    """A title that was taken from the wrong place."""
    of_document = metadata.title[:READ].strip()
    reason = next((reason for reason, doubtful in DOUBTS if doubtful(of_document, content)), "")
    if reason:
        yield Finding("doubtful_title", "note", {"title": of_document[:MAX_TITLE], "reason": reason})


def _begins_the_text(of_document: str, content: Content) -> bool:
    """Whether the title is a sentence that the text begins with, or a part of one."""
    if content.headings and content.headings[0].span.start == 0:
        return False
    line = content.text[:FIRST_LINE].split("\n", 1)[0]
    start = of_document.removesuffix("…").rstrip()
    if not line.startswith(start):
        return False
    return GOES_ON.match(line[len(start) :].strip(" ,;:—–-")) is not None or SENTENCE.fullmatch(line) is not None


DOUBTS: tuple[tuple[str, Callable[[str, Content], bool]], ...] = (
    ("no_letters", lambda of_document, _: not any(map(str.isalpha, of_document))),
    ("placeholder", lambda of_document, _: PLACEHOLDER.fullmatch(of_document) is not None),
    ("file_name", lambda of_document, _: FILE_NAME.fullmatch(of_document) is not None),
    ("sentence", _begins_the_text),
    ("long", lambda of_document, _: len(of_document) > MAX_TITLE or of_document.endswith("…")),
)


def day(metadata: Metadata, today: date) -> Iterator[Finding]:
    """A date that is missing, in the future, or none."""
    if not metadata.date:
        yield Finding("no_date", "note", {})
        return
    year, month, number = (*(int(part) for part in metadata.date.split("-")), 1, 1)[:3]
    if year < OLDEST or number > monthrange(year, month)[1]:
        yield Finding("implausible_date", "warning", {"date": metadata.date})
    elif date(year, month, number) > today:
        yield Finding("future_date", "warning", {"date": metadata.date, "today": today.isoformat()})


def source(metadata: Metadata) -> Iterator[Finding]:
    """No publisher, no address."""
    if not metadata.publisher.strip():
        yield Finding("no_publisher", "note", {})
    if not metadata.url:
        yield Finding("no_url", "note", {})
