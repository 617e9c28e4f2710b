"""Rows to CSV that a spreadsheet opens without running anything in it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from starlette.responses import StreamingResponse

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet calculates."""
INNER = re.compile(r'(?<!^)([;\t\r\n][ "]*)([=+\-@＝＋－＠])')
"""A formula inside a cell: where the comma is that of decimals, spreadsheets begin a cell at each semicolon."""
MARK = "\ufeff"
"""Without it, spreadsheets read UTF-8 as something else."""


def cell(value: object) -> str:
    """`value` as text; what could be a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    shown = INNER.sub(r"\1'\2", text)
    return f"'{shown}" if shown.startswith(FORMULAS) else shown


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file, RFC 4180, with a byte-order mark."""
    yield MARK + _line(header)
    for row in rows:
        yield _line(row)


def csv_download(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingResponse:
    """A CSV file to save as `name`, which is plain ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(csv_lines(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _line(row: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([cell(value) for value in row])
    return buffer.getvalue()
