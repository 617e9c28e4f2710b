"""What kind of value a question asks for, in six languages, and in bounded time."""

import time
from itertools import pairwise

import pytest

from bot.expected import Expected, expected
from bot.languages import LANGUAGES

ASKED: dict[str, dict[str, Expected | None]] = {
    "fr": {
        "Combien de pays étaient représentés ?": Expected("number", "states"),
        "Combien de personnes ont participé à la rencontre ?": Expected("number", "people"),
        "Quel était le nombre de participants ?": Expected("number", "people"),
        "Quelle part des navires a été inspectée ?": Expected("percent"),
        "Quel est le budget du musée ?": Expected("money"),
        "Combien la ville a-t-elle donné pour le phare ?": Expected("money"),
        "Quand le phare a-t-il été allumé ?": Expected("date"),
        "En quelle année le musée a-t-il ouvert ?": Expected("date"),
        "Combien de temps le chantier a-t-il duré ?": Expected("duration"),
        "Qui a ouvert la conférence, et quand ?": None,
        "Pourquoi la cérémonie a-t-elle été reportée ?": None,
        "Où se trouve le musée ?": None,
        "Que contient la collection ?": None,
    },
    "en": {
        "How many countries took part?": Expected("number", "states"),
        "How many people attended the opening?": Expected("number", "people"),
        "What was the number of participants?": Expected("number", "people"),
        "What percentage of the lamps still works?": Expected("percent"),
        "How much did the restoration cost?": Expected("money"),
        "What budget does the museum have?": Expected("money"),
        "When was the lighthouse lit?": Expected("date"),
        "In which year did the museum open?": Expected("date"),
        "How long did the works last?": Expected("duration"),
        "Who opened the conference and when was it closed?": None,
        "Did the minister open the conference?": None,
        "Where is the museum?": None,
        "What is in the collection?": None,
    },
    "es": {
        "¿Cuántos países participaron?": Expected("number", "states"),
        "¿Cuántas personas asistieron a la apertura?": Expected("number", "people"),
        "¿Cuál fue el número de participantes?": Expected("number", "people"),
        "¿Qué porcentaje de las lámparas funciona todavía?": Expected("percent"),
        "¿Cuánto costó la restauración?": Expected("money"),
        "¿Qué presupuesto tiene el museo?": Expected("money"),
        "¿Cuándo se encendió el faro?": Expected("date"),
        "¿En qué año abrió el museo?": Expected("date"),
        "¿Cuánto tiempo duraron las obras?": Expected("duration"),
        "¿Quién abrió la conferencia y cuándo se cerró?": None,
        "¿Por qué se aplazó la ceremonia?": None,
        "¿Dónde está el museo?": None,
        "¿Qué contiene la colección?": None,
    },
    "ru": {
        "Сколько стран участвовало?": Expected("number", "states"),
        "Сколько человек пришло на открытие?": Expected("number", "people"),
        "Каково число участников?": Expected("number", "people"),
        "Какая доля ламп ещё работает?": Expected("percent"),
        "Сколько стоила реставрация?": Expected("money"),
        "Какую сумму выделил город?": Expected("money"),
        "Когда зажгли маяк?": Expected("date"),
        "В каком году открылся музей?": Expected("date"),
        "Как долго длились работы?": Expected("duration"),
        "Кто открыл конференцию и когда она закрылась?": None,
        "Почему отложили церемонию?": None,
        "Где находится музей?": None,
        "Что хранится в коллекции?": None,
    },
    "ar": {
        "كم دولة شاركت؟": Expected("number", "states"),
        "كم شخصا حضر الافتتاح؟": Expected("number", "people"),
        "ما عدد المشاركين؟": Expected("number", "people"),
        "ما نسبة المصابيح التي تعمل؟": Expected("percent"),
        "كم كلف ترميم المنارة؟": Expected("money"),
        "ما هي ميزانية المتحف؟": Expected("money"),
        "متى أضيئت المنارة؟": Expected("date"),
        "في أي سنة افتتح المتحف؟": Expected("date"),
        "كم استغرقت الأشغال؟": Expected("duration"),
        "من افتتح المؤتمر ومتى انتهى؟": None,
        "لماذا تأجل الحفل؟": None,
        "أين يقع المتحف؟": None,
        "ماذا تضم المجموعة؟": None,
    },
    "zh": {
        "有多少国家参加？": Expected("number", "states"),
        "有多少人出席了开幕式？": Expected("number", "people"),
        "有几个国家派了代表？": Expected("number", "states"),
        "还能用的灯占百分之几？": Expected("percent"),
        "修复灯塔花了多少钱？": Expected("money"),
        "修复费用是多少？": Expected("money"),
        "灯塔什么时候点亮？": Expected("date"),
        "博物馆是哪一年开放的？": Expected("date"),
        "工程持续了多长时间？": Expected("duration"),
        "谁宣布会议开幕？": None,
        "为什么推迟了仪式？": None,
        "博物馆在哪里？": None,
        "藏品包括什么？": None,
    },
}
HOSTILE = {
    "combien ": "fr",
    "combien a ": "fr",
    "quel est le ": "fr",
    "how many ": "en",
    "when ": "en",
    "¿cuánto ": "es",
    "сколько ": "ru",
    "как ": "ru",
    "كم ": "ar",
    "多少": "zh",
    "一": "zh",
    "a": "en",
    " ": "fr",
    "?": "fr",
    "é": "fr",
    "e\u0301": "fr",
    "ﷺ": "ar",
    "\u0301": "fr",
    "9": "en",
    "1,": "en",
    "'": "fr",
    "\\W": "en",
    "\ud800": "fr",
}


def test_there_are_ten_questions_and_more_in_each_language() -> None:
    assert set(ASKED) == set(LANGUAGES)
    assert all(len(questions) >= 10 for questions in ASKED.values())


@pytest.mark.parametrize(
    ("language", "question", "wanted"),
    [(language, question, wanted) for language, rows in ASKED.items() for question, wanted in rows.items()],
)
def test_the_kind_of_value_is_told_from_the_question(language: str, question: str, wanted: Expected | None) -> None:
    assert expected(question, language) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_case_and_spaces_do_not_matter(language: str) -> None:
    for question, wanted in ASKED[language].items():
        assert expected(f"  {question.upper()}  ", language) == wanted, question


def test_a_noun_that_is_no_known_unit_is_the_unit() -> None:
    unit = expected("Combien de lampes le musée conserve-t-il ?", "fr")
    assert unit is not None and unit.kind == "number" and unit.unit.startswith("lamp")


@pytest.mark.parametrize("asked", ["À combien s'élève le financement ?", "Combien sont venus à Sein ?"])
def test_a_verb_behind_combien_is_no_unit(asked: str) -> None:
    unit = expected(asked, "fr")
    assert unit is not None and (unit.kind, unit.unit) == ("number", "")


def test_the_question_decides_not_the_language_that_was_given() -> None:
    assert expected("How many countries took part?", "fr") == expected("How many countries took part?", "en")


@pytest.mark.parametrize("question", ["", " ", "?", "\x00", "😀", "\ud800", "(", "[", "\\"])
def test_a_text_that_asks_nothing_expects_nothing(question: str) -> None:
    for language in LANGUAGES:
        assert expected(question, language) is None


@pytest.mark.parametrize(("text", "language"), HOSTILE.items(), ids=lambda value: ascii(value))
def test_long_texts_take_time_in_proportion(text: str, language: str) -> None:
    times = [_best_time(text * (size // len(text)), language) for size in (250, 500, 1_000, 2_000)]
    assert times[-1] < 0.5
    assert all(after < 8 * before + 0.05 for before, after in pairwise(times)), times


def test_a_text_of_a_million_characters_is_read_in_part() -> None:
    assert _best_time("how many " * 110_000, "en") < 0.5


def _best_time(text: str, language: str) -> float:
    """The best of three, each with another text, so that nothing is remembered."""
    found = []
    for number in range(3):
        began = time.perf_counter()
        expected(f"{text}{number}", language)
        found.append(time.perf_counter() - began)
    return min(found)
