"""One published document: what it says about itself, its text with what was withdrawn, its versions, and what can be
done with it.
"""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from bot.pages import markup
from bot.pages.staff import document_changes, document_passage
from bot.pages.staff.document_desk import PAGE, DocumentsDesk, isolated, of_reason, reading
from bot.pages.staff.document_list import TAGS, standing
from bot.pages.staff.document_text import blocks
from bot.pages.staff.downloads import attachment
from bot.pages.staff.draft_text import SHOWN
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.pages.staff.uploads import Sent, field, number_of
from bot.phrases import language_name
from bot.staff.documents import MOST_REASON
from bot.staff.models import Account
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Metadata
from corpus.split import split


def router(desk: DocumentsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/documents/{document_id}")

    @router.get("")
    def document(request: Request, document_id: str) -> Response:
        return _page(request, desk, document_id)

    @router.get("/{version}/original")
    def original(document_id: str, version: str) -> Response:
        name, data = desk.assistant.library.original(document_id, number_of(version))
        return attachment(data, name, f"{document_id}-{version}")

    @router.post("/withdraw")
    def withdraw(request: Request, document_id: str, form: Sent) -> Response:
        reason = field(form, "reason")
        try:
            desk.documents.withdraw(request.state.account, document_id, reason)
        except CorpusError as error:
            problem = problem_text(of_reason(error), request.state.language)
            return _page(request, desk, document_id, errors={"reason": problem})
        return redirect(f"{PAGE}/{document_id}", done="document_withdrawn")

    @router.post("/reinstate")
    def reinstate(request: Request, document_id: str) -> Response:
        return done(request, document_id, "document_reinstated", lambda who: desk.documents.reinstate(who, document_id))

    @router.post("/restore")
    def restore(request: Request, document_id: str, form: Sent) -> Response:
        def act(who: Account) -> None:
            if desk.assistant.library.state(document_id)[1] == "removed":
                raise CorpusError("the document is withdrawn: bring it back first", code="document_is_withdrawn")
            desk.documents.restore(who, document_id, number_of(field(form, "version")))

        return done(request, document_id, "version_restored", act)

    def done(request: Request, document_id: str, key: str, act: Callable[[Account], None]) -> Response:
        act(request.state.account)
        return redirect(f"{PAGE}/{document_id}", done=key)

    router.include_router(document_passage.router(desk))
    router.include_router(document_changes.router(desk))
    return router


def _page(
    request: Request, desk: DocumentsDesk, document_id: str, *, errors: Mapping[str, str] | None = None
) -> Response:
    """The page of a document; UnknownDocument when there is none."""
    history, language = desk.documents.history(document_id), request.state.language
    view, versions = history.view, history.versions
    document, metadata = view.document, view.document.metadata
    passages, everything = split(document), "all" in request.query_params
    text, complete = blocks(document, passages, view.withdrawals, None if everything else SHOWN)
    where = standing(view.state, view.superseded_by.id if view.superseded_by else "")
    return render(
        request,
        "document.html",
        status=422 if errors else 200,
        view=view,
        document=document,
        metadata=metadata,
        standing=where,
        tag=TAGS[where],
        reads=reading(metadata.language),
        text=text,
        complete=complete,
        passages=len(passages),
        versions=versions[::-1],
        stored=versions[-1],
        supersedes=_superseded(desk, metadata),
        permalink=f"{request.url.scheme}://{request.url.netloc}/sources/{document.id}/{document.version}",
        outside=lambda url: Markup(markup.outside_link(url, markup.isolated(url))),
        isolated=isolated,
        language_in_words=lambda code: language_name(code, language),
        errors=errors or {},
        most_reason=MOST_REASON,
    )


def _superseded(desk: DocumentsDesk, metadata: Metadata) -> Metadata | None:
    """The document that this one says it supersedes, while the library holds it."""
    if not metadata.supersedes:
        return None
    try:
        return desk.assistant.library.get(metadata.supersedes).metadata
    except UnknownDocument:
        return None
