"""A question answered in a thread of its own, and what it tells on the way."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread

from bot.assistant import Step
from bot.models import Answer


def progress(ask: Callable[[Callable[[Step], None]], Answer]) -> Iterator[Step | Answer]:
    """The steps of `ask` as they come, then its answer; raises here what was raised there.

    `ask` is called with the function that takes the steps.
    """
    events: SimpleQueue[Step | Answer | Exception] = SimpleQueue()

    def work() -> None:
        try:
            events.put(ask(events.put))
        except Exception as error:  # noqa: BLE001 - it is raised again below, in the thread of the page
            events.put(error)

    Thread(target=work, daemon=True).start()
    while True:
        event = events.get()
        if isinstance(event, Exception):
            raise event
        yield event
        if isinstance(event, Answer):
            return
