"""Work in the background as pages show it: how far it has come while it runs, and how it ended."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup

from bot.pages.staff.findings import told
from bot.phrases import say_to_staff, staff_keys
from bot.staff.background import Task
from bot.staff.drafts import Problem

NAME = "task_"
STAGE = "stage_"


def status(request: Request, task: Task | None, *, running: bool = False) -> Response:
    """What the script asks for; it opens the page again when nothing is `running` any more."""
    language = request.state.language
    if task is None or task.ended:
        return JSONResponse({"running": running})
    return JSONResponse({"running": True, "text": progress(task, language), "done": task.done, "of": task.of})


def shown(task: Task | None, language: str) -> dict[str, Any]:
    """The values of the macro `working`: `task` and its texts."""
    if task is None:
        return {"task": None, "task_problem": None}
    return {
        "task": task,
        "task_name": say_to_staff(f"{NAME}{task.what}", language),
        "task_progress": "" if task.ended else progress(task, language),
        "task_problem": why(task, language),
    }


def progress(task: Task, language: str) -> str:
    """How far a task has come, in words."""
    key = f"{STAGE}{task.stage}"
    if not task.of or key not in staff_keys():
        return say_to_staff("stage_begins", language)
    return say_to_staff(key, language, done=task.done, of=task.of)


def why(task: Task, language: str) -> Markup | None:
    """Why a task failed; None when it did not."""
    return None if task.problem is None else told(Problem.of(task.problem), language)


def in_english(text: str) -> Markup:
    """What another program says, inside a sentence."""
    return Markup('<span lang="en" dir="ltr">{}</span>').format(text)
