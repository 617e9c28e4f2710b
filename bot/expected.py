"""What kind of value a question asks for: a count and of what, a share, money, a date or a duration.

Table-driven, six languages. A question that asks who, where, why or yes or no first expects no value, even
when a value is asked for further on. Pure.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot import value_tables as tables
from bot.value_text import Lexicon, entries, fold, forms, plain
from bot.values import Kind
from vectorstore.lexical import terms

READ_AT_MOST = 2_000
MEMORY = 1024


@dataclass(frozen=True, slots=True)
class Expected:
    """The kind of the value, and of a count what is counted: a class, a folded noun, or "" for anything."""

    kind: Kind
    unit: str = ""


# In the order in which they are tried at one place of the question; they read folded text.
ASKED: dict[Kind, tuple[str, ...]] = {
    "duration": (
        r"how long\b|how many (?:years|months|weeks|days|hours)|for how long",
        r"combien de temps|combien d['’ ]?(?:années|ans)|combien de (?:jours|mois|semaines|heures)"
        r"|quelle (?:est la )?durée"
        r"|combien (?:dure|durait|a duré|durera)",
        r"كم (?:من )?(?:تدوم|يدوم|دامت|دام|تستغرق|استغرق\w*|مدة|يوما|سنة|شهرا)|ما (?:هي )?(?:مدة|المدة)",
        r"cuánto tiempo|cuánto (?:dura|duró|durará)|cuántos (?:años|días|meses)|qué duración",
        r"как долго|сколько (?:времени|лет|дней|месяцев)|на какой срок|какова продолжительность"
        r"|сколько длит",
        r"多久|多长时间|多少天|几天|几年|多少年",
    ),
    "percent": (
        r"(?:what|which) (?:percentage|percent|per cent|share|proportion|fraction)|how many percent",
        r"quel(?:le)? (?:est (?:la|le) )?(?:pourcentage|part\b|proportion|taux)|combien de pour ?cent",
        r"(?:ما (?:هي )?|كم )?(?:ال)?نسبة|كم (?:في المائة|بالمئة)",
        r"qué (?:porcentaje|proporción|tanto por ciento|parte|tasa)|cuál es (?:el porcentaje"
        r"|la proporción)",
        r"как(?:ая|ой|ова|ов) (?:доля|процент|часть)|сколько процентов",
        r"百分之几|百分之多少|百分比|比例|占多少|几成",
    ),
    "money": (
        r"how much (?:money|did|does|was|is|has|have|will)|(?:what|which) (?:sum|amount|cost|price|budget)",
        r"quel(?:le)? (?:est (?:la|le) )?(?:somme|montant|budget|coût|prix)|combien (?:coûte|a coûté"
        r"|d['’]argent|d['’]euros)"
        r"|combien (?!de |d['’ ])[^?]{0,80}(?:donné|versé|payé|coûté|contribué|alloué|financé)\b",
        r"كم (?:كلف|كلفت|تكلف|دفع\w*|قدم\w*|بلغت (?:كلفة|قيمة)|كان نصيب|المبلغ)|شحال كان|ما (?:هي "
        r"|هو )?(?:قيمة|مبلغ|كلفة|تكلفة|ميزانية)",
        r"cuánto (?:dinero|costó|cuesta|aportó|pagó|donó|ha costado)|qué (?:suma|cantidad|importe|monto"
        r"|presupuesto)",
        r"сколько (?:стои|денег|заплати|потрати|выделил)|как(?:ую|ая|ова) (?:сумм|стоимост|цен)"
        r"|какой бюджет",
        r"多少钱|金额|奖金|多少(?:欧元|美元|经费|资金)|花了多少|费用",
    ),
    "number": (
        r"how many\b|(?:what|which) (?:is|was) the number of|^\W*(?:the )?number of|how well attended",
        r"combien (?:de\b|d['’ ])|quel (?:est |était )?(?:le )?nombre|^\W*(?:le )?nombre d|quel tonnage"
        r"|combien\b",
        r"(?:كم|شحال)\b|ما (?:هو )?عدد|^\W*عدد",
        r"cuánt[oa]s|qué (?:número|cantidad) de|cuál (?:es|fue) el número|^\W*número de (?!la\b|el\b)",
        r"сколько|каково (?:число|количество)|^\W*(?:число|количество)",
        r"多少|几(?:个|名|位|国|人|项|次|种|家|票|份)|几个",
    ),
    "date": (
        r"^\W*(?:\w+\W+){0,2}?when\b|\bwhen (?:did|was|were|is|will|does|do|are|has|had|exactly)|(?:what"
        r"|which) (?:date|day|"
        r"weekday|month|year)|\b(?:launch|start|end) date|since when|until when|dates? of",
        r"^\W*quand\b|(?:depuis|jusqu.[aà]|c.[eé]tait|de|pour|et|[aà]) quand\b|quand\W*$"
        r"|quelle (?:est la |était la )?(?:date|année)|quel (?:jour|mois)|^\W*date d|en quelle année",
        r"متى|(?:في |ما )?(?:أي|اي) (?:يوم|سنة|عام|شهر|تاريخ)|ما (?:هو )?تاريخ|^\W*تاريخ",
        r"^\W*(?:\w+,? ){0,2}?cuándo|¿cuándo|(?:desde|hasta|y) cuándo|(?:qué|que) (?:fecha|día|año|mes)"
        r"|cuál (?:es|fue) la fecha|^\W*fecha",
        r"когда|каког?о?е? числ[ао]|в каком (?:году|месяце)|какого года|как(?:ая|ова) дата|в какой день"
        r"|^\W*дата",
        r"何时|什么时候|哪一?年|哪一?天|哪一?月|几月|几号|哪日|日期|何年",
    ),
}  # fmt: skip


def _folded(pattern: str) -> str:
    """A pattern with its letters folded; escapes such as \\W keep their case."""
    return "".join(piece if piece.startswith("\\") else fold(piece) for piece in re.split(r"(\\.)", pattern))


OTHER_FIRST = re.compile(
    "|".join(
        _folded(pattern)
        for pattern in (
            r"\b(?:who|whom|whose|where|why)\b|^\W*(?:did|does|do|is|are|was|were|has|have|had|can|could"
            r"|will)\b",
            r"\b(?:qui|pourquoi)\b|^\W*où\b|^\W*est-ce\b|^\W*(?:a|y)-t-\w+|^\W*dans quel(?:le)? (?:ville"
            r"|pays)|^\W*comment\b",
            r"^\W*(?:من|مين|منو|هل|لماذا|كيف|أين|ماذا|أي (?!يوم|سنة|عام|شهر|تاريخ|نسبة))\b",
            r"\b(?:quién|quiénes|dónde)\b|por qué|^\W*cómo\b",
            r"\b(?:кто|кого|кому|где|почему|зачем)\b|^\W*\w+ ли\b",
            r"谁|哪里|哪儿|为什么|是否|吗[?？]?$",
        )
    )
)
PATTERNS = tuple((kind, re.compile("|".join(map(_folded, patterns)))) for kind, patterns in ASKED.items())
NOUN_WORDS = 4
ABOUT_ATTENDANCE = re.compile("attended")
UNITS = Lexicon.of(tables.UNITS)
SKIPPED = frozenset(entries(tables.STOP_WORDS)) | set(entries("عدد من total всего total_of il_y_a"))


@lru_cache(MEMORY)
def expected(question: str, language: str) -> Expected | None:
    """The value that `question` asks for first, or None for questions of another kind."""
    folded = plain(question[:READ_AT_MOST]).folded
    found = [(m.start(), rank, kind, m.end()) for rank, (kind, p) in enumerate(PATTERNS) if (m := p.search(folded))]
    if not found:
        return None
    start, _, kind, end = min(found)
    other = OTHER_FIRST.search(folded)
    if other and other.start() <= start:
        return None
    if kind != "number":
        return Expected(kind)
    return Expected("number", _unit(folded, start, end))


def _unit(folded: str, start: int, end: int) -> str:
    """What is counted: a known noun close behind the words that ask, else the noun behind."""
    asked = folded[start:end]
    if ABOUT_ATTENDANCE.search(asked):
        return "people"
    if "tonnage" in asked:
        return "tonnes"
    if re.search("[\u4e00-\u9fff]", asked):
        return _han_unit(folded, start, end)
    words = [w for w in re.findall(r"[^\W\d_]+", folded[end:]) if w not in SKIPPED][:NOUN_WORDS]
    known = [name for word in words if (name := UNITS.find(word))]
    if known:
        return known[1] if known[0] == "members" and len(known) > 1 and known[1] == "states" else known[0]
    if asked.endswith("combien"):  # a verb comes next: "à combien s'élève", "combien sont venus"
        return ""
    return next((t for word in words for t in terms(min(forms(word), key=len))[:1]), "")


def _han_unit(folded: str, start: int, end: int) -> str:
    after, before = folded[end - 1 : end + 8], folded[max(0, start - 12) : start]
    behind = [(after.find(w), -len(w), name) for w, name in UNITS.han if w in after]
    ahead = [(before.rfind(w) + len(w), len(w), name) for w, name in UNITS.han if w in before]
    return min(behind)[2] if behind else max(ahead)[2] if ahead else ""
