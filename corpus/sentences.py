"""Text to sentences with offsets, in linear time.

In: text and a language code. Out: spans of code points, in order, without overlap, that cover every
character that is not white space. The library sentencex proposes cuts; the tables of
`corpus.abbreviations` withdraw those that it gets wrong and stops that it missed are added.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

from corpus.abbreviations import BY_LANGUAGE
from corpus.models import Span

MAX_SENTENCE = 1_000
"""Longest sentence in characters: a longer run is cut, so that it still fits into a passage."""
MAX_SENTENCE_DENSE = 400
"""The same for Chinese and Japanese, which say as much in fewer characters."""
LONG_QUOTATION = 300
"""A shorter quotation of several sentences stays whole inside its sentence."""
WINDOW = 2_000
"""Characters handed to sentencex at once: its time is quadratic on unbalanced quotation marks."""
LOOK = 40
"""Characters looked at before and after a cut."""
TAIL = 16
"""Characters before a stop that may be an abbreviation."""
OPENING_WORDS = 30
"""A sentence of fewer characters has just begun (see `Abbreviations.after_year`)."""

CLASSES = ("before_name", "before_number", "before_any", "before_noun", "after_year")
DENSE = ("zh", "ja")
CLOSERS = "»”’\"')]}›」』】》〉）〕］"
OPENERS = "«“„‘\"'([{‹「『【《〈（〔［¿¡—–-"
CONTINUES = ".!?…。！？؟,;:،؛，；：»”)]}」』》）"
"""A sentence does not begin with these."""
PAIRS = {"«": "»", "“": "”", "„": "“", "(": ")", "「": "」", "『": "』", "《": "》", "（": "）", '"': '"'}

STOP = re.compile(
    r"(?<![.!?…؟۔])[.!?…؟۔]++(?:[ \u00a0\u202f]?»|[”’\"')\]}›])*+(?:\[\d{1,3}\])*+(?=\s)"
    r"|[。！？｡]++[”’」』】》）〕］\"]*+"
)
ENDED = re.compile(rf"[.!?…؟۔。！？｡](?:[{re.escape(CLOSERS)}\s]|\[\d{{1,3}}\])*$")
QUOTE_OR_STOP = re.compile(rf"{STOP.pattern}|[«»“”„()「」『』《》（）\"]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
LINE = re.compile(r"[^\n]+")
LIST_ITEM = re.compile(r"\s*(?:[-*•–—·▪◦‣●○■]|\(?\d{1,3}[.)]|\(?[a-zа-я]\))\s")
TABLE_ROW = re.compile(r"\s*\||[^\n]{0,400}?(?: \| |\t)")
MARKER = re.compile(r"\W*(?:\d{1,3}|[IVXLC]{1,6}|\w)[.)]\W*")
NUMBER = re.compile(r"[\d٠-٩]|[IVXLC]+\b|№|§")
INITIAL = re.compile(r"(?:^|[\W\d_\u3040-\u9fff])[^\W\d_a-zà-ÿа-яёء-ي\u3040-\u9fff]\.$")
INITIALS = re.compile(r"(?:^|[^\w.])(?:[^\W\d_]\.\s?){2,5}$")
ARABIC_LETTER = re.compile(r"(?:^|[\s(«\"])[وبلف]?[ء-ي]ـ?\.$")
NUMBER_TAIL = re.compile(r"(?:^|\D)\d{1,2}\.$")
DATE_HEAD = re.compile(r"\d{1,2}\. ?\d")
WORD = re.compile(r"\w+")
WORD_START = re.compile(r"(?:^|(?<=[^\w.]))(?=\w)|(?<=[\u3040-\u9fff])(?=[A-Za-z])")
NO_BREAK_SPACE = re.compile(r"[\u00a0\u202f]")
SPACED = re.compile(r"\.\s")
YEAR_TAIL = re.compile(r"[\dIVX]\s?\w+\.$")
SOFT_CUT = re.compile(r"[;；؛،,，、:：]\s?(?=\S)")


def split_sentences(text: str, language: str, start: int = 0) -> tuple[Span, ...]:
    """The sentences of `text`; `start` is added to every offset, for a text that is a part of another."""
    limit = MAX_SENTENCE_DENSE if language in DENSE else MAX_SENTENCE
    line = SURROGATE.sub("\ufffd", text.replace("\n", " "))
    found: list[Span] = []
    for block in _blocks(text):
        for sentence in _sentences(line, block, language):
            found += [sentence] if len(sentence) <= limit else _bounded(line, sentence, limit)
    return tuple(Span(s.start + start, s.end + start) for s in found) if start else tuple(found)


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that a sentence may cross: blank lines, list items, rows and headings end them."""
    first = last = None
    for line in LINE.finditer(text):
        if not line.group().strip():
            continue
        if first and last and (line.start() != last.end() + 1 or _line_breaks(last.group(), line.group())):
            yield Span(first.start(), last.end())
            first = line
        first, last = first or line, line
    if first and last:
        yield Span(first.start(), last.end())


def _line_breaks(line: str, following: str) -> bool:
    """Whether a single line end between these lines also ends a sentence, whatever `line` ends with."""
    if LIST_ITEM.match(following) or TABLE_ROW.match(line) or TABLE_ROW.match(following):
        return True
    head = following[:LOOK].lstrip()
    if not head or head[0].islower():
        return False
    if line.startswith("#") or LIST_ITEM.match(line):
        return True
    # A heading is much shorter than the line below it, where the next word would have fitted.
    return len(line) <= 120 and len(line) < 0.6 * len(following) and line.rstrip()[-1].isalnum()


def _sentences(text: str, block: Span, language: str) -> Iterator[Span]:
    start = block.start
    for cut in (*_cuts(text, block, language), block.end):
        if cut < block.end and _joins(text, start, cut, language):
            continue
        sentence = _stripped(text, start, cut)
        if len(sentence):
            yield sentence
        start = cut


def _cuts(text: str, block: Span, language: str) -> Iterator[int]:
    """Offsets where a sentence may end: those of sentencex and the stops it passed over."""
    for window in _windows(text, block):
        part = window.of(text)
        ends = [boundary["end_index"] for boundary in get_sentence_boundaries(language, part)]
        for begin, end in zip([0, *ends], ends, strict=False):
            for missed in _missed(part[begin:end]):
                yield window.start + begin + missed
            if end < len(part) or STOP.search(part[-LOOK:]):
                yield window.start + end


def _windows(text: str, block: Span) -> Iterator[Span]:
    """Parts of at most WINDOW characters, cut after a stop, else at white space, else anywhere."""
    start = block.start
    while block.end - start > WINDOW:
        part = text[start : start + WINDOW]
        stops = [stop.end() for stop in STOP.finditer(part, WINDOW // 2)]
        cut = start + (stops[-1] if stops else _last_space(part) or WINDOW)
        yield Span(start, cut)
        start = cut
    yield Span(start, block.end)


def _missed(sentence: str) -> Iterator[int]:
    """Stops inside what sentencex takes for one sentence; those in a short quotation do not count."""
    short = len(sentence) <= LONG_QUOTATION
    closer = ""
    for found in QUOTE_OR_STOP.finditer(sentence):
        mark = found.group()
        if mark in PAIRS and not closer:
            closer = PAIRS[mark]
        elif closer and mark.endswith(closer):
            closer = ""
        if STOP.match(mark + " ") and not (short and closer) and found.end() < len(sentence.rstrip()):
            yield found.end()


def _joins(text: str, start: int, cut: int, language: str) -> bool:
    """Whether the cut is none: what stands before and after it belongs to one sentence."""
    tail = text[max(start, cut - LOOK) : cut].rstrip()
    head = text[cut : cut + LOOK].lstrip()
    if not tail or not head or head[0] in CONTINUES:
        return True
    bare = head.lstrip(OPENERS + " \u00a0\u202f")
    stop = tail.rstrip(CLOSERS + " \u00a0\u202f")
    if bare[:1].islower() or not WORD.search(tail) or not ENDED.search(tail):
        return True
    if cut - start <= LOOK and MARKER.fullmatch(tail):
        return True
    if not stop.endswith("."):
        return False
    if not text[cut - 1].isspace() and not text[cut].isspace() and not tail.endswith("]"):
        return not (stop[-2:-1].islower() and stop[-3:-2].islower() and bare[:1].isupper())
    return tail == stop and _abbreviated(tail[-TAIL:], bare, cut - start, language)


def _abbreviated(tail: str, head: str, length: int, language: str) -> bool:
    """Whether the stop that ends `tail` marks an abbreviation, an initial or an ordinal within a sentence."""
    language = language if language in BY_LANGUAGE else "en"
    found = WORD.match(head)
    word = found.group() if found else ""
    if NUMBER_TAIL.search(tail):
        return DATE_HEAD.match(head) is not None or word in BY_LANGUAGE[language].ordinal_nouns
    after_year = YEAR_TAIL.search(tail) is not None
    if language == "ar" and ARABIC_LETTER.search(tail):
        return not after_year or NUMBER.match(head) is not None
    classes = _classes(language, tail)
    if any(SPACED.sub(".", head).startswith(kind[1:]) for kind in classes if kind.startswith(".")):
        return True
    if after_year and "after_year" in classes:
        return not head[:1].isupper() or length <= OPENING_WORDS
    if "before_name" in classes or ("before_number" in classes and NUMBER.match(head)):
        return True
    if "before_any" in classes:
        return not head[:1].isupper()
    named = "before_noun" in classes or INITIAL.search(tail) or INITIALS.search(tail)
    return bool(named) and word not in BY_LANGUAGE[language].openers


@lru_cache(maxsize=4096)
def _classes(language: str, tail: str) -> frozenset[str]:
    """The classes of `Abbreviations` that hold the end of `tail`, and what would go on with it (".B.")."""
    table = _table(language)
    end = NO_BREAK_SPACE.sub(" ", tail[:-1])
    starts = [found.end() for found in WORD_START.finditer(end)]
    return frozenset(name for start in starts for name in table.get(SPACED.sub(".", end[start:]), ()))


@lru_cache(maxsize=16)
def _table(language: str) -> dict[str, tuple[str, ...]]:
    """Each abbreviation, without the spaces after its inner stops, with its classes.

    A part of one, up to an inner stop, has the rest of it as its class: "z" has ".B.".
    """
    table: dict[str, tuple[str, ...]] = {}
    words = BY_LANGUAGE[language]
    for name in CLASSES:
        for entry in getattr(words, name):
            key = SPACED.sub(".", entry)
            for variant in {key, key[0].upper() + key[1:]}:
                table[variant] = (*table.get(variant, ()), name)
                for stop in re.finditer(r"\.", variant):
                    part, rest = variant[: stop.start()], variant[stop.start() :] + "."
                    table[part] = (*table.get(part, ()), rest)
    return table


def _bounded(text: str, sentence: Span, limit: int) -> Iterator[Span]:
    """The sentence, cut into parts of at most `limit` characters."""
    start = sentence.start
    while sentence.end - start > limit:
        part = text[start : start + limit]
        soft = [found.end() for found in SOFT_CUT.finditer(part, limit // 2)]
        cut = start + (soft[-1] if soft else _last_space(part) or limit)
        piece = _stripped(text, start, cut)
        if len(piece):
            yield piece
        start = cut
    yield _stripped(text, start, sentence.end)


def _last_space(part: str) -> int:
    """The offset after the last white space in the second half of `part`, or 0."""
    for offset in range(len(part) - 1, len(part) // 2, -1):
        if part[offset].isspace():
            return offset + 1
    return 0


def _stripped(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    if start < end and not text[start].isspace() and not text[end - 1].isspace():
        return Span(start, end)
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    return Span(start + left, max(start + left, end - (len(part) - len(part.rstrip()))))
