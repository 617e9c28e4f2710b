"""The language of a visitor: what the address asks for, then what the browser prefers."""

from starlette.requests import HTTPConnection

from bot.languages import LANGUAGES


def language_of(request: HTTPConnection, default: str) -> str:
    """The language of `?lang=`, else the browser's, else `default`."""
    asked = known(request.query_params.get("lang"))
    return asked or preferred(request.headers.get("accept-language", ""), default)


def known(code: str | None) -> str | None:
    """`code` when the pages are written in it."""
    return next((language for language in LANGUAGES if language == code), None)


def preferred(accept: str, default: str) -> str:
    """The first of our languages in an Accept-Language header, by its weights."""
    weighed = []
    for position, item in enumerate(accept[:500].split(",")):
        name, _, parameter = item.partition(";")
        code = known(name.strip().split("-")[0].lower())
        weight = _weight(parameter)
        if code and weight:
            weighed.append((-weight, position, code))
    return min(weighed)[2] if weighed else default


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
