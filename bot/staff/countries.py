"""The countries that a question names, from CLDR's names of territories: a text goes in, their codes come out. Pure.

Endings are cut off, so that most cases and some adjectives are found; what is missed is only not compared.
"""

import re
from collections.abc import Mapping
from functools import cache

from bot.languages import LANGUAGES
from vectorstore.lexical import fold, terms

NO_COUNTRY = frozenset({"EZ", "QO", "RE", "XA", "XB", "ZZ"})  # "réunion" is a meeting here
RUSSIAN_ENDING = re.compile("[аеийоуыьэюя]+$")
WORD = re.compile(r"\w+")
MOST_WORDS = 5  # of the name of a country
SHORTEST = 3  # letters of a stem; one of fewer may be any word


def countries(question: str, language: str) -> frozenset[str]:
    """The codes (ISO 3166) of the countries that `question` names; none in a language without a list."""
    if language not in LANGUAGES:
        return frozenset()
    names = _names(language)
    if language == "zh":
        text = "".join(WORD.findall(fold(question)))
        return frozenset(code for (name, *_), code in names.items() if name in text)
    words = _stems(question, language)
    spans = (tuple(words[i : i + n]) for n in range(1, MOST_WORDS + 1) for i in range(len(words) - n + 1))
    return frozenset(names[span] for span in spans if span in names)


@cache
def _names(language: str) -> Mapping[tuple[str, ...], str]:
    from babel import Locale

    territories = Locale.parse(language).territories
    found = {_stems(name, language): code for code, name in territories.items() if _is_country(code)}
    shortest = 1 if language == "zh" else SHORTEST
    return {stems: code for stems, code in found.items() if max(map(len, stems), default=0) >= shortest}


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRY


def _stems(text: str, language: str) -> tuple[str, ...]:
    if language == "zh":
        return ("".join(WORD.findall(fold(text))),)
    if language == "ru":
        return tuple(RUSSIAN_ENDING.sub("", word) for word in WORD.findall(fold(text)))
    return tuple(terms(text))
