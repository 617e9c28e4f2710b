"""Strings to HTML: the only place where text becomes markup. Everything that comes in is escaped.

Values of another direction are isolated with <bdi>, so that no text can reorder what stands around it; the
characters that could end the isolation early are taken out of them. Quotes are blocks, and left as they are.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from bot.languages import LANGUAGES, RTL
from bot.models import Citation
from bot.phrases import LOCALES, format_date, format_number, language_name, own_name, say

WEB = ("http://", "https://")
RTL_SCRIPTS = RTL | {"fa", "he", "ur"}
DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
COMMAS = {"ar": "، ", "zh": "，"}
SLOT = re.compile("\ue000(\\w+)\ue001")  # private use: it stands in no sentence of ours


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language in RTL_SCRIPTS else "ltr"


def written_in(language: str) -> str:
    """The attributes that say in which language and direction an element is."""
    return f'lang="{escape(language)}" dir="{direction(language)}"'


def visible(text: str) -> str:
    """`text` without the invisible characters that turn the direction of what follows."""
    return DIRECTION_MARKS.sub("", text)


def isolated(value: object) -> str:
    """A value from elsewhere inside a sentence."""
    return f"<bdi>{escape(visible(str(value)))}</bdi>"


def listed(parts: Iterable[str], language: str) -> str:
    """The parts that are not empty, with the commas of `language`."""
    return COMMAS.get(language, ", ").join(part for part in parts if part)


def sentence(key: str, language: str, /, **values: object) -> str:
    """`say` as HTML: the sentence escaped, each value escaped and isolated."""
    shown = {name: format_number(v, language) if isinstance(v, int) else v for name, v in values.items()}
    text = escape(say(key, language, **{name: f"\ue000{name}\ue001" for name in shown}))
    return SLOT.sub(lambda slot: isolated(shown[slot[1]]), text)


def day(iso: str | None, language: str) -> str:
    """A date in words, as a <time> element when a machine can read it."""
    if not iso:
        return escape(say("undated", language))
    return f'<time datetime="{escape(iso)}">{escape(format_date(iso, language))}</time>'


def language_list(codes: Sequence[str], language: str) -> str:
    """Names of languages as one plain text: "français, anglais et arabe"."""
    from babel.lists import format_list

    names = [language_name(code, language) for code in codes]
    return str(format_list(names, locale=LOCALES[language]))


def outside_link(url: str | None, label: str) -> str:
    """A link that leaves the site, its text already HTML; the text alone unless the address is http(s)."""
    if url is None or not url.lower().startswith(WEB):
        return label
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow" target="_blank">{label}</a>'


def permalink(citation: Citation, language: str) -> str:
    """The path of the page that shows a quote in its context, in the visitor's language."""
    path = f"/sources/{quote(citation.document_id, safe='')}/{citation.version}"
    return f"{path}?start={citation.start}&end={citation.end}&lang={language}#passage"


def marked(text: str, start: int, end: int, *, anchor: str = "") -> str:
    """`text` escaped, with text[start:end] inside <mark>."""
    id = f' id="{escape(anchor)}"' if anchor else ""
    before, words, after = (escape(part, quote=False) for part in (text[:start], text[start:end], text[end:]))
    return f"{before}<mark{id}>{words}</mark>{after}"


def language_links(address: str, language: str) -> str:
    """The same page in each language; `address` may have a query."""
    joiner = "&" if "?" in address else "?"
    links = []
    for code in LANGUAGES:
        current = ' aria-current="true"' if code == language else ""
        href = escape(f"{address}{joiner}lang={code}")
        links.append(f'<li><a href="{href}" lang="{code}" hreflang="{code}"{current}>{escape(own_name(code))}</a></li>')
    label = escape(say("language_picker", language))
    return f'<nav aria-label="{label}"><ul class="languages">{"".join(links)}</ul></nav>'
