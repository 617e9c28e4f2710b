"""Words to terms in every script, and BM25 between 0 and 1."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.lexical import GRAM, READ_AT_MOST, Weighing, fold, grams, match_any, terms


def share(left: str, right: str) -> set[str]:
    return set(terms(left)) & set(terms(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Élève", "eleve"),
        ("CONFÉRENCE", "conference"),
        ("cœur", "coeur"),
        ("Straße", "STRASSE"),
        ("señor", "SENOR"),
        ("Ёлка", "елка"),
        ("Malmø", "malmo"),
        ("Łódź", "lodz"),
        ("ﬁn", "fin"),
        ("ＡＢＣ", "abc"),
        ("№", "no"),
        ("İstanbul", "istanbul"),
        # Arabic: hamza, alif maqsura, ta marbuta, tatweel, vowel signs
        ("أحمد", "احمد"),
        ("إلى", "الي"),
        ("آسفي", "اسفي"),
        ("مسؤول", "مسوول"),
        ("رئيس", "رييس"),
        ("اتفاقية", "اتفاقيه"),
        ("المـــؤتمر", "المؤتمر"),
        ("مُؤْتَمَرٌ", "مؤتمر"),
        ("ٱلرباط", "الرباط"),
        # digits of other scripts, and groups of digits
        ("٢٠٢٤", "2024"),
        ("۲۰۲۴", "2024"),
        ("२०२४", "2024"),
        ("２０２４", "2024"),
        ("65 000", "65000"),
        ("65\u00a0000", "65000"),
        ("65\u202f000", "65000"),
        ("65,000", "65000"),
        ("65.000", "65000"),
        ("65'000", "65000"),
        ("65’000", "65000"),
        ("٦٥٬٠٠٠", "65000"),
        ("1 234 567", "1234567"),
    ],
)
def test_spellings_of_one_word(left: str, right: str) -> None:
    assert terms(left) == terms(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("المؤتمر", "مؤتمر"),
        ("والمؤتمر", "مؤتمر"),
        ("بالرباط", "الرباط"),
        ("للمؤتمر", "المؤتمر"),
        ("participants", "participer"),
        ("désarmement", "désarmé"),
        ("химического", "химических"),
        ("conferencias", "conferencia"),
        ("化学武器公约", "化学武器"),
        ("拉巴特会议", "会议"),
    ],
)
def test_forms_of_one_word_meet(left: str, right: str) -> None:
    assert share(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("2023", "2024"), ("12345678", "12345679"), ("200", "20"), ("65 000", "65"), ("Rabat", "Robot"), ("1 5", "15")],
)
def test_different_words_stay_apart(left: str, right: str) -> None:
    assert not share(left, right)


def test_numbers_are_joined_only_in_groups_of_three() -> None:
    assert terms("le 24 10 2024") == ["le", "24", "10", "2024"]
    assert terms("65 0000") == ["65", "0000"]
    assert "65000" in terms("prix : 65 000 euros")
    assert terms("1,5") == ["1", "5"]


def test_chinese_becomes_characters_and_pairs() -> None:
    assert terms("化学武器") == ["化", "学", "武", "器", "化学", "学武", "武器"]
    assert terms("会") == ["会"]
    assert terms("OPCW会议2024年") == ["opcw", "会", "议", "会议", "2024", "年"]


def test_terms_keep_their_order_and_repetitions() -> None:
    assert terms("Le Maroc, le Maroc") == ["le", "maroc", "le", "maroc"]


@pytest.mark.parametrize("text", ["", " ", "…!?«»", "\0", "\ud800", "👩‍👩‍👧‍👦", "\u202e\u2066", "___", "\u0301\u0301"])
def test_what_has_no_words(text: str) -> None:
    assert terms(text) == []


LONG = ("\ufdfa", "a", "1 000 ", "👩‍👩‍👧‍👦", "会", "a\u0301", "1,", "ab ")


@pytest.mark.parametrize("piece", LONG)
def test_long_text_takes_no_time(piece: str) -> None:
    text = piece * 10**5
    began = time.perf_counter()
    terms(text)
    grams(text)
    assert time.perf_counter() - began < 3
    assert len(fold(text)) <= 20 * READ_AT_MOST


@given(st.text(max_size=200))
def test_terms_are_plain_words(text: str) -> None:
    once = terms(text)
    assert all(term and not term.isspace() for term in once)
    assert all('"' not in term and "\0" not in term and " " not in term for term in once)
    "".join(once).encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_case_does_not_matter(text: str) -> None:
    assert terms(text.casefold()) == terms(text)


def test_grams_survive_a_slip() -> None:
    right, wrong, other = (set(grams(text)) for text in ("Arias Bourita", "Arias Bouritta", "Convention"))
    assert len(right & wrong) > len(right) / 2
    assert len(right & other) == 0
    assert all(len(gram) == GRAM for gram in right)
    assert grams("化学武器")[:3] == ["化学", "学武", "武器"]


def test_every_term_is_quoted() -> None:
    assert match_any(["a", "or", 'b"c']) == '"a" OR "or" OR "b""c"'


# BM25


TEXTS = [
    terms(text)
    for text in (
        "La conférence de Rabat a réuni 200 participants.",
        "La conférence de Genève.",
        "Le stock fut détruit.",
        "La la la conférence conférence conférence.",
    )
]


def weighing(question: str) -> Weighing:
    query = terms(question)
    frequencies = {term: sum(term in text for text in TEXTS) for term in query}
    return Weighing.over(query, frequencies, len(TEXTS), sum(map(len, TEXTS)) / len(TEXTS))


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    scale = weighing("conférence Rabat")
    scores = [scale.score(text) for text in TEXTS]
    assert scores[0] == max(scores)
    assert scores[2] == 0
    assert scale.score(terms("Rabat")) > scale.score(terms("conférence"))


def test_scores_of_bm25_lie_between_0_and_1() -> None:
    everything = weighing("conférence de Rabat participants 200")
    assert 0 < everything.score(TEXTS[0]) < 1
    assert everything.score(terms("conférence de Rabat participants 200") * 500) <= 1
    assert everything.score(terms("conférence de Rabat participants 200") * 500) > everything.score(TEXTS[0])


def test_bm25_agrees_with_its_formula() -> None:
    """By hand: two texts, one term in one of them, k1 1.2, b 0.75, divided by idf times (k1 + 1)."""
    scale = Weighing.over(["rabat"], {"rabat": 1}, 2, 3.0)
    assert scale.score(["rabat", "x", "y"]) == pytest.approx(1 / (1 + 1.2))
    assert scale.score(["rabat"] * 2 + ["x"]) == pytest.approx(2 / (2 + 1.2))
    assert scale.score(["rabat"] + ["x"] * 5) == pytest.approx(1 / (1 + 1.2 * (0.25 + 0.75 * 2)))


@given(
    query=st.lists(st.sampled_from("abcdef"), max_size=8),
    text=st.lists(st.sampled_from("abcdefgh"), max_size=60),
    counts=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50)),
    texts=st.integers(50, 10**6),
    average=st.floats(0, 500),
)
def test_bm25_is_always_between_0_and_1(
    query: list[str], text: list[str], counts: dict[str, int], texts: int, average: float
) -> None:
    assert 0 <= Weighing.over(query, counts, texts, average).score(text) <= 1


def test_bm25_of_nothing() -> None:
    assert Weighing.over([], {}, 0, 0).score(["a"]) == 0
    assert Weighing.over(["a"], {}, 0, 0).score([]) == 0
    assert Weighing.among(["a"], []).score(["a"]) <= 1
    assert Weighing.among([], [["a"]]).score(["a"]) == 0
