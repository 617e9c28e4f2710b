"""PDF files to text: reading order, paragraphs, headings, pages, right-to-left text, and what is left out."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO

import pytest
from fpdf.enums import AccessPermission, EncryptionMethod
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from corpus.convert import Converted, convert
from corpus.errors import UnreadableFile
from corpus.formats.pdf import MAX_PAGES, read_pdf
from corpus.models import Content
from tests.corpus import pdfs
from tests.corpus.pdfs import Paper, drawn, glyphs, line, pages, paragraph, sentence, unicode_font

IMAGE = b"q 400 0 0 600 90 100 cm /Im Do Q\n"


def converted(data: bytes, name: str = "a.pdf") -> Converted:
    return convert(data, name, detect=lambda _: "fr")


def content(data: bytes) -> Content:
    return converted(data).content


def blocks(data: bytes) -> list[str]:
    return content(data).text.split("\n\n")


def headings(data: bytes) -> list[tuple[str, int, int | None]]:
    """The text, the level and the page of each heading."""
    found = content(data)
    return [(h.span.of(found.text), h.level, found.page_of(h.span.start)) for h in found.headings]


def refused(data: bytes, name: str = "a.pdf") -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        converted(data, name)
    assert str(caught.value).startswith(f"{name}: ")
    return caught.value


def lines(texts: Sequence[str], x: float = 72, y: float = 780, leading: float = 14, size: float = 11) -> bytes:
    return b"".join(line(text, x, y - leading * index, size) for index, text in enumerate(texts))


def report(letters: str = "") -> tuple[bytes, int]:
    """A report of four chapters over several pages, and how many sentences it has."""
    paper = Paper(letters, header="Conférence mondiale de Rabat - Rapport", footer="Page {} sur 4")
    paper.add_page()
    number = 0
    for title in ("Introduction", "Financement", "Participation", "Conclusions"):
        paper.title_line(title)
        for _ in range(7):
            paper.text_block(paragraph(number))
            number += 4
    return paper.bytes(), number


@pytest.mark.parametrize("letters", ["", "éÉçœ’"])
def test_a_report_keeps_its_sentences_whole_and_on_their_pages(letters: str) -> None:
    data, count = report(letters)
    found = content(data)
    printed = ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(data)).pages]
    assert len(found.pages) == len(printed) > 2
    for number in range(count):
        start = found.text.index(sentence(number))
        first_words = "".join(sentence(number).split()[:3])
        on = [page for page, text in enumerate(printed, 1) if first_words in text]
        key = "".join(sentence(number).split()[:8])
        on = [page for page, text in enumerate(printed, 1) if key in text] or on
        assert found.page_of(start) in on, sentence(number)


def test_three_hundred_pages() -> None:
    bodies = [
        line("Rapport annuel", 72, 815, 9) + lines([sentence(2 * n), sentence(2 * n + 1)], size=10)
        + line(f"- {n + 1} -", 290, 30, 9)
        for n in range(300)
    ]  # fmt: skip
    found = content(pages(bodies))
    assert len(found.pages) == 300
    for number in range(600):
        assert found.page_of(found.text.index(sentence(number))) == number // 2 + 1
    assert "Rapport" not in found.text
    assert "- 7 -" not in found.text


def test_a_report_has_its_headings_and_neither_headers_nor_page_numbers() -> None:
    data, _ = report()
    found = headings(data)
    assert [text for text, _, _ in found] == ["Introduction", "Financement", "Participation", "Conclusions"]
    assert {level for _, level, _ in found} == {1}
    printed = [page.extract_text().split("\n") for page in PdfReader(BytesIO(data)).pages]
    for text, _, page in found:
        assert page is not None and text in printed[page - 1]
    assert "Rapport" not in content(data).text
    assert "Page" not in content(data).text


def test_a_paragraph_over_a_page_end_is_one_with_the_page_inside() -> None:
    upper = ["Le ministre a rappelé les engagements pris à La Haye", "et les progrès de la con-"]
    lower = ["vention depuis trente ans. Il a remercié les experts.", "Fin du discours du ministre."]
    found = content(pages([lines(upper, y=100), lines(lower)]))
    assert found.text == (
        "Le ministre a rappelé les engagements pris à La Haye et les progrès de la convention depuis trente ans. "
        "Il a remercié les experts. Fin du discours du ministre."
    )
    assert found.page_of(found.text.index("convention")) == 1
    assert found.page_of(found.text.index("depuis")) == 2


def raised(before: str, number: str, after: str, x: float, y: float) -> bytes:
    """A line with a small raised number in it."""
    parts = before.encode("cp1252"), number.encode(), after.encode("cp1252")
    return b"BT /F1 11 Tf %g %g Td (%b) Tj /F1 6 Tf 4 Ts (%b) Tj /F1 11 Tf 0 Ts (%b) Tj ET\n" % (x, y, *parts)


def test_notes_come_before_what_runs_on_and_keep_their_page() -> None:
    body = raised("Le ministre a rappelé les engagements de 2024", "3", "", 72, 200)
    body += line("pris à La Haye avec tous les représentants des pays", 72, 186)
    lower = lines(["membres de la région. Il a remercié les experts.", "Fin."])
    found = content(pages([body + line("3 Voir le document C-29/DG.1.", 72, 90, 8), lower]))
    assert found.text.split("\n\n")[0] == "3 Voir le document C-29/DG.1."
    assert "engagements de 2024[3] pris à La Haye avec tous les représentants des pays membres" in found.text
    assert found.page_of(found.text.index("3 Voir")) == 1
    assert found.page_of(found.text.index("membres")) == 2


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ("Le texte de la confé-", "rence de Rabat.", "Le texte de la conférence de Rabat."),
        ("Le texte de la confé\u00ad", "rence de Rabat.", "Le texte de la conférence de Rabat."),
        ("Il viendra peut-", "être demain.", "Il viendra peut-être demain."),
        ("C'est-à-", "dire demain.", "C'est-à-dire demain."),
        ("Venus vis-", "à-vis de nous.", "Venus vis-à-vis de nous."),
        ("Le sémi-", "naire du mi-nistre.", "Le séminaire du mi-nistre."),
        ("La ville des Pays-", "Bas voisins.", "La ville des Pays-Bas voisins."),
        ("Le plan 2024-", "2025 est prêt.", "Le plan 2024-2025 est prêt."),
        ("Un socio-", "logue et un autre sociologue.", "Un sociologue et un autre sociologue."),
        ("Un porte-", "parole, le porte-parole.", "Un porte-parole, le porte-parole."),
        ("Il est venu -", "et reparti.", "Il est venu - et reparti."),
    ],
)
def test_words_divided_at_a_line_end(upper: str, lower: str, expected: str) -> None:
    assert blocks(drawn(lines([upper, lower]))) == [expected]


COLUMNS = [
    "Le ministre a ouvert la séance de",
    "la conférence en rappelant tous les",
    "engagements pris à La Haye par les",
    "pays membres, puis il a remercié",
    "les experts venus de la région.",
]
RIGHT = [
    "Une enveloppe de douze millions a",
    "été consacrée à la formation des",
    "laboratoires désignés, dont le",
    "nombre augmente depuis quatre ans",
    "dans toutes les régions du monde.",
]
ONE, TWO = " ".join(COLUMNS), " ".join(RIGHT)


def by_column() -> bytes:
    return lines(COLUMNS, 72) + lines(RIGHT, 320)


def by_row() -> bytes:
    rows = enumerate(zip(COLUMNS, RIGHT, strict=True))
    return b"".join(line(one, 72, 780 - 14 * i) + line(other, 320, 780 - 14 * i) for i, (one, other) in rows)


@pytest.mark.parametrize("draw", [by_column, by_row])
def test_two_columns_are_read_one_after_the_other(draw: Callable[[], bytes]) -> None:
    assert blocks(drawn(draw())) == [ONE, TWO]


def test_columns_between_a_title_and_a_closing_line() -> None:
    title = line("Discours d'ouverture de la conférence mondiale", 72, 810, 18)
    close = line("La séance a été levée à midi, après de longs échanges entre toutes les délégations.", 72, 690)
    assert blocks(drawn(title + by_column() + close)) == [
        "Discours d'ouverture de la conférence mondiale",
        ONE,
        TWO,
        "La séance a été levée à midi, après de longs échanges entre toutes les délégations.",
    ]


def test_a_sentence_goes_on_in_the_next_column() -> None:
    left = [*COLUMNS[:-1], "les experts venus de la région du"]
    right = ["bassin, qui ont tous présenté leurs", *RIGHT[1:]]
    (text,) = blocks(drawn(lines(left, 72) + lines(right, 320)))
    assert "venus de la région du bassin, qui ont tous" in text


def test_rows_of_a_table_are_lines_with_all_lines_of_a_cell() -> None:
    table = (
        line("Pays", 72, 700) + line("Montant", 200, 700) + line("Remarque", 300, 700)
        + line("Maroc", 72, 680) + line("1,5", 200, 680) + line("versé", 300, 680)
        + line("Pays-Bas", 72, 653) + line("12,75", 200, 653)
        + line("versé en deux fois, après une", 300, 660) + line("longue négociation", 300, 647)
        + line("Suisse", 72, 627) + line("néant", 300, 627)
    )  # fmt: skip
    assert blocks(drawn(table)) == [
        "Pays | Montant | Remarque\nMaroc | 1,5 | versé\n"
        "Pays-Bas | 12,75 | versé en deux fois, après une longue négociation\nSuisse | néant"
    ]


def test_list_items_are_paragraphs_with_their_signs() -> None:
    items = (
        line("•", 72, 700) + line("Un premier point, assez long pour passer à la ligne", 90, 700)
        + line("suivante du document", 90, 686) + line("•", 72, 672) + line("Un second point", 90, 672)
        + line("1.", 72, 650) + line("Étape une", 90, 650) + line("2.", 72, 636) + line("Étape deux", 90, 636)
    )  # fmt: skip
    assert blocks(drawn(items)) == [
        "• Un premier point, assez long pour passer à la ligne suivante du document",
        "• Un second point",
        "1. Étape une",
        "2. Étape deux",
    ]


@pytest.mark.parametrize(
    ("before", "number", "expected"),
    [
        ("En 2024", "2", "En 2024[2] de plus."),
        ("Les inspections.", "12", "Les inspections.[12] de plus."),
        ("Un terrain de 20 m", "2", "Un terrain de 20 m² de plus."),
        ("Près de 10", "6", "Près de 10⁶ de plus."),
        ("La 1", "re", "La 1re de plus."),
    ],
)
def test_raised_numbers_are_notes_or_exponents(before: str, number: str, expected: str) -> None:
    assert blocks(drawn(raised(before, number, " de plus.", 72, 700))) == [expected]


def test_rotated_pages_and_rotated_text() -> None:
    turned = b"".join(
        b"BT /F1 11 Tf 0 1 -1 0 %d 100 Tm (%b) Tj ET\n" % (100 + 14 * i, text.encode("cp1252"))
        for i, text in enumerate(COLUMNS)
    )
    page = pdfs.ONE_PAGE[3].replace(b"/Contents", b"/Rotate 90 /Contents")
    assert blocks(drawn(turned, {3: page})) == [ONE]
    beside = by_column() + b"BT /F1 9 Tf 0 1 -1 0 40 300 Tm (Document de travail) Tj ET"
    assert blocks(drawn(beside)) == [ONE, TWO, "Document de travail"]


def test_empty_pages_count() -> None:
    found = content(pages([line("Une.", 72, 700), b"", b"", line("Deux.", 72, 700)]))
    assert found.text == "Une.\n\nDeux."
    assert len(found.pages) == 4
    assert (found.page_of(0), found.page_of(found.text.index("Deux"))) == (1, 4)


def test_a_scan_is_refused_and_pictures_among_text_are_named() -> None:
    error = refused(pages([IMAGE, IMAGE, IMAGE]))
    assert (error.code, error.values["pages"]) == ("scan", 3)
    result = converted(pages([line("Une phrase.", 72, 700), IMAGE, IMAGE + line("Une légende.", 72, 90)]))
    assert result.pictures == (2,)
    assert result.dropped == {"images": 2}
    assert refused(pages([b"", b""])).code == "no_text"


def test_letters_drawn_as_shapes_are_a_picture() -> None:
    assert refused(pages([b"10 10 m 20 20 l f\n" * 500])).code == "scan"


def test_recognised_text_over_a_scan_is_read_and_other_hidden_text_is_not() -> None:
    hidden = b"3 Tr " + line("Texte reconnu.", 72, 700)
    assert blocks(pages([IMAGE + hidden])) == ["Texte reconnu."]
    outside = line("Hors de la page.", 72, 3_000)
    result = converted(pages([line("Une phrase visible.", 72, 700) + outside + hidden]))
    assert result.content.text == "Une phrase visible."
    assert result.dropped == {"hidden": 6}


def test_layers_that_are_off_are_not_read() -> None:
    page = pdfs.ONE_PAGE[3].replace(b"/Font", b"/Properties << /Off 9 0 R >> /Font")
    catalog = b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [9 0 R] /D << /OFF [9 0 R] >> >> >>"
    objects = {1: catalog, 3: page, 9: b"<< /Type /OCG /Name (Brouillon) >>"}
    data = drawn(line("Visible.", 72, 700) + b"/OC /Off BDC " + line("Brouillon.", 72, 600) + b"EMC", objects)
    assert blocks(data) == ["Visible."]


PARTS = [
    ("R", "اختتمت أشغال المؤتمر يوم "),
    ("L", "24"),
    ("R", " أكتوبر "),
    ("L", "2024"),
    ("R", " ("),
    ("L", "OPCW"),
    ("R", ") بنسبة "),
    ("L", "1,5"),
    ("R", " لا تتغير: "),
    ("L", "22/10"),
    ("R", "."),
]
MIRROR = str.maketrans("()", ")(")
ALEF, LAM = "\u0627", "\u0644"


def shape(letter: str) -> str:
    """The presentation form of a letter, where there is one."""
    name = unicodedata.name(letter, "") + " ISOLATED FORM"
    with suppress(KeyError):
        return unicodedata.lookup(name)
    return letter


def in_visual_order(parts: Sequence[tuple[str, str]]) -> tuple[bytes, dict[int, bytes]]:
    """What draws a line that reads from right to left, each glyph from left to right, with ligatures."""
    seen: list[str] = []
    for kind, text in reversed(parts):
        units = re.findall(f"{LAM}{ALEF}|.", text)
        units = [unit if len(unit) > 1 else shape(unit) for unit in units]
        seen += [unit.translate(MIRROR) for unit in reversed(units)] if kind == "R" else list(text)
    meanings = dict(enumerate(dict.fromkeys(seen), 1))
    codes = {text: code for code, text in meanings.items()}
    return glyphs([codes[text] for text in seen], 60, 700), unicode_font(meanings)


def test_arabic_is_in_reading_order_and_in_plain_letters() -> None:
    drawing, font = in_visual_order(PARTS)
    assert blocks(drawn(drawing, font)) == ["".join(text for _, text in PARTS)]


def test_arabic_drawn_run_by_run_in_reading_order_is_the_same() -> None:
    """Some programs draw the rightmost run first: only the places count."""
    drawing, font = in_visual_order(PARTS)
    codes = re.findall(rb"[0-9a-f]{4}", re.search(rb"<([0-9a-f]+)>", drawing)[1])  # type: ignore[index]
    single = [glyphs([int(code, 16)], 60 + 6.6 * index, 700) for index, code in enumerate(codes)]
    assert blocks(drawn(b"".join(reversed(single)), font)) == ["".join(text for _, text in PARTS)]


def test_columns_of_arabic_are_read_from_the_right() -> None:
    first = [
        "افتتح الوزير جلسة المؤتمر اليوم",
        "مذكرا بجميع الالتزامات السابقة",
        "التي اتخذتها الدول الأعضاء كلها",
        "ثم شكر الخبراء القادمين إليها.",
    ]
    second = [
        "خصص مبلغ كبير لتكوين المختبرات",
        "المعينة في كل منطقة من العالم",
        "وقد زاد عددها منذ أربع سنوات",
        "في جميع مناطق العالم الواسعة.",
    ]
    letters = dict(enumerate(sorted(set("".join(first + second))), 1))
    codes = {text: code for code, text in letters.items()}
    body = b""
    for row, texts in enumerate(zip(second, first, strict=True)):
        for text, right in zip(texts, (290, 530), strict=True):
            body += glyphs([codes[c] for c in reversed(text)], right - 6.6 * len(text), 700 - 16 * row)
    assert blocks(drawn(body, unicode_font(letters))) == [" ".join(first), " ".join(second)]


def test_shapes_of_letters_become_letters() -> None:
    meanings = {1: "\ufb01", 2: "n", 3: "\u2f24", 4: "\u4f1a", 5: " "}
    assert blocks(drawn(glyphs([1, 2, 5, 3, 4], 72, 700), unicode_font(meanings))) == ["fin \u5927\u4f1a"]


def test_chinese_lines_are_joined_without_a_space() -> None:
    upper, lower = "会议在拉巴特举行来自四十个国家的代表", "出席了会议。"
    meanings = dict(enumerate(dict.fromkeys(upper + lower), 1))
    codes = {text: code for code, text in meanings.items()}
    drawing = glyphs([codes[c] for c in upper], 72, 700) + glyphs([codes[c] for c in lower], 72, 684)
    assert blocks(drawn(drawing, unicode_font(meanings, 1000))) == [upper + lower]


def test_letters_that_pypdf_does_not_know_come_from_pdfium() -> None:
    codes = b"".join(b"%04x" % code for code in range(4_000, 4_010))
    font = {
        5: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /Identity-H /DescendantFonts [6 0 R] >>",
        6: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        7: b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 >>",
    }
    assert blocks(drawn(b"BT /F1 11 Tf 72 700 Td <%b> Tj ET" % codes, font)) == ["姓兄凶胸匈汹雄熊休修"]


def test_letters_that_nobody_knows_are_refused() -> None:
    font = unicode_font({1: "a"})
    font[5] = font[5].replace(b"/ToUnicode 7 0 R", b"")
    assert refused(drawn(glyphs(range(40, 90), 72, 700), font)).code == "encoding"


def tagged(root: bytes, body: bytes, objects: dict[int, bytes]) -> bytes:
    catalog = b"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 30 0 R >>"
    return drawn(body, {1: catalog, 30: root, **objects})


def marked(number: int, body: bytes, tag: bytes = b"P") -> bytes:
    return b"/%b << /MCID %d >> BDC %b EMC\n" % (tag, number, body)


def element(role: bytes, kids: bytes) -> bytes:
    return b"<< /Type /StructElem /S /%b /Pg 3 0 R /K [%b] >>" % (role, kids)


def test_a_tagged_page_is_read_as_its_tags_say() -> None:
    header = b"/Artifact << /Type /Pagination >> BDC " + line("Rapport annuel 7", 72, 810) + b" EMC\n"
    body = (
        marked(3, line("Maroc", 72, 500)) + marked(5, line("Suisse", 72, 480)) + marked(4, line("1,5", 300, 500))
        + marked(6, line("versé en", 300, 484) + line("deux fois", 300, 470)) + header
        + marked(2, line("qui se lit après.", 72, 600)) + marked(1, line("Un paragraphe en deux marques", 300, 690))
        + marked(0, line("Le titre", 72, 700))
    )  # fmt: skip
    objects = {
        31: element(b"Titre", b"0"),
        32: element(b"P", b"1 2"),
        33: element(b"Table", b"34 0 R 37 0 R"),
        34: element(b"TR", b"35 0 R 36 0 R"),
        35: element(b"TH", b"3"),
        36: element(b"TD", b"4"),
        37: element(b"TR", b"38 0 R 39 0 R"),
        38: element(b"TH", b"5"),
        39: element(b"TD", b"6"),
    }
    root = b"<< /Type /StructTreeRoot /RoleMap << /Titre /H2 >> /K [31 0 R 32 0 R 33 0 R] >>"
    data = tagged(root, body, objects)
    assert blocks(data) == [
        "Le titre",
        "Un paragraphe en deux marques qui se lit après.",
        "Maroc | 1,5\nSuisse | versé en deux fois",
    ]
    assert headings(data) == [("Le titre", 2, 1)]


def test_tags_that_cover_little_are_not_followed() -> None:
    body = marked(0, line("Fin.", 72, 500)) + lines(COLUMNS)
    objects = {31: element(b"P", b"0")}
    assert blocks(tagged(b"<< /Type /StructTreeRoot /K [31 0 R] >>", body, objects)) == [ONE, "Fin."]


def test_a_replacement_text_is_read_in_place_of_its_glyphs() -> None:
    body = b"BT /F1 11 Tf 72 700 Td (Une ) Tj /Span << /ActualText (phrase) >> BDC (####) Tj EMC ( courte.) Tj ET"
    assert blocks(drawn(body)) == ["Une phrase courte."]


def test_bookmarks_make_headings_of_plain_lines() -> None:
    paper = Paper()
    paper.add_page()
    for title, depth in (("1. Le cadre", 0), ("1.1 La méthode", 1), ("2. Les suites", 0)):
        paper.start_section(title, depth)
        paper.text_block(title)
        paper.text_block(paragraph(depth * 8, 6))
    assert headings(paper.bytes()) == [("1. Le cadre", 1, 1), ("1.1 La méthode", 2, 1), ("2. Les suites", 1, 1)]


def test_headings_by_size_and_weight() -> None:
    paper = Paper()
    paper.add_page()
    paper.title_line("Le titre du rapport", 20)
    for number, title in enumerate(("Le contexte", "Les suites")):
        paper.title_line(title, 14)
        paper.title_line("Un sous-titre gras", 11)
        paper.text_block(paragraph(number * 4))
    found = [(text, level) for text, level, _ in headings(paper.bytes())]
    small = ("Un sous-titre gras", 3)
    assert found == [("Le titre du rapport", 1), ("Le contexte", 2), small, ("Les suites", 2), small]


def test_titles_at_the_top_of_pages_that_differ_are_kept() -> None:
    texts = ["Le cadre", "La méthode", "Les suites"]
    data = pages(
        [line(f"Article {n}", 72, 780, 16) + lines([paragraph(4 * n, 1), texts[n - 1]], y=740) for n in (1, 2, 3)]
    )
    found = content(data).text
    assert all(text in found for text in texts)


def info(**entries: str) -> bytes:
    return b"<< %b >>" % b" ".join(b"/%b (%b)" % (k.encode(), v.encode("latin-1")) for k, v in entries.items())


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("Une phrase simple et claire", "Une phrase simple et claire"),
        ("Microsoft Word - rapport.docx", "Une phrase simple."),
        ("Untitled", "Une phrase simple."),
        ("phrase simple.pdf", "Une phrase simple."),
        ("Le budget de la commune", "Une phrase simple."),
        ("", "Une phrase simple."),
    ],
)
def test_a_title_is_proposed_unless_it_is_of_something_else(given: str, title: str) -> None:
    data = drawn(line("Une phrase simple.", 72, 700), {9: info(Title=given)}, trailer=b"/Info 9 0 R")
    assert converted(data).metadata.title == title


@pytest.mark.parametrize(
    ("given", "expected"),
    [("D:20241022093000+01'00'", "2024-10-22"), ("D:19700101", None), ("D:20249999", None), ("hier", None)],
)
def test_a_date_is_proposed_if_it_can_be_one(given: str, expected: str | None) -> None:
    data = drawn(line("Une phrase.", 72, 700), {9: info(CreationDate=given)}, trailer=b"/Info 9 0 R")
    assert converted(data).metadata.date == expected


def test_what_is_no_text_is_counted() -> None:
    page = pdfs.ONE_PAGE[3].replace(b"/Contents", b"/Annots [10 0 R 11 0 R 12 0 R] /Contents")
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> "
        b"/AcroForm << /Fields [12 0 R] >> /Names << /EmbeddedFiles << /Names [(a) 13 0 R (b) 13 0 R] >> >> >>",
        3: page,
        10: b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Une remarque) >>",
        11: b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org) >> >>",
        12: b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (nom) /Rect [0 0 9 9] >>",
        13: b"<< /Type /Filespec /F (a.txt) >>",
    }
    result = converted(drawn(line("Une phrase.", 72, 700), objects))
    assert result.dropped == {"attachments": 2, "comments": 1, "forms": 1, "scripts": 1}


@pytest.mark.parametrize("method", [EncryptionMethod.RC4, EncryptionMethod.NO_ENCRYPTION])
def test_a_file_that_opens_without_a_password_is_read(method: EncryptionMethod) -> None:
    paper = Paper()
    paper.set_encryption("owner", encryption_method=method, permissions=AccessPermission.none())
    paper.add_page()
    paper.text_block("Une phrase simple.")
    assert blocks(paper.bytes()) == ["Une phrase simple."]


def test_a_file_with_a_password_is_refused() -> None:
    paper = Paper()
    paper.set_encryption("owner", "secret", encryption_method=EncryptionMethod.RC4)
    paper.add_page()
    paper.text_block("Une phrase simple.")
    error = refused(paper.bytes())
    assert error.code == "encrypted"
    assert "password" in str(error)


def test_a_file_whose_end_is_lost_is_read_if_it_can_be() -> None:
    data = drawn(line("Une phrase simple.", 72, 700))
    cut = data[: data.rindex(b"startxref")]
    assert blocks(cut) == ["Une phrase simple."]
    assert blocks(b"junk before\n" + data) == ["Une phrase simple."]


def test_too_many_pages() -> None:
    kids = b" ".join([b"3 0 R"] * (MAX_PAGES + 1))
    error = refused(drawn(b"", {2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, MAX_PAGES + 1)}))
    assert (error.code, error.values["limit"]) == ("too_many_pages", MAX_PAGES)


GOOD = drawn(line("Une phrase simple.", 72, 700) + by_column())


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=30), st.integers(0, len(GOOD)))
@settings(max_examples=60, deadline=None)
def test_damage_is_refused_in_words(changes: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(GOOD)
    for place, value in changes:
        damaged[place] = value
    with suppress(UnreadableFile):
        converted(bytes(damaged[:end]) + bytes(damaged[end:] if end % 2 else b""))


@given(st.binary(max_size=300), st.sampled_from([b"BT /F1 11 Tf 72 700 Td ", b"", b"q 1 0 0 1 5 5 cm "]))
@settings(max_examples=60, deadline=None)
def test_any_operators_give_text_or_a_refusal(body: bytes, begin: bytes) -> None:
    with suppress(UnreadableFile):
        read_pdf(drawn(begin + body))
