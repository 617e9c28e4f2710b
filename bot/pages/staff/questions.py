"""The questions without an answer, in groups: what was asked how often, and what to do about it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Protocol, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.errors import NotAllowed
from bot.pages.markup import language_list
from bot.pages.staff.accounts import editor
from bot.pages.staff.gate import STAFF
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.phrases import keys, say_to_staff
from bot.pins import MOST_CHARACTERS
from bot.staff.access.accounts import Accounts
from bot.staff.background import Task
from bot.staff.models import Account
from bot.staff.unanswered.board import Order, Wording
from bot.staff.unanswered.questions import Questions
from corpus.errors import CorpusError, UnknownDocument

PAGE = f"{STAFF}/questions"
TABS: Mapping[str, tuple[str, ...]] = {
    "open": ("open", "assigned"),
    "mine": ("assigned",),
    "dismissed": ("dismissed",),
    "answered": ("answered",),
}
"""The states of the groups behind each tab; behind `mine`, only those of the account."""
ORDERS: tuple[Order, ...] = get_args(Order)
REFUSED = ("not_found", "partial")
SHOWN = 100
PATIENCE = 0.5  # seconds that a page waits for work in the background
Field = Annotated[str, Form()]
Mix = Sequence[tuple[str, str, int]]
"""What happened to questions: a status, what it is called, how often."""


class QuestionsDesk(Protocol):
    """What the pages about unanswered questions need of the desk."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def questions(self) -> Questions: ...


def router(desk: QuestionsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/questions")

    @router.get("")
    def questions(request: Request, tab: str = "open", order: str = "count") -> Response:
        return _list(request, desk, tab if tab in TABS else "open", "recent" if order == "recent" else "count")

    @router.get("/{group_id}")
    def question(request: Request, group_id: str) -> Response:
        return _group(request, desk, group_id)

    @router.post("/{group_id}/assign")
    def assign(request: Request, group_id: str, name: Field = "") -> Response:
        def act(who: Account) -> None:
            if name and name not in _members(desk):
                raise CorpusError("no account has this name", code="unknown_account")
            desk.questions.assign(who, group_id, name or None)

        return done(request, group_id, "questions_assigned", act)

    @router.post("/{group_id}/dismiss")
    def dismiss(request: Request, group_id: str, reason: Field = "") -> Response:
        return done(request, group_id, "questions_dismissed", lambda who: desk.questions.dismiss(who, group_id, reason))

    @router.post("/{group_id}/reopen")
    def reopen(request: Request, group_id: str) -> Response:
        return done(request, group_id, "questions_reopened", lambda who: desk.questions.reopen(who, group_id))

    @router.post("/{group_id}/again")
    def again(request: Request, group_id: str) -> Response:
        def act(who: Account) -> bool:
            return desk.questions.ask_again(who, group_id, PATIENCE) and not _failed(desk.questions.asking)

        return done(request, group_id, "questions_asked_again", act)

    def done(request: Request, group_id: str, what: str, act: Callable[[Account], object]) -> Response:
        try:
            finished = act(editor(request)) is not False
        except (NotAllowed, UnknownDocument):
            raise
        except CorpusError as error:
            return _group(request, desk, group_id, error)
        return redirect(f"{PAGE}/{group_id}", done=what if finished else "")

    return router


def _list(request: Request, desk: QuestionsDesk, tab: str, order: Order) -> Response:
    language, me = request.state.language, request.state.account.name
    desk.questions.refresh(PATIENCE)
    groups = desk.questions.groups(order)
    by_tab = {key: [group for group in groups if group.state in states] for key, states in TABS.items()}
    by_tab["mine"] = [group for group in by_tab["mine"] if group.assigned_to == me]
    return render(
        request,
        "questions.html",
        tabs=[(key, len(found)) for key, found in by_tab.items()],
        tab=tab,
        orders=ORDERS,
        order=order,
        groups=by_tab[tab][:SHOWN],
        more=len(by_tab[tab]) > SHOWN,
        grouping=_running(desk.questions.grouping),
        wrong=_problem(desk.questions.grouping, language),
        address=lambda tab, order: f"{PAGE}?{urlencode({'tab': tab, 'order': order})}",
        mix=lambda questions: _mix(questions, language),
        language_list=lambda codes: language_list(list(codes), language),
    )


def _group(request: Request, desk: QuestionsDesk, group_id: str, error: CorpusError | None = None) -> Response:
    language, group = request.state.language, desk.questions.group(group_id)
    task = desk.questions.asking
    ours = task if task and task.what == group.id else None
    nobody = ("", say_to_staff("question_assign_nobody", language))
    return render(
        request,
        "question.html",
        status=422 if error else 200,
        group=group,
        asking=_running(ours),
        wrong=problem_text(error, language) if error else _problem(ours, language),
        members=[nobody, *((name, name) for name in _members(desk))],
        pin_address=f"{STAFF}/pins/new?{urlencode({'question': group.label[:MOST_CHARACTERS]})}",
        mix=lambda questions: _mix(questions, language),
        now=lambda question: _now(question, language),
        language_list=lambda codes: language_list(list(codes), language),
    )


def _members(desk: QuestionsDesk) -> list[str]:
    """Who can be given questions."""
    return [member.name for member in desk.accounts.members() if member.active]


def _mix(questions: Iterable[Wording], language: str) -> Mix:
    """What happened to these wordings, most frequent first: how they were answered last, and why that was disliked."""
    found: Counter[tuple[str, str]] = Counter()
    for question in questions:
        if not question.disliked or question.status in REFUSED:
            found[question.status, say_to_staff(f"question_got_{question.status}", language)] += question.count
        for text in _dislikes(question, language):
            found["disliked", text] += 1
    return [(status, text, count) for (status, text), count in found.most_common()]


def _dislikes(question: Wording, language: str) -> list[str]:
    """Why answers were disliked, each reason once; the reasons of visitors are keys of `reason_`, or unknown."""
    if not question.disliked:
        return []
    reasons = [say_to_staff(f"reason_{r}", language) for r in question.reasons if f"reason_{r}" in keys()]
    if not reasons:
        return [say_to_staff("question_got_disliked", language)]
    return [say_to_staff("question_got_disliked_because", language, reason=reason) for reason in reasons]


def _now(question: Wording, language: str) -> Mix:
    """What asking again gave."""
    if not question.retried:
        return []
    return [(question.retried, say_to_staff(f"question_got_{question.retried}", language), 1)]


def _running(task: Task | None) -> Task | None:
    return task if task and not task.ended else None


def _failed(task: Task | None) -> bool:
    return task is not None and task.problem is not None


def _problem(task: Task | None, language: str) -> str:
    return problem_text(task.problem, language) if task and task.problem else ""
