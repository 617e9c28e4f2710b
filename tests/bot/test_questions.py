"""Messages taken apart: several questions in one, and follow-ups that lean on what was asked before.

The tables were written by hand in the words people use, before the code was tried on them.
"""

import time

import pytest

from bot.conversation import Turn, standalone
from bot.languages import LANGUAGES
from bot.questions import MOST_PARTS, complete, leans_back, parts, subject

PARTS: dict[str, dict[str, list[str]]] = {
    "fr": {
        "Où la conférence a-t-elle eu lieu et combien de pays y ont participé ?": [
            "Où la conférence a-t-elle eu lieu",
            "combien de pays y ont participé ?",
        ],
        "Qui a ouvert la conférence ? Combien de participants y avait-il ?": [
            "Qui a ouvert la conférence ?",
            "Combien de participants y avait-il ?",
        ],
        "Qui dirige l'OIAC, et depuis quand le Maroc en est-il membre ?": [
            "Qui dirige l'OIAC",
            "depuis quand le Maroc en est-il membre ?",
        ],
        "Quand le stock a-t-il été détruit, et par qui le rapport fut-il signé ?": [
            "Quand le stock a-t-il été détruit",
            "par qui le rapport fut-il signé ?",
        ],
        "Combien l'Allemagne a-t-elle versé et à quoi sert le centre ChemTech ?": [
            "Combien l'Allemagne a-t-elle versé",
            "à quoi sert le centre ChemTech ?",
        ],
        "Quel prix l'OIAC a-t-elle reçu, quand l'a-t-elle reçu et pourquoi le comité Nobel l'a-t-il choisie ?": [
            "Quel prix l'OIAC a-t-elle reçu, quand l'a-t-elle reçu",
            "pourquoi le comité Nobel l'a-t-il choisie ?",
        ],
    },
    "en": {
        "Who opened the conference and how many people attended it?": [
            "Who opened the conference",
            "how many people attended it?",
        ],
        "When was the treaty signed? Which states have not joined?": [
            "When was the treaty signed?",
            "Which states have not joined?",
        ],
        "How much did Germany give, and what was the money for?": [
            "How much did Germany give",
            "what was the money for?",
        ],
        "Where is the laboratory, and when was the ChemTech Centre opened?": [
            "Where is the laboratory",
            "when was the ChemTech Centre opened?",
        ],
        "Who is the Director-General and who will succeed Fernando Arias?": [
            "Who is the Director-General",
            "who will succeed Fernando Arias?",
        ],
        "How many people came to Rabat, and from which countries?": [
            "How many people came to Rabat",
            "from which countries?",
        ],
        "Why was the conference held in Morocco? What came of the meeting? Who paid?": [
            "Why was the conference held in Morocco?",
            "What came of the meeting?",
            "Who paid?",
        ],
    },
    "es": {
        "¿Quién inauguró la conferencia y cuántos países participaron?": [
            "¿Quién inauguró la conferencia",
            "cuántos países participaron?",
        ],
        "¿Dónde está el laboratorio? ¿Cuándo se inauguró el centro?": [
            "¿Dónde está el laboratorio?",
            "¿Cuándo se inauguró el centro?",
        ],
        "¿Cuánto aportó Alemania y para qué sirve el centro ChemTech?": [
            "¿Cuánto aportó Alemania",
            "para qué sirve el centro ChemTech?",
        ],
        "¿Qué premio recibió la OPAQ y por qué fue elegida Marruecos?": [
            "¿Qué premio recibió la OPAQ",
            "por qué fue elegida Marruecos?",
        ],
        "¿Cuándo terminó la destrucción de las reservas, y quién lo anunció?": [
            "¿Cuándo terminó la destrucción de las reservas",
            "quién lo anunció?",
        ],
        "¿Cuál es el papel de Marruecos en la OPAQ y cuál fue el resultado de la reunión?": [
            "¿Cuál es el papel de Marruecos en la OPAQ",
            "cuál fue el resultado de la reunión?",
        ],
    },
    "ru": {
        "Кто открыл конференцию и сколько стран участвовало?": ["Кто открыл конференцию", "сколько стран участвовало?"],
        "Где находится лаборатория? Когда открыли центр?": ["Где находится лаборатория?", "Когда открыли центр?"],
        "Кто возглавляет ОЗХО, а кто станет следующим генеральным директором?": [
            "Кто возглавляет ОЗХО",
            "кто станет следующим генеральным директором?",
        ],
        "Сколько денег выделила Германия и на что пошли средства?": [
            "Сколько денег выделила Германия",
            "на что пошли средства?",
        ],
        "Когда вступила в силу конвенция, и какие страны не присоединились?": [
            "Когда вступила в силу конвенция",
            "какие страны не присоединились?",
        ],
        "Почему ОЗХО получила Нобелевскую премию и когда это произошло?": [
            "Почему ОЗХО получила Нобелевскую премию",
            "когда это произошло?",
        ],
    },
    "ar": {
        "من افتتح المؤتمر وكم عدد المشاركين؟": ["من افتتح المؤتمر", "كم عدد المشاركين؟"],
        "أين يقع المختبر؟ متى افتتح المركز؟": ["أين يقع المختبر؟", "متى افتتح المركز؟"],
        "كم دفعت ألمانيا، ولماذا اختير المغرب؟": ["كم دفعت ألمانيا", "لماذا اختير المغرب؟"],
        "من هو المدير العام ومتى تنتهي ولايته؟": ["من هو المدير العام", "متى تنتهي ولايته؟"],
        "متى دمرت المخزونات وكيف تم التحقق من ذلك؟": ["متى دمرت المخزونات", "كيف تم التحقق من ذلك؟"],
        "أين عقدت الندوة وما نتائج الاجتماع؟": ["أين عقدت الندوة", "ما نتائج الاجتماع؟"],
    },
    "zh": {
        "谁主持了会议，有多少国家参加？": ["谁主持了会议", "有多少国家参加？"],
        "会议在哪里举行？有多少人参加？": ["会议在哪里举行？", "有多少人参加？"],
        "禁化武组织的总干事是谁，公约何时生效？": ["禁化武组织的总干事是谁", "公约何时生效？"],
        "德国捐了多少钱以及这笔钱用于什么？": ["德国捐了多少钱", "这笔钱用于什么？"],
        "为什么禁化武组织获得诺贝尔和平奖？什么时候获奖？": ["为什么禁化武组织获得诺贝尔和平奖？", "什么时候获奖？"],
        "化学技术中心在哪里，它是什么时候启用的？": ["化学技术中心在哪里", "它是什么时候启用的？"],
        "哪些国家没有加入公约，为什么没有加入？": ["哪些国家没有加入公约", "为什么没有加入？"],
    },
}

WHOLE: dict[str, list[str]] = {
    "fr": [
        "Où et quand a eu lieu la conférence ?",
        "Combien de pays et d'organisations étaient présents ?",
        "Qui a ouvert et présidé la conférence ?",
        "Quel est le rôle du Maroc et de l'OIAC ?",
        "La conférence de Rabat",
        "Qu'a dit Bourita de l'Afrique et de l'intelligence artificielle ?",
    ],
    "en": [
        "When and where was the conference held?",
        "Who chaired and organised the conference?",
        "How many states and organisations attended?",
        "What did Arias and Bourita discuss?",
        "Tell me about artificial intelligence and chemistry",
    ],
    "es": [
        "¿Cuándo y dónde se celebró la conferencia?",
        "¿Cuántos Estados y organizaciones asistieron?",
        "¿Quién presidió y organizó la conferencia?",
        "¿Qué dijeron Arias y Burita?",
        "La conferencia de Rabat y la inteligencia artificial",
        "¿Cuál es la relación entre la química y la inteligencia artificial?",
    ],
    "ru": [
        "Когда и где прошла конференция?",
        "Сколько государств и организаций участвовало?",
        "Кто организовал и провёл конференцию?",
        "О чём говорили Ариас и Бурита?",
        "Конференция в Рабате и искусственный интеллект",
        "Какова роль Марокко и Нидерландов?",
    ],
    "ar": [
        "متى وأين انعقد المؤتمر؟",
        "كم دولة ومنظمة شاركت؟",
        "ما دور المغرب والمنظمة؟",
        "من ترأس المؤتمر ونظمه؟",
        "ماذا قال أرياس وبوريطة؟",
        "مؤتمر الرباط والذكاء الاصطناعي",
    ],
    "zh": [
        "会议何时何地举行？",
        "摩洛哥和荷兰是什么关系？",
        "有多少国家和组织参加了会议？",
        "拉巴特会议和人工智能",
        "阿里亚斯和布里达讨论了什么？",
    ],
}
"""One question, whatever its linking words."""

FOLLOW_UPS = {
    "fr": [
        "Et combien de pays ?",
        "Qui l'a ouverte ?",
        "Quand ?",
        "Et où ?",
        "Pourquoi ?",
        "Combien y avait-il de délégations ?",
        "Quel âge a-t-il ?",
        "Qui est son successeur ?",
        "Mais qui a payé ?",
        "Et à Berlin ?",
        "Quelle en était la durée ?",
        "Que disent-ils de l'Afrique ?",
    ],
    "en": [
        "And how many countries?",
        "Who opened it?",
        "When?",
        "Why?",
        "What about Germany?",
        "How many delegations were there?",
        "Who is his successor?",
        "And in Berlin?",
        "How long did that last?",
        "What did they say about Africa?",
        "But who paid?",
        "Where did she study?",
    ],
    "es": [
        "¿Y cuántos países?",
        "¿Cuándo?",
        "¿Por qué?",
        "¿Quién es su sucesor?",
        "¿Y en Berlín?",
        "¿Cuántas delegaciones había allí?",
        "Pero ¿quién pagó?",
        "¿Qué dijeron ellos de África?",
        "¿Dónde?",
        "Entonces ¿quién lo presidió?",
        "¿Y la inauguración?",
        "¿Cuánto duró eso?",
    ],
    "ru": [
        "А сколько стран?",
        "Когда?",
        "Почему?",
        "Кто его преемник?",
        "А в Берлине?",
        "Сколько там было делегаций?",
        "И кто заплатил?",
        "Что они сказали об Африке?",
        "Где?",
        "Как долго это длилось?",
        "Кто её открыл?",
        "А Германия?",
    ],
    "ar": [
        "وكم دولة؟",
        "متى؟",
        "لماذا؟",
        "ومن افتتحه؟",
        "من خلفه؟ وأين؟",
        "كم عدد الوفود فيه؟",
        "ماذا قال هو عن إفريقيا؟",
        "أين؟",
        "وماذا عن ألمانيا؟",
        "ما نتائج ذلك؟",
        "لكن من دفع؟",
        "كم استمر هذا؟",
    ],
    "zh": [
        "那有多少国家？",
        "什么时候？",
        "为什么？",
        "他的继任者是谁？",
        "那么在柏林呢？",
        "那里有多少代表团？",
        "它是谁开幕的？",
        "在哪里？",
        "还有德国呢？",
        "他们怎么评价非洲？",
        "该会议持续了几天？",
        "其结果如何？",
    ],
}

ALONE = {
    "fr": [
        "Combien de participants la conférence de Rabat a-t-elle réunis ?",
        "Qui dirige l'Organisation pour l'interdiction des armes chimiques ?",
        "Quand la Convention sur les armes chimiques est-elle entrée en vigueur ?",
        "Où se trouve le laboratoire de l'OIAC ?",
        "Combien l'Allemagne a-t-elle donné pour la conférence ?",
        "Quel est le rôle du Conseil scientifique consultatif ?",
        "Pourquoi l'OIAC a-t-elle reçu le prix Nobel de la paix ?",
        "Quels pays n'ont pas adhéré à la Convention ?",
        "Qui est Fernando Arias ?",
        "Quelle part des Africains utilise internet ?",
        "Est-ce que le Maroc siège au Conseil exécutif de l'OIAC ?",
        "En quelle année le prix Nobel fut-il attribué à l'OIAC ?",
    ],
    "en": [
        "How many participants attended the Rabat conference?",
        "Who leads the Organisation for the Prohibition of Chemical Weapons?",
        "When did the Chemical Weapons Convention enter into force?",
        "Where is the OPCW laboratory?",
        "How much did Germany give for the conference?",
        "What is the role of the Scientific Advisory Board?",
        "Why did the OPCW receive the Nobel Peace Prize?",
        "Which countries have not joined the Convention?",
        "Who is Fernando Arias?",
        "What share of Africans uses the internet?",
        "Does Morocco sit on the Executive Council of the OPCW?",
        "In which year was the Nobel Prize awarded to the OPCW?",
    ],
    "es": [
        "¿Cuántos participantes asistieron a la conferencia de Rabat?",
        "¿Quién dirige la Organización para la Prohibición de las Armas Químicas?",
        "¿Cuándo entró en vigor la Convención sobre las Armas Químicas?",
        "¿Dónde está situado el laboratorio de la OPAQ?",
        "¿Cuánto dinero aportó Alemania para la conferencia?",
        "¿Cuál es la función del Consejo Consultivo Científico?",
        "¿Por qué recibió la OPAQ el Premio Nobel de la Paz?",
        "¿Qué países no forman parte de la Convención?",
        "¿Quién es Fernando Arias?",
        "¿Qué porcentaje de africanos usa internet?",
        "¿Forma parte Marruecos del Consejo Ejecutivo?",
        "¿En qué año se concedió el Nobel a la OPAQ?",
    ],
    "ru": [
        "Сколько участников собрала конференция в Рабате?",
        "Кто возглавляет Организацию по запрещению химического оружия?",
        "Когда вступила в силу Конвенция о химическом оружии?",
        "Где находится лаборатория ОЗХО?",
        "Сколько денег выделила Германия на конференцию?",
        "Какова роль Научно-консультативного совета?",
        "Почему ОЗХО получила Нобелевскую премию мира?",
        "Какие страны не присоединились к Конвенции?",
        "Кто такой Фернандо Ариас?",
        "Какая доля африканцев пользуется интернетом?",
        "Входит ли Марокко в Исполнительный совет?",
        "В каком году ОЗХО получила Нобелевскую премию?",
    ],
    "ar": [
        "كم عدد المشاركين في مؤتمر الرباط؟",
        "من يرأس منظمة حظر الأسلحة الكيميائية؟",
        "متى دخلت اتفاقية الأسلحة الكيميائية حيز النفاذ؟",
        "أين يقع مختبر منظمة حظر الأسلحة الكيميائية؟",
        "كم قدمت ألمانيا لتمويل مؤتمر الرباط؟",
        "ما دور المجلس الاستشاري العلمي؟",
        "لماذا حصلت المنظمة على جائزة نوبل للسلام؟",
        "أي الدول لم تنضم إلى الاتفاقية؟",
        "من هو فرناندو أرياس؟",
        "ما نسبة الأفارقة الذين يستخدمون الإنترنت؟",
        "هل المغرب عضو في المجلس التنفيذي؟",
        "وزير خارجية المغرب من يكون ناصر بوريطة؟",
    ],
    "zh": [
        "拉巴特会议有多少人参加？",
        "谁领导禁止化学武器组织？",
        "化学武器公约何时生效？",
        "禁化武组织的实验室在哪里？",
        "德国为拉巴特会议提供了多少资金？",
        "科学咨询委员会的作用是什么？",
        "禁化武组织为什么获得诺贝尔和平奖？",
        "哪些国家没有加入公约？",
        "费尔南多·阿里亚斯是谁？",
        "非洲有多少人使用互联网？",
        "摩洛哥是执行理事会成员吗？",
        "诺贝尔和平奖是哪一年授予禁化武组织的？",
    ],
}


def rows(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(
    ("language", "message", "expected"),
    [(language, message, expected) for language, table in PARTS.items() for message, expected in table.items()],
)
def test_several_questions_in_one_message(language: str, message: str, expected: list[str]) -> None:
    assert parts(message, language) == expected


@pytest.mark.parametrize(("language", "message"), rows(WHOLE))
def test_one_question_stays_whole(language: str, message: str) -> None:
    assert parts(message, language) == [message]


@pytest.mark.parametrize(("language", "question"), rows(FOLLOW_UPS))
def test_a_follow_up_leans_back(language: str, question: str) -> None:
    assert leans_back(question, language)


@pytest.mark.parametrize(("language", "question"), rows(ALONE))
def test_a_whole_question_stands_alone(language: str, question: str) -> None:
    assert not leans_back(question, language)
    assert complete(question, ["Un autre sujet, la destruction des stocks ?"], language) == question
    assert parts(question, language) == [question]


@pytest.mark.parametrize(
    ("language", "earlier", "follow_up", "needed"),
    [
        (
            "fr",
            "Combien de participants la conférence de Rabat a-t-elle réunis ?",
            "Et combien de pays ?",
            ("conférence", "Rabat"),
        ),
        ("en", "How many people attended the Rabat conference?", "Who opened it?", ("Rabat", "conference")),
        ("es", "¿Quién inauguró la conferencia de Rabat?", "¿Y cuándo?", ("conferencia", "Rabat")),
        ("ru", "Кто открыл конференцию в Рабате?", "А когда?", ("конференцию", "Рабате")),
        ("ar", "من افتتح مؤتمر الرباط؟", "ومتى؟", ("مؤتمر", "الرباط")),
        ("zh", "谁主持了拉巴特会议？", "什么时候？", ("拉巴特会议",)),
    ],
)
def test_a_follow_up_gets_the_subject_of_the_conversation(
    language: str, earlier: str, follow_up: str, needed: tuple[str, ...]
) -> None:
    completed = complete(follow_up, [earlier], language)
    assert completed.startswith(follow_up)
    assert all(word in completed for word in needed)
    history = [Turn(earlier, earlier, language)]
    assert standalone(follow_up, history, language) == completed


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Quand l'Unesco a-t-elle présenté son étude sur la maturité du Maroc en matière d'IA ?"),
        ("fr", "L'OIAC a-t-elle terminé sa mission maintenant que les arsenaux déclarés ont disparu ?"),
        ("en", "How many votes did Morocco get when it was re-elected to the executive council?"),
        ("en", "Why was Morocco in the chair of the AU peace council in March 2025 - was it its turn?"),
        ("es", "¿Cuándo empezó Fernando Arias su segundo mandato como director general de la OPAQ?"),
        ("ru", "Когда Фернандо Ариас начал свой второй срок, и кто его предложил на пост генерального директора?"),
        ("ar", "متى بدأ فرناندو أرياس ولايته الثانية على رأس منظمة حظر الأسلحة الكيميائية ومن رشحه لها؟"),
        ("zh", "阿里亚斯从哪一年开始担任禁止化学武器组织总干事，他的第二个任期何时结束？"),
    ],
)
def test_a_pronoun_in_a_long_question_points_into_it(language: str, question: str) -> None:
    assert not leans_back(question, language)


def test_the_last_turn_counts_and_nothing_is_said_twice() -> None:
    earlier = ["Qui dirige l'OIAC ?", "Quand a eu lieu la conférence de Rabat ?"]
    completed = complete("Et la conférence de Berlin ?", earlier, "fr")
    assert "OIAC" not in completed
    assert "Rabat" in completed
    assert completed.count("conférence") == 1


def test_without_a_conversation_nothing_is_added() -> None:
    assert complete("Et quand ?", [], "fr") == "Et quand ?"


@pytest.mark.parametrize("language", [*LANGUAGES, "de", "und"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "???",
        "\ufdfa" * 2_000,
        "et qui " * 700,
        "quand et où ? " * 300,
        "why and how? " * 300,
        "为什么，" * 700,
        "ومن " * 700,
        "é" * 4_000,
        "a\u0301" * 3_000,
        "((((" * 900,
        "œuvre et quand ? 65 000 et qui ?",
        "\ud800 et qui ?",
        "👩‍👩‍👧‍👦 et qui ?" * 100,
    ],
)
def test_any_text_is_taken_apart_quickly(language: str, text: str) -> None:
    began = time.perf_counter()
    found = parts(text, language)
    leans_back(text, language)
    subject(text, language)
    complete(text, [text], language)
    assert time.perf_counter() - began < 2
    assert 1 <= len(found) <= MOST_PARTS
    if len(found) == 1:
        assert found == [text] or found[0] in text


@pytest.mark.parametrize(("language", "question"), rows(ALONE) + rows(FOLLOW_UPS))
def test_parts_are_pieces_of_the_message(language: str, question: str) -> None:
    for part in parts(question, language):
        assert part in question
