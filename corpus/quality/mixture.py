"""Whether a text is in the language that it is said to be in, and in one language; pure.

In: a text, the declared language and a function that tells the language of a passage. Out: findings. Of 9,000 passages
of 120 letters and more in the nine languages of `corpus.convert` six were told otherwise: lists of names, or passages
that are in another language.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from corpus.convert import DETECTED, SAMPLE, UNKNOWN_LANGUAGE
from corpus.quality.findings import WIDE_LETTER, Finding, Severity, Wording, place, share

PASSAGE, WIDE_PASSAGE = 120, 40
"""Characters from which the language of a passage can be told; less in Chinese."""
PASSAGE_AT_MOST = 600
PASSAGES = 60
"""Passages whose language is told, spread over the text."""
FEW = 100
"""Letters of a text without such a passage from which its language can be told."""
MIXED, MIXED_LETTERS = 0.15, 200
"""Share, and number, of the letters in another language from which a text is mixed."""
MUCH = 0.34
WIDE_WEIGHT = 3
"""A Chinese character says as much as so many letters."""

Passage = tuple[int, int]


def languages(wording: Wording, declared: str, detect: Callable[[str], str]) -> Iterator[Finding]:
    """What is not in the declared language; nothing when `detect` does not know that language."""
    if declared not in DETECTED and declared != UNKNOWN_LANGUAGE:
        return
    letters: Counter[str] = Counter()
    first: dict[str, Passage] = {}
    for start, end in _passages(wording):
        passage = wording.text[start:end]
        told = detect(passage)
        letters[told] += _weight(passage)
        first.setdefault(told, (start, end))
    letters.pop(UNKNOWN_LANGUAGE, 0)
    if not letters:
        return
    main = declared
    if 2 * letters[declared] < letters.total() and detect(wording.text[:SAMPLE]) != declared:
        main = letters.most_common(1)[0][0]
    if main != declared:
        yield Finding("language_doubtful", "warning", {"declared": declared, "found": main})
    for other, count in letters.most_common(2):
        part = share(count, letters.total())
        if other != main and part >= MIXED and count >= MIXED_LETTERS:
            severity: Severity = "warning" if part >= MUCH else "note"
            values = {"declared": main, "found": other, "share": part, **place(wording.text, *first[other])}
            yield Finding("mixed_languages", severity, values)


def _passages(wording: Wording) -> list[Passage]:
    """Passages to tell the language of; of a short text its beginning."""
    text, start = wording.text, 0
    found: list[Passage] = []
    for line in text.split("\n"):
        for offset in range(0, len(line), PASSAGE_AT_MOST):
            length = min(PASSAGE_AT_MOST, len(line) - offset)
            if length >= PASSAGE or (length >= WIDE_PASSAGE and WIDE_LETTER.match(line, offset + length // 2)):
                found.append((start + offset, start + offset + length))
        start += len(line) + 1
    if not found and wording.letters + (WIDE_WEIGHT - 1) * wording.wide >= FEW:
        return [(0, min(len(text), PASSAGE_AT_MOST))]
    return found if len(found) <= PASSAGES else [found[n * len(found) // PASSAGES] for n in range(PASSAGES)]


def _weight(passage: str) -> int:
    return sum(map(str.isalpha, passage)) + (WIDE_WEIGHT - 1) * len(WIDE_LETTER.findall(passage))
