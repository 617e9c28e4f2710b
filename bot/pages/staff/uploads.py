"""Forms of the inbox, read in bounded memory: files stay on disk until one after the other is taken in.

The forms are parsed on the event loop, in pieces; files are read in the thread of the handler that asks for them.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from bot.staff.inbox import MOST_FILES, MOST_PASTED
from corpus.arrivals import ARCHIVE, MOST_ARCHIVE
from corpus.convert import MAX_BYTES
from corpus.errors import CorpusError, UnreadableFile

MOST_PARTS = 2 * MOST_FILES  # more than the inbox takes in, so that it can say so
FIELD_BYTES = 4 * MOST_PASTED


async def _sent(request: Request) -> AsyncIterator[FormData]:
    """The form of a request, closed after the answer."""
    try:
        form = request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS, max_part_size=FIELD_BYTES)
        async with form as values:
            yield values
    except HTTPException as error:  # what the parser of forms cannot read
        raise HTTPException(422) if error.status_code == 400 else error from error


Sent = Annotated[FormData, Depends(_sent)]
"""What a form sent, files on disk."""


class Files:
    """The files of a form, read one at a time; `refused` has those that are too large, with their names."""

    def __init__(self, form: FormData) -> None:
        self._sent = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
        self.refused: list[tuple[str, CorpusError]] = []

    def __bool__(self) -> bool:
        return bool(self._sent)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for file in self._sent:
            name = file.filename or ""
            most = MOST_ARCHIVE if name.lower().endswith(ARCHIVE) else MAX_BYTES
            if (file.size or 0) > most:
                self.refused.append((name, _too_large(file.size or 0, most)))
            else:
                yield name, file.file.read()


def field(form: FormData, name: str) -> str:
    """The text of a field, empty when there is none."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def numbers(form: FormData, name: str) -> list[int]:
    """The numbers of a field that stands in the form several times, each once."""
    values = [value for value in form.getlist(name) if isinstance(value, str)]
    return list(dict.fromkeys(number for number in map(number_of, values) if number))


def number_of(text: str) -> int:
    """A number of a draft; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _too_large(size: int, most: int) -> UnreadableFile:
    return UnreadableFile(
        f"found {size:,} bytes, at most {most:,} are accepted: split the document into parts", code="too_large"
    )
