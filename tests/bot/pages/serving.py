"""An application served for real, on a free port, by uvicorn in a thread; or called directly."""

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[3] / "bot" / "pages" / "static"
SECONDS = 60.0  # to start, or to end


@contextmanager
def served(app: Any, *, static: bool = False) -> Iterator[str]:
    """The address at which `app` is served; with `static`, its pages find their styles and scripts."""
    import uvicorn

    if static:
        from starlette.staticfiles import StaticFiles

        app.mount("/page", StaticFiles(directory=STATIC))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started, f"the server did not start within {SECONDS:.0f} seconds"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=SECONDS)


def run_apart(call: Coroutine[Any, Any, Any]) -> Any:
    """Run a call of an application in a thread of its own: a browser of another test may hold this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, call).result()
