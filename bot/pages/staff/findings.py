"""What the quality gate found, and why a draft failed, in the reader's language; pure.

In: `Finding`s and `Problem`s. Out: their sentences as HTML, each value isolated. What has no sentence is said in the
English of the error itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from urllib.parse import quote

from markupsafe import Markup

from bot.pages import markup
from bot.pages.staff.rendering import PROBLEM, sentence
from bot.phrases import LOCALES, format_date, language_name, say_to_staff, staff_keys
from bot.staff.drafts import Problem
from corpus.quality.findings import SEVERITIES, Finding

TAGS = {"error": "bad", "warning": "warn", "note": ""}
"""The class of the tag of each severity."""
VARIANTS = ("kind", "reason", "direction", "script")
"""Values that choose the sentence: `finding_mojibake_unknown`, else `finding_mojibake`."""
MORE = {"numbers_differ": "finding_numbers_differ", "hidden_text": "finding_hidden_spelt"}
"""Values that, when they are not empty, have a sentence of their own."""
NUMBERS_SHOWN = 20
INVISIBLE = {
    **{point: f"[U+{point:04X}]" for point in (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFD)},
    **{point: f"[U+{point:04X}]" for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}

Shower = Callable[[object, str], object]


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in words; `offset` is where in the text it is, or None. `titles` of documents are by id."""

    severity: str
    tag: str
    name: str
    text: Markup
    excerpt: str
    offset: int | None


def said(finding: Finding, language: str, titles: Mapping[str, str]) -> Said:
    """`finding` in `language`."""
    text = _sentence(finding, language, titles)
    offset = finding.values.get("offset")
    return Said(
        severity=say_to_staff(f"severity_{finding.severity}", language),
        tag=TAGS[finding.severity],
        name=name(finding, language),
        text=text,
        excerpt=str(finding.values.get("excerpt", "")).translate(INVISIBLE),
        offset=offset if isinstance(offset, int) else None,
    )


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, the most severe first."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def name(finding: Finding, language: str) -> str:
    """A finding in two or three words."""
    key = _most_special("named", finding)
    return say_to_staff(key, language) if key in staff_keys() else finding.code


def told(problem: Problem, language: str) -> Markup:
    """Why a draft failed."""
    key = f"{PROBLEM}{problem.code}"
    if key in staff_keys():
        try:
            return sentence(key, language, **problem.values)
        except KeyError:  # the sentence needs a value that this problem does not carry
            pass
    return Markup(f'<span lang="en" dir="ltr">{escape(markup.visible(problem.message))}</span>')


def percent(share: object, language: str) -> str:
    """A share from 0 to 1, as a percentage; one that is not nothing is never "0 %"."""
    from babel import Locale
    from babel.numbers import format_percent

    if not isinstance(share, int | float):
        return str(share)
    locale = Locale.parse(LOCALES[language])
    pattern: str = locale.percent_formats[None].pattern
    small = 0 < share < 0.01
    text = format_percent(max(share, 0.001) if small else share, pattern.replace("0", "0.#" if small else "0"), locale)
    return str(text).replace("\u202f", "\u00a0")


def numbers(pages: object) -> str:
    """Numbers of pages as ranges: "3, 5–9"."""
    if not isinstance(pages, Sequence) or isinstance(pages, str):
        return str(pages)
    runs = []
    for _, run in groupby(enumerate(sorted(pages)), key=lambda pair: pair[1] - pair[0]):
        of_run = [page for _, page in run]
        runs.append(f"{of_run[0]}–{of_run[-1]}" if len(of_run) > 1 else str(of_run[0]))
    return ", ".join(runs[:NUMBERS_SHOWN]) + (", …" if len(runs) > NUMBERS_SHOWN else "")


def _sentence(finding: Finding, language: str, titles: Mapping[str, str]) -> Markup:
    key = _key(finding)
    if key not in staff_keys():
        return Markup(f'<code dir="ltr">{escape(finding.code)}</code>')
    values = {name: _shown(name, value, language, titles) for name, value in finding.values.items()}
    text = sentence(key, language, **values)
    for told_by, more in MORE.items():
        if finding.values.get(told_by):
            text += " " + sentence(more, language, **values)
    return text


def _key(finding: Finding) -> str:
    return _most_special("finding", finding, *(finding.values[v] for v in VARIANTS if v in finding.values))


def _most_special(prefix: str, finding: Finding, *variants: object) -> str:
    """The key for one of the variants, or for the severity, when there is one; else that of the code."""
    keys = (f"{prefix}_{finding.code}_{variant}" for variant in (*variants, finding.severity))
    return next((key for key in keys if key in staff_keys()), f"{prefix}_{finding.code}")


def _shown(name: str, value: object, language: str, titles: Mapping[str, str]) -> object:
    if name == "document_id":
        return _document(str(value), language, titles)
    shower = SHOWN.get(name)
    return shower(value, language) if shower else value


def _document(document_id: str, language: str, titles: Mapping[str, str]) -> Markup:
    """A link to the current version of a document."""
    title = escape(markup.visible(titles.get(document_id, document_id)))
    return Markup(f'<a href="/sources/{quote(document_id, safe="")}?lang={language}" target="_blank">{title}</a>')


def _figures(pairs: object, _language: str) -> str:
    """Pairs of figures: "41 / 43"."""
    return "; ".join(" / ".join(map(str, pair)) for pair in pairs) if isinstance(pairs, Sequence) else str(pairs)


def _pages(pages: object, _language: str) -> object:
    return pages if isinstance(pages, int) else numbers(pages)


SHOWN: Mapping[str, Shower] = {
    "share": percent,
    "likeness": percent,
    "date": lambda value, language: format_date(str(value), language),
    "today": lambda value, language: format_date(str(value), language),
    "declared": lambda value, language: language_name(str(value), language),
    "found": lambda value, language: language_name(str(value), language),
    "pages": _pages,
    "figures": _figures,
}
"""How values are written that are neither a number nor a text."""
