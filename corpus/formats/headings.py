"""The names of styles that make a heading, in the languages that word processors write them in."""

import re

TITLE = re.compile(r"title|titre|título|titulo", re.IGNORECASE)
HEADING = re.compile(
    r"(?:heading|titre|título|titulo|ttulo|заголовок|标题|標題|عنوان|العنوان|überschrift|berschrift|titolo)[ _-]?"
    r"([1-9])",
    re.IGNORECASE,
)
"""Word writes the English name whatever its language, other programs do not; an id loses letters with accents."""


def level_of_name(name: str) -> int:
    """The heading level, from 1, that the name of a style tells, or 0."""
    found = HEADING.fullmatch(name)
    return int(found.group(1)) if found else int(TITLE.fullmatch(name) is not None)
