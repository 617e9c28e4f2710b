"""Whether a sentence can answer at all: it has a value of the kind asked for, and knows the names asked about.

Similar vectors do not tell "Germany gave" from "France gave", or a question about a cost from a sentence
without a sum. Two strict tests do: a question for a count, a share, money, a date or a duration needs a
sentence with such a value; and a name that the question gives must stand in the sentence's passage or title,
where the documents of that language have the name at all. A name that no document has in any script refuses
the question. Names are told by their capitals, so Arabic and Chinese questions pass this test unseen.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Protocol

from bot.disagreement import has_value
from bot.models import Quote
from bot.same_matter import COMMON, PREFIX, UNCAPITALISED, skeletons_of
from bot.value_text import fold
from vectorstore.lexical import terms

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
SHORTEST = 3
ENDING = 3  # an inflection may add one consonant of three to a name


class Terms(Protocol):
    """What an index says of the words of its documents."""

    def vocabularies(self) -> Mapping[str, frozenset[str]]:
        """Every term of every document, by language; one object until the documents change."""


@dataclass(frozen=True, slots=True)
class Skeletons:
    """The consonants of words, and all their beginnings, so that a name is found in every script and case."""

    terms: frozenset[str]
    whole: frozenset[str]
    beginnings: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Skeletons":
        known = frozenset(words)
        whole = frozenset(s for word in known for s in skeletons_of(word) if len(s) >= PREFIX)
        return cls(known, whole, frozenset(s[:n] for s in whole for n in range(PREFIX, len(s) + 1)))

    def meet(self, word: str) -> bool:
        """Whether a word is among them; the end of the longer one may be an inflection.

        Two consonants are too few to tell a word by: such words are looked for as they are spelt.
        """
        if self.terms.intersection(terms(word)):
            return True
        return any(
            own in self.beginnings
            or any(own[:n] in self.whole for n in range(max(PREFIX, len(own) - len(own) // ENDING), len(own)))
            for form in (fold(word), *terms(word))
            for own in skeletons_of(form)
        )


class Vocabulary:
    """The words of the documents of each language, by their consonants."""

    def __init__(self, words: Terms) -> None:
        self._words = words
        self._read: tuple[Mapping[str, frozenset[str]], dict[str, Skeletons]] | None = None

    def languages(self) -> Mapping[str, Skeletons]:
        """The skeletons of each language; read again when the documents have changed."""
        words = self._words.vocabularies()
        if self._read is None or self._read[0] is not words:
            self._read = words, {language: Skeletons.of(own) for language, own in words.items()}
        return self._read[1]

    def knows(self, word: str, language: str) -> bool:
        """Whether a document in this language has the word, in whatever script."""
        own = self.languages().get(language)
        return own is not None and own.meet(word)


def names(question: str, language: str) -> list[tuple[str, ...]]:
    """The names in a question, each as its words: capitals, not at the beginning, side by side."""
    if language in UNCAPITALISED:
        return []
    found: list[tuple[str, ...]] = []
    end = -1
    for match in WORD.finditer(question):
        bare = re.split(r"['’]", match.group())[-1]
        if not _is_name(bare) or not WORD.search(question[: match.start()]):
            continue
        joined = [(word,) for word in bare.split("-") if len(word) >= SHORTEST] or [(bare,)]
        if found and question[end : match.start()] == " ":
            found[-1] += joined.pop(0)
        found.extend(joined)
        end = match.end()
    return found


def unheard_of(question: str, language: str, vocabulary: Vocabulary) -> list[str]:
    """The names of a question whose last telling word (a surname) no document has, in whatever script."""
    spoken = vocabulary.languages()
    unheard = []
    for name in names(question, language):
        telling = [word for word in name if any(len(own) >= PREFIX for own in skeletons_of(fold(word)))]
        if telling and not any(vocabulary.knows(telling[-1], code) for code in spoken):
            unheard.append(" ".join(name))
    return unheard


def can_answer(question: str, language: str, quote: Quote, context: Set[str], vocabulary: Vocabulary) -> bool:
    """Whether `quote` has the kind of value asked for, and `context`, its passage as terms, the names.

    A name of several words is there with its last word, or with most of its words; such names (titles,
    bodies) are translated, so they are not looked for in another language.
    """
    if not has_value(question, language, quote.text, quote.language):
        return False
    own = Skeletons.of(context)
    for name in names(question, language):
        if len(name) > 1 and quote.language != language:
            continue
        known = [word for word in name if vocabulary.knows(word, quote.language)]
        present = [word for word in known if own.meet(word)]
        if known and known[-1] not in present and 2 * len(present) <= len(known):
            return False
    return True


def _is_name(word: str) -> bool:
    """An acronym is none: it has another form in each language."""
    return len(word) >= SHORTEST and word[0].isupper() and not word.isupper() and fold(word) not in COMMON
