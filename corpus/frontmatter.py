"""The YAML front matter of a curated document, checked key by key.

In: the decoded text of a file. Out: its values as given, and the rest of the text. Scalars are read as the
characters they are written with, so a date stays a text and "no" stays a language. Anchors, aliases, tags
and nested values are refused.
"""

import re
from collections.abc import Callable

import yaml

from corpus.errors import UnreadableFile
from corpus.models import DOCUMENT_ID, ISO_DATE, KINDS, LANGUAGE_CODE
from corpus.normalise import one_line

MAX_FRONT_MATTER = 20_000
MAX_DEPTH = 2
FENCE = "---"
SOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
"""Wider than the id of a document: a source may be one that the corpus does not hold ("S81")."""

Value = str | tuple[str, ...] | bool


def read_front_matter(text: str) -> tuple[dict[str, Value], str]:
    """The values by key, empty when the text has no front matter, and the text after it."""
    text = text.removeprefix("\ufeff")
    first, _, rest = text[: MAX_FRONT_MATTER + len(FENCE)].replace("\r\n", "\n").partition("\n")
    if first.rstrip() != FENCE:
        return {}, text
    lines = rest.split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() in (FENCE, "...")]
    if not ends:
        raise UnreadableFile(
            f"front matter: it opens with {FENCE} and no second {FENCE} follows within "
            f"{MAX_FRONT_MATTER:,} characters: close it, or begin the file with something else"
        )
    body = text.replace("\r\n", "\n").split("\n", ends[0] + 2)
    return _values("\n".join(lines[: ends[0]])), body[ends[0] + 2] if len(body) > ends[0] + 2 else ""


def _values(source: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, node in _pairs(source):
        if key not in KEYS:
            raise UnreadableFile(f"front matter: found the key {key!r}, expected one of {', '.join(KEYS)}")
        if key in values:
            raise UnreadableFile(f"front matter: {key}: it is there twice, expected once")
        if isinstance(node, yaml.ScalarNode) and not node.value.strip():
            continue
        value = KEYS[key](node)
        if value is None:
            raise UnreadableFile(f"front matter: {key}: found {_shown(node)}, expected {EXPECTED[key]}")
        values[key] = value
    return values


def _pairs(source: str) -> list[tuple[str, yaml.Node]]:
    try:
        _refuse_hostile(source)
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" on line {where.line + 2}" if where else ""
        raise UnreadableFile(f"front matter: it is not YAML{line}: {getattr(error, 'problem', error)}") from error
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise UnreadableFile("front matter: found no keys, expected lines such as 'title: The title'")
    return [(str(key.value), value) for key, value in node.value]


def _refuse_hostile(source: str) -> None:
    """Anchors, aliases and tags have no use here; nesting is bounded before anything recurses."""
    depth = 0
    for token in yaml.scan(source, Loader=yaml.SafeLoader):
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)):
            raise UnreadableFile(
                f"front matter: found an anchor, an alias or a tag on line {token.start_mark.line + 2}, "
                "expected plain values: put text that begins with &, * or ! between quotation marks"
            )
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > MAX_DEPTH:
            raise UnreadableFile("front matter: found nested values, expected 'key: value' or a list of ids")


OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def _text(node: yaml.Node) -> str | None:
    return one_line(node.value) or None if isinstance(node, yaml.ScalarNode) else None


def _matching(test: Callable[[str], object]) -> Callable[[yaml.Node], str | None]:
    def value(node: yaml.Node) -> str | None:
        text = _text(node)
        return text if text and test(text) else None

    return value


def _ids(node: yaml.Node) -> tuple[str, ...] | None:
    if not isinstance(node, yaml.SequenceNode):
        return None
    ids = tuple(_text(item) or "" for item in node.value)
    return ids if all(SOURCE_ID.fullmatch(one) for one in ids) else None


def _flag(node: yaml.Node) -> bool | None:
    return {"true": True, "false": False}.get((_text(node) or "").lower())


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value[:60])
    return "a list" if isinstance(node, yaml.SequenceNode) else "nested keys"


KEYS: dict[str, Callable[[yaml.Node], Value | None]] = {
    "id": _matching(DOCUMENT_ID.fullmatch),
    "title": _text,
    "publisher": _text,
    "date": _matching(ISO_DATE.fullmatch),
    "language": _matching(LANGUAGE_CODE.fullmatch),
    "url": _matching(lambda text: text.startswith(("http://", "https://"))),
    "kind": _matching(KINDS.__contains__),
    "sources": _ids,
    "supersedes": _matching(DOCUMENT_ID.fullmatch),
    "digest": _flag,
}
EXPECTED = {
    "id": "lower-case letters, digits, '.', '_' or '-', at most 120",
    "title": "a line of text",
    "publisher": "a line of text",
    "date": "YYYY, YYYY-MM or YYYY-MM-DD",
    "language": "a code such as fr, en or ar",
    "url": "an address that starts with http:// or https://",
    "kind": f"one of {', '.join(KINDS)}",
    "sources": "a list of ids, such as [first-id, second-id]",
    "supersedes": "a document id",
    "digest": "true or false",
}
