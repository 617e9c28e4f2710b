"""What the bot itself says, in the language of the asker: sentences, names of languages, dates, numbers.

A key and a language come in, a plain string goes out; whoever puts it on a page escapes it, and isolates
values of another direction. The sentences are in `bot/texts/`, names and formats come from CLDR (Babel).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from bot.languages import LANGUAGES
from bot.texts import load
from bot.texts import staff as staff_texts

if TYPE_CHECKING:
    from babel import Locale

# Morocco writes Arabic with Western digits and its own names of months.
LOCALES = {"fr": "fr_FR", "en": "en_GB", "ar": "ar_MA", "es": "es_ES", "ru": "ru_RU", "zh": "zh_Hans_CN"}
# CLDR's minimumGroupingDigits, which Babel leaves out: Spanish writes 2000, but 20.000.
UNGROUPED_BELOW = {"es": 10_000}


def say(key: str, language: str, /, **values: object) -> str:
    """The sentence `key` with its `values`; whole numbers are written as `language` writes them."""
    sentence = load(language).says.get(key)
    if sentence is None:
        raise KeyError(f"text: found {key!r}, expected a key of bot/texts/{language}.yaml")
    return _filled(sentence, language, values)


def say_to_staff(key: str, language: str, /, **values: object) -> str:
    """`say` for the staff area: the sentence of `bot/texts/staff/`, else the one that visitors read too."""
    sentence = staff_texts.load(language).get(key)
    return say(key, language, **values) if sentence is None else _filled(sentence, language, values)


def staff_keys() -> frozenset[str]:
    """The keys of `bot/texts/staff/`."""
    return frozenset(staff_texts.load(LANGUAGES[0]))


def _filled(sentence: str, language: str, values: Mapping[str, object]) -> str:
    shown = {name: format_number(v, language) if isinstance(v, int) else v for name, v in values.items()}
    return sentence.format_map(shown)


def keys() -> frozenset[str]:
    """Every key that `say` knows."""
    return frozenset(load(LANGUAGES[0]).says)


def starters(language: str) -> tuple[str, ...]:
    """Questions offered to someone who has not asked yet."""
    return load(language).starters


def language_name(code: str, in_language: str) -> str:
    """The name of language `code`, as it stands inside a sentence; the code itself when it has no name."""
    name: str = _locale(in_language).languages.get(code, code)
    return name


def own_name(code: str) -> str:
    """The name of language `code` in itself, with a capital: an entry of the language picker."""
    name = language_name(code, code)
    return name[:1].upper() + name[1:]


def format_date(iso: str, language: str) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD in words; anything else comes back as it is, since it is the source's."""
    from babel.dates import format_date as in_words
    from babel.dates import format_skeleton

    locale = _locale(language)
    missing = 2 - iso.count("-")
    try:
        day = date.fromisoformat(iso + "-01" * missing)
    except ValueError:
        return iso
    if missing == 2:
        return iso
    if missing == 1:
        return _one_kind_of_space(format_skeleton("yMMMM", day, locale=locale))
    text = _one_kind_of_space(in_words(day, "long", locale))
    return f"1er{text[1:]}" if language == "fr" and day.day == 1 else text


def format_day(iso: str, language: str) -> str:
    """The day and month of YYYY-MM-DD, as short as the language writes them; ValueError for anything else."""
    from babel.dates import format_skeleton

    return _one_kind_of_space(format_skeleton("MMMd", date.fromisoformat(iso), locale=_locale(language)))


def format_moment(iso: str, language: str) -> str:
    """A date and time with its offset, in words and in UTC; anything else comes back as it is."""
    from babel.dates import format_skeleton, get_datetime_format

    try:
        moment = datetime.fromisoformat(iso).astimezone(UTC)
    except ValueError:
        return iso
    locale = _locale(language)
    day, time = (format_skeleton(skeleton, moment, locale=locale) for skeleton in ("yMMMd", "Hm"))
    text = str(get_datetime_format("medium", locale)).format(time, day)
    return f"{_one_kind_of_space(text)} UTC"


def format_number(number: float, language: str) -> str:
    """`number` with the separators of `language`, three decimals at most."""
    if isinstance(number, int) and abs(number) < 1_000:
        return str(number)
    from babel.numbers import format_decimal

    grouped = abs(number) >= UNGROUPED_BELOW.get(language, 1_000)
    return _one_kind_of_space(format_decimal(number, locale=_locale(language), group_separator=grouped))


def _one_kind_of_space(text: str) -> str:
    """CLDR mixes narrow and wide no-break spaces; our sentences have only the wide one."""
    return text.replace("\u202f", "\u00a0")


@cache
def _locale(language: str) -> "Locale":
    from babel import Locale

    return Locale.parse(LOCALES[language])
