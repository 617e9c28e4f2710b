"""Disagreement: sentences of the corpus that give different values, and sentences that only seem to."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.disagreement import MOST_GROUPS, Group, answer_span, disagreement
from bot.expected import Expected, expected
from bot.models import Quote
from corpus.models import Span
from corpus.sentences import split_sentences

DOCUMENTS = Path(__file__).parents[2] / "corpus" / "documents"


@cache
def sentences(document: str) -> tuple[tuple[Span, str], ...]:
    """The sentences of a curated document (its file's text stands for the canonical text)."""
    text = (DOCUMENTS / f"{document}.md").read_text(encoding="utf-8")
    return tuple((span, span.of(text)) for span in split_sentences(text, document[:2]))


def quote(document: str, words: str, score: float = 0.8) -> Quote:
    """The one sentence of a document that holds `words`."""
    ((span, text),) = [pair for pair in sentences(document) if words in pair[1]]
    return Quote(document, 1, span, text, document[:2], score)


def values(groups: tuple[Group, ...]) -> list[str]:
    return [group.value for group in groups]


TOTAL = quote("en/opcw-joint-press-release-2024-10-24", "200 people")
OVER_200 = quote("fr/map-express-communique-conjoint-2024-10-24", "plus de 200")
OVER_200_AR = quote("ar/24saa-joint-communique-2024-10-24", "200 مشارك")
OVER_200_NOREN = quote("en/nct-cbnw-noren-prospects-perils-ai-2024", "over 200")
OVER_150 = quote("en/map-arias-praises-morocco-opening-2024-10-22", "over 150")
OVER_140_ES = quote("es/mapamazighe-conference-announcement-2024-10", "140")
OVER_140 = quote("fr/le7tv-cloture-conference-rabat-2024-10-24", "140 participants")
BERLIN = quote("en/auswaertiges-amt-berlin-ai-wmd-conference-2024-06-28", "190")
DOHA = quote("en/mirage-news-doha-industry-national-authorities-2024-10", "54 participants")
CASABLANCA = quote("en/opcw-casablanca-peaceful-uses-forum-2019-11-15", "40 participants")
SHANGHAI = quote("en/bastille-post-shanghai-ai-workshop-2025-06-19", "More than 200")
LATER = quote("en/opcw-27th-national-authorities-meeting-2025-11-19", "More than 200")
RABAT = (TOTAL, OVER_200, OVER_200_AR, OVER_200_NOREN, OVER_150, OVER_140_ES, OVER_140)
OTHERS = (BERLIN, DOHA, CASABLANCA, SHANGHAI, LATER)

HOW_MANY = {
    "fr": "combien de personnes ont assisté à la conférence de Rabat ?",
    "en": "How many people attended the Rabat conference?",
    "ar": "كم عدد الحاضرين في مؤتمر الرباط؟",
    "es": "¿Cuántas personas asistieron a la conferencia de Rabat?",
    "ru": "Сколько человек участвовало в конференции в Рабате?",
    "zh": "拉巴特会议有多少人参加？",
}


@pytest.mark.parametrize("language", HOW_MANY)
def test_attendance_is_disputed_and_other_meetings_are_left_out(language: str) -> None:
    groups = disagreement(HOW_MANY[language], language, (*RABAT, *OTHERS))
    assert values(groups) == ["200", "plus de 200", "over 150", "más de 140"]
    assert [len(group.quotes) for group in groups] == [1, 3, 1, 2]


@pytest.mark.parametrize("other", OTHERS)
def test_another_meeting_does_not_dispute_one_number(other: Quote) -> None:
    assert disagreement(HOW_MANY["en"], "en", (TOTAL, other)) == ()


def test_the_groups_quotes_mark_their_values() -> None:
    for group in disagreement(HOW_MANY["fr"], "fr", RABAT):
        spans = [(q.answer_span, q.text) for q in group.quotes]
        assert all(span is not None and span.of(text) in text for span, text in spans)
        first, text = spans[0]
        assert first is not None and first.of(text) == group.value


def test_a_quote_far_below_the_best_does_not_count() -> None:
    weak = quote("fr/le7tv-cloture-conference-rabat-2024-10-24", "140 participants", score=0.1)
    assert disagreement(HOW_MANY["en"], "en", (TOTAL, weak)) == ()
    assert len(disagreement(HOW_MANY["en"], "en", (TOTAL, weak), least_share=0.1)) == 2


DISPUTED = [
    (
        "شحال من دولة طرف شاركت في المؤتمر", "ar", ["46", "more than 46", "أكثر من 40", "40"],
        (
            ("en/opcw-joint-press-release-2024-10-24", "46 States"),
            ("en/map-arias-praises-morocco-opening-2024-10-22", "more than 46"),
            ("ar/diez24-conference-announcement-2024-10", "40 دولة"),
            ("ar/lodj-conference-announcement-2024-10", "40 دولة"),
        ),
    ),
    (
        "combien de pays ont financé le centre ChemTech", "fr", ["57", "56"],
        (
            ("en/opcw-chemtech-centre-inauguration-2023-05-12", "57"),
            ("de/gdch-chemtech-centre-2023", "56"),
            ("nl/vorsten-king-chemtech-centre-2023-05", "56"),
        ),
    ),
    (
        "给化学与技术中心捐款的国家有几个", "zh", ["57", "56"],
        (
            ("en/the-hague-online-chemtech-centre-2023-05-15", "57"),
            ("nl/vorsten-king-chemtech-centre-2023-05", "56"),
        ),
    ),
    (
        "cuantos paises patrocinaron la resolucion de la ONU sobre IA?", "es", ["123", "More than 120", "125"],
        (
            ("en/moroccan-embassy-us-group-of-friends-ai-2024-06", "123"),
            ("en/geeks-guild-africa-group-of-friends-ai-2024-06", "123"),
            ("en/maroc-ma-un-ai-resolution-2024-03-25", "More than 120"),
            ("de/dayfr-blinken-group-of-friends-2024-12", "125"),
        ),
    ),
    (
        "¿Cuántas toneladas de armas químicas declaradas se han destruido?", "es",
        ["72,304", "Plus de 72 000", "72,304.34"],
        (
            ("en/bioenable-opcw-chief-berlin-ai-2024-07-05", "72,304"),
            ("fr/le360-oiac-salue-vision-maroc-2024-10-22", "72 000"),
            ("en/xinhua-declared-chemical-weapons-destroyed-2023-07-08", "72,304.34"),
        ),
    ),
    (
        "Какая доля жителей Африки остаётся без интернета?", "ru", ["60%", "62%"],
        (
            ("en/walaw-bourita-digital-equity-2024-10", "60%"),
            ("fr/apanews-bourita-fracture-numerique-2024-10-22", "60 %"),
            ("en/rifnote-itu-africa-internet-use-2024", "62%"),
            ("en/rifnote-itu-africa-internet-use-2024", "38%"),
        ),
    ),
    (
        "Quel jour de mars 2022 le Maroc a-t-il annoncé son engagement sur l'éthique de l'IA auprès de l'Unesco ?",
        "fr", ["22 mars 2022", "23 mars 2022"],
        (
            ("fr/le-site-info-rapport-unesco-maroc-2024-05", "22 mars"),
            ("fr/jadacom-rapport-unesco-maroc-2024-10-01", "23 mars"),
            ("fr/parcours-detudiants-rapport-unesco-maroc", "23 mars"),
        ),
    ),
    (
        "When was the Group of Friends on AI set up at the UN?", "en", ["21 June 2024", "July 2024"],
        (
            ("en/reference-glossary-en", "Friday 21 June"),
            ("en/barlaman-today-group-of-friends-ai-2024-06-22", "21 June"),
        ),
    ),
    (
        "كم تدوم زيارة ستيوارت للمغرب", "ar", ["ثلاثة أيام", "21 إلى 24 أكتوبر 2024"],
        (
            ("ar/24saa-stewart-opening-speech-2024-10-21", "تدوم"),
            ("ar/goud-stewart-keynote-2024-10", "21 إلى 24"),
            ("ar/yabiladi-stewart-visit-2024-10", "21 إلى 24"),
        ),
    ),
    (
        "How much did the ChemTech Centre cost?", "en", ["EUR 33.5 million", "34 Millionen Euro"],
        (
            ("en/opcw-chemtech-land-agreement-2019-12-19", "33.5"),
            ("de/gdch-chemtech-centre-2023", "34 Millionen"),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "language", "shown", "places"), DISPUTED)
def test_disputed(question: str, language: str, shown: list[str], places: tuple[tuple[str, str], ...]) -> None:
    quotes = [quote(document, words, 0.9 - n / 100) for n, (document, words) in enumerate(places)]
    assert values(disagreement(question, language, quotes)) == shown


AGREED = [
    (
        "When was the Rabat conference held?", "en",
        (
            ("en/opcw-joint-press-release-2024-10-24", "22"),
            ("ar/alqalamlhor-arias-praises-morocco-2024-10-22", "24 أكتوبر"),
        ),
    ),
    (
        "How many States Parties attended the Rabat conference?", "en",
        (
            ("en/opcw-joint-press-release-2024-10-24", "46 States"),
            ("en/mirage-news-doha-industry-national-authorities-2024-10", "27"),
        ),
    ),
    (
        "What percentage of Africa's population used the Internet in 2024?", "en",
        (
            ("en/rifnote-itu-africa-internet-use-2024", "38%"),
            ("en/rifnote-itu-africa-internet-use-2024", "62%"),
        ),
    ),
    (
        "How much did the ChemTech Centre cost?", "en",
        (
            ("en/opcw-chemtech-land-agreement-2019-12-19", "33.5"),
            ("en/opcw-germany-65000-euros-ai-conference-2024-07-18", "65,000"),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "language", "places"), AGREED)
def test_agreed(question: str, language: str, places: tuple[tuple[str, str], ...]) -> None:
    quotes = []
    for document, words in places:
        span, text = next(pair for pair in sentences(document) if words in pair[1])
        quotes.append(Quote(document, 1, span, text, document[:2], 0.8))
    assert disagreement(question, language, quotes) == ()


@pytest.mark.parametrize(
    "question",
    ["Who opened the Rabat conference?", "Did 200 people come?", "Which countries are outside?", ""],
)
def test_other_questions_have_no_values_to_compare(question: str) -> None:
    assert disagreement(question, "en", RABAT) == ()


def test_same_words_of_several_publishers_are_one_group() -> None:
    copies = [Quote(f"d{n}", 1, TOTAL.span, TOTAL.text, "en", 0.8) for n in range(4)]
    groups = disagreement(HOW_MANY["en"], "en", (*copies, OVER_150))
    assert [len(group.quotes) for group in groups] == [4, 1]


def test_at_most_six_groups() -> None:
    quotes = [
        Quote(f"d{n}", 1, Span(0, 40), f"{n} people attended the Rabat conference.", "en", 0.8) for n in range(10, 20)
    ]
    assert len(disagreement(HOW_MANY["en"], "en", quotes)) == MOST_GROUPS


EXPECTED = """
fr | combien l'allemagne a donné pour la conférence | money
fr | Il y a combien de pays au conseil exécutif svp | number states
fr | D'après lui, quel pourcentage d'organisations recourt à l'IA ? | percent
fr | C'était quand exactement ? | date
fr | Combien de temps dure le mandat ? | duration
fr | Quel diplomate dirigeait la réunion ? |
fr | Qui était là quand elle a commencé ? |
en | How many molecules did the AI list? | number molecules
en | How much money did they give? | money
en | When did the workshop begin? | date
en | launch date of the challenge | date
en | How long is the term? | duration
en | What share of images is from Africa? | percent
en | Was it 200 people? |
en | Where was it held when it began? |
ar | كم لغة تعتمدها المنظمة في عملها | number languages
ar | متى صادق المغرب على الاتفاقية؟ | date
ar | نسبة مستخدمي الإنترنت في القرى | percent
ar | كم كلف تنظيم المؤتمر؟ | money
ar | كم تدوم الزيارة | duration
ar | من افتتح المؤتمر؟ |
es | ¿Cuántas toneladas se han destruido? | number tonnes
es | ¿Qué tanto por ciento del mundo usaba internet? | percent
es | ¿Cuánto aportó Corea del Sur? | money
es | ¿Cuándo empezó su mandato? | date
es | ¿Quiénes firmaron el comentario? |
ru | Сколько голосов получила Россия? | number votes
ru | Какая доля жителей остаётся без интернета? | percent
ru | Когда открылась мастерская? | date
ru | На какой срок рассчитаны проекты? | duration
ru | Участвовал ли он в конференции? |
zh | 到2024年底,小组有多少成员国 | number states
zh | 给中心捐款的国家有几个 | number states
zh | 中国捐了多少钱？ | money
zh | 非洲占多少？ | percent
zh | 组织是哪一年成立的 | date
zh | 谁主办的 |
""".strip().splitlines()


@pytest.mark.parametrize("line", EXPECTED)
def test_what_a_question_asks_for(line: str) -> None:
    language, question, wanted = (part.strip() for part in line.split("|"))
    kind, _, unit = wanted.partition(" ")
    assert expected(question, language) == (Expected(kind, unit) if kind else None)  # type: ignore[arg-type]


def test_answer_span() -> None:
    span = answer_span(HOW_MANY["en"], "en", TOTAL.text)
    assert span is not None and span.of(TOTAL.text) == "200"
    text = "The OPCW said on 24 October 2024 that the conference took place on 22 October 2024."
    dated = answer_span("When did the conference take place?", "en", text)
    assert dated is not None and dated.of(text) == "22 October 2024"
    assert answer_span("Who spoke?", "en", TOTAL.text) is None
    assert answer_span("How many votes were cast?", "en", TOTAL.text) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5), st.sampled_from(list(HOW_MANY)))
def test_any_text_is_read(texts: list[str], language: str) -> None:
    quotes = [Quote(f"d{n}", 1, Span(0, len(t)), t, language, 0.5) for n, t in enumerate(texts)]
    for group in disagreement(HOW_MANY[language], language, quotes):
        assert group.value and group.value in group.quotes[0].text
