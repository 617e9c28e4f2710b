"""The language of the staff area: what the address asks for, what was chosen before, what the browser prefers."""

from starlette.requests import HTTPConnection

from bot.languages import LANGUAGES
from bot.pages.visitor import preferred
from bot.texts.staff import languages

COOKIE = "staff_language"


def written() -> tuple[str, ...]:
    """The languages that the staff area can be read in."""
    return tuple(code for code in LANGUAGES if code in languages())


def asked(request: HTTPConnection) -> str | None:
    """The language of `?lang=`."""
    return _known(request.query_params.get("lang"))


def staff_language(request: HTTPConnection, default: str) -> str:
    """The language to write a page in."""
    home = _known(default) or written()[0]
    chosen = asked(request) or _known(request.cookies.get(COOKIE))
    return chosen or _known(preferred(request.headers.get("accept-language", ""), home)) or home


def _known(code: str | None) -> str | None:
    return next((language for language in written() if language == code), None)
