"""Arabic text as a bad extraction leaves it: letters or words in the order of the page, and shapes for letters; pure.

In: a `Wording`. Out: findings. What is counted occurs in no Arabic text as it should be: words that begin with ة or
ى, and relative pronouns before the noun that they follow.
"""

import re
import unicodedata
from collections.abc import Iterator

from corpus.quality.findings import ARABIC_MARKS, Finding, Severity, Wording, place, share

SHAPES = "\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc"
"""Positional forms and ligatures; not the words and signs written as one character (ﷲ, ﷺ, ﷼, ﴾)."""
SHAPE = re.compile(f"[{SHAPES}]+")
LIGATURES = "\ufb00-\ufb06"
LIGATURE = re.compile(f"[{LIGATURES}]+")
WORD = re.compile("[\u0620-\u063f\u0641-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff]{2,}")
ONLY_LAST = "ةى"
ARTICLE = ("ال", "وال", "بال", "فال", "كال", "لل", "ولل")
REVERSED_ARTICLE = tuple(start[::-1] for start in ARTICLE)
RELATIVE = ("التي", "الذي", "الذين", "اللذين", "اللتين", "اللذان", "اللتان", "اللواتي")
STOPS = ".؟!"
LONG_PARAGRAPH = 6
"""Words of a paragraph whose full stop tells where it ends."""
CERTAIN = 3
"""Signs from which the finding is sure: 238 texts in right order, of 70,000 words, had none."""
CERTAIN_ORDER = 2
"""The same with a pronoun in the wrong place among them; none of 375 was."""
OUTWEIGHS = 3
WHOLE = 0.1
"""Share of the wrong among the signs from which most of the text is wrong."""


def reversed_arabic(wording: Wording) -> Iterator[Finding]:
    """Arabic whose letters, or whose words, stand in the opposite order."""
    if not wording.has(f"\u0620-\u064a{SHAPES}"):
        return
    text, words = wording.text, _words(wording.text)
    wrong = sum(word[0] in ONLY_LAST for word in words)
    right = sum(word[-1] in ONLY_LAST for word in words)
    if wrong < CERTAIN:
        wrong += sum(word.endswith(REVERSED_ARTICLE) and len(word) > 3 for word in words)
        right += sum(word.startswith(ARTICLE) and len(word) > 3 for word in words)
        wrong = wrong if wrong > OUTWEIGHS * (right + 1) else 0
    if wrong >= CERTAIN:
        yield _finding(text, "letters", wrong, right)
        return
    pronouns, right = _pronouns(words)
    stops, stops_right = _stops(text)
    wrong, right = pronouns + stops, right + stops_right
    if pronouns and wrong >= CERTAIN_ORDER and wrong > OUTWEIGHS * right:
        yield _finding(text, "words", wrong, right)


def presentation_forms(wording: Wording) -> Iterator[Finding]:
    """Shapes in the place of letters: searching for a word does not find them."""
    scripts = (("arabic", SHAPES, SHAPE, _arabic_letters(wording)), ("latin", LIGATURES, LIGATURE, wording.letters))
    for script, characters, sign, letters in scripts:
        if not wording.has(characters):
            continue
        spans = [found.span() for found in sign.finditer(wording.text)]
        count = sum(end - start for start, end in spans)
        part = share(count, letters)
        severity: Severity = "note" if script == "latin" else "error" if part >= WHOLE else "warning"
        values = {"script": script, "count": count, "share": part, **place(wording.text, *spans[0])}
        yield Finding("presentation_forms", severity, values)


def _arabic_letters(wording: Wording) -> int:
    return sum(n for c, n in wording.characters.items() if "\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufefc")


def _words(text: str) -> list[str]:
    return WORD.findall(ARABIC_MARKS.sub("", SHAPE.sub(_letters, text)))


def _letters(shapes: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", shapes.group())


def _pronouns(words: list[str]) -> tuple[int, int]:
    """How many relative pronouns stand before a noun with the article, and how many after one."""
    wrong = right = 0
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if word in RELATIVE:
            right += before.startswith(ARTICLE) and before not in RELATIVE
            wrong += after.startswith(ARTICLE) and after not in RELATIVE and not before.startswith(ARTICLE)
    return wrong, right


def _stops(text: str) -> tuple[int, int]:
    """How many Arabic paragraphs have a full stop after their first word only, and how many after their last."""
    wrong = right = 0
    for line in text.split("\n"):
        words = line.split()
        if len(words) < LONG_PARAGRAPH or not WORD.search(line):
            continue
        last = words[-1][-1] in STOPS
        right += last
        wrong += not last and words[0][-1] in STOPS and WORD.match(words[0]) is not None
    return wrong, right


def _finding(text: str, kind: str, wrong: int, right: int) -> Finding:
    part = share(wrong, wrong + right)
    first = _first(text)
    severity: Severity = "error" if part >= WHOLE else "warning"
    return Finding("reversed_arabic", severity, {"kind": kind, "count": wrong, "share": part, **place(text, *first)})


def _first(text: str) -> tuple[int, int]:
    """Where the first Arabic word that begins as none does stands, else the first Arabic word."""
    first: tuple[int, int] | None = None
    for found in re.finditer(rf"[\u0620-\u06ff{SHAPES}]{{2,}}", text):
        first = first or found.span()
        if SHAPE.sub(_letters, found.group())[0] in ONLY_LAST:
            return found.span()
    return first or (0, 0)
