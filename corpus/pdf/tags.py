"""The structure tree of a tagged PDF: which paragraph, heading or cell each piece of marked content is.

In: the catalog, as pypdf gives it. Out: a `Tag` by page and mark number, in reading order. Programs that
write documents tag what they write; scanners and presses seldom do. The walk is bounded and never recurses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

MAX_ELEMENTS = 500_000
MAX_DEPTH = 200

HEADINGS = {"Title": 1, "H": 2, "H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
CELLS = ("TD", "TH")
NOTES = ("Note", "FENote")
PARAGRAPHS = ("P", "LI", "Caption", "TOCI", "BibEntry", "DT", "DD", *HEADINGS, *NOTES, *CELLS)
"""What stands apart from its neighbours; everything else either holds these or runs on within one."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a piece belongs: `block` tells paragraphs apart, `row` is the same for the cells of a row."""

    order: int = 0
    block: int = 0
    level: int = 0
    row: int = 0
    table: int = 0
    note: bool = False
    item: int = 0
    """The list item that a label or a paragraph stands in, while nothing else ended it."""


Tags = Mapping[tuple[Any, int], Tag]


def read_tags(catalog: Mapping[str, Any]) -> Tags:
    """The tags by the number of a page's object and the number of the mark; empty without a tree."""
    root = _get(catalog, "/StructTreeRoot")
    if not isinstance(root, Mapping):
        return {}
    found: dict[tuple[Any, int], Tag] = {}
    for page, number, tag in _walk(root):
        found.setdefault((page, number), replace(tag, order=len(found)))
    return found


def _walk(root: Mapping[str, Any]) -> Iterator[tuple[Any, int, Tag]]:
    """Depth first, in order: what each mark belongs to."""
    roles = _get(root, "/RoleMap")
    roles = roles if isinstance(roles, Mapping) else {}
    begun: set[int] = set()
    seen: set[int] = set()
    waiting: list[tuple[Any, Any, Tag, int]] = [(root.get("/K"), None, Tag(), 0)]
    for count in range(1, MAX_ELEMENTS):
        if not waiting or len(waiting) > MAX_ELEMENTS:
            return
        raw, page, tag, depth = waiting.pop()
        kid = _resolved(raw)
        if isinstance(kid, (int, float)):
            yield page, int(kid), tag
        if not isinstance(kid, (list, Mapping)) or id(kid) in seen or depth > MAX_DEPTH:
            continue
        seen.add(id(kid))
        if isinstance(kid, list):
            waiting += [(one, page, tag, depth + 1) for one in reversed(list(list.__iter__(kid)))]
            continue
        page = _number(kid, "/Pg") or page
        if isinstance(mark := _get(kid, "/MCID"), (int, float)):
            yield page, int(mark), tag
        elif "/K" in kid:
            inner = _enter(_role(kid, roles), tag, count, begun)
            waiting.append((kid.raw_get("/K"), page, inner, depth + 1))  # type: ignore[attr-defined]


def _enter(role: str, tag: Tag, number: int, begun: set[int]) -> Tag:
    """The tag of what stands in an element of this role."""
    if role == "Table":
        return replace(tag, table=number, row=0)
    if role == "TR":
        return replace(tag, row=number, block=number)
    if role in CELLS and tag.row:
        return replace(tag, block=number, item=0)
    if role == "LI":
        return replace(tag, block=number, item=number, level=0)
    if role not in PARAGRAPHS or (tag.row and role not in NOTES):
        return tag  # the paragraphs of a cell are one
    if tag.item and tag.item not in begun and role == "P":
        begun.add(tag.item)  # the first paragraph of an item goes on after its label
        return tag
    return replace(tag, block=number, level=HEADINGS.get(role, 0), note=tag.note or role in NOTES)


def _role(element: Mapping[str, Any], roles: Mapping[str, Any]) -> str:
    """The standard role, through what the document says its own roles are."""
    role = _get(element, "/S")
    for _ in range(8):
        if not isinstance(role, str) or role[1:] in PARAGRAPHS or role not in roles:
            break
        role = _get(roles, role)
    return role[1:] if isinstance(role, str) else ""


def _number(element: Any, key: str) -> Any:
    return getattr(element.raw_get(key), "idnum", None) if key in element else None


def _get(holder: Mapping[str, Any], key: str) -> Any:
    return _resolved(holder.get(key))


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value
