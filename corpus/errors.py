"""The root of the exceptions that this project raises for its users to read.

CorpusError             something the person who asked can mend; the message says how
|-- UnreadableFile      a file that cannot become text (type, encoding, size, front matter)
|-- UnknownDocument     an id or a version that the library does not hold
`-- StorageError        the data folder cannot be used (locked, full, damaged)
"""


class CorpusError(Exception):
    """A problem with a message that can be shown as it is.

    `code` names its kind, and `values` what was found, for pages that say it in another language.
    """

    def __init__(self, message: str, *, code: str = "", **values: object) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


class UnreadableFile(CorpusError):
    """A file that cannot be converted to text."""


class UnknownDocument(CorpusError):
    """A document id or version that the library does not hold."""


class StorageError(CorpusError):
    """The data folder or one of its stores cannot be used."""
