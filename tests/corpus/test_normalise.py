"""Normalisation: what changes, what does not, and that it is done once."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.normalise import MAX_CHARACTERS, MAX_MARKS, normalise, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301te\u0301", "été"),
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("\ufeffa\u200bb\u00adc\ufeff", "abc"),
        ("می\u200cخواهم न\u200dम", "می\u200cخواهم न\u200dम"),
        ("a\u202eb\u202cc\u2066d\u2069e", "abcde"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
        ("a\tb  c \t d", "a b c d"),
        ("60\u00a0% «\u202foui\u202f»", "60\u00a0% «\u202foui\u202f»"),
        ("a\u00a0\u00a0b", "a\u00a0b"),
        ("a \u00a0b\u202f c", "a b c"),
        ("a\u2009b\u3000c", "a\u2009b\u3000c"),
        ("a \n  b\u00a0\n\tc", "a\nb\nc"),
        ("a\n\n\n\nb\n \n\t\nc", "a\n\nb\n\nc"),
        ("\n\n a \n\n", "a"),
        ("", ""),
        ("65 000, 1.5, 24/10", "65 000, 1.5, 24/10"),
        ("“L’IA” – n° 5", "“L’IA” – n° 5"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_one_line() -> None:
    assert one_line(" Un\n\ntitre\u202e ") == "Un titre"


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(UnreadableFile, match=r"5,000,001 characters, at most 5,000,000.*split"):
        normalise("a" * (MAX_CHARACTERS + 1))


def test_runs_of_marks_are_bounded() -> None:
    assert normalise("q" + "\u0323" * 50 + "z") == "q" + "\u0323" * MAX_MARKS + "z"
    assert normalise("q" + "\u0300\U0001d165" * 50).count("\u0300") <= MAX_MARKS


MARKS = "\u0301\u0323\u0344\u0f73\u0f71\u034f\u20dd\ufe0f\U0001d165\U0001d16e\u1dce"
COMPOSED = "ae\u1fa7\ufb2a가ᄀ\u1161\u11a8ぁ\u3099\u09c7\u09be<\u0338"
ALPHABET = f"{COMPOSED}{MARKS} \t\n\r\u00a0\u202f\u3000\u2001\x00\u200b\u200d\u202e\ud800\u2028"


@given(st.one_of(st.text(), st.text(ALPHABET, max_size=60), st.text(MARKS, max_size=60)))
@settings(max_examples=300, deadline=None)
def test_normalise_is_idempotent_and_canonical(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n\n\n" not in once
    assert once == once.strip()


MEGABYTE = 1_000_000
HOSTILE = {
    "marks": "a" + "\u0301" * MEGABYTE,
    "marks in the wrong order": "a" + "\u0301\u0323" * (MEGABYTE // 2),
    "marks that decompose": "a" + "\u0f73\u0344" * (MEGABYTE // 2),
    "marks of two planes": "a" + "\u0301\U0001d165" * (MEGABYTE // 2),
    "marks apart": "a\u200b\u0301" + "\u200b\u0323" * (MEGABYTE // 2),
    "spaces": "a" + " " * MEGABYTE + "b",
    "no-break spaces": "\u00a0 " * (MEGABYTE // 2),
    "line ends": " \n" * (MEGABYTE // 2),
    "carriage returns": "\r" * MEGABYTE,
    "nulls": "\0" * MEGABYTE,
    "Hangul": "\u1100\u1161" * (MEGABYTE // 2),
    "ligatures": "\ufdfa" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_takes_seconds(text: str) -> None:
    begun = time.process_time()
    normalise(text)
    assert time.process_time() - begun < 5
