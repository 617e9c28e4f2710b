"""Values: hand-written sentences in six languages, relations, the contract of the spans, hostile texts."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.values import Value, days, extract, relate

# A line: text => the values, "words = kind reading" separated by "; ". An empty right side means none.
# A count reads "bound amount unit" (bound left out when exact), a date ISO with "/" for a range.
CASES = {
    "en": """
More than 200 participants came. => More than 200 = number more 200 people
They are from over 140 countries. => over 140 = number more 140 states
The number of participants was put at more than 140. => more than 140 = number more 140 people
The States Parties represented numbered more than 40, he said. => more than 40 = number more 40 states
Total attendance was 200 people. => 200 = number 200 people
Around 190 international experts attended. => Around 190 = number about 190 people
54 participants from 27 states => 54 = number 54 people; 27 = number 27 states
At least 30 delegations; up to 12 seats => At least 30 = number least 30 delega; up to 12 = number most 12 seats
fewer than 10 votes => fewer than 10 = number less 10 votes
200+ attendees => 200+ = number more 200 people
200 or more attendees => 200 or more = number least 200 people
150-200 delegates => 150-200 = number 150..200 people
150 to 200 delegates => 150 to 200 = number 150..200 people
72,304.34 tons => 72,304.34 = number 72304.34 tonnes
72,304 metric tonnes => 72,304 = number 72304 tonnes
a ratio of 3.142 units => 3.142 = number 3.142 units
two hundred and fifty delegates => two hundred and fifty = number 250 people
twenty-five independent members => twenty-five = number 25 members
two million users => two million = number 2000000 people
three main organs => three = number 3 organs
One conference in a city =>
40,000 molecules in under six hours => 40,000 = number 40000 molecules; under six hours = duration less 6 hour
123 member states => 123 = number 123 states
2000 experts in 2000 => 2000 = number 2000 people; 2000 = date 2000
In 2023 56 donor countries => 2023 = date 2023; 56 = number 56 states
CSP-29 adopted S-1 =>
resolution 78/265 and COVID-19 =>
GPT-4 and H24info at 16:00 =>
Article 7, Schedule 2 and No. 12 =>
the 30th session on 9/11 => 30th = ordinal 30
as shown [3] before =>
France 24 reported =>
60% of them, 37.1 percent, 5 per cent => 60% = percent 60; 37.1 percent = percent 37.1; 5 per cent = percent 5
less than 2% of data => less than 2% = percent less 2
EUR 33.5 million => EUR 33.5 million = money 33500000 EUR
$5 million and £3 => $5 million = money 5000000 USD; £3 = money 3 GBP
up to 65,000 euros each => up to 65,000 euros = money most 65000 EUR
8 million Swedish kronor => 8 million Swedish kronor = money 8000000 SEK
a three-day visit, an 18-month term => three-day = duration 3 day; 18-month = duration 18 month
for four years => four years = duration 4 year
21-24 October 2024 => 21-24 October 2024 = date 2024-10-21/2024-10-24
October 22-24, 2024 => October 22-24, 2024 = date 2024-10-22/2024-10-24
October 22, 2024 => October 22, 2024 = date 2024-10-22
on Friday 21 June 2024. => 21 June 2024 = date 2024-06-21
in July 2024 => July 2024 = date 2024-07
the 1st of May 2021 => 1st of May 2021 = date 2021-05-01
from May 2023 to May 2025 => May 2023 to May 2025 = date 2023-05/2025-05
the term 2025-2027 => 2025-2027 = date 2025/2027
on 22 October => 22 October = date -10-22
2024-10-22 => 2024-10-22 = date 2024-10-22
05/06/2024 or 22/10/2024 => 05/06/2024 = date 2024; 22/10/2024 = date 2024-10-22
We may meet in march =>
""",
    "fr": """
plus de 200 participants de 46 États parties => plus de 200 = number more 200 people; 46 = number 46 states
deux cents experts => deux cents = number 200 people
quatre-vingt-dix-sept États => quatre-vingt-dix-sept = number 97 states
soixante et onze délégués => soixante et onze = number 71 people
vingt-deux pays => vingt-deux = number 22 states
une conférence et un pays =>
Plus de 140 participants étrangers => Plus de 140 = number more 140 people
72 304,34 tonnes => 72 304,34 = number 72304.34 tonnes
72 304 tonnes métriques => 72 304 = number 72304 tonnes
65.000 personnes => 65.000 = number 65000 people
au moins 30 recommandations => au moins 30 = number least 30 recommendations
moins de 10 voix => moins de 10 = number less 10 votes
environ 38 États parties => environ 38 = number about 38 states
jusqu'à 65 000 euros => jusqu'à 65 000 euros = money most 65000 EUR
33,5 millions d'euros => 33,5 millions d'euros = money 33500000 EUR
2,3 millions de dollars => 2,3 millions de dollars = money 2300000 USD
cent dirhams => cent dirhams = money 100 MAD
60 % de la population => 60 % = percent 60
37,1 pour cent => 37,1 pour cent = percent 37.1
du 22 au 24 octobre 2024 => 22 au 24 octobre 2024 = date 2024-10-22/2024-10-24
Du mardi 22 au jeudi 24 octobre => 22 au jeudi 24 octobre = date -10-22/-10-24
le 1er juillet 2025 => 1er juillet 2025 = date 2025-07-01
le 22 mars 2022 => 22 mars 2022 = date 2022-03-22
le 2 juil. 2024 => 2 juil. 2024 = date 2024-07-02
du 12 mai 2021 au 11 mai 2022 => 12 mai 2021 au 11 mai 2022 = date 2021-05-12/2022-05-11
en octobre 2024 => octobre 2024 = date 2024-10
en 2013 => 2013 = date 2013
la 16e réunion => 16e = ordinal 16
pendant trois jours => trois jours = duration 3 day
l'article 7 et la résolution 78/265 =>
les 57 pays donateurs => 57 = number 57 states
17 recommandations et cinq axes => 17 = number 17 recommendations; cinq = number 5 axes
""",
    "es": """
más de doscientos participantes => más de doscientos = number more 200 people
Más de 140 participantes extranjeros => Más de 140 = number more 140 people
46 Estados Partes => 46 = number 46 states
treinta y cinco países => treinta y cinco = number 35 states
veintidós expertos => veintidós = number 22 people
menos de 10 votos => menos de 10 = number less 10 votes
al menos 30 idiomas => al menos 30 = number least 30 languages
alrededor de 190 expertos => alrededor de 190 = number about 190 people
65.000 euros => 65.000 euros = money 65000 EUR
33,5 millones de euros => 33,5 millones de euros = money 33500000 EUR
dos mil millones de dólares => dos mil millones de dólares = money 2000000000 USD
72.304,34 toneladas => 72.304,34 = number 72304.34 tonnes
60 por ciento => 60 por ciento = percent 60
el 60 % => 60 % = percent 60
del 22 al 24 de octubre de 2024 => 22 al 24 de octubre de 2024 = date 2024-10-22/2024-10-24
el 22 de octubre => 22 de octubre = date -10-22
en octubre de 2024 => octubre de 2024 = date 2024-10
en 1997 => 1997 = date 1997
tres días => tres días = duration 3 day
cuatro años => cuatro años = duration 4 year
artículo 7 y CSP-30 =>
una persona =>
""",
    "ru": """
более двухсот человек => более двухсот = number more 200 people
свыше 140 участников => свыше 140 = number more 140 people
около 190 экспертов => около 190 = number about 190 people
46 государств-участников => 46 = number 46 states
не менее 30 стран => не менее 30 = number least 30 states
менее 10 голосов => менее 10 = number less 10 votes
25 независимых членов => 25 = number 25 members
двадцать пять экспертов => двадцать пять = number 25 people
сто двадцать три государства => сто двадцать три = number 123 states
8 млн крон => 8 млн крон = money 8000000 SEK
33,5 миллиона евро => 33,5 миллиона евро = money 33500000 EUR
65 тысяч долларов => 65 тысяч долларов = money 65000 USD
65 000 евро => 65 000 евро = money 65000 EUR
60 процентов => 60 процентов = percent 60
60% населения => 60% = percent 60
с 22 по 24 октября 2024 года => 22 по 24 октября 2024 = date 2024-10-22/2024-10-24
22–24 октября 2024 => 22–24 октября 2024 = date 2024-10-22/2024-10-24
24 мая 2023 года => 24 мая 2023 = date 2023-05-24
в октябре 2024 года => октябре 2024 = date 2024-10
в 1997 году => 1997 = date 1997
22.10.2024 => 22.10.2024 = date 2024-10-22
30-я сессия => 30-я = ordinal 30
три дня => три дня = duration 3 day
четыре года => четыре года = duration 4 year
статья 7 =>
один человек =>
72 304,34 тонны => 72 304,34 = number 72304.34 tonnes
""",
    "ar": """
أكثر من 200 مشارك => أكثر من 200 = number more 200 people
أزيد من 140 مشاركا => أزيد من 140 = number more 140 people
٢٠٠ مشارك => ٢٠٠ = number 200 people
مئتا خبير => مئتا = number 200 people
مئتين من الخبراء => مئتين = number 200
مائتا مشارك => مائتا = number 200 people
مائة وخمسة وعشرون دولة => مائة وخمسة وعشرون = number 125 states
ممثلو 40 دولة طرفا => 40 = number 40 states
بأكثر من 40 دولة => بأكثر من 40 = number more 40 states
57 بلدا مانحا => 57 = number 57 states
123 دولة عضوا => 123 = number 123 states
ما لا يقل عن 30 دولة => ما لا يقل عن 30 = number least 30 states
أقل من 10 أصوات => أقل من 10 = number less 10 votes
حوالي 38 دولة إفريقية => حوالي 38 = number about 38 states
72304 أطنان مترية => 72304 = number 72304 tonnes
أكثر من 72000 طن => أكثر من 72000 = number more 72000 tonnes
ثلاثة أجهزة رئيسية => ثلاثة = number 3 organs
41 عضوا => 41 = number 41 members
لمدة سنتين => سنتين = duration 2 year
ثلاثة أيام => ثلاثة أيام = duration 3 day
لمدة أربع سنوات => أربع سنوات = duration 4 year
260 ألف يورو => 260 ألف يورو = money 260000 EUR
33,5 مليون يورو => 33,5 مليون يورو = money 33500000 EUR
8 ملايين كرونة => 8 ملايين كرونة = money 8000000 SEK
نحو 1,25 مليون دولار => نحو 1,25 مليون دولار = money about 1250000 USD
98 في المائة => 98 في المائة = percent 98
60% من السكان => 60% = percent 60
24 أكتوبر 2024 => 24 أكتوبر 2024 = date 2024-10-24
يومي 1 و2 يوليوز 2025 => 1 و2 يوليوز 2025 = date 2025-07-01/2025-07-02
من 21 إلى 24 أكتوبر 2024 => 21 إلى 24 أكتوبر 2024 = date 2024-10-21/2024-10-24
من 12 ماي 2021 إلى 11 ماي 2022 => 12 ماي 2021 إلى 11 ماي 2022 = date 2021-05-12/2022-05-11
9 غشت 2024 => 9 غشت 2024 = date 2024-08-09
في دجنبر 2019 => دجنبر 2019 = date 2019-12
3 شتنبر 1992 => 3 شتنبر 1992 = date 1992-09-03
27 نونبر 2017 => 27 نونبر 2017 = date 2017-11-27
21 تشرين الأول 2024 => 21 تشرين الأول 2024 = date 2024-10-21
15 حزيران 2021 => 15 حزيران 2021 = date 2021-06-15
٢٢ أكتوبر ٢٠٢٤ => ٢٢ أكتوبر ٢٠٢٤ = date 2024-10-22
سنة 2013 => 2013 = date 2013
المادة 7 والجدول 2 =>
17 توصية => 17 = number 17 recommendations
""",
    "zh": """
超过200名与会者，46个缔约国 => 超过200 = number more 200 people; 46 = number 46 states
两百多人 => 两百多 = number more 200 people
二百名专家 => 二百 = number 200 people
两百名专家 => 两百 = number 200 people
200余名代表 => 200余 = number more 200 people
二百人以上 => 二百人以上 = number least 200
约190名专家 => 约190 = number about 190 people
至少30个国家 => 至少30 = number least 30 states
不到10票 => 不到10 = number less 10 votes
123个会员国 => 123 = number 123 states
193国 => 193 = number 193 states
一百二十三个提案国 => 一百二十三 = number 123 states
3万人 => 3万 = number 30000 people
3.5亿人 => 3.5亿 = number 350000000 people
7.2万吨 => 7.2万 = number 72000 tonnes
百分之六十 => 百分之六十 = percent 60
60%的人口 => 60% = percent 60
26万欧元 => 26万欧元 = money 260000 EUR
800万瑞典克朗 => 800万瑞典克朗 = money 8000000 SEK
三天 => 三天 = duration 3 day
任期4年 => 4年 = duration 4 year
2024年10月22日至24日 => 2024年10月22日至24日 = date 2024-10-22/2024-10-24
2024年10月22日 => 2024年10月22日 = date 2024-10-22
10月22-24日 => 10月22-24日 = date -10-22/-10-24
2024年6月 => 2024年6月 = date 2024-06
二〇二四年十月二十二日 => 二〇二四年十月二十二日 = date 2024-10-22
成立于1997年 => 1997年 = date 1997
2025年至2027年 => 2025年至2027年 = date 2025/2027
第30届会议和第7条 =>
一个国家 =>
六种语言 => 六 = number 6 languages
""",
}
LINES = [(lang, line) for lang, block in CASES.items() for line in block.strip().splitlines()]


def shown(value: Value) -> str:
    """A value as the cases write it."""
    if value.kind == "date":
        assert value.first and value.last
        ends = ["-".join("" if p is None else f"{p:02}" for p in d).rstrip("-") for d in (value.first, value.last)]
        return f"date {ends[0] if ends[0] == ends[1] else '/'.join(ends)}"
    upper = "" if value.upper is None else f"..{value.upper:f}"
    bound = "" if value.bound == "exact" else value.bound
    amount = f"{value.amount:f}".rstrip("0").rstrip(".") if "." in f"{value.amount:f}" else f"{value.amount:f}"
    return " ".join(filter(None, (value.kind, bound, amount + upper, value.unit)))


@pytest.mark.parametrize(("language", "line"), LINES)
def test_reads_values(language: str, line: str) -> None:
    text, _, expected = line.partition("=>")
    text = text.strip()
    found = "; ".join(f"{v.span.of(text)} = {shown(v)}" for v in extract(text, language))
    assert found == expected.strip()


RELATIONS = """
en | 200 people | 200 participants | equal
en | 200 people | more than 200 people | different
en | over 200 people | more than 200 people | equal
en | 46 states | more than 40 states | compatible
en | 40 states | more than 40 states | different
en | 40 states | at least 40 states | compatible
en | 200 people | 200 states | incomparable
en | about 190 people | 190 people | compatible
en | about 190 people | 230 people | different
en | 72,304 tonnes | 72,304.34 tonnes | compatible
en | 72,304 tonnes | 72,305 tonnes | different
en | 60% | 62% | different
en | 60% | 60 people | incomparable
en | EUR 5 | USD 5 | incomparable
en | EUR 33.5 million | EUR 34 million | different
en | 21 June 2024 | July 2024 | different
en | 22 October 2024 | October 2024 | compatible
en | 22 October 2024 | 22-24 October 2024 | compatible
en | 21-24 October 2024 | 22-24 October 2024 | different
en | 22 October | 22 October 2024 | compatible
en | 2024 | 2023 | different
en | 3 days | 72 hours | equal
en | 3 days | 4 days | different
en | 3 days | 2 months | incomparable
en | 24 months | 2 years | equal
""".strip().splitlines()


@pytest.mark.parametrize("line", RELATIONS)
def test_relates_values(line: str) -> None:
    language, left, right, expected = (part.strip() for part in line.split("|"))
    (a,), (b,) = extract(left, language), extract(right, language)
    assert relate(a, b) == expected
    assert relate(b, a) == expected


def test_values_of_two_languages_are_equal() -> None:
    texts = {
        "fr": "plus de 200 participants", "en": "over 200 people", "ar": "أكثر من 200 مشارك",
        "es": "más de doscientos participantes", "ru": "более двухсот человек", "zh": "超过二百名与会者",
    }  # fmt: skip
    values = [extract(text, language)[0] for language, text in texts.items()]
    assert {relate(values[0], value) for value in values} == {"equal"}


@pytest.mark.parametrize(("text", "expected"), [("21-24 October 2024", 4), ("three days", 3), ("October 2024", None)])
def test_days(text: str, expected: int | None) -> None:
    assert days(extract(text, "en")[0]) == expected


def test_spans_count_code_points_of_the_text_that_was_given() -> None:
    text = "Les E\u0301tats : 46 E\u0301tats parties, 22 de\u0301cembre 2024"
    assert [v.span.of(text) for v in extract(text, "fr")] == ["46", "22 de\u0301cembre 2024"]


PIECES = st.sampled_from(
    ["200", " ", "1,", "65 000", "%", "€", "more than ", "plus de ", "22", "-", "octobre", "2024", "二百", "年", "月",
     "百分之", "万", "مئتا ", "و", "million ", "\u0301", "ß", "İ", ".", "/", "$", "quatre", "vingt", "第", "人", "\n"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)), st.sampled_from(list(CASES)))
def test_spans_are_ordered_and_apart(text: str, language: str) -> None:
    found = extract(text, language)
    assert all(0 <= v.span.start < v.span.end <= len(text) for v in found)
    assert all(a.span.end <= b.span.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        " ",
        "1,",
        "1 000 ",
        "22 ",
        "20-",
        "$",
        "two ",
        "一百",
        "more than ",
        "من ",
        "octobre ",
        "2024年",
        "\u0301",
        "[",
    ],
)
@pytest.mark.parametrize("language", ["fr", "zh"])
def test_hostile_texts_take_bounded_time(unit: str, language: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.perf_counter()
    extract(text, language)
    assert time.perf_counter() - start < 5
