"""Text that a wrong encoding or a font without a table of characters has spoilt; pure, in linear time.

In: a `Wording`. Out: findings. Real text of any language must pass: a sign counts only where no orthography has it.
"""

import re
import unicodedata
from collections.abc import Iterator
from math import hypot

from corpus.quality.findings import Finding, Severity, Wording, place, share

SPOILT = 0.01
"""Share of lost or wrong characters from which a text cannot be used."""

PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
LOST_SIGNS = f"\ufffd-\uffff\u25a1\u25af{PRIVATE}"
LOST = re.compile(
    r"[\ufffd-\uffff]|\(cid:\d{1,6}\)"
    r"|(?<=[^\W\d_])[\u25a1\u25af](?=[^\W\d_])"  # a box for a missing glyph inside of a word
    rf"|(?<=[\w{PRIVATE}])[{PRIVATE}]|[{PRIVATE}](?=[\w{PRIVATE}])"  # an icon stands apart
)
LOST_WORDS = re.compile(r"(?<![?\w])\?{2,}+(?:[\s.,;:]{1,3}+\?{2,}+){2,}+")
LOST_LETTER = re.compile(r"(?<=[^\W\d_])\?(?=[a-zß-öø-ÿа-яё\u0621-\u064a])")
ADDRESS = re.compile(r"[/=&@#:%\\]|www\.")
MARKS = re.compile(r"\?+")
NEAR = 60
FEW_MARKS, MOST_MARKS = 20, 0.25
"""More question marks than one for four letters stand for letters."""
FEW_LETTERS = 3
"""Question marks in words from which they stand for lost letters, not for a missing space."""


def lost_characters(wording: Wording) -> Iterator[Finding]:
    """Characters that an extraction could not read."""
    text = wording.text
    places = [found.span() for found in LOST.finditer(text)] if wording.has(LOST_SIGNS) or "(cid:" in text else []
    asked = wording.characters["?"]
    if asked >= FEW_MARKS and asked > MOST_MARKS * wording.letters:
        places += [found.span() for found in MARKS.finditer(text)]
    elif asked:
        places += [found.span() for found in LOST_WORDS.finditer(text)]
        letters = [found.span() for found in LOST_LETTER.finditer(text) if not _in_address(text, found.start())]
        places += letters if len(letters) >= FEW_LETTERS else []
    if places:
        lost = sum(1 if text[start] == "(" else end - start for start, end in places)
        part = share(lost, lost + wording.letters)
        severity: Severity = "error" if part >= SPOILT else "warning"
        yield Finding("lost_characters", severity, {"count": lost, "share": part, **place(text, *min(places))})


def _in_address(text: str, offset: int) -> bool:
    """Whether the word around `offset` looks like the address of a page."""
    before = text[max(0, offset - NEAR) : offset].split()
    after = text[offset : offset + NEAR].split()
    return ADDRESS.search("".join((before or [""])[-1:] + (after or [""])[:1])) is not None


def _after(encoding: str, first: int = 0x80, last: int = 0xBF) -> str:
    """What the later bytes of a UTF-8 sequence are in `encoding`, as the inside of a character class."""
    found = (bytes([byte]).decode(encoding, "ignore") for byte in range(first, last + 1) if byte != 0xAD)
    return re.escape("".join(found))


WESTERN, CYRILLIC, ARABIC = _after("cp1252"), _after("cp1251"), _after("cp1256")
CONFUSIONS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    # kind, characters one of which must occur, sign
    (
        "utf8_as_cp1252",
        "ÂÃÄÅ",
        re.compile(rf"(?:(?<=[a-zß-ÿ])[ÂÃÄÅ][{WESTERN}]|[ÂÃ][{WESTERN}](?=[a-zß-ÿ]))(?:[ÂÃÄÅ][{WESTERN}])*+"),
    ),
    ("utf8_as_cp1252", "â", re.compile("â€")),
    ("utf8_as_cp1252", "ÃÄÅÎÏÐÑ×ØÙÚÛ", re.compile(rf"(?:[Ã-ß][{WESTERN}]){{3,}}+")),
    ("utf8_as_cp1252", "ãäåæçèéêëìí", re.compile(rf"(?:[ã-í][{WESTERN}]{{2}}){{2,}}+")),
    ("utf8_as_cp1251", "РСШЩЪЫ", re.compile(rf"(?:[РСШЩЪЫ][{CYRILLIC}]){{3,}}+")),
    ("utf8_as_cp1251", "ВГДЕ", re.compile(rf"(?<=[a-z])[ВГДЕ][{CYRILLIC}]|Г[{CYRILLIC}](?=[a-z])")),
    ("utf8_as_cp1251", "в", re.compile("вЂ")),
    ("utf8_as_cp1251", "гдежзийклмн", re.compile(rf"(?:[г-н][{CYRILLIC}]{{2}}){{3,}}+")),
    ("utf8_as_cp1256", "طظذر", re.compile(rf"(?:[طظذر][{ARABIC}]){{3,}}+")),
    ("utf8_as_cp1256", "أآؤ", re.compile(rf"(?<=[a-z])[آأؤ][{ARABIC}]|[آأؤ][{ARABIC}](?=[a-z])")),
)
HIGH_RUN = re.compile("[\xa1-\xff]{6,}+")
"""No language has so many accents in a row: Cyrillic, Arabic or Chinese bytes read as cp1252."""
HIGH_DIFFERENT = 4
SIGNS = "¤¦§¨©¬®¯±¶¸¹¼½¾¿†‡‰ƒ€™¢£¥Ґ"
ENOUGH: tuple[tuple[str, str, float, re.Pattern[str]], ...] = (
    # kind, characters one of which must occur, least share of the words, sign: a few of them may be names
    # KOI8-R or cp1256 read as cp1251
    ("cases_swapped", "А-ЯЁ", 0.1, re.compile("(?<=[а-яё])[А-ЯЁ]")),
    # cp1252 read as cp1251
    ("mixed_scripts", "а-яё", 0.002, re.compile("(?<=[a-z])[а-яё](?=[a-z])|(?<=[а-яё])[a-z](?=[а-яё])")),
    # Mac Roman read as cp1252, or the other way round
    ("capitals_inside", "À-ÖØ-ÞŒŠŽŸˆ", 0.005, re.compile("(?<=[a-zß-ÿ])[À-ÖØ-ÞŒŠŽŸˆ](?=[a-zß-ÿ])")),
    # any other
    ("signs_inside", SIGNS, 0.005, re.compile(f"(?<=[a-zß-ÿа-џ])[{SIGNS}](?=[a-zß-ÿа-џ])")),
)
SEVERAL = 5
RUNS = 3


def mojibake(wording: Wording) -> Iterator[Finding]:
    """Bytes read in another encoding than they were written in; a finding for each kind."""
    text = wording.text
    if text.isascii():
        return
    places: dict[str, list[tuple[int, int]]] = {}
    for kind, characters, sign in CONFUSIONS:
        if wording.has(characters):
            places.setdefault(kind, []).extend(found.span() for found in sign.finditer(text))
    places["bytes_as_cp1252"] = _high_runs(text) if wording.has("\xa1-\xff") else []
    for kind, characters, least, sign in ENOUGH:
        spans = [found.span() for found in sign.finditer(text)] if wording.has(characters) else []
        places[kind] = spans if len(spans) >= max(SEVERAL, least * len(wording.words)) else []
    for kind, spans in places.items():
        if spans:
            part = share(sum(end - start for start, end in spans), wording.letters)
            severity: Severity = "error" if part >= SPOILT else "warning"
            values = {"kind": kind, "count": len(spans), "share": part, **place(text, *min(spans))}
            yield Finding("mojibake", severity, values)


def _high_runs(text: str) -> list[tuple[int, int]]:
    spans = [
        found.span()
        for found in HIGH_RUN.finditer(text)
        if len({character for character in found.group() if character.isalpha()}) >= HIGH_DIFFERENT
    ]
    return spans if len(spans) >= RUNS else []


LATIN = (81, 15, 34, 42, 151, 17, 22, 19, 78, 3, 9, 48, 27, 84, 68, 24, 3, 67, 66, 68, 37, 15, 7, 3, 6, 6)
"""How many of a thousand letters are an a, b, ..., z: the mean of French, English, Spanish, German, Italian, Dutch."""
LATIN_LEAST = 0.75
"""Cosine with LATIN. Vietnamese has .81, Irish .87, other European languages more; shifted letters at most .73."""
LATIN_ENOUGH = 300
HAN_COMMON = frozenset(
    "的一是不了在有人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前"
    "外天政四日那社义事平形相全表间样与关各重新線這為個國時來們對會發動過說產種麼後學經進著電裡現兩體機當點業應開還歸義間"
    "樣與關實"
)
HAN_LEAST = 0.12
"""Share of the common characters: .16 and more in Chinese text, .10 and less in bytes read in another encoding."""
HAN_ENOUGH = 150


def strange_letters(wording: Wording) -> Iterator[Finding]:
    """Letters whose frequencies no language has, as of a font that gives each letter the code of another."""
    letters = [0] * len(LATIN)
    for character, count in wording.characters.items():
        if not (character < "\u0250" or "\u1e00" <= character < "\u1f00"):
            continue
        base = unicodedata.normalize("NFKD", character)[0].lower()
        if "a" <= base <= "z":
            letters[ord(base) - ord("a")] += count
    if sum(letters) >= max(LATIN_ENOUGH, wording.letters // 2):
        likeness = sum(a * b for a, b in zip(letters, LATIN, strict=True)) / (hypot(*letters) * hypot(*LATIN))
        if likeness < LATIN_LEAST:
            yield Finding("strange_letters", "warning", {"script": "latin", "likeness": round(likeness, 4)})
    han = {c: count for c, count in wording.characters.items() if "\u3400" <= c <= "\u9fff"}
    kana = sum(count for c, count in wording.characters.items() if "\u3040" <= c <= "\u30ff")
    total = sum(han.values())
    if total >= max(HAN_ENOUGH, wording.letters // 2, 20 * kana):
        common = sum(count for c, count in han.items() if c in HAN_COMMON) / total
        if common < HAN_LEAST:
            yield Finding("strange_letters", "warning", {"script": "han", "likeness": round(common, 4)})
