"""Sentences: hand-written texts in six languages, the contract of the spans, and hostile texts."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.models import Span
from corpus.sentences import MAX_SENTENCE, MAX_SENTENCE_DENSE, split_sentences

# One text a line; " | " stands where a sentence ends (nothing stands for it in Chinese).
FRENCH = """
Le 3 juil. 2015, la loi a été adoptée. | Elle est en vigueur.
M. Bourita a parlé. | MM. Arias et Bourita ont signé. | Mme Mogl était là.
S.E. M. Bourita préside. | S. M. le Roi a adressé un message. | S. Exc. Mme Mogl aussi.
Selon S. Mogl et J. Bustani, la Convention tient. | F. Arias l’a dit.
L’art. 8, par. 3, et l’al. 2 s’appliquent (cf. art. 9). | Voir p. 12.
Les armes, les précurseurs, etc. sont visés. | Les munitions, les stocks, etc. | Le Maroc a signé.
« Est-ce vrai ? » demande-t-il. | « Oui ! » répond-elle.
« Première phrase. Deuxième phrase. » | Puis il partit.
Il a dit : « Nous avançons. » | La séance est levée.
Elle a reçu 65 000 euros, soit 1.5 fois plus. | Le vote fut de 78/265.
Vraiment ?! | Oui… | Peut-être... | Non.
Il attend… puis il part. | Voilà.
(Il pleut sur Rabat.) | La séance commence à 10 h. 30 environ.
Lisez https://www.opcw.org/fr. | Écrivez à a.b@c.org pour la suite.
Note déjà publiée.[2] | La suite vient.
En 2023, on comptait 193 États. | 140 participants sont venus.
1. Le Maroc préside. | 2. Les Pays-Bas accueillent.
Rendez-vous à l’Annexe A. | Le texte est court.
Env. 200 chercheurs, par ex. des chimistes, sont venus en oct. 2024. | Tous ont signé.
"""
ENGLISH = """
Dr. Arias met Mr. Bourita at 10 a.m. | The meeting began at once.
The U.S. State Department spoke. | He lives in the U.S. | The end came.
See No. 5 and Art. 8 (cf. para. 3). | It is clear.
Did he agree? | No. | They refused.
Use tools, e.g. models, i.e. software. | They help.
S. Mogl and J. Bustani attended. | F. Arias spoke.
On Oct. 22, 2024, it opened. | It closed on Oct. 24.
“Is it so?” she asked. | “It is.” | Then she left.
He said "Stop. Now." and left. | Nobody moved.
It costs 1.5 million, or $260.000 abroad. | A vote of 78/265 followed.
Prof. Smith vs. Jones was heard. | Gen. Lee et al. disagreed.
Wait... there is more. | Really?! | Yes!
The firm (Acme Inc. of Rabat) paid. | Acme Ltd. said so.
H.E. Mr. Bourita thanked St. Julian School. | Messrs. Lee and Poe agreed.
The U.N. Security Council met. | It voted at 3 p.m. local time.
Chemicals, fuels, etc. were listed. | Rockets, shells, etc. | They are gone.
First claim.[12] | Second claim.
[All rose.] | The chair spoke. | (Applause.)
Visit www.opcw.org. | Write to a.b@c.org today.
"""
SPANISH = """
El Sr. Bourita habló. | La Sra. Mogl escuchó. | El Dr. Arias cerró.
EE. UU. firmó en 1997. | Los EE.UU. ratificaron después.
Viven en los EE. UU. | El tratado sigue.
Abrió el 22 de oct. de 2024. | Cerró el 24.
Véase el art. 8, pág. 3, núm. 5. | Es claro.
¿Qué pasó? | ¡Nada! | Todo sigue.
Dijo: «Sí.» | Luego calló.
«¿Es verdad?» preguntó. | «Sí», respondió.
Costó 260.000 euros, un 1.5 más. | Votaron 78/265.
Armas, gases, etc. están prohibidos. | Armas, gases, etc. | El Consejo votó.
D. Fernando y Dña. Ana llegaron. | S. E. el embajador habló.
J. Bustani y R. Pfirter dirigieron la OPAQ. | F. Arias siguió.
Empezó a las 10 a. m. en Rabat. | Acabó a las 5 p. m. | Fue largo.
Unos 200 expertos, p. ej. químicos, vinieron. | Aprox. 40 hablaron.
Espera… todavía no. | Ahora sí...
(Llueve en Rabat.) | La sesión sigue.
El Excmo. Sr. Bourita y el Ing. Pérez firmaron. | Los Sres. Lee también.
"""
RUSSIAN = """
Конференция открылась 22 окт. 2024 г. в Рабате. | Она длилась три дня.
В 2024 г. Марокко приняло конференцию. | Это был первый форум.
Форум прошёл в столице страны с 22 по 24 октября 2024 г. | Его открыл министр.
Собрались 200 чел. из 40 стран. | Все выступили.
Запрещены снаряды, мины и т. д. и т. п. | Это важно.
Учёные, дипломаты и др. участники выступили. | Они согласны.
«Да!» — сказал он. | «Что?» — спросила она.
А. С. Пушкин родился в Москве. | Ф. Ариас выступил.
См. ст. 8 и п. 3 на стр. 12. | Там всё сказано.
Проф. Иванов и акад. Петров прибыли. | Они из Москвы.
Он живёт на ул. Мира, д. 5, кв. 12. | Дом старый.
Работают в г. Рабате. | Город большой.
Выделено 65 000 евро, т. е. 1,5 млн руб. или больше. | Этого мало.
Что? | Нет… | Да!
Жди... потом поймёшь. | Хорошо.
(Шёл дождь.) | Заседание началось.
В XX в. были войны. | В XXI в. Марокко вступило.
Около 5 тыс. тонн и 3 млн. евро, в т. ч. помощь, переданы. | Готово.
"""
ARABIC = """
قال د. فرناندو أرياس كلمة. | ثم انتهى الاجتماع.
هل هذا صحيح؟ | نعم. | لا شك!
قال الوزير: «نعم نحن هنا.» | ثم غادر القاعة.
انظر ص. 12 من التقرير. | النص واضح.
بلغ العدد 65 000 شخص، أي 1.5 مليون. | ارتفع الرقم.
حضر أ. د. علي المؤتمر. | غادر مساء.
بدأت الجلسة؛ ثم تكلم السفير. | انتهت الجلسة.
وقع ذلك في عام 2024 م. | وقال الوزير ذلك.
وقع ناصر بوريطة الاتفاق (الرباط). | حضر الجميع.
المادة 8 من الاتفاقية مهمة. | والمادة 9 أيضا.
انتظر… | ثم جاء الرد.
صوتت 78 دولة من أصل 265. | اعتمد القرار.
وقال: "هذا يوم تاريخي". | وأضاف أن العمل مستمر.
حضر م. يوسف ود. ليلى. | تكلما معا.
راجع الموقع www.opcw.org. | النص هناك.
يا لها من مفاجأة! | من كان يعلم؟ | لا أحد.
"""
CHINESE = """
会议在拉巴特举行。|各国代表出席。
真的吗？|是的！|很好。
他说：“我们同意。”|然后离开了。
他说：“好。我同意。”|然后离开了。
《禁止化学武器公约》于1997年生效。|共有193个缔约国。
占1.5%的人口，即65 000人。|投票结果为78/265。
首先是化学；其次是人工智能。|两者都重要。
他等了……然后走了。|门关上了。
（下雨了。）|会议开始。
A. 阿里亚斯先生发言。|S. Mogl女士出席。
「好。」|他说。
第一，数据；第二，模型。|第三，标准！
见No. 5文件。|内容清楚。
什么？！|没有人知道。
2024年10月22日至24日，大会召开。|摩洛哥主办。
网址是www.opcw.org。|请查看。
"""
CASES = [
    pytest.param(language, line, id=f"{language}-{number}")
    for language, block in (
        ("fr", FRENCH),
        ("en", ENGLISH),
        ("es", SPANISH),
        ("ru", RUSSIAN),
        ("ar", ARABIC),
        ("zh", CHINESE),
    )
    for number, line in enumerate(block.strip().split("\n"), start=1)
]


def sentences(text: str, language: str = "fr") -> list[str]:
    return [span.of(text) for span in split_sentences(text, language)]


@pytest.mark.parametrize(("language", "line"), CASES)
def test_sentences_of_a_language(language: str, line: str) -> None:
    expected = [part.strip() for part in line.split("|")]
    text = ("" if language == "zh" else " ").join(expected)
    assert sentences(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Am 24. Oktober sprach Dr. Arias. Es war z. B. gut.", 2),
        ("it", "Il sig. Rossi parla. Vedi art. 8 ecc. e altro.", 2),
        ("nl", "Dhr. Jansen sprak op 3 okt. 2024. Het was goed.", 2),
        ("und", "One thing. Another thing.", 2),
        ("sw", "Habari ya leo. Asante sana.", 2),
    ],
)
def test_other_languages(language: str, text: str, expected: int) -> None:
    assert len(sentences(text, language)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un titre\n\nUne phrase. Une autre.", ["Un titre", "Une phrase.", "Une autre."]),
        ("Rabat,\n\nla ville", ["Rabat,", "la ville"]),
        ("La conférence de\nRabat est finie.", ["La conférence de\nRabat est finie."]),
        ("Il a vu M.\nBourita hier.", ["Il a vu M.\nBourita hier."]),
        ("Fini hier.\nRepris demain.", ["Fini hier.", "Repris demain."]),
        ("- Maroc\n- Pays-Bas\n- Suisse", ["- Maroc", "- Pays-Bas", "- Suisse"]),
        ("Pays :\n1. Maroc\n2) Suisse", ["Pays :", "1. Maroc", "2) Suisse"]),
        ("Pays | Année\nMaroc | 2024\nSuisse | 2025", ["Pays | Année", "Maroc | 2024", "Suisse | 2025"]),
        (
            "Le siège\nL’Organisation a son siège à La Haye depuis 1997.",
            ["Le siège", "L’Organisation a son siège à La Haye depuis 1997."],
        ),
        ("La fin approche.La suite vient.", ["La fin approche.", "La suite vient."]),
        ("", []),
        (" \n\t\n ", []),
        ("…", ["…"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_offsets_count_code_points_and_can_be_shifted() -> None:
    text = "L’été 😀 finit. Voilà."
    assert split_sentences(text, "fr", 100) == (Span(100, 114), Span(115, 121))
    assert split_sentences(text, "fr") == (Span(0, 14), Span(15, 21))


def test_a_long_quotation_is_split() -> None:
    quotation = " ".join(["Nous avons parlé de la Convention et de ses annexes pendant trois jours."] * 6)
    assert len(sentences(f"« {quotation} » Fin.")) == 7


@pytest.mark.parametrize(("language", "limit"), [("fr", MAX_SENTENCE), ("zh", MAX_SENTENCE_DENSE)])
def test_a_run_without_a_stop_is_cut_at_white_space(language: str, limit: int) -> None:
    text = "mot " * 2_000
    parts = sentences(text, language)
    assert max(map(len, parts)) <= limit
    assert {word for part in parts for word in part.split()} == {"mot"}


def check_contract(text: str, language: str) -> None:
    spans = split_sentences(text, language)
    position = 0
    for span in spans:
        assert not text[position : span.start].strip()
        sentence = span.of(text)
        assert sentence and sentence == sentence.strip()
        assert len(sentence) <= MAX_SENTENCE
        position = span.end
    assert not text[position:].strip()


ALPHABET = "aBé.. !?…؟。！；،«»“”\"'()[]|-–\n\n\t\u00a0\u202f\u0301\ufdfa\ud8001٣м中ع😀M"
LANGUAGES = st.sampled_from(["fr", "en", "ar", "es", "ru", "zh", "de", "und"])


@given(st.text(ALPHABET, max_size=300), LANGUAGES)
@settings(max_examples=200, deadline=None)
def test_spans_are_ordered_stripped_and_cover_the_text(text: str, language: str) -> None:
    check_contract(text, language)


@given(st.text(max_size=200), LANGUAGES)
@settings(max_examples=100, deadline=None)
def test_any_text_at_all(text: str, language: str) -> None:
    check_contract(text, language)


MEGABYTE = 1_000_000
HOSTILE = {
    "dots": "." * MEGABYTE,
    "spaced dots": ". " * (MEGABYTE // 2),
    "spaces": " " * MEGABYTE,
    "no break": "a" * MEGABYTE,
    "words without a stop": "word " * (MEGABYTE // 5),
    "ligatures": "\ufdfa" * 10_000,
    "nested quotes": "«" * (MEGABYTE // 2) + "»" * (MEGABYTE // 2),
    "straight quotes": '"' * MEGABYTE,
    "combining marks": "a" + "\u0301" * MEGABYTE,
    "numbers": "1. " * (MEGABYTE // 3),
    "lines": "!\n" * (MEGABYTE // 2),
    "line ends": "\n" * MEGABYTE,
    "footnotes": ".[1]" * (MEGABYTE // 4),
    "closers": ".»" * (MEGABYTE // 2),
    "Chinese stops": "。" * MEGABYTE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_takes_seconds(text: str) -> None:
    begun = time.process_time()
    spans = split_sentences(text, "fr")
    assert time.process_time() - begun < 5
    assert sum(map(len, spans)) >= len(re.sub(r"\s", "", text))
