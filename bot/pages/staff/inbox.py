"""The inbox: files, pasted texts and addresses come in, and something is done with several drafts at once."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot.errors import NotAllowed
from bot.pages.staff import draft
from bot.pages.staff.gate import wants_page
from bot.pages.staff.inbox_desk import PAGE, InboxDesk
from bot.pages.staff.inbox_page import inbox_page, status
from bot.pages.staff.rendering import problem_text, redirect
from bot.pages.staff.uploads import Files, Sent, field, numbers
from bot.phrases import say_to_staff
from bot.staff.drafts import Draft
from bot.staff.models import Account
from corpus import quality
from corpus.errors import CorpusError, UnreadableFile


def router(desk: InboxDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/inbox")

    @router.get("")
    def inbox(request: Request, target: str = "") -> Response:
        return inbox_page(request, desk, target=target)

    @router.get("/status")
    def progress() -> Response:
        return JSONResponse(status(desk))

    @router.post("/upload")
    def upload(request: Request, form: Sent) -> Response:
        return _uploaded(request, desk, form)

    @router.post("/paste")
    def paste(request: Request, form: Sent) -> Response:
        title, text, target = (field(form, key) for key in ("title", "text", "target"))
        try:
            desk.inbox.paste(request.state.account, title, text, target=target)
        except UnreadableFile as error:
            return inbox_page(request, desk, "text", error, pasted={"title": title, "text": text}, target=target)
        return redirect(PAGE, done="draft_added")

    @router.post("/address")
    def address(request: Request, form: Sent) -> Response:
        given, target = field(form, "address"), field(form, "target")
        try:
            desk.inbox.add_address(request.state.account, given, target=target)
        except UnreadableFile as error:
            return inbox_page(request, desk, "address", error, address=given[:2_000], target=target)
        return redirect(PAGE, done="draft_added")

    @router.post("/publish")
    def publish(request: Request, form: Sent) -> Response:
        return _each(request, desk, form, "draft_published", lambda who, one: _publish(desk, who, one))

    @router.post("/retry")
    def retry(request: Request, form: Sent) -> Response:
        return _each(request, desk, form, "draft_retried", lambda who, one: desk.inbox.retry(who, one.id))

    @router.post("/discard")
    def discard(request: Request, form: Sent) -> Response:
        return _each(request, desk, form, "draft_discarded", lambda who, one: desk.inbox.discard(who, one.id))

    router.include_router(draft.router(desk))
    return router


def _uploaded(request: Request, desk: InboxDesk, form: Sent) -> Response:
    language, files, target = request.state.language, Files(form), field(form, "target")
    added: list[int] = []
    problems = [] if files else [("", say_to_staff("problem_no_files", language))]
    try:
        added = desk.inbox.upload(request.state.account, files, target=target)
    except UnreadableFile as error:
        problems.append(("", problem_text(error, language)))
    problems += [(file, problem_text(error, language)) for file, error in files.refused]
    if not wants_page(request):
        said = {"ids": added, "problem": " ".join(text for _, text in problems)}
        return JSONResponse(said, status_code=422 if problems else 200)
    if problems:
        return inbox_page(request, desk, code=422, skipped=problems, target=target)
    return redirect(PAGE, done="drafts_added" if len(added) > 1 else "draft_added")


def _each(request: Request, desk: InboxDesk, form: Sent, done: str, act: Callable[[Account, Draft], None]) -> Response:
    """Do something with each chosen draft; those with which it cannot be done are named."""
    language = request.state.language
    known = {one.id: one for one in desk.inbox.drafts()}
    chosen = [known[number] for number in numbers(form, "ids") if number in known]
    if not chosen:
        return redirect(PAGE, problem="nothing_chosen")
    skipped: list[tuple[str, str]] = []
    for one in chosen:
        try:
            act(request.state.account, one)
        except NotAllowed:
            raise
        except CorpusError as error:
            skipped.append((one.title, problem_text(error, language)))
    if not skipped:
        return redirect(PAGE, done=done if len(chosen) == 1 else done.replace("draft", "drafts"))
    return inbox_page(request, desk, skipped=skipped, succeeded=len(chosen) - len(skipped))


def _publish(desk: InboxDesk, who: Account, one: Draft) -> None:
    """Publish one of several; those that need a decision of their own are not."""
    if one.state != "ready":
        raise CorpusError(f"{one.title}: it is not waiting to be looked at", code="too_late")
    if quality.blocking(one.findings):
        raise CorpusError(f"{one.title}: the checks found errors: open it", code="blocked_by_gate")
    desk.inbox.publish(who, one.id)
