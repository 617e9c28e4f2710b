"""Words that an extraction glued together, took apart or misread; pure, in linear time.

In: a `Wording`. Out: findings. The figures below are those of the words of scripts with spaces between them.
"""

import re
from collections.abc import Iterator

from corpus.quality.findings import SPACED, Finding, Severity, Wording, place, share

LONG = 22
"""Letters of a long word; chemical names, some compounds and glued words have more."""
LONG_ARABIC = 17
LONG_SHARE = 0.05
"""Share of the letters in longer words: at most .034 in lists of Swedish and Finnish compounds, .01 in running text."""
LONG_SHARE_ARABIC = 0.02
GLUED = 0.3
LONG_MEAN = 10.0
"""Letters in a word on average; Russian and Finnish have 7."""
SHORT_MEAN = 2.2
"""Of words that were broken into pieces."""
CHEMICAL = re.compile(
    "alkyl|methyl|ethyl|propyl|butyl|phenyl|vinyl|phosph|chlor|fluor|brom|thio|amin|sulf|sulph|arsin|cyan|oxy|nitro"
)
"""Two of these make the name of a substance."""
ENOUGH = 50
SEVERAL = 3
WIDE_PART = 10
"""Where more than one letter in so many is of an unspaced script, the words are names and codes."""
CAMEL = re.compile("[a-zß-öø-ÿ]{3}[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{3}")
CAMEL_SHARE = 0.05
CAMEL_DIFFERENT = 10
OFTEN_TOGETHER = (
    (("of", "in", "to", "and", "on", "for", "by", "at", "with", "from", "that"), ("the",)),
    (("dans", "pour", "avec"), ("la", "le", "les")),
    (("en", "por", "con", "para"), ("los", "las")),
    (("und", "von", "auf", "mit", "für"), ("die", "der")),
)
GLUED_PAIRS = frozenset(first + second for firsts, seconds in OFTEN_TOGETHER for first in firsts for second in seconds)
"""The most frequent pairs of words, as no language writes them."""
PAIRS_SHARE = 0.001
ARABIC = re.compile("[\u0620-\u06ff]")

SINGLE = f"[{SPACED}\u3400-\u9fff]"
LETTERS_APART = re.compile(rf"(?<!\w)(?:{SINGLE}[ \u00a0\u2009\u202f](?=\w)){{5,}}+")
APART_SHARE = 0.01
APART_BROKEN = 0.3

DIGIT_INSIDE = re.compile("[a-zß-öø-ÿа-яё]{2}[0-9]{1,2}[a-zß-öø-ÿа-яё]|[a-zß-öø-ÿа-яё][0-9]{1,2}[a-zß-öø-ÿа-яё]{2}")
MARK_INSIDE = re.compile(r"(?<=[a-zß-öø-ÿа-яё])[;!|\\~^*+°¬¦](?=[a-zß-öø-ÿа-яё])")
LONE_MARK = re.compile(r"[\\~^¬¦`´¨¸¤°]{1,2}")
NOISE_SHARE = 0.03
NOISE_LEAST = 8


def missing_spaces(wording: Wording) -> Iterator[Finding]:
    """Words glued together."""
    words = wording.words
    letters = sum(map(len, words))
    long = [word for word in words if len(word) > LONG_ARABIC and _too_long(word)]
    part = share(sum(map(len, long)), letters)
    least = LONG_SHARE_ARABIC if long and ARABIC.match(long[0]) else LONG_SHARE
    if len(set(long)) >= SEVERAL and part >= least:
        yield _glued(wording, "long_words", long, part)
    elif len(words) >= ENOUGH and letters > LONG_MEAN * len(words):
        yield _glued(wording, "long_words", [max(words, key=len)], part)
    if len(words) < ENOUGH or wording.wide > wording.letters // WIDE_PART:
        return
    pairs = [word for word in words if word in GLUED_PAIRS]
    if len(pairs) >= max(SEVERAL, PAIRS_SHARE * len(words)):
        yield _glued(wording, "short_words", pairs, share(len(pairs), len(words)))
    camel = [word for word in words if CAMEL.search(word)]
    part = share(len(camel), len(words))
    if len(set(camel)) >= CAMEL_DIFFERENT and part >= CAMEL_SHARE:
        yield _glued(wording, "capitals_inside", camel, part)


def _too_long(word: str) -> bool:
    if len(word) <= LONG:
        return ARABIC.match(word) is not None
    return len(CHEMICAL.findall(word.lower())) < 2


def _glued(wording: Wording, kind: str, words: list[str], part: float) -> Finding:
    start = max(0, wording.text.find(words[0]))
    severity: Severity = "error" if part >= GLUED and kind == "long_words" else "warning"
    values = {"kind": kind, "count": len(words), "share": part, **place(wording.text, start, start + len(words[0]))}
    return Finding("missing_spaces", severity, values)


def letter_spacing(wording: Wording) -> Iterator[Finding]:
    """Letters with spaces between them, as in a title that was spaced out, and words broken into short pieces."""
    spans = [found.span() for found in LETTERS_APART.finditer(wording.text) if not _alphabet(found.group())]
    apart = sum(end - start for start, end in spans) // 2
    words = wording.words
    broken = sum(map(len, words)) < SHORT_MEAN * len(words) and wording.wide <= wording.letters // WIDE_PART
    part = share(apart, wording.letters)
    severity: Severity = "note" if part < APART_SHARE else "warning" if part < APART_BROKEN else "error"
    if len(words) >= 2 * ENOUGH and broken and severity != "error":
        start = max(0, wording.text.find(words[0]))
        spans, severity = spans or [(start, start + len(words[0]))], "warning"
    if spans:
        values = {"count": len(spans), "share": part, **place(wording.text, *spans[0])}
        yield Finding("letter_spacing", severity, values)


def _alphabet(run: str) -> bool:
    """Whether the letters rise, as those of columns and of an alphabet do, or are all the same."""
    letters = run.split()
    return letters == sorted(letters)


def ocr_noise(wording: Wording) -> Iterator[Finding]:
    """Digits and signs inside of words, and signs alone: a scan that was misread."""
    tokens = wording.tokens
    if wording.wide > wording.letters // WIDE_PART or len(tokens) < ENOUGH:
        return
    noisy = [token for token in tokens if _noisy(token)]
    part = share(len(noisy), len(tokens))
    if len(noisy) >= NOISE_LEAST and len(set(noisy)) >= NOISE_LEAST // 2 and part >= NOISE_SHARE:
        start = max(0, wording.text.find(noisy[0]))
        values = {"count": len(noisy), "share": part, **place(wording.text, start, start + len(noisy[0]))}
        yield Finding("ocr_noise", "warning", values)


def _noisy(token: str) -> bool:
    return bool(DIGIT_INSIDE.search(token) or MARK_INSIDE.search(token) or LONE_MARK.fullmatch(token))
