"""What may be wrong with a text, as values that pages can say in any language; pure.

A `Finding` has a code of CODES, a severity and the figures that `VALUES` names for its code. Checks of a text take a
`Wording`, which counts its characters and words once.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""The worst first. An error says that most readers could not use the text."""

PLACE = ("offset", "excerpt", "excerpt_offset")
"""Where the first of the places lies: its offset, and the characters around it, which begin at `excerpt_offset`."""
VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lost_characters": ("count", "share", *PLACE),
        "mojibake": ("kind", "count", "share", *PLACE),
        "strange_letters": ("script", "likeness"),
        "reversed_arabic": ("kind", "count", "share", *PLACE),
        "presentation_forms": ("script", "count", "share", *PLACE),
        "missing_spaces": ("kind", "count", "share", *PLACE),
        "letter_spacing": ("count", "share", *PLACE),
        "ocr_noise": ("count", "share", *PLACE),
        "bidi_controls": ("count", "removed", *PLACE),
        "hidden_characters": ("count", "hidden_text", *PLACE),
        "prompt_injection": ("count", *PLACE),
        "pages_without_text": ("pages", "count", "of", "share"),
        "little_text": ("letters", "pages"),
        "very_long": ("characters",),
        "same_text": ("document_id", "share"),
        "near_duplicate": ("document_id", "share", "numbers_differ", "figures"),
        "shared_text": ("document_id", "share", "direction"),
        "future_date": ("date", "today"),
        "implausible_date": ("date",),
        "no_date": (),
        "no_publisher": (),
        "no_url": (),
        "doubtful_title": ("title", "reason"),
        "language_doubtful": ("declared", "found"),
        "mixed_languages": ("declared", "found", "share", *PLACE),
        "dropped_markup": ("kind", "count"),
        "already_held": ("document_id",),
        "new_version": ("document_id", "version"),
    }
)
"""The values of each code. The last two are found by whoever asks the library."""
CODES: tuple[str, ...] = tuple(VALUES)

AROUND = 40
"""Characters shown on each side of a place."""
LONGEST_PLACE = 120
"""Characters shown of it."""

SPACED = (
    "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0370-\u03ff\u0400-\u052f\u0531-\u0587"
    "\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u10a0-\u10ff\u1e00-\u1fff"
    "\ufb00-\ufb06\ufb50-\ufdcf\ufe70-\ufefc"
)
"""Letters of scripts that put spaces between words, as the inside of a character class."""
WORD = re.compile(f"[{SPACED}]+")
ARABIC_MARKS = re.compile("[\u0640\u064b-\u065f\u0670]+")
WIDE_LETTER = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that staff should look at before the text is published."""

    code: str
    severity: Severity
    values: Mapping[str, object]

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity: found {self.severity!r}, expected one of {', '.join(SEVERITIES)}")
        if self.code not in VALUES or set(self.values) != set(VALUES[self.code]):
            raise ValueError(f"{self.code}: found the values {', '.join(self.values)}, expected those in VALUES")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))


@dataclass(frozen=True)
class Wording:
    """A text and what is counted in it, when it is asked for."""

    text: str

    @cached_property
    def characters(self) -> Counter[str]:
        return Counter(self.text)

    @cached_property
    def letters(self) -> int:
        """Letters of any script."""
        return sum(count for character, count in self.characters.items() if character.isalpha())

    @cached_property
    def wide(self) -> int:
        """Letters of scripts without spaces between words."""
        return sum(count for character, count in self.characters.items() if WIDE_LETTER.match(character))

    @cached_property
    def tokens(self) -> list[str]:
        """What stands between spaces, without addresses of pages and of mail."""
        tokens = self.text.split()
        if "://" in self.text or "@" in self.text or "www." in self.text:
            tokens = [token for token in tokens if not ("://" in token or "@" in token or "www." in token)]
        return tokens

    @cached_property
    def words(self) -> list[str]:
        """Runs of letters of spaced scripts, without Arabic vowel signs."""
        text = " ".join(self.tokens)
        return WORD.findall(ARABIC_MARKS.sub("", text) if ARABIC_MARKS.search(text) else text)

    def has(self, characters: str) -> bool:
        """Whether one of `characters` occurs, the inside of a character class."""
        return re.search(f"[{characters}]", self._alphabet) is not None

    @cached_property
    def _alphabet(self) -> str:
        return "".join(self.characters)


def place(text: str, start: int, end: int) -> dict[str, object]:
    """The values of PLACE for `text[start:end]`."""
    first = max(0, start - AROUND)
    last = min(end, start + LONGEST_PLACE) + AROUND
    return {"offset": start, "excerpt": text[first:last], "excerpt_offset": first}


def share(part: int, whole: int) -> float:
    """`part` of `whole`, rounded for display; 0 of nothing."""
    return round(min(1.0, part / whole), 4) if whole else 0.0
