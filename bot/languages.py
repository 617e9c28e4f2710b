"""The languages of the conversation: which one a text is in, and which messages are not questions.

A text comes in, a language code or a kind of small talk goes out. The words looked for are in
`bot/texts/`; py3langid (a naive Bayes model over byte n-grams) is loaded when rules do not decide.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from bot.texts import load

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

Language = Literal["fr", "en", "ar", "es", "ru", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
RTL = frozenset({"ar"})

SmallTalk = Literal["greeting", "thanks", "farewell", "about", "help"]
# The lists of bot/texts/ and what they amount to; in a message of several, the first here wins.
KINDS: dict[str, SmallTalk] = {
    "help": "help",
    "about": "about",
    "farewell": "farewell",
    "thanks": "thanks",
    "greeting": "greeting",
    "how_are_you": "greeting",
}

SET_OFF = ("thanks", "filler", "how_are_you")  # politeness only where punctuation follows

HAN = "\u3400-\u9fff\uf900-\ufaff"
SCRIPTS: dict[Language, re.Pattern[str]] = {
    "ar": re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"),
    "ru": re.compile("[\u0400-\u052f]"),
    "zh": re.compile(f"[{HAN}]"),
}
LATIN = tuple(code for code in LANGUAGES if code not in SCRIPTS)
SPANISH_MARKS = re.compile("[¿¡]")
WORD = re.compile(r"[^\W\d_]+['’]?")
TOKEN = re.compile(f"[{HAN}]|(?:(?![{HAN}])[^\\W_]|[\u0300-\u036f\u064b-\u0652\u0670])+")
REPEATED = re.compile(r"([^\W\d_])\1{2,}")
ARABIC_FORMS = str.maketrans({"ى": "ي", "ة": "ه", "ـ": None})
PAUSE = re.compile(r"[^\w\s'’\-]")
SENTENCE_END = re.compile("[.?!…؟。？！]")
QUESTION_MARK = re.compile("[?؟？]")
LEFT_OVER = re.compile(r"^[^\w¿¡«“„\"(\[《〈「『（【]+")  # it follows a greeting and opens no question

READ_AT_MOST = 2_000  # characters; a language shows in far fewer
SHORT = 8  # words; up to here function words are surer than the model
NAME = 4  # capitalised words in a row that may be one name
# Below these confidences the conversation's language stays. One or two words may be a name in small letters.
SURE, SURE_OF_TWO_WORDS = 0.6, 0.8
SMALL_TALK_AT_MOST = 24  # words, or Chinese characters
PHRASE_AT_MOST = 12  # words of the longest phrase in bot/texts/


def detect(text: str, default: str | None = None) -> Language:
    """The language of `text`; `default` (else French) for names, acronyms and texts without letters."""
    home = next((code for code in LANGUAGES if code == default), LANGUAGES[0])
    text = unicodedata.normalize("NFC", text[:READ_AT_MOST])
    words = WORD.findall(text)
    if not words:
        return home
    latin = [word for word in words if not any(script.search(word) for script in SCRIPTS.values())]
    return _by_script(text, words, latin) or _by_words(text, latin, home)


def small_talk(text: str, language: str) -> SmallTalk | None:
    """What the whole message is, when it is only small talk; `language` is tried before the others."""
    words = [token.word for token in _tokens(text[:READ_AT_MOST])]
    found = (_small_talk_in(words, code) for code in dict.fromkeys((language, *LANGUAGES)))
    return next(filter(None, found), None)


def strip_greeting(text: str, language: str) -> str:
    """`text` without the greetings and politeness around the question; unchanged if nothing else is left."""
    tokens = _tokens(text)
    start = _after_opening(text, tokens, language)
    if start == len(tokens):
        return text.strip()
    end = _before_closing(text, tokens, start, language)
    question = text[tokens[start - 1].end if start else 0 : tokens[end - 1].end]
    if start:
        question = LEFT_OVER.sub("", question)
    mark = text[tokens[end - 1].end : tokens[end].start] if end < len(tokens) else ""
    if not QUESTION_MARK.search(mark):
        mark = text[tokens[-1].end :]
    return (question + mark).strip()


# Language


def _by_script(text: str, words: Sequence[str], latin: Sequence[str]) -> Language | None:
    """The language of the other script, unless Latin words that are no names prevail."""
    weights: dict[Language, float] = {
        code: sum(bool(script.search(word)) for word in words) for code, script in SCRIPTS.items()
    }
    weights["zh"] = len(SCRIPTS["zh"].findall(text)) / 2  # Chinese words have two characters on average
    code = max(SCRIPTS, key=lambda code: weights[code])
    plain = sum(_is_no_name(word, first=word == words[0]) for word in latin)
    prevails = weights[code] > plain or (weights[code] == plain and not any(_hints(latin).values()))
    return code if weights[code] and prevails else None


def _by_words(text: str, words: Sequence[str], home: Language) -> Language:
    """The language of a text in Latin letters."""
    folded = [token.word for token in _tokens(text)]
    for code in dict.fromkeys((home, *LATIN)):
        if _small_talk_in(folded, code):
            return code
    if SPANISH_MARKS.search(text):
        return "es"
    hints = _hints(words)
    best = max(hints.values())
    leaders = [code for code in LATIN if hints[code] == best]
    if best and len(leaders) == 1 and len(words) <= SHORT:
        return leaders[0]
    if not best and len(words) <= NAME and all(word[0].isupper() for word in words):
        return home
    code, confidence = _identifier().classify(" ".join(words))
    return code if confidence >= (SURE if len(words) > 2 else SURE_OF_TWO_WORDS) else home


def _hints(words: Sequence[str]) -> dict[Language, int]:
    """How many of `words` are function words of each language."""
    return {code: sum(_is_function_word(word, code) for word in words) for code in LATIN}


def _is_function_word(word: str, code: str) -> bool:
    word = word.casefold().replace("’", "'")
    known = load(code).function_words
    return word in known or word.removesuffix("'") in known


def _is_no_name(word: str, *, first: bool) -> bool:
    """Whether a word in Latin letters belongs to the sentence; its first word has a capital anyway."""
    ordinary = word[0].islower() or (first and not word.isupper())
    return ordinary or any(_is_function_word(word, code) for code in LATIN)


_loading = Lock()


def _identifier() -> "LanguageIdentifier":
    """The model, loaded once; classifying changes nothing in it, so threads may share it."""
    with _loading:
        return _load_identifier()


@cache
def _load_identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN)
    return identifier


# Small talk


class Token(NamedTuple):
    """A word (or one Chinese character), folded for comparison, and where it stands."""

    word: str
    start: int
    end: int


def _fold(word: str) -> str:
    """Without case, accents, vowel signs or letters drawn out ("merciiii")."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return REPEATED.sub(r"\1", bare.translate(ARABIC_FORMS))


def _tokens(text: str) -> list[Token]:
    return [Token(_fold(match.group()), match.start(), match.end()) for match in TOKEN.finditer(text)]


Phrase = tuple[str, ...]


@cache
def _phrases(language: str) -> Mapping[str, frozenset[Phrase]]:
    texts = load(language)
    kinds = {**texts.small_talk, "opener": texts.openers, "closer": texts.closers}
    return {kind: frozenset(map(_phrase, phrases)) for kind, phrases in kinds.items()}


def _phrase(text: str) -> Phrase:
    return tuple(token.word for token in _tokens(text))


def _small_talk_in(words: Sequence[str], language: str) -> SmallTalk | None:
    """The kind of a message that phrases of `language` cover from the first word to the last."""
    if not 0 < len(words) <= SMALL_TALK_AT_MOST:
        return None
    kinds_up_to: dict[int, frozenset[str]] = {0: frozenset()}
    for start in range(len(words)):
        if start not in kinds_up_to:
            continue
        for end in range(start + 1, min(len(words), start + PHRASE_AT_MOST) + 1):
            phrase = tuple(words[start:end])
            kinds = frozenset(kind for kind, known in _phrases(language).items() if phrase in known)
            if kinds:
                kinds_up_to[end] = kinds_up_to.get(end, frozenset()) | kinds_up_to[start] | kinds
    found = kinds_up_to.get(len(words), frozenset())
    return next((KINDS[kind] for kind in KINDS if kind in found), None)


# Politeness around a question


def _after_opening(text: str, tokens: Sequence[Token], language: str) -> int:
    """The index of the first token of the question itself."""
    start = 0
    while start < len(tokens):
        for end in range(min(len(tokens), start + PHRASE_AT_MOST), start, -1):
            phrase = tuple(token.word for token in tokens[start:end])
            pause = end == len(tokens) or PAUSE.search(text[tokens[end - 1].end : tokens[end].start])
            if _opens(phrase, language, before_pause=bool(pause)):
                start = end
                break
        else:
            return start
    return start


def _opens(phrase: Phrase, language: str, *, before_pause: bool) -> bool:
    """Whether `phrase` only leads to the question. Ambiguous ones must be set off by punctuation."""
    own = _phrases(language)
    polite = phrase in own["opener"] or any(phrase in _phrases(code)["greeting"] for code in LANGUAGES)
    one_character = len(phrase) == 1 and SCRIPTS["zh"].match(phrase[0])
    if polite and not one_character:
        return True
    return before_pause and (polite or any(phrase in own[kind] for kind in SET_OFF))


def _before_closing(text: str, tokens: Sequence[Token], start: int, language: str) -> int:
    """The index after the last token of the question itself."""
    own = _phrases(language)
    for first in range(max(start + 1, len(tokens) - PHRASE_AT_MOST), len(tokens)):
        phrase = tuple(token.word for token in tokens[first:])
        gap = text[tokens[first - 1].end : tokens[first].start]
        if phrase in own["closer"] or (phrase in own["thanks"] and SENTENCE_END.search(gap)):
            return first
    return len(tokens)
