"""Markdown to blocks, through the tokens of markdown-it: no markup reaches the text.

Links give their text; images and raw HTML are dropped; a list item is a paragraph, with its number where
it has one; a table gives a line a row.
"""

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

HARD_BREAK = "\u2028"
"""Stands for a line end that was meant until `unwrap` has joined the others; normalised to one later."""


def read_markdown(text: str) -> Reading:
    """The blocks of a Markdown text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for mark, most, rules in COSTLY:
        if text.count(mark) > most:
            parser.disable(rules)
    return Reading(tuple(_blocks(parser.parse(text))))


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
