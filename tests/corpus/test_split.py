"""Passages: what is kept whole, cut and joined, and what no passage crosses."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.models import Content, Document, Heading, Metadata, Passage, Span
from corpus.split import LENGTHS, LENGTHS_DENSE, sentences_at, split

SENTENCE = "La conférence de Rabat a réuni des experts de nombreux pays du monde."  # 70 characters


def document(
    text: str, language: str = "fr", headings: tuple[Heading, ...] = (), pages: tuple[int, ...] = ()
) -> Document:
    metadata = Metadata(id="doc", title="Titre", language=language)
    return Document(metadata, version=3, content=Content(text, headings, pages), sha256="0" * 64)


def headed(text: str, *headings: str) -> Document:
    spans = (Span(text.index(heading), text.index(heading) + len(heading)) for heading in headings)
    return document(text, headings=tuple(Heading(span, 2) for span in spans))


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.text for passage in passages]


def paragraph(sentences: int) -> str:
    return " ".join([SENTENCE] * sentences)


def test_a_passage_says_where_it_is() -> None:
    (passage,) = split(document("  Une phrase. Une autre.\n"))
    assert passage == Passage("doc", 3, Span(2, 24), "Une phrase. Une autre.", "fr", (Span(2, 13), Span(14, 24)))
    assert passage.id == "doc:3:2"
    assert [passage.sentence_text(span) for span in passage.sentences] == ["Une phrase.", "Une autre."]


def test_a_paragraph_of_the_greatest_length_stays_whole() -> None:
    text = "a" * 549 + ". " + "B" * 548 + "."
    assert len(text) == LENGTHS.most
    assert texts(split(document(text))) == [text]


def test_a_longer_paragraph_is_cut_into_balanced_pieces() -> None:
    passages = split(document(paragraph(17)))
    assert [len(passage.sentences) for passage in passages] in ([9, 8], [8, 9])


def test_a_long_sentence_fits_into_a_passage() -> None:
    passages = split(document("mot " * 1_000))
    assert all(len(passage.text) <= LENGTHS.most for passage in passages)
    assert sum(len(passage.text.split()) for passage in passages) == 1_000


def test_short_neighbours_are_joined() -> None:
    first, second, third = paragraph(5), paragraph(4), paragraph(8)
    passages = split(document(f"{first}\n\n{second}\n\n{third}"))
    assert texts(passages) == [f"{first}\n\n{second}", third]
    assert len(passages[0].text) <= LENGTHS.joined


def test_chinese_passages_are_shorter() -> None:
    sentence = "会议在拉巴特举行各国代表出席并发言。"
    passages = split(document("\n\n".join([sentence * 30, sentence * 10, sentence * 9]), "zh"))
    assert [len(passage.sentences) for passage in passages] == [15, 15, 10, 9]
    assert all(len(passage.text) <= LENGTHS_DENSE.most for passage in passages)


def test_no_passage_crosses_or_holds_a_heading() -> None:
    text = "Le titre\n\nUne phrase.\n\nLa suite\n\nUne autre.\nDernière ligne."
    assert texts(split(headed(text, "Le titre", "La suite"))) == [
        "Une phrase.",
        "Une autre.\nDernière ligne.",
    ]


def test_a_document_of_headings_has_passages() -> None:
    text = "Le titre\n\nLa suite"
    assert texts(split(headed(text, "Le titre", "La suite"))) == [text]


def test_a_sentence_over_the_end_of_a_page_stays_whole() -> None:
    text = "Une phrase. Une autre qui continue à la page suivante. La fin."
    (passage,) = split(document(text, pages=(0, text.index("à la page"))))
    assert [passage.sentence_text(span) for span in passage.sentences][1] == (
        "Une autre qui continue à la page suivante."
    )


def test_no_passage_holds_what_was_withdrawn() -> None:
    text = "Une phrase. Une fausse. Une autre."
    withdrawn = sentences_at(document(text), Span(14, 18))
    assert withdrawn.of(text) == "Une fausse."
    assert texts(split(document(text), [withdrawn])) == ["Une phrase.", "Une autre."]


def test_the_sentences_of_no_sentence_are_the_span() -> None:
    assert sentences_at(document("  "), Span(0, 1)) == Span(0, 1)


def test_a_page_that_begins_inside_a_heading() -> None:
    text = "Le titre\n\nUne phrase."
    heading = Heading(Span(0, 8), 1)
    assert texts(split(document(text, headings=(heading,), pages=(0, 3, 10)))) == ["Une phrase."]


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_no_text_no_passage(text: str) -> None:
    assert split(document(text)) == ()


WORDS = st.lists(st.sampled_from(["mot", "Rabat", "M.", "fin.", "Quoi ?", "\n\n", "x" * 90, "。"]), max_size=200)


@given(WORDS, st.sampled_from(["fr", "zh"]), st.lists(st.integers(0, 400), max_size=4), st.data())
@settings(max_examples=80, deadline=None)
def test_passages_cover_the_text_between_headings(
    words: list[str], language: str, pages: list[int], data: st.DataObject
) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text)))
    heading = Span(start, min(len(text), start + 10))
    starts = tuple(sorted(page for page in set(pages) if page <= len(text)))
    passages = split(document(text, language, (Heading(heading, 1),), starts))
    lengths = LENGTHS_DENSE if language == "zh" else LENGTHS
    outside = text[: heading.start] + text[heading.end :]
    if not outside.strip():
        assert "".join("".join(texts(passages)).split()) == "".join(text.split())
        return
    assert "".join("".join(texts(passages)).split()) == "".join(outside.split())
    for passage in passages:
        assert passage.text == passage.span.of(text)
        assert len(passage.text) <= lengths.most
        assert passage.sentences[0].start == passage.span.start
        assert passage.sentences[-1].end == passage.span.end
    assert all(one.span.end <= other.span.start for one, other in pairwise(passages))


@pytest.mark.parametrize("text", ["Un mot. " * 125_000, "x" * 1_000_000, "a\n\n" * 100_000])
def test_a_large_document_takes_seconds(text: str) -> None:
    begun = time.process_time()
    split(document(text))
    assert time.process_time() - begun < 5
