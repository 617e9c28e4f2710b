"""The page of the inbox: the three ways in, and the drafts by what is to be done next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from bot.pages.staff.findings import TAGS, name, told, worst_first
from bot.pages.staff.inbox_desk import InboxDesk
from bot.pages.staff.rendering import problem_text, render
from bot.phrases import language_name
from bot.staff.drafts import DraftState
from bot.staff.inbox import MOST_TITLE
from corpus.arrivals import ARCHIVE, MOST_ARCHIVE
from corpus.convert import MAX_BYTES, READERS
from corpus.errors import CorpusError

PUBLISHED = 20
OTHER_NAMES = (".markdown", ".htm")
"""Suffixes of formats that have a better known one."""
UNDER_WAY: tuple[DraftState, ...] = ("reading", "queued")


@dataclass(frozen=True, slots=True)
class Group:
    """Drafts that wait for the same thing, and what can be done with several of them at once."""

    key: str
    state: DraftState
    together: tuple[str, ...] = ()


GROUPS = (
    Group("ready", "ready", ("publish", "discard")),
    Group("failed", "failed", ("retry", "discard")),
    Group("quarantine", "quarantine", ("discard",)),
    Group("scheduled", "scheduled"),
)


def inbox_page(
    request: Request,
    desk: InboxDesk,
    wrong: str = "",
    error: CorpusError | None = None,
    *,
    code: int = 200,
    **context: Any,
) -> Response:
    """The page; `error` is about the field `wrong`."""
    language, target = request.state.language, context.get("target", "")
    titles = {entry.metadata.id: entry.metadata.title for entry in desk.documents.entries()} if target else {}
    shown = {
        **_ways_in(desk),
        **_lists(desk),
        **_words(language),
        "target": target,
        "target_title": titles.get(target, target),
        "errors": {wrong: problem_text(error, language)} if error else {},
    }
    return render(request, "inbox.html", status=422 if error else code, **shown | context)


def status(desk: InboxDesk) -> dict[str, object]:
    """What a page needs to know to follow the work: `stamp` changes whenever the lists do."""
    counts, indexing = dict(desk.inbox.counts()), desk.inbox.indexing
    under_way = [draft.id for draft in desk.inbox.drafts(*UNDER_WAY)]
    return {
        "under_way": under_way,
        "indexing": {"done": indexing.done, "of": indexing.of} if indexing else None,
        "stamp": f"{sorted(counts.items())}{under_way}",
    }


def _ways_in(desk: InboxDesk) -> dict[str, object]:
    """What the forms say, before anything was typed into them."""
    return {
        "addresses": desk.settings.fetch_addresses,
        "accept": ",".join((*READERS, ARCHIVE)),
        "formats": _formats(),
        "limits": {"file": MAX_BYTES, "archive": MOST_ARCHIVE, "title": MOST_TITLE},
        "pasted": {"title": "", "text": ""},
        "address": "",
        "skipped": [],
        "succeeded": 0,
    }


def _lists(desk: InboxDesk) -> dict[str, object]:
    """The drafts, by what is to be done next."""
    drafts = desk.inbox.drafts()
    return {
        "groups": [(group, [draft for draft in drafts if draft.state == group.state]) for group in GROUPS],
        "under_way": [draft for draft in drafts if draft.state in UNDER_WAY],
        "published": desk.inbox.drafts("published")[:PUBLISHED],
        "counts": desk.inbox.counts(),
        "stamp": status(desk)["stamp"],
        "indexing": desk.inbox.indexing,
    }


def _words(language: str) -> dict[str, Callable[..., object]]:
    """What the lists say in `language`."""
    return {
        "worst": lambda draft: next(iter(worst_first(draft.findings)), None),
        "finding_name": lambda finding: name(finding, language),
        "finding_tag": lambda finding: TAGS[finding.severity],
        "told": lambda problem: told(problem, language),
        "language_in_words": lambda code: language_name(code, language),
    }


def _formats() -> Sequence[str]:
    """The formats by their suffixes, as people call them."""
    return [suffix.removeprefix(".").upper() for suffix in (*READERS, ARCHIVE) if suffix not in OTHER_NAMES]
