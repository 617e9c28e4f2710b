"""What files say about themselves, made fit to be proposed: titles that people gave, dates in ISO 8601."""

import re

from corpus.models import ISO_DATE

MEANINGLESS = re.compile(
    r"(microsoft (office )?(word|powerpoint)\b.*|(untitled|document|presentation|présentation|презентация|документ|"
    r"presentación|documento)[ \d]*|(powerpoint presentation|présentation powerpoint|presentación de powerpoint|"
    r"презентация powerpoint|powerpoint 演示文稿|عرض تقديمي في powerpoint|word document).*|"
    r".*\.(docx?|docm|pptx?|rtf|odt|pdf|indd))",
    re.IGNORECASE,
)
"""Titles that programs propose, not people."""


def meaningful(title: str) -> str:
    """`title`, or nothing when a program made it up."""
    title = title.strip()
    return "" if MEANINGLESS.fullmatch(title) else title


def iso_date(value: str) -> str:
    """The date of "2024-10-22T08:00:00Z", "2024-10-22 08:00" or "2024/10/22", or nothing."""
    date = re.split(r"[T ]", value.strip(), maxsplit=1)[0].replace("/", "-")
    return date if ISO_DATE.fullmatch(date) else ""
