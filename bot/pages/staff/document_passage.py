"""Sentences of a document taken out of answers, one form away, and brought back."""

from collections.abc import Collection, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.assistant import DocumentView
from bot.pages.staff.document_desk import PAGE, DocumentsDesk, isolated, of_reason, reading, span_of
from bot.pages.staff.document_text import joined, offered
from bot.pages.staff.rendering import problem_text, redirect, render
from bot.pages.staff.uploads import Sent, field, number_of
from bot.staff.documents import MOST_REASON
from corpus.errors import CorpusError, UnknownDocument
from corpus.models import Passage, Span
from corpus.split import split

NONE_CHOSEN = "sentences_needed"


def router(desk: DocumentsDesk) -> APIRouter:
    """The routes, for `desk`."""
    router = APIRouter(prefix="/passage")

    @router.get("")
    def passage(request: Request, document_id: str, version: str = "", start: str = "", end: str = "") -> Response:
        view = desk.assistant.document(document_id, number_of(version))
        return _page(request, view, span_of(start, end))

    @router.post("")
    def withdraw(request: Request, document_id: str, form: Sent) -> Response:
        view = desk.assistant.document(document_id, number_of(field(form, "version")))
        span, reason = span_of(field(form, "start"), field(form, "end")), field(form, "reason")
        passages = split(view.document)
        chosen = _chosen(form, passages)
        try:
            if not chosen:
                raise CorpusError("no sentence was chosen: choose at least one", code=NONE_CHOSEN)
            for whole in joined(passages, chosen):
                desk.documents.withdraw_passage(
                    request.state.account, document_id, view.document.version, whole, reason
                )
        except CorpusError as error:
            where = "sentences" if error.code == NONE_CHOSEN else "reason"
            about = error if error.code == NONE_CHOSEN else of_reason(error)
            errors = {where: problem_text(about, request.state.language)}
            return _page(request, view, span, chosen=chosen, reason=reason, errors=errors)
        return redirect(f"{PAGE}/{document_id}", done="passage_withdrawn")

    @router.post("/reinstate")
    def reinstate(request: Request, document_id: str, form: Sent) -> Response:
        version, span = number_of(field(form, "version")), span_of(field(form, "start"), field(form, "end"))
        desk.documents.reinstate_passage(request.state.account, document_id, version, span)
        return redirect(f"{PAGE}/{document_id}", done="passage_reinstated")

    return router


def _chosen(form: Sent, passages: Collection[Passage]) -> list[Span]:
    """The sentences that a form names; what is no sentence of the document is left out."""
    named = {value for value in form.getlist("sentences") if isinstance(value, str)}
    return [s for passage in passages for s in passage.sentences if f"{s.start}-{s.end}" in named]


def _page(
    request: Request,
    view: DocumentView,
    span: Span,
    *,
    chosen: Collection[Span] | None = None,
    reason: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    """The form for the sentences that `span` touches; UnknownDocument when it touches none."""
    document = view.document
    sentences = offered(split(document), span, view.withdrawals)
    if not sentences:
        raise UnknownDocument(
            f"{document.id}: found {span.start}..{span.end}, expected a passage of it", code="document_unknown"
        )
    free = [sentence.span for sentence in sentences if not sentence.withdrawn]
    return render(
        request,
        "document_passage.html",
        status=422 if errors else 200,
        view=view,
        document=document,
        sentences=sentences,
        chosen=set(chosen if chosen is not None else free if len(free) == 1 else ()),
        any_free=bool(free),
        span=span,
        reason=reason[:MOST_REASON],
        errors=errors or {},
        reads=reading(document.metadata.language),
        isolated=isolated,
        most_reason=MOST_REASON,
    )
