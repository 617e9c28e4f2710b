"""Markdown to blocks, through the tokens of markdown-it: no markup reaches the text.

Links give their text; images and raw HTML are dropped and counted; a list item is a paragraph, with its number where
it has one; a table gives a line a row.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.formats.blocks import CELL, Block, Reading, unwrap

COSTLY = (
    ("[", 20_000, ("link", "image")),
    ("*", 50_000, ("emphasis",)),
    ("_", 50_000, ("emphasis",)),
    ("~", 50_000, ("strikethrough",)),
)
"""Above so many of a mark its rules are off and it stays as it is written: pairing takes too long."""

DROPPED_HTML = {"<!--": "comments", "<script": "scripts", "<form": "forms", "<img": "images"}
"""What raw HTML begins with, to its kind; other tags are no loss, and other blocks are when they hold text."""
TAG = re.compile(r"<[^<>]*>")

HARD_BREAK = "\u2028"
"""Stands for a line end that was meant until `unwrap` has joined the others; normalised to one later."""


def read_markdown(text: str) -> Reading:
    """The blocks of a Markdown text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for mark, most, rules in COSTLY:
        if text.count(mark) > most:
            parser.disable(rules)
    tokens = parser.parse(text)
    return Reading(tuple(_blocks(tokens)), dropped=_dropped(tokens))


def _blocks(tokens: Iterable[Token]) -> Iterator[Block]:
    level, number = 0, ""
    rows: list[list[str]] = []
    in_table = False
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            case "table_open":
                in_table, rows = True, []
            case "tr_open":
                rows.append([])
            case "table_close":
                in_table = False
                yield Block("\n".join(CELL.join(row) for row in rows))
            case "inline" if in_table:
                rows[-1].append(" ".join(_text(token).split()))
            case "inline":
                yield Block(number + _text(token), level)
                number = ""
            case "fence" | "code_block":
                yield Block(token.content)


def _dropped(tokens: Iterable[Token]) -> dict[str, int]:
    """How many images and pieces of raw HTML are left out, by kind."""
    counts: Counter[str] = Counter()
    for token in tokens:
        for piece in (token, *(token.children or ())):
            if piece.type == "image":
                counts["images"] += 1
            elif piece.type in ("html_block", "html_inline"):
                counts[_kind(piece)] += 1
    return {kind: count for kind, count in counts.items() if kind}


def _kind(html: Token) -> str:
    content = html.content.lstrip().lower()
    known = next((kind for start, kind in DROPPED_HTML.items() if content.startswith(start)), "")
    return known or ("html" if TAG.sub("", content).strip() else "")


def _text(inline: Token) -> str:
    return unwrap("".join(_piece(child) for child in inline.children or ()))


def _piece(token: Token) -> str:
    match token.type:
        case "text" | "code_inline" | "text_special":
            return token.content
        case "softbreak":
            return "\n"
        case "hardbreak":
            return HARD_BREAK
        case _:
            return ""
