"""Likeness of questions on vectors made by hand: the poorest match decides, what contradicts never joins."""

import numpy as np
import pytest

from bot.staff.unanswered.likeness import Meaning, Neighbourhood, meaning
from vectorstore.geometry import Array

ASKED = "Que dit le port ?"


def states(*cosines: float) -> Array:
    """A state for each word n: at the given cosine to the axis of word n, the rest on an axis of its own."""
    words = len(cosines)
    rows = np.zeros((words, 2 * words), np.float32)
    for place, cosine in enumerate(cosines):
        rows[place, place], rows[place, words + place] = cosine, np.sqrt(1 - cosine**2)
    return rows


def question(*cosines: float, text: str = ASKED, language: str = "fr", weights: tuple[float, ...] = ()) -> Meaning:
    even = np.full(len(cosines), 1 / max(len(cosines), 1), np.float32)
    return meaning(text, language, states(*cosines), np.array(weights, np.float32) if weights else even)


def group_of(new: Meaning, *members: tuple[int, Meaning]) -> int | None:
    neighbours = Neighbourhood()
    for group, member in members:
        neighbours.add(group, member)
    return neighbours.nearest(new)


def test_the_poorest_match_decides() -> None:
    assert group_of(question(1, 1, 1), (7, question(1, 1, 0.7))) == 7
    assert group_of(question(1, 1, 1), (7, question(1, 1, 0.6))) is None


@pytest.mark.parametrize(
    ("one", "other", "cosine", "joined"),
    [
        ("fr", "fr", 0.66, False),
        ("fr", "fr", 0.68, True),
        ("fr", "en", 0.56, False),
        ("fr", "en", 0.58, True),
        ("fr", "ru", 0.56, True),
        ("zh", "es", 0.48, False),
        ("zh", "es", 0.5, True),
        ("zh", "ar", 0.46, False),
        ("zh", "ar", 0.48, True),
    ],
)
def test_how_near_is_near_enough_depends_on_the_languages(one: str, other: str, cosine: float, joined: bool) -> None:
    found = group_of(question(1, 1, language=one), (3, question(1, cosine, language=other)))
    assert found == (3 if joined else None)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Que dit le port en 2022 ?", "Que dit le port en 2024 ?"),
        ("Que dit le port ?", "Que dit le port en 2024 ?"),
        ("Que dit la France ?", "Que dit la Chine ?"),
        ("Combien de bateaux ?", "Combien de marins ?"),
        ("Combien de bateaux ?", "Quelle part des bateaux ?"),
    ],
)
def test_what_contradicts_never_joins(text: str, other: str) -> None:
    assert group_of(question(1, text=text), (1, question(1, text=text))) == 1
    assert group_of(question(1, text=text), (1, question(1, text=other))) is None
    assert group_of(question(1, text=text), (1, question(1, text=text)), (1, question(1, text=other))) is None


@pytest.mark.parametrize(
    ("text", "other"), [("Que dit la France ?", "Que dit le port ?"), ("2 phares ?", "٢ phares ?")]
)
def test_what_does_not_contradict_may_join(text: str, other: str) -> None:
    assert group_of(question(1, text=text), (1, question(1, text=other))) == 1


def test_nouns_that_no_table_knows_are_not_compared_across_languages() -> None:
    french = question(1, text="Combien de bigoudis ?")
    assert group_of(french, (1, question(1, text="How many curlers?", language="en"))) == 1
    assert group_of(french, (1, question(1, text="Combien de fourchettes ?"))) is None


def test_the_best_group_on_average_wins() -> None:
    new = question(1, 1)
    near, far = question(1, 0.8), question(1, 0.1)
    assert group_of(new, (1, near), (2, question(1, 0.9))) == 2
    assert group_of(new, (1, question(1, 1)), (1, far), (2, near)) == 2
    assert group_of(new, (1, question(1, 0.7)), (1, far)) is None
    assert group_of(new, (5, near), (4, near)) == 4, "of two that are as near, the older"


def test_light_words_need_no_counterpart() -> None:
    member = question(1, 0.1, weights=(0.9, 0.1))
    assert group_of(question(1, 1, weights=(0.9, 0.1)), (1, member)) == 1
    assert group_of(question(1, 1, weights=(0.5, 0.5)), (1, member)) is None


def test_without_words_nothing_is_like_anything() -> None:
    empty = meaning("?", "fr", np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    assert group_of(empty, (1, question(1))) is None
    assert group_of(question(1), (1, empty)) is None
    assert group_of(question(1)) is None


def test_many_members_of_different_lengths() -> None:
    rng = np.random.default_rng(1)
    neighbours = Neighbourhood()
    members = []
    for group in range(300):
        tokens = rng.standard_normal((int(rng.integers(1, 20)), 32)).astype(np.float32)
        tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
        members.append(meaning(ASKED, "fr", tokens, np.full(len(tokens), 1 / len(tokens), np.float32)))
        neighbours.add(group, members[-1])
    assert [neighbours.nearest(member) for member in members] == list(range(300))
