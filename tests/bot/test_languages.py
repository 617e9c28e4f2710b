"""Which language, which small talk, and what the bot itself says.

The questions below were written by hand for this test, the short and the mixed ones first, since a long
sentence is easy. None of them was taken from `bot/texts/`, apart from a few greetings.
"""

import re
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot import languages, phrases
from bot.languages import LANGUAGES, LATIN, detect, small_talk, strip_greeting
from bot.phrases import format_date, format_number, keys, language_name, own_name, say, starters
from bot.texts import load

QUESTIONS = {
    "fr": """
        Quand ?
        Où ?
        Et où ?
        Qui ?
        Pourquoi ?
        Combien ?
        et combien de pays ?
        Et lui ?
        Lesquels ?
        Qui l'a ouverte ?
        C’est où ?
        C'était quand ?
        Et après ?
        oui
        Merci
        salut
        Bonjour, combien de participants ?
        liste des participants
        discours d'ouverture
        proposition du Maroc
        quelles armes ?
        armes chimiques
        Que signifie OIAC ?
        OIAC, c'est quoi ?
        Qui est Fernando Arias ?
        Qui est Mallory Stewart ?
        Qu'a dit Bourita ?
        qu a propose bourita
        a quelle date ?
        ou a eu lieu la conference
        Date de la conférence
        Combien a donné l'Allemagne ?
        L'Allemagne a-t-elle financé la conférence ?
        Le communiqué conjoint, il dit quoi ?
        Est-ce que la Russie était représentée ?
        COMBIEN DE PARTICIPANTS ?
        Y a-t-il eu un vote ?
        Quel était le thème de la deuxième journée ?
        Que dit "OPCW Today" du sommet ?
        Que veut dire الذكاء الاصطناعي ?
    """,
    "en": """
        When?
        Where?
        And where?
        Who?
        Why?
        How many?
        Who chaired it?
        And him?
        Which ones?
        What about Germany?
        And then?
        yes
        Thanks
        hi
        hello there
        Hello, how many participants?
        list of speakers
        opening speech
        Morocco's proposal
        which weapons?
        chemical weapons
        What does OPCW stand for?
        OPCW, what is it?
        Who is Nasser Bourita?
        What did Bourita propose?
        what did arias say
        what date?
        date of the conference
        How much did Germany give?
        Did Germany pay for it?
        What's in the joint statement?
        Was Russia there?
        HOW MANY COUNTRIES?
        Was there a vote?
        Tell me more
        Any follow-up?
        Is the quote from Le Matin correct?
        What is 人工智能?
        What does ОЗХО mean?
        Number of states parties represented at Rabat
    """,
    "es": """
        ¿Cuándo?
        cuando?
        ¿Dónde?
        ¿Y dónde?
        ¿Quién?
        quien?
        ¿Por qué?
        ¿Cuántos?
        cuantos paises?
        ¿Y él?
        ¿Cuáles?
        ¿Quién la presidió?
        ¿Y luego?
        sí
        Gracias
        hola
        buenos días
        Hola, ¿cuántos participantes?
        lista de los participantes
        discurso de apertura
        propuesta de Marruecos
        armas químicas
        inteligencia artificial
        ¿Qué significa OPAQ?
        OPAQ, ¿qué es?
        ¿Quién es Nasser Bourita?
        ¿Qué propuso Bourita?
        que dijo arias
        fecha de la conferencia
        ¿Cuánto aportó Alemania?
        Alemania pagó la conferencia?
        ¿Qué dice el comunicado conjunto?
        ¿Estuvo Rusia?
        CUÁNTOS PAÍSES
        ¿Hubo una votación?
        Dime más
        Tema del segundo día
        Quiero saber quién habló primero
    """,
    "ar": """
        متى؟
        أين؟
        من؟
        لماذا؟
        كم؟
        وكم دولة؟
        من ترأسه؟
        شكرا
        مرحبا
        قائمة المشاركين
        الأسلحة الكيميائية
        ما معنى OPCW؟
        من هو Nasser Bourita؟
        ماذا اقترح بوريطة؟
        تاريخ المؤتمر
        كم دفعت ألمانيا؟
        هل حضرت روسيا؟
        ما هي CWC ؟
    """,
    "ru": """
        Когда?
        Где?
        Кто?
        Почему?
        Сколько?
        А сколько стран?
        Кто её вёл?
        спасибо
        Привет
        ОЗХО
        список участников
        Что такое OPCW?
        Кто такой Nasser Bourita?
        Что предложил Бурита?
        дата конференции
        Сколько дала Германия?
        Была ли там Россия?
    """,
    "zh": """
        什么时候？
        在哪里？
        谁？
        为什么？
        多少？
        有多少国家？
        谁主持的？
        谢谢
        你好
        与会者名单
        化学武器
        OPCW是什么？
        Nasser Bourita是谁？
        德国出了多少钱？
        俄罗斯参加了吗？
        CWC 是哪一年生效的？
    """,
}
QUESTIONS_IN_ROWS = [(row.strip(), code) for code, text in QUESTIONS.items() for row in text.strip().splitlines()]

NO_LANGUAGE = """
    ?
    2024
    22/10/2024
    S/2024/1
    👍
    OIAC
    OPCW
    CBNW
    Rabat
    Rabat ?
    rabat
    Nasser Bourita
    nasser bourita
    Fernando Arias
    ChemTech
    OK
    artificial intelligence
    """
NAMES = ["", " ", *(row.strip() for row in NO_LANGUAGE.strip().splitlines())]

GREETINGS = {
    "greeting": """
        Bonjour
        bonjour !
        BONJOUR
        Bonsoir à tous
        Salut !!!
        bonjourrrr
        Bonjour, comment allez-vous ?
        Hello, j'ai une question
        hi there
        Good morning 👋
        Hello!
        hola
        ¡Buenos días!
        السلام عليكم
        السَّلامُ عَلَيْكُم
        اهلا وسهلا
        Здравствуйте!
        добрый день
        你好
        您好！
        """,
    "thanks": """
        merci
        merci beaucoup
        Merci beaucoup pour votre aide !
        Super, merci
        non merci
        Bonjour et merci
        thanks
        Thank you very much!
        ok
        muchas gracias
        ¡Gracias!
        شكرا
        شكراً جزيلاً
        спасибо большое
        谢谢
        非常感谢！
        """,
    "farewell": """
        au revoir
        Merci, au revoir
        Bonne journée !
        bye
        Thanks, bye!
        Adiós
        مع السلامة
        до свидания
        再见
        """,
    "about": """
        Qui es-tu ?
        qui etes vous
        es-tu un robot ?
        Êtes-vous un robot ?
        Bonjour, qui êtes-vous ?
        D’où viennent vos réponses ?
        who are you
        Who are you?
        Hi! Are you a bot?
        ¿quién eres?
        quien eres
        ¿Eres un robot?
        من أنت؟
        من انت
        هل أنت روبوت؟
        кто ты?
        Вы робот?
        你是谁？
        你是机器人吗
        """,
    "help": """
        aide
        help
        Help!
        Que peux-tu faire ?
        Bonjour, pouvez-vous m'aider ?
        What can you do?
        Hello, can you help me please?
        ayuda
        ¿Qué puedes hacer?
        مساعدة
        ماذا يمكنك أن تفعل؟
        что ты умеешь?
        Что вы умеете делать?
        你能做什么？
        帮助
        """,
}
GREETINGS_IN_ROWS = [(row.strip(), kind) for kind, text in GREETINGS.items() for row in text.strip().splitlines()]

NOT_SMALL_TALK = [
    "",
    "?!",
    "please",
    "Bonjour, combien de participants ?",
    "Merci, et combien de pays ?",
    "Qui es-tu pour juger la conférence ?",
    "Qui a remercié le Maroc ?",
    "Comment s'appelle le directeur ?",
    "Hello Kitty",
    "Who are you going to invite?",
    "Are you a bot or is Arias one?",
    "help for victims of chemical weapons",
    "Who said thank you?",
    "¿Quién eres tú para la OPAQ?",
    "Hola, ¿cuándo fue?",
    "السلام عليكم، كم عدد المشاركين؟",
    "من أنت في نظر المنظمة؟",
    "Привет, кто открыл конференцию?",
    "Кто вы и кто открыл конференцию?",
    "你好，有多少人参加？",
    "谢谢谁？",
    "bonjour " * 40,
]

STRIPPED = [
    ("fr", "Bonjour, combien de participants ?", "combien de participants ?"),
    ("fr", "Bonjour, pouvez-vous me dire qui a ouvert la conférence ?", "qui a ouvert la conférence ?"),
    ("fr", "Bonjour Monsieur, je voudrais savoir combien de pays étaient là", "combien de pays étaient là"),
    ("fr", "Bonjour !\n\nPourriez-vous m’indiquer la date ?", "la date ?"),
    ("fr", "Merci. Et qui l'a présidée ?", "Et qui l'a présidée ?"),
    ("fr", "Combien de pays, s'il vous plaît ?", "Combien de pays ?"),
    ("fr", "Combien de pays ? Merci !", "Combien de pays ?"),
    ("fr", "Hello, une question : qui est Arias ?", "qui est Arias ?"),
    ("en", "Hi, could you tell me who opened the conference?", "who opened the conference?"),
    ("en", "Please tell me: what is the OPCW", "what is the OPCW"),
    ("en", "Hello there! When was it, please?", "When was it?"),
    ("en", "Hello, “Rabat Declaration”, what is it?", "“Rabat Declaration”, what is it?"),
    ("es", "Hola, ¿podría decirme cuántos países participaron?", "cuántos países participaron?"),
    ("es", "Buenos días. ¿Cuándo fue la conferencia, por favor?", "¿Cuándo fue la conferencia?"),
    ("ar", "السلام عليكم، هل يمكنك أن تخبرني من افتتح المؤتمر؟", "من افتتح المؤتمر؟"),
    ("ar", "مرحبًا، كم عدد المشاركين من فضلك؟", "كم عدد المشاركين؟"),
    ("ru", "Здравствуйте! Подскажите, пожалуйста, кто открыл конференцию?", "кто открыл конференцию?"),
    ("ru", "Добрый день, сколько стран участвовало?", "сколько стран участвовало?"),
    ("zh", "你好，请问有多少人参加了会议？", "有多少人参加了会议？"),
    ("zh", "您好，《化学武器公约》是什么？", "《化学武器公约》是什么？"),
    ("zh", "您好！你能告诉我谁主持了会议吗？", "谁主持了会议吗？"),
]

UNTOUCHED = [
    ("fr", "Combien de participants ?"),
    ("fr", "Merci à qui ?"),
    ("fr", "Une question orale a-t-elle été posée ?"),
    ("fr", "Bon nombre de pays étaient-ils absents ?"),
    ("fr", "Non, qui a fermé la conférence ?"),
    ("fr", "Bonjour"),
    ("fr", "Arias a-t-il dit merci ?"),
    ("en", "No country refused?"),
    ("en", "Thanks to whom was the conference held?"),
    ("en", "When did Arias say thank you?"),
    ("en", "Was the conference, in their words, excellent?"),
    ("es", "¿Qué tal fue la conferencia?"),
    ("es", "¿Cómo está organizada la OPAQ?"),
    ("ru", "Как вы оцениваете итоги?"),
    ("zh", "早期预警是什么？"),
    ("zh", "请求书是什么？"),
    ("zh", "《化学武器公约》是什么？"),
    ("zh", "不参加的国家有哪些？"),
    ("fr", ""),
]

DATES = [
    ("fr", "2024-10-22", "22 octobre 2024"),
    ("fr", "2024-10-01", "1er octobre 2024"),
    ("fr", "2024-10-11", "11 octobre 2024"),
    ("fr", "2024-10", "octobre 2024"),
    ("fr", "2024", "2024"),
    ("en", "2024-10-22", "22 October 2024"),
    ("en", "2024-10", "October 2024"),
    ("ar", "2024-10-22", "22 أكتوبر 2024"),
    ("ar", "2024-07", "يوليوز 2024"),
    ("es", "2024-10-22", "22 de octubre de 2024"),
    ("es", "2024-10", "octubre de 2024"),
    ("ru", "2024-10-22", "22 октября 2024\u00a0г."),
    ("ru", "2024-10", "октябрь 2024\u00a0г."),
    ("zh", "2024-10-22", "2024年10月22日"),
    ("zh", "2024-10", "2024年10月"),
    ("en", "2024-02-30", "2024-02-30"),
    ("en", "spring 2024", "spring 2024"),
    ("en", "2024-10-22-1", "2024-10-22-1"),
    ("en", "", ""),
]


# Language


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS_IN_ROWS) >= 150
    assert len({row for row, _ in QUESTIONS_IN_ROWS}) == len(QUESTIONS_IN_ROWS)


@pytest.mark.parametrize("default", [None, *LANGUAGES])
def test_the_language_of_short_questions(default: str | None) -> None:
    wrong = [(row, code, found) for row, code in QUESTIONS_IN_ROWS if (found := detect(row, default)) != code]
    assert wrong == []


@pytest.mark.parametrize("text", NAMES)
def test_a_text_without_a_language_keeps_the_conversation_s(text: str) -> None:
    assert [detect(text, code) for code in LANGUAGES] == list(LANGUAGES)
    assert detect(text, None) == "fr"
    assert detect(text, "de") == "fr"


def test_a_very_long_text_costs_no_more_than_its_beginning() -> None:
    assert detect("Who opened the conference? " * 100_000, "fr") == "en"


def test_the_model_is_loaded_once_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

    loads: list[object] = []
    original = LanguageIdentifier.from_model_file

    def counted(*args: object, **kwargs: object) -> object:
        loads.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", counted)
    languages._load_identifier.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(detect, ["armes chimiques", "chemical weapons"] * 16))
    assert found == ["fr", "en"] * 16
    assert len(loads) == 1


def test_importing_loads_neither_babel_nor_the_model() -> None:
    heavy = "{'babel', 'py3langid', 'numpy', 'yaml'} & set(sys.modules)"
    code = f"import sys, bot.languages, bot.phrases; print({heavy} or 'light')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


# Small talk


@pytest.mark.parametrize(("text", "kind"), GREETINGS_IN_ROWS)
def test_small_talk_in_the_language_detected_and_in_any_other(text: str, kind: str) -> None:
    assert small_talk(text, detect(text)) == kind
    assert [small_talk(text, code) for code in LANGUAGES] == [kind] * len(LANGUAGES)


@pytest.mark.parametrize("text", NOT_SMALL_TALK)
def test_a_question_is_not_small_talk(text: str) -> None:
    assert [small_talk(text, code) for code in LANGUAGES] == [None] * len(LANGUAGES)


def test_no_question_of_ours_is_small_talk() -> None:
    questions = [row for row, _ in QUESTIONS_IN_ROWS if "?" in row or "？" in row or "؟" in row]
    questions += [starter for code in LANGUAGES for starter in starters(code)]
    assert [question for question in questions if small_talk(question, "fr")] == []


@pytest.mark.parametrize(("language", "text", "expected"), STRIPPED)
def test_politeness_around_a_question_goes(language: str, text: str, expected: str) -> None:
    assert strip_greeting(text, language) == expected
    assert strip_greeting(expected, language) == expected


@pytest.mark.parametrize(("language", "text"), UNTOUCHED)
def test_the_question_itself_stays(language: str, text: str) -> None:
    assert strip_greeting(text, language) == text


def test_questions_without_politeness_stay_as_they_are() -> None:
    changed = [row for row, code in QUESTIONS_IN_ROWS if strip_greeting(row, code) != row]
    assert all(re.match("bonjour|hello|hola|tell me|dime|quiero saber", row, re.IGNORECASE) for row in changed)


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 2_000, "\u0301" * 20_000, "a" * 20_000, "bonjour " * 3_000, "你好" * 3_000]
)
def test_odd_texts_do_no_harm(text: str) -> None:
    assert detect(text) in LANGUAGES
    assert small_talk(text, "fr") in (None, "greeting")
    assert strip_greeting(text, "fr") in text


# What the bot says


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_all_languages_have_the_same_keys_and_placeholders() -> None:
    french = load("fr").says
    for code in LANGUAGES:
        says = load(code).says
        assert says.keys() == french.keys(), code
        differing = [key for key in says if _placeholders(says[key]) != _placeholders(french[key])]
        assert differing == [], code
    assert keys() == french.keys()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_lists_are_words_that_can_be_matched(code: str) -> None:
    texts = load(code)
    assert set(texts.small_talk) == {*languages.KINDS, "filler"}
    for phrase in (*sum(texts.small_talk.values(), ()), *texts.openers, *texts.closers):
        assert isinstance(phrase, str)
        assert 0 < len(languages._phrase(phrase)) <= languages.PHRASE_AT_MOST, phrase


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_is_whole_and_tidy(code: str) -> None:
    for key, sentence in load(code).says.items():
        assert sentence == sentence.strip() != "", key
        assert not re.search(r'  |\n|—|\.\.\.|"', sentence), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_six_starter_questions_in_their_own_language(code: str) -> None:
    questions = starters(code)
    assert len(set(questions)) == 6
    assert [detect(question, None) for question in questions] == [code] * 6
    assert all(question.endswith({"ar": "؟", "zh": "？"}.get(code, "?")) for question in questions)


def test_each_script_keeps_to_itself() -> None:
    for code in LANGUAGES:
        for key, sentence in load(code).says.items():
            bare = re.sub(r"\{\w+\}", "", sentence)
            for script, letters in languages.SCRIPTS.items():
                assert script == code or not letters.search(bare), (code, key)
            if code not in LATIN:
                assert not re.search("[A-Za-z]", bare), (code, key)


def _own_texts(code: str) -> list[str]:
    return [*load(code).says.values(), *starters(code)]


def test_french_typography() -> None:
    for text in _own_texts("fr"):
        assert "'" not in text
        assert not re.search("(?<!\u00a0)[;:?!»]", text), text
        assert not re.search("«(?!\u00a0)", text), text


def test_spanish_arabic_and_chinese_typography() -> None:
    for text in _own_texts("es"):
        assert text.count("¿") == text.count("?"), text
        assert text.count("¡") == text.count("!"), text
    for text in _own_texts("ar"):
        assert not re.search("[,;?]", text), text
    for text in _own_texts("zh"):
        assert not re.search("[,;:?!()]|[.](?![0-9])", text), text
    for code in ("en", "ru", "es"):
        assert not any("'" in text for text in _own_texts(code)), code


def test_saying_a_sentence() -> None:
    assert say("not_found", "en") == "The documents do not answer this question."
    assert say("disputed_line", "fr", value="200", publisher="OIAC", date=say("undated", "fr")) == (
        "200\u00a0: OIAC, sans date"
    )
    assert "{x}" in say("partial", "en", part="what is {x}?")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_takes_its_values(code: str) -> None:
    for key, sentence in load(code).says.items():
        values = {name: f"<{name}>" for name in _placeholders(sentence)}
        said = say(key, code, **values)
        assert all(value in said for value in values.values()), key
        assert not re.search("[{}]", said), key


def test_whole_numbers_are_written_as_the_language_does() -> None:
    assert "12\u00a0345 caractères, pour un maximum de 2\u00a0000" in say(
        "error_too_long", "fr", found=12_345, maximum=2_000
    )
    assert "12.345 caracteres, cuando el máximo es 2000" in say("error_too_long", "es", found=12_345, maximum=2_000)


def test_what_cannot_be_said() -> None:
    with pytest.raises(KeyError, match="no_such_key"):
        say("no_such_key", "fr")
    with pytest.raises(KeyError, match="part"):
        say("partial", "fr")
    with pytest.raises(ValueError, match=r"'de', expected one of ar, en, es, fr, ru, zh"):
        say("not_found", "de")


# Names, dates, numbers


def test_names_of_languages() -> None:
    assert language_name("ar", "fr") == "arabe"
    assert language_name("ar", "en") == "Arabic"
    assert language_name("nl", "ru") == "нидерландский"
    assert language_name("und", "fr") != ""
    assert language_name("xxx", "fr") == "xxx"
    assert [own_name(code) for code in LANGUAGES] == [
        "Français",
        "English",
        "العربية",
        "Español",
        "Русский",
        "中文",
    ]
    names = {language_name(code, other) for code in ("de", "it", "nl") for other in LANGUAGES}
    assert len(names) == 18


@pytest.mark.parametrize(("language", "iso", "expected"), DATES)
def test_dates(language: str, iso: str, expected: str) -> None:
    assert format_date(iso, language) == expected


def test_numbers() -> None:
    found = {code: format_number(1_234_567.5, code) for code in LANGUAGES}
    assert found == {
        "fr": "1\u00a0234\u00a0567,5",
        "en": "1,234,567.5",
        "ar": "1.234.567,5",
        "es": "1.234.567,5",
        "ru": "1\u00a0234\u00a0567,5",
        "zh": "1,234,567.5",
    }
    assert format_number(163, "ar") == "163"


def test_every_language_has_a_locale() -> None:
    assert phrases.LOCALES.keys() == set(LANGUAGES)
    assert languages.RTL.issubset(LANGUAGES)
