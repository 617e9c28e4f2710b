"""Claims made from sentences, for want of enough judged ones in six languages: rules only, no model.

A translation or the beginning of a sentence is supported by it. A sentence with another number, another name or a
negation is contradicted. The next sentence of the text, or the whole of which only the beginning is given, is neither.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.judge import Stance
from corpus.sentences import DENSE, split_sentences

PARALLEL = ("ar", "en", "es", "ru", "zh")
SINGLE = (("fr", "fr__piaf_v1"), ("ar", "ar__arcd"), ("zh", "zh__cmrc_trial"))
TRANSLATIONS = 8  # pairs made of each sentence that has translations
LONGEST, SHORTEST, SHORTEST_DENSE = 500, 40, 12  # characters of a sentence
TRIES = 9

AUXILIARIES: dict[str, tuple[str, str]] = {
    "en": (r"\b(is|was|are|were|has|have|had|will|can|could|would|should|may|must)\b", r"\1 not"),
    "fr": (r"\b(est|sont|était|étaient|fut|furent|sera|seront|peut|peuvent|doit|doivent)\b", r"ne \1 pas"),
    "es": (
        r"\b(es|son|era|eran|fue|fueron|será|puede|pueden|ha|han|había|habían|tiene|tienen|está|están)\b",
        r"no \1",
    ),
    "ru": (
        r"\b(был|была|было|были|является|являются|может|могут|имеет|имеют|стал|стала|стали|будет|должен)\b",
        r"не \1",
    ),
    "ar": (r"(?<!\w)(كان|كانت|يمكن|تم|يوجد|توجد|يعتبر|تعتبر|يعد|تعد)(?!\w)", ""),
    "zh": (r"(是|会|能|可以|应该|(?<!没)有)", r"不\1"),
}
NEGATED = {
    "كان": "لم يكن",
    "كانت": "لم تكن",
    "تم": "لم يتم",
    "不有": "没有",
    "ne est pas": "n'est pas",
    "ne était pas": "n'était pas",
    "ne étaient pas": "n'étaient pas",
}
NEGATION = re.compile(r"\b(?:not|no|pas|ne|не)\b|n['’]|\bلم\b|\bلا\b|[不没社]", re.IGNORECASE)
"""Near an auxiliary: it is negated already, or is but a part of a word."""
CLAUSES = {"zh": (r"[，；]", "，"), "ar": (r"[,;،؛] ", "، ")}
OTHER_CLAUSES = (r"[,;] ", ", ")
NAME = re.compile(r"(?<=[a-zа-яéèà,] )[A-ZА-ЯÉ][\w\-]+(?: [A-ZА-ЯÉ][\w\-]+)*")


@dataclass(frozen=True, slots=True)
class Made:
    """A claim made from a sentence; `key` names the article, `kind` is "translated" or "changed"."""

    kind: str
    language: str
    claim: str
    sentence: str
    stance: Stance
    key: str


def made_claims(folder: Path, seed: int) -> list[Made]:
    """The claims made from the question-answering sets of `folder`."""
    random = Random(seed)
    return [*_translated(folder, random), *_changed(folder, random)]


def _passages(folder: Path, name: str) -> list[dict[str, object]]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["kind"] == "passage"]


def _parallel(folder: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Title and sentences by language of each passage that has translations."""
    rows = {language: _passages(folder, f"{language}__xquad_r") for language in PARALLEL}
    for group in zip(*rows.values(), strict=True):
        sentences = {
            language: [str(row["text"])[start:end] for start, end in row["sentence_breaks"]]
            for language, row in zip(rows, group, strict=True)
        }
        yield str(group[0]["title"]), sentences


def _translated(folder: Path, random: Random) -> Iterator[Made]:
    for title, sentences in _parallel(folder):
        for place in range(min(map(len, sentences.values()))):
            for _ in range(TRANSLATIONS):
                ours, theirs = random.sample(PARALLEL, 2)
                if len(sentences[ours]) != len(sentences[theirs]):
                    continue  # not translated sentence by sentence
                claims = sentences[theirs]
                after = claims[(place + 1) % len(claims)]
                made = _claim(claims[place], after, theirs, random, whole=True)
                if made and (made[1] != "neither" or after != claims[place]):
                    yield Made("translated", theirs, made[0], sentences[ours][place], made[1], title)


def _changed(folder: Path, random: Random) -> Iterator[Made]:
    texts = [(lang, title, own) for title, by in _parallel(folder) for lang, own in by.items()]
    for language, name in SINGLE:
        for row in _passages(folder, name):
            text = str(row["text"])
            own = [text[span.start : span.end] for span in split_sentences(text, language)]
            texts.append((language, str(row["title"]), own))
    for language, title, sentences in texts:
        shortest = SHORTEST_DENSE if language in DENSE else SHORTEST
        for place, sentence in enumerate(sentences):
            if not shortest <= len(sentence) <= LONGEST or len(sentences) < 2:
                continue
            after = sentences[(place + 1) % len(sentences)]
            if random.random() < 0.15:
                if beginning := shortened(sentence, language, random):
                    yield Made("changed", language, sentence, beginning, "neither", title)
            elif (made := _claim(sentence, after, language, random, whole=False)) and made[0] != sentence:
                yield Made("changed", language, made[0], sentence, made[1], title)


def _claim(sentence: str, after: str, language: str, random: Random, *, whole: bool) -> tuple[str, Stance] | None:
    """A claim about `sentence` and its stance; with `whole` the sentence itself may be the claim."""
    drawn = random.random()
    beginning = shortened(sentence, language, random)
    if drawn < 0.35:
        claim = sentence if whole and random.random() < 0.6 else beginning
        return (claim, "supports") if claim else None
    if drawn < 0.75:
        base = sentence if whole else beginning or sentence
        changes: list[Callable[[], str | None]] = [
            lambda: negated(base, language, random),
            lambda: renumbered(base, random),
            lambda: renamed(base, after, random),
        ]
        random.shuffle(changes)
        changed = next((claim for change in changes if (claim := change())), None)
        return (changed, "contradicts") if changed else None
    return shortened(after, language, random) or after, "neither"


def negated(text: str, language: str, random: Random) -> str | None:
    """The text with one of its first auxiliaries negated."""
    pattern, replacement = AUXILIARIES[language]
    found = [
        match
        for match in re.finditer(pattern, text)
        if not NEGATION.search(text[max(0, match.start() - 5) : match.end() + 5])
    ]
    if not found:
        return None
    match = random.choice(found[:3])
    word = match.expand(replacement) if replacement else f"لا {match.group()}"
    word = NEGATED.get(word, NEGATED.get(match.group(), word) if language == "ar" else word)
    return text[: match.start()] + word + text[match.end() :]


def renumbered(text: str, random: Random) -> str | None:
    """The text with another number in place of one of its own."""
    found = list(re.finditer(r"[0-9]+", text))
    if not found:
        return None
    match = random.choice(found)
    for _ in range(TRIES):
        near = str(abs(int(match.group()[:15]) + random.choice((-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20))))
        other = "".join(random.choice("123456789") for _ in match.group()[:15])
        number = near if random.random() < 0.6 else other
        if int(number) != int(match.group()[:15]):
            return text[: match.start()] + number + text[match.end() :]
    return None


def renamed(text: str, other: str, random: Random) -> str | None:
    """The text with a name of another text in place of one of its own."""
    own = list(NAME.finditer(text))
    others = [match.group() for match in NAME.finditer(other) if match.group() not in text]
    if not own or not others:
        return None
    match = random.choice(own)
    return text[: match.start()] + random.choice(others) + text[match.end() :]


def shortened(text: str, language: str, random: Random) -> str | None:
    """The first clauses of a text, as a sentence; None when there is but one, or hardly anything would be left."""
    pattern, joint = CLAUSES.get(language, OTHER_CLAUSES)
    clauses: Sequence[str] = re.split(pattern, text)
    if len(clauses) < 2:
        return None
    beginning = joint.join(clauses[: random.randrange(1, len(clauses))]).strip().rstrip("。.!?؟")
    stop = "。" if language in DENSE else "."
    return beginning + stop if len(beginning) >= (10 if language in DENSE else 25) else None
