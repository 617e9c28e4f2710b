"""What went wrong, as a page of the staff area for browsers and as JSON for anything else."""

import logging

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import NotAllowed
from bot.pages.staff.gate import wants_page
from bot.pages.staff.rendering import problem_text, render
from bot.phrases import say_to_staff
from corpus.errors import CorpusError, StorageError, UnknownDocument

MESSAGES = {
    401: "refused_log_in",
    403: "refused_not_allowed",
    404: "page_not_found",
    405: "page_not_found",
    413: "refused_too_large",
    422: "refused_form",
}
STATUSES: tuple[tuple[type[CorpusError], int], ...] = ((NotAllowed, 403), (UnknownDocument, 404), (StorageError, 503))


def refusal(request: Request, status: int) -> Response:
    """The answer with `status` and what it means."""
    return answer(request, status, say_to_staff(MESSAGES.get(status, "refused_broken"), request.state.language))


def answer(request: Request, status: int, message: str) -> Response:
    """`message` as a page or as JSON."""
    if not wants_page(request):
        return JSONResponse({"error": message}, status_code=status)
    return render(request, "error.html", status=status, message=message, may_log_in=status == 401)


async def refused(request: Request, error: Exception) -> Response:
    """For what the framework refuses: unknown addresses, methods, bodies that are too large."""
    return refusal(request, error.status_code if isinstance(error, HTTPException) else 422)


async def mendable(request: Request, error: Exception) -> Response:
    """For what the person who asked can mend."""
    if not isinstance(error, CorpusError):
        raise TypeError(f"error: found {type(error).__name__}, expected a CorpusError")
    if isinstance(error, StorageError):
        logging.getLogger(__name__).error("A store cannot be used", exc_info=error)
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 422)
    return answer(request, status, problem_text(error, request.state.language))


async def broken(request: Request, error: Exception) -> Response:
    """For what nobody expected; the caller of the application logs it."""
    return refusal(request, 500)


HANDLERS = {HTTPException: refused, RequestValidationError: refused, CorpusError: mendable, Exception: broken}
