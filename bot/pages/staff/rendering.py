"""Templates to pages: `render` for what is shown, `redirect` after what was done.

Every template can use `say`, `tell`, `problem_text`, `format_date`, `format_number`, `day`, `moment`, `account`,
`language` and `path`. Values are escaped by the templates; `tell`, `day` and `moment` give HTML.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from bot.languages import LANGUAGES
from bot.pages import markup
from bot.pages.staff.language import written
from bot.phrases import LOCALES, format_date, format_moment, format_number, own_name, say_to_staff, staff_keys
from bot.texts.staff import load
from corpus.errors import CorpusError

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation; `key` is its text."""

    path: str
    key: str
    editors: bool = False


SECTIONS = (
    Section("/staff/documents", "nav_documents"),
    Section("/staff/inbox", "nav_inbox"),
    Section("/staff/sources", "nav_sources"),
    Section("/staff/questions", "nav_questions"),
    Section("/staff/pins", "nav_pins"),
    Section("/staff/dashboard", "nav_dashboard"),
    Section("/staff/health", "nav_health"),
    Section("/staff/accounts", "nav_accounts", editors=True),
    Section("/staff/audit", "nav_audit"),
)
DONE, PROBLEM = "done_", "problem_"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page that `template` makes of `context`, in the language of the request."""
    account, path, language = request.state.account, request.url.path, request.state.language
    sections = [s for s in SECTIONS if account and (account.may_edit or not s.editors)]
    current = max((s.path for s in sections if f"{path}/".startswith(f"{s.path}/")), default="")
    values = {
        **_words(language),
        "account": account,
        "language": language,
        "locale": LOCALES[language].replace("_", "-"),
        "direction": markup.direction(language),
        "path": path,
        "sections": sections,
        "current": current,
        "languages": [(code, own_name(code), _in_language(request, current, code)) for code in written()],
        "done": _flash(request, "done", DONE),
        "problem": _flash(request, "problem", PROBLEM),
    }
    return HTMLResponse(_environment().get_template(template).render(values | context), status_code=status)


def redirect(path: str, *, done: str = "", problem: str = "") -> RedirectResponse:
    """Go to `path`, where the sentence `done_{done}` or `problem_{problem}` is shown."""
    flash = {name: key for name, key in (("done", done), ("problem", problem)) if key}
    joiner = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{joiner}{urlencode(flash)}" if flash else path, status_code=303)


def problem_text(error: CorpusError, language: str) -> str:
    """What is wrong, in `language`: the sentence `problem_{code}`, else the error's own message in English."""
    key = f"{PROBLEM}{error.code}"
    if key not in staff_keys():
        return str(error)
    try:
        return say_to_staff(key, language, **error.values)
    except KeyError:  # the sentence needs a value that this error does not carry
        return str(error)


def sentence(key: str, language: str, /, **values: object) -> Markup:
    """A sentence as HTML, each of its values isolated from the direction of the others; Markup stays HTML."""
    shown = {name: format_number(v, language) if isinstance(v, int) else v for name, v in values.items()}
    text = escape(say_to_staff(key, language, **{name: f"\ue000{name}\ue001" for name in shown}))
    return Markup(markup.SLOT.sub(lambda slot: _isolated(shown[slot[1]]), text))


def _isolated(value: object) -> str:
    return f"<bdi>{value}</bdi>" if isinstance(value, Markup) else markup.isolated(value)


def moment(iso: str | None, language: str) -> Markup:
    """A date and time as a <time> element, which the browser may turn into the reader's own time."""
    if not iso:
        return Markup(escape(say_to_staff("never", language)))
    shown = escape(format_moment(iso, language))
    return Markup(f'<time datetime="{escape(iso)}" data-moment>{shown}</time>')


def _words(language: str) -> dict[str, Callable[..., object]]:
    return {
        "say": lambda key, **values: say_to_staff(key, language, **values),
        "tell": lambda key, **values: sentence(key, language, **values),
        "problem_text": partial(problem_text, language=language),
        "format_date": partial(format_date, language=language),
        "format_number": partial(format_number, language=language),
        "day": lambda iso: Markup(markup.day(iso, language)),
        "moment": partial(moment, language=language),
    }


def _flash(request: Request, parameter: str, prefix: str) -> str:
    """The sentence that the address asks for: one of ours, and complete without values."""
    key = f"{prefix}{request.query_params.get(parameter, '')}"
    return say_to_staff(key, request.state.language) if key in _plain_keys() else ""


@cache
def _plain_keys() -> frozenset[str]:
    return frozenset(key for key, text in load(LANGUAGES[0]).items() if "{" not in text)


def _in_language(request: Request, section: str, code: str) -> str:
    """The address of this page in another language; after a form, that of its section."""
    query = {name: value for name, value in request.query_params.items() if name not in ("done", "problem", "lang")}
    path = request.url.path if request.method == "GET" else section or request.url.path
    return f"{path}?{urlencode(query | {'lang': code})}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
