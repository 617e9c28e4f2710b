"""What a PDF says about itself, as proposals: its title, publisher and date, its bookmarks, and what in it is
no text.

In: a reader of pypdf. Out: values. Whatever of it is damaged is passed over: none of it is needed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from corpus.formats.blocks import WIDE
from corpus.normalise import one_line
from corpus.pdf.headings import fold_title

T = TypeVar("T")
MAX_NAMES = 10_000
MAX_TITLE = 300
JUNK = re.compile(
    r"microsoft (?:word|powerpoint|excel) - .*"
    r"|(?:untitled|sans titre|sin título|ohne titel|без имени|بدون عنوان|无标题)\W*\d*"
    r"|(?:doc|document|présentation|presentation|slide|scan|img|image|page|title|titre|layout)[\W_]*\d*"
    r"|(?:powerpoint presentation|présentation powerpoint|presentación de powerpoint|презентация powerpoint)"
    r"|.*\.(?:docx?|pdf|rtf|odt|pptx?|odp|indd|qxd|pub|xlsx?|txt|tmp|html?|tex|dvi)"
    r"|(?:https?|file|about):.*|[\W\d_]*",
    re.IGNORECASE,
)
DATE = re.compile(r"\s*(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")
WORD = re.compile(r"[^\W\d_]{3,}")
FIRST_YEAR = 1990
SILENT = ("/Link", "/Widget", "/Popup", "/PrinterMark", "/TrapNet")
"""Annotations that are no remarks of a reader."""


@dataclass(frozen=True, slots=True)
class Info:
    """Proposals, empty where nothing sensible is said."""

    title: str = ""
    publisher: str = ""
    date: str = ""
    bookmarks: Mapping[tuple[int, str], int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)


def read_info(reader: Any) -> Info:
    """All of it; never raises for a damaged part."""
    meta = _tried(lambda: reader.metadata, None) or {}
    xmp = _tried(lambda: reader.xmp_metadata, None)
    titles = [
        *(_tried(lambda: list((xmp.dc_title or {}).values()), [])),
        _tried(lambda: str(meta.get("/Title", "")), ""),
    ]
    publishers = [*_tried(lambda: list(xmp.dc_publisher or []), []), _tried(lambda: str(meta.get("/Company", "")), "")]
    dates = [
        _tried(lambda: str(meta.get("/CreationDate", "")), ""),
        _tried(lambda: str(xmp.xmp_create_date or ""), ""),
        _tried(lambda: str(meta.get("/ModDate", "")), ""),
    ]
    return Info(
        next((title for one in titles if (title := _title(one))), ""),
        next((name for one in publishers if (name := _line(one))), ""),
        next((day for one in dates if (day := _date(one))), ""),
        _tried(lambda: _bookmarks(reader), {}),
        _tried(lambda: _dropped(reader), {}),
    )


def occurs(title: str, text: str) -> bool:
    """Whether most words of a title stand in a text; a title that the text lacks is of another document."""
    words = WORD.findall(title.casefold())
    held = set(WORD.findall(text.casefold()))
    most = 2 * sum(word in held for word in words) >= len(words) > 0
    return most or (WIDE.search(title) is not None and fold_title(title) in fold_title(text))


def _tried(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pypdf raises anything for damaged objects, and nothing here is needed
        return otherwise


def _line(value: Any) -> str:
    return one_line(str(value)[:MAX_TITLE]) if value else ""


def _title(value: Any) -> str:
    title = _line(value)
    return "" if JUNK.fullmatch(title) or "\ufffd" in title else title


def _date(value: str) -> str:
    """The day in ISO 8601, when it is one on which a PDF could have been made."""
    found = DATE.match(value)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return ""
    latest = datetime.now(UTC).date() + timedelta(days=1)
    return day.isoformat() if day and date(FIRST_YEAR, 1, 1) <= day <= latest else ""


def _bookmarks(reader: Any) -> dict[tuple[int, str], int]:
    """The level of each bookmarked heading by its page and folded title."""
    found: dict[tuple[int, str], int] = {}
    waiting: list[tuple[Any, int]] = [(reader.outline, 1)]
    while waiting:
        entries, level = waiting.pop()
        for entry in entries:
            if isinstance(entry, list):
                waiting.append((entry, level + 1))
                continue
            page = _tried(lambda entry=entry: reader.get_destination_page_number(entry), None)  # type: ignore[misc]
            title = fold_title(str(entry.title)[:MAX_TITLE])
            if page is not None and title:
                found.setdefault((page, title), min(level, 6))
    return found


def _dropped(reader: Any) -> dict[str, int]:
    catalog = reader.trailer["/Root"]
    names = _get(catalog, "/Names", {})
    counts = Counter(attachments=_count_names(_get(names, "/EmbeddedFiles", {})))
    counts["scripts"] = _count_names(_get(names, "/JavaScript", {}))
    counts["scripts"] += any(_is_script(_get(catalog, key, {})) for key in ("/OpenAction", "/AA"))
    counts["forms"] = len(_get(_get(catalog, "/AcroForm", {}), "/Fields", []))
    for page in reader.pages:
        counts.update(_annotations(page))
    return dict(counts)


def _annotations(page: Any) -> Iterator[str]:
    """What kinds of things lie on top of a page."""
    for annotation in _get(page, "/Annots", [])[:MAX_NAMES]:
        annotation = annotation.get_object()
        if not isinstance(annotation, Mapping):
            continue
        subtype = annotation.get("/Subtype")
        if subtype == "/FileAttachment":
            yield "attachments"
        elif subtype not in SILENT and annotation.get("/Contents"):
            yield "comments"
        if _is_script(_get(annotation, "/A", {})) or "/AA" in annotation:
            yield "scripts"


def _is_script(action: Any) -> bool:
    if not isinstance(action, Mapping):
        return False
    return action.get("/S") == "/JavaScript" or any(
        isinstance(inner := _tried(lambda value=value: value.get_object(), None), Mapping)  # type: ignore[misc]
        and inner.get("/S") == "/JavaScript"
        for value in action.values()
    )


def _count_names(tree: Any) -> int:
    """The entries of a name tree."""
    count, waiting = 0, [tree]
    seen: set[int] = set()
    while waiting and len(seen) < MAX_NAMES:
        node = waiting.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        count += len(_get(node, "/Names", [])) // 2
        waiting += [kid.get_object() for kid in _get(node, "/Kids", [])[:MAX_NAMES]]
    return count


def _get(holder: Any, key: str, otherwise: Any) -> Any:
    """A value of the kind of `otherwise`."""
    value: Any = holder.get(key) if isinstance(holder, Mapping) else None
    value = value.get_object() if hasattr(value, "get_object") else value
    return value if isinstance(value, type(otherwise)) else otherwise
