"""The formats that are no text, by suffix: what reads each, imported when it is first needed.

In: the bytes of a file. Out: `Reading`. Their parsers are given files of strangers: in a service they are
called in a process of their own, which may be killed (`corpus.isolation.isolated`).
"""

from collections.abc import Callable

from corpus.formats.blocks import Reading


def _pdf(data: bytes) -> Reading:
    from corpus.formats.pdf import read_pdf

    return read_pdf(data)


def _docx(data: bytes) -> Reading:
    from corpus.formats.docx import read_docx

    return read_docx(data)


def _pptx(data: bytes) -> Reading:
    from corpus.formats.pptx import read_pptx

    return read_pptx(data)


def _odt(data: bytes) -> Reading:
    from corpus.formats.odt import read_odt

    return read_odt(data)


def _epub(data: bytes) -> Reading:
    from corpus.formats.epub import read_epub

    return read_epub(data)


def _rtf(data: bytes) -> Reading:
    from corpus.formats.rtf import read_rtf

    return read_rtf(data)


def _eml(data: bytes) -> Reading:
    from corpus.formats.eml import read_eml

    return read_eml(data)


BINARY: dict[str, Callable[[bytes], Reading]] = {
    ".pdf": _pdf,
    ".docx": _docx,
    ".pptx": _pptx,
    ".odt": _odt,
    ".epub": _epub,
    ".rtf": _rtf,
    ".eml": _eml,
}
