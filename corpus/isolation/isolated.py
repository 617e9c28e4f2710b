"""Files of strangers converted in a process of their own, which a hostile one may exhaust, hang or crash.

In: the bytes and the name of a file. Out: `Converted`, checked as if it came from a stranger too. A short text
is converted here. One process serves one file after another; it is started when first needed, ended when a file
takes too long, and replaced when it died. It gets none of the environment of this one, and ends with it.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from threading import Lock, Timer
from typing import Any, Self

from corpus.convert import SAMPLE, UNKNOWN_LANGUAGE, Converted, check_name, convert, detect_language
from corpus.errors import UnreadableFile
from corpus.formats.binary import BINARY
from corpus.isolation import frames
from corpus.models import Content, Heading, Metadata, Span
from corpus.normalise import MAX_CHARACTERS

WORKER = "corpus.isolation.worker"
SECONDS = 60.0
"""For one file. A dense page takes about 50 ms."""
MEMORY = 1_500_000_000
MOST_TEXT = 200_000
"""Bytes of a text that is converted here; a longer one of many small parts takes minutes."""
KILLED = -9
"""The exit code of a process that the system ended, which it does when memory is short."""
LEAVING = 2.0
"""Seconds in which a process ends by itself."""
SERVED = 200
"""Files after which a process is replaced: parsers leak."""
CODES = (
    *("encrypted", "broken", "scan", "no_text", "wrong_type", "too_large", "too_many_pages", "unknown_suffix"),
    *("encoding", "unreadable", "memory"),
)
MAX_MESSAGE = 2_000
MAX_LEVEL = 9
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
} | ({"SYSTEMROOT": r"C:\Windows"} if os.name == "nt" else {})
REMEDY = "open it in the program that made it and save it again, or split it into parts"


class Isolated:
    """Converts files, those of binary formats in another process. Any thread may call; one file at a time."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process else None

    def convert(self, data: bytes, name: str) -> Converted:
        """As `corpus.convert.convert`, with the further codes timeout, memory and broken."""
        name, suffix = check_name(data, name)
        if suffix not in BINARY and len(data) <= MOST_TEXT:
            return convert(data, name)
        with self._lock:
            return self._convert(data, name)

    def close(self) -> None:
        """End the process; another one starts with the next file."""
        with self._lock:
            self._end()

    def _convert(self, data: bytes, name: str) -> Converted:
        process = self._started()
        late = Timer(self._seconds, process.kill)
        late.daemon = True
        late.start()
        try:
            reply = self._asked(process, data, name)
        except (OSError, frames.BrokenFrame):
            reply = None
        finally:
            in_time = late.is_alive()
            late.cancel()
        if reply is None or not in_time:
            code = self._end()
        if reply is None:
            raise self._failure(name, "timeout" if not in_time else "memory" if code == KILLED else "broken")
        header, body = reply
        if header.get("code"):
            raise self._refused(header, name)
        try:
            return _with_language(_checked(header, body))
        except (KeyError, TypeError, ValueError) as error:
            self._end()
            raise self._failure(name, "broken") from error

    def _asked(self, process: subprocess.Popen[bytes], data: bytes, name: str) -> tuple[dict[str, Any], bytes] | None:
        assert process.stdin and process.stdout
        frames.write(process.stdin, {"name": name, "seconds": self._seconds}, data)
        self._served += 1
        return frames.read(process.stdout, 4 * MAX_CHARACTERS)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._process.poll() is not None or self._served >= SERVED):
            self._end()
        if self._process is None:
            self._served = 0
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", WORKER, str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        return self._process

    def _end(self) -> int | None:
        """End the process for good; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        for stream in (process.stdin, process.stdout):
            try:
                if stream:
                    stream.close()
            except OSError:
                continue  # what was not sent is of no use any more
        try:
            return process.wait(LEAVING)  # it ends with its input
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _refused(self, header: Mapping[str, Any], name: str) -> UnreadableFile:
        """The error that the process reports; it ends itself after running out of memory."""
        code = header["code"] if header["code"] in CODES else "broken"
        if code == "memory":
            self._end()
            return self._failure(name, code)
        values = header.get("values")
        plain = {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}
        return UnreadableFile(str(header.get("message"))[:MAX_MESSAGE], code=code, **plain)

    def _failure(self, name: str, code: str) -> UnreadableFile:
        found = {
            "timeout": f"reading it takes more than {self._seconds:g} seconds",
            "memory": f"reading it takes more than {self._memory / 1e9:g} GB of memory",
            "broken": "reading it made the converter fail",
        }[code]
        return UnreadableFile(f"{PurePath(name).name}: {found}: {REMEDY}", code=code, seconds=self._seconds)


def _with_language(converted: Converted) -> Converted:
    """With the language told from the text where the file does not say it."""
    if converted.metadata.language != UNKNOWN_LANGUAGE:
        return converted
    language = detect_language(converted.content.text[:SAMPLE])
    return replace(converted, metadata=replace(converted.metadata, language=language))


def _checked(header: Mapping[str, Any], body: bytes) -> Converted:
    """The reply of the process as values; raises ValueError, TypeError or KeyError for what cannot be."""
    text = body.decode()
    if not 0 < len(text) <= MAX_CHARACTERS:
        raise ValueError(f"a text of {len(text)} characters")
    given = dict(header["metadata"])
    given["sources"] = tuple(given.get("sources", ()))
    headings = tuple(Heading(Span(*_numbers(place)), _level(level)) for *place, level in header["headings"])
    pages, pictures = _numbers(header["pages"]), _numbers(header["pictures"])
    ends = [heading.span.end for heading in headings]
    if ends != sorted(ends) or pages != tuple(sorted(pages)) or max((*ends, *pages, 0)) > len(text):
        raise ValueError("places outside of the text or out of order")
    dropped = {str(kind): count for kind, count in header["dropped"].items()}
    _numbers(list(dropped.values()))
    return Converted(Metadata(**given), Content(text, headings, pages), dropped, pictures)


def _numbers(values: Any) -> tuple[int, ...]:
    if not isinstance(values, list) or not all(isinstance(value, int) and value >= 0 for value in values):
        raise ValueError("not a list of numbers")
    return tuple(values)


def _level(value: Any) -> int:
    if not isinstance(value, int) or not 1 <= value <= MAX_LEVEL:
        raise ValueError(f"a heading of level {value!r}")
    return value
