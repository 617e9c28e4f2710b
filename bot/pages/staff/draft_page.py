"""The page of a draft: what was found in it, what it says about itself, its text as it will be cited, what changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from fastapi import Request
from fastapi.responses import Response

from bot.pages.markup import direction
from bot.pages.staff.comparison import SHOWN as CHANGES_SHOWN
from bot.pages.staff.comparison import comparison
from bot.pages.staff.draft_text import SHOWN, parts, passage_at
from bot.pages.staff.findings import Said, said, told, worst_first
from bot.pages.staff.inbox_desk import InboxDesk
from bot.pages.staff.rendering import problem_text, render
from bot.phrases import language_name, say_to_staff
from bot.staff.drafts import Draft
from bot.staff.inbox import EDITABLE, FIELDS, Preview
from corpus import quality
from corpus.convert import DETECTED, UNKNOWN_LANGUAGE
from corpus.errors import CorpusError
from corpus.library import Entry
from corpus.models import KINDS

WRONG_FIELD = {"id_taken": "id", "reason_needed": "reason", "day_needed": "on", "day_past": "on"}
"""The field that a problem is about, other than `bad_{field}`; the rest stand above the page."""


def draft_page(
    request: Request,
    desk: InboxDesk,
    number: int,
    *,
    error: CorpusError | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    """The page of a draft; UnknownDocument when there is none."""
    preview, language = desk.inbox.preview(number), request.state.language
    draft, everything = preview.draft, "all" in request.query_params
    entries = desk.documents.entries()
    shown = {
        **_text(preview, everything=everything),
        **_form(draft, entries, given or {}, language),
        "draft": draft,
        "preview": preview,
        "may_change": request.state.account.may_edit,
        "findings": _findings(preview, entries, language),
        "told": lambda problem: told(problem, language),
        "language_in_words": lambda code: language_name(code, language),
        "errors": _errors(error, language),
        "following": _following(desk, number),
    }
    return render(request, "draft.html", status=422 if error else 200, **shown)


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def _text(preview: Preview, *, everything: bool) -> dict[str, object]:
    """The text and what it changes; at first not all of a very long one."""
    text, complete = parts(preview.content, preview.passages, None if everything else SHOWN)
    metadata = preview.draft.metadata
    known = metadata is not None and metadata.language != UNKNOWN_LANGUAGE
    changed = comparison(preview.changes, None if everything else CHANGES_SHOWN) if preview.replaces else None
    return {
        "text": text,
        "complete": complete,
        "comparison": changed,
        "reads": direction(metadata.language) if metadata and known else "auto",
    }


def _form(draft: Draft, entries: Sequence[Entry], given: Mapping[str, str], language: str) -> dict[str, object]:
    """What can be changed and decided, with what was typed."""
    own = {name: getattr(draft.metadata, name, None) or "" for name in FIELDS}
    return {
        "editable": draft.state in EDITABLE,
        "blocking": quality.blocking(draft.findings),
        "values": {**own, "reason": "", "on": "", "note": "", **given},
        "entries": entries,
        "languages_offered": _languages(draft, entries, language),
        "kinds": [(kind, say_to_staff(f"kind_{kind}", language)) for kind in KINDS],
        "tomorrow": (today() + timedelta(days=1)).isoformat(),
    }


def _following(desk: InboxDesk, number: int) -> tuple[int, int]:
    """The next draft to look at, older ones first, or 0, and how many there are."""
    ready = [draft.id for draft in desk.inbox.drafts("ready") if draft.id != number]
    return max((other for other in ready if other < number), default=max(ready, default=0)), len(ready)


def _findings(preview: Preview, entries: Sequence[Entry], language: str) -> list[tuple[Said, int]]:
    """Each finding in words, with the number of the passage where it is, or 0."""
    titles = {entry.metadata.id: entry.metadata.title for entry in entries}
    words = [said(finding, language, titles) for finding in worst_first(preview.draft.findings)]
    return [(found, passage_at(preview.passages, found.offset) if found.offset is not None else 0) for found in words]


def _errors(error: CorpusError | None, language: str) -> dict[str, str]:
    """What is wrong, by the field that it is about; "" is the page as a whole."""
    if error is None:
        return {}
    of_field = error.code.removeprefix("bad_") if error.code.startswith("bad_") else ""
    return {WRONG_FIELD.get(error.code, of_field if of_field in FIELDS else ""): problem_text(error, language)}


def _languages(draft: Draft, entries: Sequence[Entry], language: str) -> list[tuple[str, str]]:
    """The languages to choose from: those that are recognised, those of the corpus, that of the draft."""
    codes = {*DETECTED, *(entry.metadata.language for entry in entries)}
    if draft.metadata:
        codes.add(draft.metadata.language)
    return sorted(((code, language_name(code, language)) for code in codes), key=lambda pair: pair[1].casefold())
