"""What can be wrong with a question; the message is in the asker's language."""

from corpus.errors import CorpusError


class QuestionError(CorpusError):
    """A question that cannot be searched for: empty, too long, or in a language that is not spoken here."""


class NotAllowed(CorpusError):
    """Something that the account may not do, or that nobody may do without one."""
