"""Whether a sentence can answer at all: it has a value of the kind asked for, and knows the names asked about.

Similar vectors do not tell "Germany gave" from "France gave", or a question about a cost from a sentence
without a sum. Two strict tests do: a question for a count, a share, money, a date or a duration needs a
sentence with such a value; and a name that the question gives must stand in the sentence's passage or title,
where the documents of that language have the name at all. A name that no document has in any script refuses
the question. Names are told by their capitals, so Arabic and Chinese questions pass this test unseen.
"""

import re
from collections.abc import Iterator, Set
from typing import Protocol

from bot.disagreement import has_value
from bot.models import Quote
from bot.same_matter import COMMON, UNCAPITALISED, meets, skeletons_of
from bot.value_text import fold
from vectorstore.lexical import terms

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
SHORTEST = 3


class Terms(Protocol):
    """What an index says of the words of its documents."""

    def knows(self, term: str, language: str) -> bool:
        """Whether a document in this language has the term."""

    def vocabulary(self) -> frozenset[str]:
        """Every term of every document, one object until the documents change."""


class Vocabulary:
    """The words of the documents, also by their consonants, so that a name is found in every script."""

    def __init__(self, words: Terms) -> None:
        self._words = words
        self._skeletons: tuple[frozenset[str], frozenset[str]] | None = None

    def knows(self, term: str, language: str) -> bool:
        """Whether a document in this language has the term."""
        return self._words.knows(term, language)

    def skeletons(self) -> frozenset[str]:
        """The consonant skeletons of all words."""
        words = self._words.vocabulary()
        if self._skeletons is None or self._skeletons[0] is not words:
            self._skeletons = words, frozenset(s for word in words for s in skeletons_of(word))
        return self._skeletons[1]


def names(question: str, language: str) -> Iterator[str]:
    """The words of a question that are written as names: a capital, not at its beginning."""
    if language in UNCAPITALISED:
        return
    for match in WORD.finditer(question):
        opening = not WORD.search(question[: match.start()])
        bare = re.split(r"['’]", match.group())[-1]
        name = bare[0].isupper() and not bare.isupper()  # an acronym has another form in each language
        if opening or not name or len(bare) < SHORTEST or fold(bare) in COMMON:
            continue
        yield bare


def unheard_of(question: str, language: str, vocabulary: Vocabulary) -> list[str]:
    """The names of a question that no document has, in whatever script."""
    found = []
    for name in names(question, language):
        own = skeletons_of(fold(name))
        known = any(vocabulary.knows(term, language) for term in terms(name))
        if own and not known and not any(meets(skeleton, vocabulary.skeletons()) for skeleton in own):
            found.append(name)
    return found


def can_answer(question: str, language: str, quote: Quote, context: Set[str], vocabulary: Vocabulary) -> bool:
    """Whether `quote` has the kind of value asked for, and `context`, its passage as terms, the names."""
    if not has_value(question, language, quote.text, quote.language):
        return False
    skeletons = frozenset(skeleton for term in context for skeleton in skeletons_of(term))
    for name in names(question, language):
        own = skeletons_of(fold(name))
        if vocabulary.knows(terms(name)[0], quote.language) and not any(meets(s, skeletons) for s in own):
            return False
    return True
