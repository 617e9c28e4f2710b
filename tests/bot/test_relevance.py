"""Which sentences can answer at all: values of the right kind, and the names that a question gives."""

from collections.abc import Mapping

import pytest

from bot.models import Quote
from bot.relevance import Vocabulary, can_answer, names, unheard_of
from corpus.models import Span
from vectorstore.lexical import terms

TEXTS = {
    "fr": "La ministre Odile Kervran a ouvert le congrès de Port-Elin. Le phare de Brumont est à l'île.",
    "de": "Die Assise tagt.",
    "en": "Marta Lindqvist received the Silver Lantern prize in Tarvik.",
    "ru": "Директором музея является историк Павел Снегирёв.",
    "ar": "صممت المهندسة ليلى الحداد المنارة في مراكش.",
    "zh": "工程师周海燕设计了新的太阳能灯。",
}


class Words:
    """What an index says of its words, without an index."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.held = {language: frozenset(terms(text)) for language, text in texts.items()}
        self.asked = 0

    def vocabularies(self) -> Mapping[str, frozenset[str]]:
        self.asked += 1
        return self.held


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(Words(TEXTS))


def quote(text: str, language: str) -> Quote:
    return Quote("note", 1, Span(0, len(text)), text, language, 0.9)


def admits(question: str, language: str, text: str, text_language: str, *, texts: Mapping[str, str] = TEXTS) -> bool:
    context = frozenset(terms(text))
    known = Vocabulary(Words({**texts, text_language: f"{texts.get(text_language, '')} {text}"}))
    return can_answer(question, language, quote(text, text_language), context, known)


# Names


@pytest.mark.parametrize(
    ("language", "question", "wanted"),
    [
        ("fr", "Qui est Odile Kervran ?", {"Odile", "Kervran"}),
        ("fr", "Qu'a dit d'Argencourt ?", {"Argencourt"}),
        ("en", "What did Marta Lindqvist study?", {"Marta", "Lindqvist"}),
        ("es", "¿Quién es Inés Valdemar?", {"Inés", "Valdemar"}),
        ("ru", "Что сказал Павел Снегирёв?", {"Павел", "Снегирёв"}),
        ("ru", "Сколько стоил маяк Кабо-Лирио?", {"Кабо", "Лирио"}),
        ("fr", "Où est Aix-en-Provence ?", {"Aix", "Provence"}),
        ("fr", "Qui a ouvert le congrès ?", set()),
        ("en", "Who opened it?", set()),
        ("fr", "Que fait l'OIAC ?", set()),
        ("ar", "من هي ليلى الحداد؟", set()),
        ("zh", "周海燕是谁？", set()),
        ("fr", "", set()),
    ],
)
def test_names_are_the_words_with_a_capital_inside_a_question(language: str, question: str, wanted: set[str]) -> None:
    assert {word for name in names(question, language) for word in name} == wanted


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Qu'a dit Achille Zorbanov ?"),
        ("en", "What did Bertrand Quillfeather say?"),
        ("en", "What did Odile Quillfeather say?"),
        ("es", "¿Qué dijo Zacarías Wexford?"),
        ("ru", "Что сказал Квентин Жолобов?"),
    ],
)
def test_a_name_that_no_document_has_is_unheard_of(vocabulary: Vocabulary, language: str, question: str) -> None:
    assert unheard_of(question, language, vocabulary)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Qu'a dit Odile Kervran ?"),
        ("fr", "Qui est Pavel Sneguiriov ?"),
        ("fr", "Quand se tiennent les Assises ?"),
        ("en", "What did Odile Kervran say?"),
        ("en", "Who is Leila Haddad?"),
        ("ru", "Что получила Марта Линдквист?"),
        ("ru", "Что сказал Павел Снегирёв?"),
        ("es", "¿Qué hay en Marrakech?"),
        ("ru", "Кто открыл конгресс в Порт-Элине?"),
        ("es", "¿Qué pasó en Elin-Brumont?"),
        ("fr", "Qui a ouvert le congrès ?"),
        ("zh", "诸葛亮是谁？"),
        ("ar", "من هو أرخميدس؟"),
    ],
)
def test_a_name_that_a_document_has_in_any_script_is_known(
    vocabulary: Vocabulary, language: str, question: str
) -> None:
    assert not unheard_of(question, language, vocabulary)


def test_the_vocabulary_is_read_again_only_when_the_documents_change() -> None:
    words = Words(TEXTS)
    vocabulary = Vocabulary(words)
    first = vocabulary.languages()
    assert vocabulary.languages() is first
    assert unheard_of("Qu'a dit Achille Zorbanov ?", "fr", vocabulary)
    words.held = {**words.held, "es": frozenset(terms("Achille Zorbanov abrió el faro."))}
    assert not unheard_of("Qu'a dit Achille Zorbanov ?", "fr", vocabulary)


def test_without_documents_every_name_is_unheard_of() -> None:
    assert unheard_of("Qui est Odile Kervran ?", "fr", Vocabulary(Words({})))


# Sentences


@pytest.mark.parametrize(
    ("question", "language", "text", "text_language"),
    [
        ("Combien de visiteurs sont venus ?", "fr", "Le congrès a accueilli 4 200 visiteurs.", "fr"),
        ("Combien de visiteurs sont venus ?", "fr", "The congress welcomed 3,900 visitors.", "en"),
        ("How much did the lighthouse cost?", "en", "El faro costó 2,4 millones de euros.", "es"),
        ("Quand le phare a-t-il été allumé ?", "fr", "灯塔于2029年点亮。", "zh"),
        ("What percentage of the lamps works?", "en", "Работает 35 процентов ламп.", "ru"),
        ("Qui a ouvert le congrès ?", "fr", "La ministre a ouvert le congrès.", "fr"),
    ],
)
def test_a_sentence_with_the_kind_of_value_can_answer(
    question: str, language: str, text: str, text_language: str
) -> None:
    assert admits(question, language, text, text_language)


@pytest.mark.parametrize(
    ("question", "language", "text", "text_language"),
    [
        ("Combien de visiteurs sont venus ?", "fr", "Les visiteurs se disent satisfaits.", "fr"),
        ("How much did the lighthouse cost?", "en", "The lighthouse is expensive.", "en"),
        ("How much did the lighthouse cost?", "en", "El faro tiene 41 metros.", "es"),
        ("Quand le phare a-t-il été allumé ?", "fr", "Le phare a été allumé.", "fr"),
        ("What percentage of the lamps works?", "en", "Most of the lamps work.", "en"),
        ("灯塔什么时候点亮？", "zh", "灯塔已经点亮。", "zh"),
    ],
)
def test_a_sentence_without_the_kind_of_value_cannot_answer(
    question: str, language: str, text: str, text_language: str
) -> None:
    assert not admits(question, language, text, text_language)


def test_a_sentence_about_another_place_cannot_answer() -> None:
    question, text = "Quel est le phare de Brumont ?", "Le phare de Valdor est rouge."
    assert not admits(question, "fr", text, "fr", texts={"fr": "Le phare de Brumont est vert."})
    assert admits(question, "fr", "Le phare de Brumont est vert.", "fr")


def test_a_name_that_the_sentences_language_does_not_have_does_not_count_against_it() -> None:
    text = "The lighthouse of the island is red."
    assert admits("Quel est le phare de Brumont ?", "fr", text, "en", texts={"fr": TEXTS["fr"]})


def test_the_last_word_of_a_name_is_enough() -> None:
    assert admits("What did Marta Lindqvist receive?", "en", "Lindqvist received the Silver Lantern.", "en")
    assert not admits("What did Marta Lindqvist receive?", "en", "The mayor of Tarvik received a lantern.", "en")


def test_an_inflected_name_is_the_name() -> None:
    assert admits("Что сказал Павел Снегирёв?", "ru", "Музей получил письмо от Павла Снегирёва.", "ru")


@pytest.mark.parametrize("question", ["", " ", "'", "A'", "É", "\ud800", "Ж" * 1_999, "A'" * 999, "Ab Cd " * 330])
def test_any_text_is_borne(vocabulary: Vocabulary, question: str) -> None:
    for language in ("fr", "zh", "de", "xx"):
        names(question, language)
        unheard_of(question, language, vocabulary)
        can_answer(question, language, quote("Une phrase.", "fr"), frozenset(terms("Une phrase.")), vocabulary)
