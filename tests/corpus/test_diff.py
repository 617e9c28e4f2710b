"""What a new version changes: alignment, exact texts, bounded time."""

import random
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.alignment import common, rising
from corpus.diff import Change, Piece, Skipped, changes, collapse

OLD = """La conférence de Rabat

La conférence a réuni 200 participants à Rabat, selon le communiqué.

Elle a duré trois jours.

M. Arias a prononcé le discours d'ouverture."""
NEW = """La conférence de Rabat

Le texte a été revu.

La conférence a réuni plus de 250 participants à Rabat, selon le communiqué.

Elle a duré trois jours."""


def kinds(found: tuple[Change, ...]) -> list[str]:
    return [change.kind for change in found]


def check(old: str, new: str) -> tuple[Change, ...]:
    found = changes(old, new)
    assert "".join(change.old for change in found) == old
    assert "".join(change.new for change in found) == new
    pieces = [piece for change in found for piece in change.pieces]
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    return found


def marked(change: Change) -> str:
    signs = {"same": "", "removed": "-", "added": "+"}
    return "".join(f"[{signs[p.kind]}{p.text}]" if signs[p.kind] else p.text for p in change.pieces)


def test_paragraphs_then_words() -> None:
    found = check(OLD, NEW)
    assert kinds(found) == ["same", "added", "changed", "same", "removed"]
    assert marked(found[2]) == (
        "La conférence a réuni [-200][+plus de 250] participants à Rabat, selon le communiqué.\n\n"
    )
    assert found[1].new == "Le texte a été revu.\n\n" and found[1].old == ""
    assert found[3].old.strip() == found[3].new.strip()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("会议举行，约200人参加。", "会议举行，约250人参加。", "会议举行，约[-200][+250]人参加。"),
        ("وبلغ عدد الحاضرين 200 مشارك", "وبلغ عدد الحاضرين 250 مشارك", "وبلغ عدد الحاضرين [-200][+250] مشارك"),
        ("Un budget de 1.5 million", "Un budget de 1.7 million", "Un budget de [-1.5][+1.7] million"),
        ("Участвовали 65 000 человек", "Участвовали 70 000 человек", "Участвовали [-65][+70] 000 человек"),
    ],
)
def test_a_changed_figure_is_marked_whole(old: str, new: str, expected: str) -> None:
    (change,) = check(old, new)
    assert change.kind == "changed"
    assert marked(change) == expected


def test_what_lies_between_two_changes_and_holds_no_word_belongs_to_both() -> None:
    old = "Le rapport final, adopté hier, compte dix pages."
    (change,) = check(old, "Le rapport initial (publié lundi) compte dix pages.")
    assert marked(change) == "Le rapport [-final, adopté hier,][+initial (publié lundi)] compte dix pages."


def test_another_paragraph_is_not_a_new_wording() -> None:
    found = check("Le Maroc accueille la conférence.", "Twenty scientists met in The Hague.")
    assert kinds(found) == ["removed", "added"]


def test_the_counterpart_of_a_paragraph_is_found_among_many() -> None:
    old = [f"Le point numéro {n} traite du thème {n * 7} en détail." for n in range(60)]
    new = [line.replace("traite", "parle") for line in old if "numéro 5 " not in line]
    found = check("\n\n".join(old), "\n\n".join(new))
    assert kinds(found).count("changed") == 59
    assert [change.old.strip() for change in found if change.kind == "removed"] == [old[5]]


def test_texts_that_are_the_same_or_empty() -> None:
    assert kinds(check(OLD, OLD)) == ["same"] * 4
    assert check("", "") == ()
    assert kinds(check("", "a\n\nb")) == ["added", "added"]
    assert kinds(check("a\n\nb", "")) == ["removed", "removed"]


def test_a_paragraph_added_at_the_end_leaves_the_last_one_as_it_was() -> None:
    assert kinds(check("Un.\n\nDeux.", "Un.\n\nDeux.\n\nTrois.")) == ["same", "same", "added"]


def test_collapse_counts_what_it_hides() -> None:
    old = [f"Paragraphe {n}." for n in range(20)]
    new = [*old[:10], "Paragraphe dix, revu.", *old[11:]]
    found = changes("\n\n".join(old), "\n\n".join(new))
    shown = collapse(found)
    assert shown[0] == Skipped(9) and shown[-1] == Skipped(8)
    assert [part.kind for part in shown if isinstance(part, Change)].count("same") == 2
    assert sum(part.count if isinstance(part, Skipped) else 1 for part in shown) == len(found)
    assert collapse(changes("a\n\nb", "a\n\nb")) == (Skipped(2),)
    assert [part for part in collapse(found, keep=0) if isinstance(part, Change)] == [
        change for change in found if change.kind != "same"
    ]


def test_values_check_themselves() -> None:
    with pytest.raises(ValueError, match="not a piece"):
        Piece("same", "")
    with pytest.raises(ValueError, match="not a kind"):
        Change("moved", "a", "a", (Piece("same", "a"),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="do not make"):
        Change("changed", "a", "b", (Piece("same", "a"),))


WORDS = st.sampled_from(
    ("Rabat", "200", "la", "été", "会", "المؤتمر", "a\u0301", ".", ", ", " ", "\n", "\n\n", "\t", "1.5")
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=40).map("".join))


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_both_texts_are_rebuilt(old: str, new: str) -> None:
    check(old, new)


def longest(old: str, new: str) -> int:
    row = [0] * (len(new) + 1)
    for item in old:
        following = [0]
        for j, other in enumerate(new):
            following.append(row[j] + 1 if item == other else max(row[j + 1], following[j]))
        row = following
    return row[-1]


@given(st.text("abc", max_size=30), st.text("abc", max_size=30))
@settings(max_examples=300, deadline=None)
def test_a_short_alignment_is_a_longest_one(old: str, new: str) -> None:
    pairs = common(old, new)
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    assert len(pairs) == longest(old, new)


def test_rising_selects_the_most() -> None:
    assert rising([(0, 3), (1, 1), (2, 2), (3, 0), (4, 5)]) == [(1, 1), (2, 2), (4, 5)]
    assert rising([]) == []
    assert len(rising([(0, 1), (1, 1), (2, 1)])) == 1


def test_a_long_text_is_cut_at_what_stands_once() -> None:
    """Far above what an exact alignment takes: 60,000 words in one paragraph, one in a thousand changed."""
    words = [f"mot{n}" for n in range(60_000)]
    new = [f"autre{n}" if n % 1_000 == 0 else word for n, word in enumerate(words)]
    (change,) = check(" ".join(words), " ".join(new))
    assert sum(piece.kind == "removed" for piece in change.pieces) == 60


SIZE = 400_000
RANDOM = random.Random(5)


def drawn(items: str, separator: str) -> str:
    return separator.join(RANDOM.choices(items, k=SIZE // 2))


HOSTILE: dict[str, Callable[[], tuple[str, str]]] = {
    "two lines that alternate": lambda: ("a\nb\n" * (SIZE // 4), "b\na\n" * (SIZE // 4)),
    "random lines of three kinds": lambda: (drawn("abc", "\n"), drawn("abc", "\n")),
    "random words of three kinds": lambda: (drawn("abc", " "), drawn("abc", " ")),
    "paragraphs in another order": lambda: (
        "\n".join(f"mot{n} de la {n * 7}" for n in range(20_000)),
        "\n".join(f"mot{n * 7 % 20_000} de la {n * 49}" for n in range(20_000)),
    ),
    "a word changed in each paragraph": lambda: (
        "\n\n".join(f"Le {n} de la conférence sur le {n * 3} rôle" for n in range(8_000)),
        "\n\n".join(f"Le {n} de la conférence et le {n * 3} rôle" for n in range(8_000)),
    ),
    "one character": lambda: ("会" * SIZE, "议会" * (SIZE // 2)),
    "stops": lambda: ("a." * (SIZE // 2), "b." * (SIZE // 2)),
    "marks": lambda: ("a\u0301" * (SIZE // 2), "\u0301" * SIZE),
    "line ends": lambda: ("\n" * SIZE, "\n" * (SIZE - 1) + "a"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_time_is_bounded(kind: str) -> None:
    old, new = HOSTILE[kind]()
    begun = time.process_time()
    found = changes(old, new)
    assert time.process_time() - begun < 3
    assert "".join(change.old for change in found) == old and "".join(change.new for change in found) == new
