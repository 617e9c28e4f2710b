"""A question taken apart: its parts, and whether it leans on what was asked before. Pure, table-driven.

No grammar is parsed: question words, linking words and pronouns of six languages are looked for. What this
misses is searched as one question, which is never wrong, only less helpful.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.languages import LANGUAGES
from vectorstore.lexical import CJK, fold


@dataclass(frozen=True, slots=True)
class Words:
    """Regular expressions over folded text (no accents, lower case)."""

    asking: str
    joining: str
    """What may stand between two parts; the second part begins after it."""
    pointing: str
    """Pronouns and adverbs that point back."""
    opening: str
    """What a follow-up begins with."""
    empty: str
    """Words that say nothing about a subject."""
    idle: str = ""
    """Over the question as written: turns of phrase that hold such pronouns and point to nothing."""
    accented: str = ""
    """Over the question in lower case: pronouns that only their accent tells from an article."""


WORDS: dict[str, Words] = {
    "fr": Words(
        r"combien|qui|quand|ou|comment|pourquoi|quel(?:le)?s?|que|qu|quoi|lequel|laquelle|lesquel(?:le)?s|est-ce",
        r",?\s+(?:et|ainsi que|puis|mais)\s+(?:(?:a|de|d|en|par|pour|dans|depuis|avec|sur)\s+)?",
        r"il|elle|ils|elles|lui|leur|leurs|son|sa|ses|cela|ca|ce|y|celui-ci|celle-ci|la-bas"
        r"|en (?:etait|est|etaient|sont|fut|a|ont|avait|dit|disent|pense\w*|parle\w*|resulte)",
        r"et|mais|alors|puis|ensuite|sinon",
        r"le|la|les|l|un|une|des|du|de|d|au|aux|a|en|et|dans|pour|par|sur|avec|est|sont|etait|etaient|a-t|ont|avait"
        r"|ete|fut|se|s|ce|cette|ces|il|elle|on|t|y|ne|pas|plus|tout|tous|lors|avez|vous|me|dire|faire|fait|eu|aux",
        # "la conférence a-t-elle", "Arias a-t-il": the pronoun only repeats the subject before it.
        idle=r"\b[Ee]st-ce\b|\b[Ii]l y a(?:vait)?\b|\b[Yy] a(?:vait)?(?:-t)?-il\b"
        r"|(?:\b(?:[Ll]es?|[Ll]a|[Uu]ne?|[Dd]es|[Dd]u)\s|\b[Ll]['’]|\s[A-ZÀ-Þ]).{0,120}?-(?:t-)?(?:ils?|elles?)\b",
        accented="là",
    ),
    "en": Words(
        r"how|who|whom|whose|when|where|why|what|which|did|does|do|was|were|is|are|has|have|can",
        r",?\s+(?:and|as well as|but|then)\s+(?:(?:by|in|on|at|to|from|for|with)\s+)?",
        r"it|its|he|she|they|them|his|her|their|there|this|that|those|these|him|one",
        r"and|but|so|then|what about|how about|or",
        r"the|a|an|of|in|on|at|to|for|by|with|and|or|is|are|was|were|be|been|did|does|do|has|have|had|it|its|there"
        r"|that|this|many|much|me|tell|you|please|from|as|about|any|into",
        idle=r"\b(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere) there\b|\b[Ii]s it true that\b",
    ),
    "es": Words(
        r"cuant[oa]s?|quien(?:es)?|cuando|donde|como|por que|que|cual(?:es)?|a que",
        r",?\s+(?:y|e|asi como|pero)\s+(?:(?:a|de|en|por|para|con|desde)\s+)?",
        r"ella|ellos|ellas|su|sus|eso|esto|alli|ahi|lo|le|les|ese|esa",
        r"y|e|pero|entonces|luego",
        r"el|la|los|las|un|una|de|del|al|a|en|y|e|por|para|con|es|son|fue|fueron|era|ha|han|habia|se|su|sus|lo|le"
        r"|esta|este|hubo|hay",
        accented="él|éste|ésta|ése|ésa",
    ),
    "ru": Words(
        r"сколько|кто|кого|кем|кому|когда|где|куда|откуда|как|почему|зачем|что|чем|чего|как(?:ой|ая|ое|ие|им|ую|ого|их)"
        r"|каков[аыо]?|скольк\w+",
        r",?\s+(?:и|а|а также|но)\s+(?:(?:в|на|с|по|от|из|для|о)\s+)?",
        r"он|она|они|оно|его|ее|их|ему|ей|им|это|этого|этом|там|тогда|она",
        r"а|и|но|тогда|ну",
        r"в|во|на|с|со|по|от|из|для|о|об|и|а|к|у|за|при|был|была|были|было|есть|это|этот|эта|эти|его|ее|их|ли|бы|же",
    ),
    "ar": Words(
        r"كم|متي|اين|كيف|لماذا|ماذا|هل|ما|من|اي|بكم|لمن|بماذا",
        r"[،,]?\s+و(?:في |علي |من |ب|ل)?",
        r"هو|هي|هم|هما|ذلك|هذا|هذه|تلك|هناك|فيه|فيها|عنه|عنها|له|لها|منه|منها|به|بها",
        r"و\s?(?:كم|متي|اين|كيف|لماذا|ماذا|هل|ما|من)(?!\w)|(?:لكن|ثم|اذن|طيب)(?!\w)",
        r"في|علي|الي|عن|من|مع|هو|هي|هل|ما|كان|كانت|قد|لقد|التي|الذي|هذا|هذه|ذلك|تم|او|ان|كم",
        idle=r"\b(?:من|ما) (?:هو|هي|هم|هما)\b",
    ),
    "zh": Words(
        r"多少|几|谁|何时|什么|哪|怎么|怎样|为什么|为何|如何|何地|是否",
        r"[，,、；;]?(?:以及|还有|并且|而且|和|及|又|，|,|；)",
        r"他|她|它|他们|她们|其|那里|那次|这次|该|此",
        r"那么|那|还有|另外|而",
        r"的|了|是|在|有|和|与|及|吗|呢|请问|请|这|那|个|多少|什么|谁|哪|几|何时|如何|为什么",
        idle="土耳其|其他|其它|其中|其实|尤其|极其|应该|因此|如此|彼此",
    ),
}
INVERTED = re.compile(r"-(?:t-)?(?:ils?|elles?|on|ce)\b")
SENTENCE = re.compile(r"[^?؟？]+[?؟？]*")
MOST_PARTS = 6  # of one message; one with more is searched as one question, so that it costs no more
FEW = 2  # content words; a question with fewer leans on what was asked before
MANY = 6  # content words; a pronoun in a question of as many points to something in it
A_WORD = 2  # Chinese characters
SUBJECT_WORDS = 10
WORD = re.compile(rf"[{CJK}]+|[^\W{CJK}]+(?:['’\-][^\W{CJK}]+)*")


def parts(question: str, language: str) -> list[str]:
    """The questions in one message, in order, MOST_PARTS at most; each holds a question word of its own."""
    found: list[str] = []
    for sentence in SENTENCE.findall(question):
        found.extend(_halves(sentence.strip(), language))
    asking = [part for part in found if _asks(part, language)]
    whole = 1 < len(asking) <= MOST_PARTS and all(_content(part, language) for part in asking)
    return asking if whole else [question]


def leans_back(question: str, language: str) -> bool:
    """Whether a question needs the one before it to be understood."""
    words = _words(language)
    text = fold(re.sub(words.idle, " ", question) if words.idle else question)
    end = "" if language in ("ar", "zh") else r"(?!\w)"
    if re.match(rf"\W*(?:{words.opening}){end}", text):
        return True
    content = _content(question, language)
    count = sum(map(len, content)) // A_WORD if language == "zh" else len(content)
    if count >= MANY:
        return False
    accented = bool(words.accented) and _has(words.accented, question.casefold(), language)
    return accented or count < FEW or _has(words.pointing, text, language)


def subject(question: str, language: str) -> str:
    """The words of a question that say what it is about, in its own spelling and order."""
    return " ".join(_content(question, language)[:SUBJECT_WORDS])


def complete(question: str, earlier: Sequence[str], language: str) -> str:
    """A follow-up with the subject of the conversation; other questions come back as they are."""
    if not earlier or not leans_back(question, language):
        return question
    known = {fold(word) for word in _content(question, language)}
    added = [word for word in subject(earlier[-1], language).split() if fold(word) not in known]
    return f"{question} ({' '.join(added)})" if added else question


def _words(language: str) -> Words:
    return WORDS.get(language, WORDS[LANGUAGES[0]])


def _asks(text: str, language: str) -> bool:
    return _has(_words(language).asking, fold(text), language)


def _has(pattern: str, folded: str, language: str) -> bool:
    if language == "zh":
        return re.search(pattern, folded) is not None
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", folded) is not None


def _halves(sentence: str, language: str) -> list[str]:
    """A sentence cut before each further question word, where a linking word stands before that."""
    found: list[str] = []
    while len(found) < MOST_PARTS and (cut := _cut(sentence, language)):
        first, sentence = cut
        found.append(first)
    return [*found, sentence]


def _cut(sentence: str, language: str) -> tuple[str, str] | None:
    """A sentence cut before its second question word, or None."""
    words = _words(language)
    after = "" if language == "zh" else r"(?!\w)"
    nearby = r"(?=.{0,12}(?:" if language == "zh" else r"(?=(?:"
    link = re.compile(rf"{words.joining}{nearby}{words.asking}){after})")
    folded = fold(sentence)
    if len(folded) != len(sentence):  # folding moved the positions; cut nothing rather than in the wrong place
        folded = sentence.casefold()
    if len(folded) != len(sentence):
        return None
    for match in link.finditer(folded):
        first, second = sentence[: match.start()].strip(), sentence[match.start() :].strip(" ,،，、；")
        if _asks(first, language):
            return first, _without_link(second, language)
    return None


def _without_link(text: str, language: str) -> str:
    links = {"fr": r"et|ainsi que|puis|mais", "en": r"and|as well as|but|then", "es": r"y|e|asi como|pero"}
    links |= {"ru": r"а также|и|а|но", "ar": r"و", "zh": r"以及|还有|并且|而且|和|及|又"}
    gap = "" if language in ("ar", "zh") else r"\s+"
    return re.sub(rf"^(?:{links.get(language, links['fr'])}){gap}", "", text, flags=re.IGNORECASE)


def _content(question: str, language: str) -> list[str]:
    words = _words(language)
    if language == "zh":
        bare = re.sub(rf"{words.empty}|{words.asking}|{words.pointing}", " ", question)
        return WORD.findall(bare)
    question = INVERTED.sub(" ", question) if language == "fr" else question
    dull = re.compile(rf"(?:{words.empty}|{words.asking}|{words.pointing}|{words.opening})")
    pieces = [piece for word in WORD.findall(question) for piece in re.split(r"['’]", word)]
    return [piece for piece in pieces if piece and not dull.fullmatch(fold(piece))]
