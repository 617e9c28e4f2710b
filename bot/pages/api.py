"""The HTTP interface: `POST /api/v1/ask` and `GET /api/v1/health`. Every error is `{"error": message}`."""

from threading import BoundedSemaphore
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.assistant import Assistant
from bot.conversation import Turn
from bot.languages import LANGUAGES, detect
from bot.pages.visitor import language_of
from bot.phrases import say
from corpus.errors import CorpusError, StorageError

MOST_AT_ONCE = 16
PATIENCE = 5.0
"""Seconds that a question waits for its turn before the answer is 503."""


class Earlier(BaseModel):
    """A question that was asked before this one."""

    model_config = ConfigDict(extra="ignore")

    question: str = Field(max_length=20_000)


class Question(BaseModel):
    """The body of `POST /api/v1/ask`. The assistant itself judges the question's length."""

    model_config = ConfigDict(extra="forbid")

    question: str
    language: str | None = None
    history: list[Earlier] = Field(default_factory=list, max_length=50)


def api_router(assistant: Assistant) -> APIRouter:
    """The routes of the interface, for `assistant`."""
    router = APIRouter(prefix="/api/v1")
    places = BoundedSemaphore(MOST_AT_ONCE)

    @router.post("/ask")
    async def ask(request: Request) -> JSONResponse:
        from starlette.concurrency import run_in_threadpool

        language = language_of(request, assistant.settings.language)
        try:
            question = Question.model_validate_json(await request.body())
        except ValidationError as error:
            return _unreadable(error, language)
        return await run_in_threadpool(_answer, assistant, question, places, language)

    @router.get("/health")
    def health() -> dict[str, Any]:
        coverage = assistant.coverage()
        return {
            "status": "ok" if coverage.documents else "empty",
            "documents": coverage.documents,
            "languages": list(coverage.languages),
            "newest": coverage.newest,
        }

    return router


def _answer(assistant: Assistant, question: Question, places: BoundedSemaphore, language: str) -> JSONResponse:
    if not places.acquire(timeout=PATIENCE):
        return problem(503, say("error_busy", language), headers={"Retry-After": "5"})
    try:
        answer = assistant.ask(question.question, language=question.language, history=_turns(question, language))
    except StorageError:
        return problem(503, say("error_internal", language))
    except CorpusError as error:
        return problem(422, str(error))
    finally:
        places.release()
    return JSONResponse(answer.to_json())


def _turns(question: Question, default: str) -> list[Turn]:
    """The earlier questions; each keeps the language of the one before when it does not tell its own."""
    home = question.language if question.language in LANGUAGES else default
    turns: list[Turn] = []
    for earlier in question.history:
        home = detect(earlier.question, home)
        turns.append(Turn(earlier.question, earlier.question, home))
    return turns


def _unreadable(error: ValidationError, language: str) -> JSONResponse:
    """400 for what is not JSON, 422 for JSON of another shape."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    what = f"{place}: {first['msg']}" if place else first["msg"]
    return problem(400 if first["type"] == "json_invalid" else 422, say("error_body", language, problem=what))


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as every JSON answer words it."""
    return JSONResponse({"error": message}, status_code=status, headers=headers)
