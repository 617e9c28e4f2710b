"""Word documents, presentations and OpenDocument texts: what each feature of a real file gives, and hostile ones."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats.blocks import Reading, assemble
from corpus.formats.docx import read_docx
from corpus.formats.odt import read_odt
from corpus.formats.pptx import read_pptx
from corpus.models import Content
from tests.corpus import makers
from tests.corpus.makers import docx, odt, paragraph, run, style, table

P = paragraph


def content(reading: Reading) -> Content:
    return assemble(reading.blocks, paged=reading.paged)


def texts(reading: Reading) -> list[str]:
    return content(reading).text.split("\n\n")


def headings(reading: Reading) -> list[tuple[str, int]]:
    text = content(reading)
    return [(heading.span.of(text.text), heading.level) for heading in text.headings]


def page_of(reading: Reading, words: str) -> int | None:
    text = content(reading)
    return text.page_of(text.text.index(words))


def refusal(read: Callable[[bytes], Reading], data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    return caught.value.code


# Word


def test_a_document_as_a_library_writes_it() -> None:
    import docx as library

    document = library.Document()
    document.core_properties.title = "Rapport final"
    document.core_properties.language = "fr-FR"
    document.add_heading("La conférence de Rabat", 0)
    document.add_heading("Ouverture", 1)
    document.add_paragraph("Nasser Bourita a ouvert la conférence.")
    document.add_paragraph("premier", style="List Number")
    document.add_paragraph("second", style="List Number")
    document.add_paragraph("puce", style="List Bullet")
    grid = document.add_table(rows=2, cols=2)
    for number, cell in enumerate(grid._cells):
        cell.text = f"c{number}"
    buffer = io.BytesIO()
    document.save(buffer)
    reading = read_docx(buffer.getvalue())
    assert texts(reading) == [
        "La conférence de Rabat",
        "Ouverture",
        "Nasser Bourita a ouvert la conférence.",
        "1. premier",
        "2. second",
        "puce",
        "c0 | c1\nc2 | c3",
    ]
    assert headings(reading) == [("La conférence de Rabat", 1), ("Ouverture", 1)]
    assert (reading.title, reading.language, reading.paged, dict(reading.dropped)) == (
        "Rapport final",
        "fr-FR",
        False,
        {},
    )


def test_headings_by_name_by_id_and_by_outline_level() -> None:
    styles = makers.document(
        style("Titre2", "heading 2")
        + style("a1", "Заголовок 3")
        + style("Mine", "Mine", based_on="Titre2")
        + style("Outline", "Outline", '<w:pPr><w:outlineLvl w:val="3"/></w:pPr>')
        + style("Body", "Body", '<w:pPr><w:outlineLvl w:val="9"/></w:pPr>', based_on="Titre2")
        + style("T", "Title")
        + style("Loop", "Loop", based_on="Loop"),
        "styles",
    )
    body = "".join(
        P(name, style=name) for name in ("T", "Titre2", "a1", "Mine", "Outline", "Body", "Heading4", "Loop", "Ttulo5")
    )
    direct = '<w:outlineLvl w:val="0"/>'
    body += P("direct", properties=direct) + P("none", style="Titre2", properties='<w:outlineLvl w:val="9"/>')
    assert headings(read_docx(docx(body, parts={"styles.xml": styles}))) == [
        ("T", 1),
        ("Titre2", 2),
        ("a1", 3),
        ("Mine", 2),
        ("Outline", 4),
        ("Heading4", 4),
        ("Ttulo5", 5),
        ("direct", 1),
    ]


def numbering(*levels: tuple[str, str], extra: str = "") -> str:
    inner = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{template}"/></w:lvl>'
        for depth, (form, template) in enumerate(levels)
    )
    return makers.document(
        f'<w:abstractNum w:abstractNumId="7">{inner}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>{extra}',
        "numbering",
    )


def item(text: str, depth: int = 0, list_id: int = 1) -> str:
    return P(text, properties=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_lists_have_their_numbers() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
        "</w:lvlOverride></w:num>"
    )
    parts = {"numbering.xml": numbering(("decimal", "Article %1"), ("lowerLetter", "%1.%2)"), extra=again)}
    body = item("un") + item("a", 1) + item("b", 1) + item("deux") + item("c", 1) + item("cinq", 0, 2) + item("x", 0, 9)
    assert texts(read_docx(docx(body, parts=parts))) == [
        "Article 1 un",
        "1.a) a",
        "1.b) b",
        "Article 2 deux",
        "2.a) c",
        "Article 5 cinq",
        "x",
    ]


@pytest.mark.parametrize(
    ("form", "third"),
    [
        ("upperRoman", "III. x"),
        ("russianLower", "в. x"),
        ("arabicAlpha", "ت. x"),
        ("chineseCounting", "三. x"),
        ("decimalZero", "03. x"),
        ("cardinalText", "3. x"),
        ("bullet", "x"),
        ("none", "x"),
    ],
)
def test_forms_of_numbers(form: str, third: str) -> None:
    data = docx(item("x") * 3, parts={"numbering.xml": numbering((form, "%1."))})
    assert texts(read_docx(data))[2] == third


def test_tables_with_merged_nested_and_empty_cells() -> None:
    merged = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = P("avant") + table(
        ["Pays", "Année", ""],
        [makers.cell("Maroc", merged[0]), "2023"],
        [makers.cell("Maroc", merged[1]), P("deux") + P("lignes")],
        ["dedans", table(["a", "b"], ["c", "d"])],
    )
    assert texts(read_docx(docx(body + P("après")))) == [
        "avant",
        "Pays | Année\nMaroc | 2023\ndeux lignes\ndedans | a | b c | d",
        "après",
    ]


def test_a_table_of_one_column_is_a_box_of_paragraphs() -> None:
    body = table([P("Titre", style="Heading1") + P("Un.")], [P("Deux.")])
    reading = read_docx(docx(body))
    assert texts(reading) == ["Titre", "Un.", "Deux."]
    assert headings(reading) == [("Titre", 1)]


def notes(kind: str, **texts: str) -> str:
    inner = f'<w:{kind} w:type="separator" w:id="-1">{P("trait")}</w:{kind}>'
    inner += "".join(f'<w:{kind} w:id="{key[1:]}">{P(text)}</w:{kind}>' for key, text in texts.items())
    return makers.document(inner, f"{kind}s")


def test_notes_follow_what_refers_to_them() -> None:
    def reference(kind: str, key: int) -> str:
        return run(f'<w:{kind}Reference w:id="{key}"/>')

    body = P("Un", reference("footnote", 2), " fin.") + P("Deux.")
    body += table(["a", P("b", reference("endnote", 2))]) + P("Trois", reference("footnote", 9))
    parts = {
        "footnotes.xml": notes("footnote", n2="Note au bas de la page."),
        "endnotes.xml": notes("endnote", n2="Note à la fin."),
    }
    assert texts(read_docx(docx(body, parts=parts))) == [
        "Un fin.",
        "Note au bas de la page.",
        "Deux.",
        "a | b",
        "Note à la fin.",
        "Trois",
    ]


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>{0}</w:txbxContent></wps:txbx>"
        "</w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    ).format(P("Dans le cadre."))
    assert texts(read_docx(docx(P("Autour ", box, "du cadre.")))) == ["Autour du cadre.", "Dans le cadre."]


def test_tracked_changes() -> None:
    body = (
        P("Le ", f"<w:ins>{run('nouveau')}</w:ins>", f"<w:del>{run('<w:delText>vieux</w:delText>')}</w:del>", " texte.")
        + P(f"<w:moveFrom>{run('parti')}</w:moveFrom>", f"<w:moveTo>{run('venu')}</w:moveTo>")
        + P("La phrase ", properties="<w:rPr><w:del/></w:rPr>")
        + P("continue.", properties="<w:pPrChange><w:pPr><w:pStyle w:val='Heading1'/></w:pPr></w:pPrChange>")
    )
    reading = read_docx(docx(body))
    assert texts(reading) == ["Le nouveau texte.", "venu", "La phrase continue."]
    assert (dict(reading.dropped), headings(reading)) == ({"changes": 2}, [])


def test_a_paragraph_whose_end_was_deleted_before_a_table_or_the_end() -> None:
    open_ended = P("Fin supprimée", properties="<w:rPr><w:del/></w:rPr>")
    assert texts(read_docx(docx(open_ended + table(["a", open_ended]) + open_ended))) == [
        "Fin supprimée",
        "a | Fin supprimée",
        "Fin supprimée",
    ]


def test_hidden_text_comments_links_and_fields() -> None:
    styles = makers.document(style("Hid", "Hid", "<w:rPr><w:vanish/></w:rPr>"), "styles")
    hidden = "<w:vanish/>"
    field = (
        run('<w:fldChar w:fldCharType="begin"/>')
        + run("<w:instrText>DATE \\@ yyyy</w:instrText>")
        + run('<w:fldChar w:fldCharType="begin"/>')
        + run("PAS CECI")
        + run('<w:fldChar w:fldCharType="end"/>')
        + run('<w:fldChar w:fldCharType="separate"/>')
        + run("2024")
        + run('<w:fldChar w:fldCharType="end"/>')
    )
    body = (
        P("Vu", run(" caché", hidden), run(" encore", hidden), run(" visible", '<w:vanish w:val="0"/>'), ".")
        + P("Style caché", style="Hid")
        + P("Un ", f'<w:hyperlink r:id="x">{run("lien")}</w:hyperlink>', run('<w:commentReference w:id="1"/>'), ".")
        + P("En ", field, ".")
        + P(f'<w:fldSimple w:instr="TITLE">{run("Titre")}</w:fldSimple>')
        + P("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>")
        + P("a", run("<w:tab/>"), "b", run("<w:br/>"), "c", run("<w:noBreakHyphen/>"), "d")
    )
    reading = read_docx(docx(body, parts={"styles.xml": styles}))
    assert texts(reading) == ["Vu visible.", "Un lien.", "En 2024.", "Titre", "x=1", "a b\nc-d"]
    assert dict(reading.dropped) == {"hidden": 2, "comments": 1}


def test_a_field_that_never_ends_does_not_swallow_the_document() -> None:
    body = P("a", run('<w:fldChar w:fldCharType="begin"/>'), "code") + P("b")
    assert texts(read_docx(docx(body))) == ["a", "b"]


def test_content_controls_and_ruby() -> None:
    placeholder = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{P('Cliquez ici')}</w:sdtContent></w:sdt>"
    filled = f"<w:sdt><w:sdtPr/><w:sdtContent>{P('Rempli')}</w:sdtContent></w:sdt>"
    ruby = f"<w:ruby><w:rt>{run('hànzì')}</w:rt><w:rubyBase>{run('汉字')}</w:rubyBase></w:ruby>"
    assert texts(read_docx(docx(placeholder + filled + P(run(ruby))))) == ["Rempli", "汉字"]


def test_pictures_objects_macros_and_diagrams() -> None:
    body = P("Avant", run("<w:drawing><a:blip/></w:drawing>"), run("<w:object><v:imagedata/></w:object>"))
    body += P(run('<w:drawing><dgm:relIds r:dm="data"/></w:drawing>'))
    diagram = (
        f"<dgm:dataModel {makers.NAMESPACES}><a:p><a:r><a:t>Étape 1</a:t></a:r></a:p><a:p><a:r><a:t>Étape 2</a:t>"
        "</a:r></a:p></dgm:dataModel>"
    )
    reading = read_docx(docx(body, parts={"data.xml": diagram, "vbaProject.bin": b"macro"}))
    assert texts(reading) == ["Avant", "Étape 1", "Étape 2"]
    assert dict(reading.dropped) == {"images": 1, "attachments": 1, "macros": 1}


BREAK = run('<w:br w:type="page"/>')
RENDERED = run("<w:lastRenderedPageBreak/>")


def test_pages_where_word_noted_them() -> None:
    body = (
        P("Première page.", BREAK)
        + P(RENDERED, "Deuxième page, dont la phrase ", RENDERED, "continue.")
        + table(["a1", "b1"], [P(RENDERED, "a2"), "b2"], ["a3", P("b3", RENDERED, "suite")], ["a4", "b4"])
        + P("Titre", style="Heading1")
        + P(BREAK)
        + P(RENDERED, "Sixième page.")
    )
    reading = read_docx(docx(body))
    assert reading.paged
    assert texts(reading) == [
        "Première page.",
        "Deuxième page, dont la phrase continue.",
        "a1 | b1",
        "a2 | b2\na3 | b3 suite",
        "a4 | b4",
        "Titre",
        "Sixième page.",
    ]
    found = {words: page_of(reading, words) for words in ("Première", "Deux", "continue", "a1", "a2", "b3", "a4")}
    assert found == {"Première": 1, "Deux": 2, "continue": 3, "a1": 3, "a2": 4, "b3": 4, "a4": 5}
    assert page_of(reading, "Titre") == 5
    assert page_of(reading, "Sixième") == 6
    assert headings(reading) == [("Titre", 1)]


def test_a_page_that_begins_in_two_cells_of_a_row_begins_once() -> None:
    body = table([P("a", RENDERED, "b"), P("c", RENDERED, "d")]) + P("après")
    reading = read_docx(docx(body))
    assert page_of(reading, "après") == 2


def test_without_noted_pages_there_are_none() -> None:
    reading = read_docx(docx(P("Un.", BREAK) + P("Deux.")))
    assert not reading.paged
    assert content(reading).pages == ()
    assert texts(reading) == ["Un.", "Deux."]


def test_pages_of_pictures_alone() -> None:
    picture = run("<w:drawing><a:blip/></w:drawing>")
    body = P("Texte", RENDERED, picture) + P(RENDERED, "Fin")
    assert read_docx(docx(body)).pictures == (2,)
    assert read_docx(docx(P(picture))).pictures == (1,)
    assert read_docx(docx(P("Texte", picture))).pictures == ()


@pytest.mark.parametrize(
    ("core", "title", "date"),
    [
        (
            "<dc:title>Rapport</dc:title><dcterms:created>2024-10-22T08:00:00Z</dcterms:created>"
            "<dcterms:modified>2025-01-01T00:00:00Z</dcterms:modified>",
            "Rapport",
            "2024-10-22",
        ),
        (
            "<dc:title>Microsoft Word - note.doc</dc:title><dcterms:modified>2025-01-01</dcterms:modified>",
            "",
            "2025-01-01",
        ),
        ("<dc:title>Document1</dc:title><dcterms:created>hier</dcterms:created>", "", ""),
        ("", "", ""),
    ],
)
def test_properties(core: str, title: str, date: str) -> None:
    reading = read_docx(docx(P("x"), core=core, company="OIAC"))
    assert (reading.title, reading.date, reading.publisher) == (title, date, "OIAC")


@pytest.mark.parametrize(
    ("runs", "language"),
    [
        ([("Une phrase", '<w:lang w:val="fr-FR"/>'), ("x", '<w:lang w:val="en-GB"/>')], "fr-FR"),
        ([("جملة", '<w:rtl/><w:lang w:val="fr-FR" w:bidi="ar-MA"/>')], "ar-MA"),
        ([("会议", '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>')], "zh-CN"),
        ([("Une phrase sans langue", ""), ("x", '<w:lang w:val="en-GB"/>')], ""),
    ],
)
def test_the_language_that_most_of_the_text_declares(runs: list[tuple[str, str]], language: str) -> None:
    assert read_docx(docx(P(*(run(text, properties) for text, properties in runs)))).language == language


def test_strict_documents() -> None:
    data = makers.members_of(docx(P("Texte")))
    strict = data["word/document.xml"].replace(makers.W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert texts(read_docx(makers.zipped({**data, "word/document.xml": strict}))) == ["Texte"]


def test_a_workbook_or_a_presentation_is_named() -> None:
    data = makers.members_of(docx(P("x")))
    data["_rels/.rels"] = data["_rels/.rels"].replace(b"word/document.xml", b"xl/workbook.xml")
    with pytest.raises(UnreadableFile, match="an Excel workbook"):
        read_docx(makers.zipped({**data, "xl/workbook.xml": "<workbook/>"}))
    assert refusal(read_docx, makers.replaced(docx(P("x")), {"word/document.xml": "<other/>"})) == "wrong_type"


# Hostile


@pytest.mark.parametrize("source", ["", "file:///etc/passwd"])
def test_entities_never_reach_the_text(source: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    declared = f'<!ENTITY x SYSTEM "{secret.as_uri()}">' if source else ""
    xml = makers.document(P("a&#38;x;b")).replace("&#38;x;", "&x;" if source else "&l9;")
    hostile = xml.replace("<w:document", f"<!DOCTYPE w:document [{declared}]><w:document", 1)
    if not source:
        hostile = makers.laughs("w:document", xml.split("?>", 1)[1])
    started = time.monotonic()
    assert refusal(read_docx, makers.replaced(docx(P("x")), {"word/document.xml": hostile})) == "broken"
    assert time.monotonic() - started < 1


def test_an_external_document_type_is_not_fetched(tmp_path: Path) -> None:
    other = tmp_path / "x.dtd"
    other.write_text('<!ENTITY x "SECRET">')
    xml = makers.document(P("a")).replace("<w:document", f'<!DOCTYPE w:document SYSTEM "{other.as_uri()}"><w:document')
    xml = xml.replace(">a<", ">a&x;<")
    assert "SECRET" not in content(read_docx(makers.replaced(docx(""), {"word/document.xml": xml}))).text


def test_deeply_nested_tables_are_refused_or_read_quickly() -> None:
    inner = P("au fond")
    for _ in range(300):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc><w:tc>{P('x')}</w:tc></w:tr></w:tbl>"
    started = time.monotonic()
    assert "au fond" in content(read_docx(docx(inner))).text
    assert refusal(read_docx, docx("<w:tbl><w:tr><w:tc>" * 50_000)) == "too_large"
    assert time.monotonic() - started < 3


def test_endless_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.formats.events.MAX_ELEMENTS", 1_000)
    assert refusal(read_docx, docx("<w:p/>" * 1_000)) == "too_large"
    assert (
        refusal(read_odt, odt("<text:tracked-changes>" + "<text:s/>" * 1_000 + "</text:tracked-changes>"))
        == "too_large"
    )


def test_a_note_referred_to_a_million_times_is_read_once() -> None:
    body = P(*[run('<w:footnoteReference w:id="2"/>')] * 10_000)
    reading = read_docx(docx(body, parts={"footnotes.xml": notes("footnote", n2="Note." * 1_000)}))
    assert content(reading).text == "Note." * 1_000


def test_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.formats.flow.MAX_CHARACTERS", 10_000)
    assert refusal(read_docx, docx(P("mot ") * 3_000)) == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        "<w:tc><w:p><w:tc/></w:p></w:tc>",
        "<w:tbl><w:tc>x</w:tc><w:tr><w:tr/></w:tr></w:tbl>",
        "<w:r><w:t>x</w:t></w:r><w:pPr><w:pStyle w:val='a'/></w:pPr>",
        "<w:p><w:r><w:fldChar w:fldCharType='end'/><w:sym w:char='zz'/><w:sym w:char='FFFFFFFFF'/></w:r></w:p>",
        "<w:p><w:p><w:p>x</w:p></w:p></w:p>",
        "<w:sdtContent/><w:showingPlcHdr/><w:vMerge/>",
    ],
)
def test_xml_that_word_never_writes(body: str) -> None:
    assert content(read_docx(docx(body + P("fin")))).text.endswith("fin")


TAGS = ("w:p", "w:r", "w:t", "w:tbl", "w:tr", "w:tc", "w:pPr", "w:rPr", "w:del", "w:sdt", "w:sdtContent", "mc:Fallback")
ODF_TAGS = (
    *("text:p", "text:h", "text:span", "text:list", "text:list-item", "text:note-body", "text:section", "draw:frame"),
    *("table:table", "table:table-row", "table:table-cell", "text:soft-page-break"),
)


@st.composite
def xml(draw: st.DrawFn, tags: tuple[str, ...]) -> str:
    """Elements in any order and depth, with text in each."""
    pieces: list[str] = []
    opened: list[str] = []
    for tag in draw(st.lists(st.sampled_from((*tags, "")), max_size=40)):
        if tag:
            opened.append(tag)
            pieces.append(f"<{tag}>x")
        elif opened:
            pieces.append(f"</{opened.pop()}>y")
    return "".join(pieces) + "".join(f"</{tag}>" for tag in reversed(opened))


@settings(max_examples=100, deadline=None)
@given(xml(TAGS))
def test_any_nesting_is_read(body: str) -> None:
    assert content(read_docx(docx(body + P("fin")))).text.endswith("fin")


# Presentations


def deck(build: Callable[..., None]) -> bytes:
    import pptx

    presentation = pptx.Presentation()
    build(presentation)
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


def picture() -> io.BytesIO:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def typical(presentation: object) -> None:
    from pptx.util import Inches

    slides, layouts = presentation.slides, presentation.slide_layouts  # type: ignore[attr-defined]
    presentation.core_properties.title = "PowerPoint Presentation"  # type: ignore[attr-defined]
    first = slides.add_slide(layouts[0])
    first.shapes.title.text, first.placeholders[1].text = "La conférence", "Rabat, octobre 2024"
    second = slides.add_slide(layouts[5])
    below = second.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1))
    below.text_frame.text = "en bas"
    right = second.shapes.add_textbox(Inches(5), Inches(2.02), Inches(2), Inches(1))
    right.text_frame.text = "à droite"
    left = second.shapes.add_textbox(Inches(1), Inches(2), Inches(2), Inches(1))
    left.text_frame.text = "à gauche\nsuite"
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(3), Inches(2), Inches(1)).text_frame.text = "groupe"
    second.shapes.title.text = "Le titre"
    second.notes_slide.notes_text_frame.text = "Une note."
    third = slides.add_slide(layouts[6])
    third.shapes.add_picture(picture(), 0, 0)
    grid = slides.add_slide(layouts[6]).shapes.add_table(2, 2, 0, 0, Inches(4), Inches(2)).table
    for number, cell in enumerate(grid.iter_cells()):
        cell.text = f"c{number}"
    grid.cell(0, 0).merge(grid.cell(0, 1))
    hidden = slides.add_slide(layouts[5])
    hidden.shapes.title.text = "Cachée"
    hidden._element.set("show", "0")
    slides.add_slide(layouts[5]).shapes.title.text = "Fin"


def test_a_presentation() -> None:
    reading = read_pptx(deck(typical))
    assert texts(reading) == [
        "La conférence",
        "Rabat, octobre 2024",
        "Le titre",
        "à gauche",
        "suite",
        "à droite",
        "groupe",
        "en bas",
        "Une note.",
        "c0 c1\nc2 | c3",
        "Fin",
    ]
    assert headings(reading) == [("La conférence", 1), ("Le titre", 2), ("Fin", 2)]
    assert [page_of(reading, words) for words in ("La conf", "Le titre", "Une note", "c0", "Fin")] == [1, 2, 2, 4, 6]
    assert (reading.pictures, dict(reading.dropped)) == ((3,), {"images": 1, "hidden": 1})
    assert reading.title == ""


def test_a_shape_with_a_choice_and_a_fallback_is_read_once() -> None:
    def build(presentation: object) -> None:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])  # type: ignore[attr-defined]
        slide.shapes.title.text = "Titre"

    members = makers.members_of(deck(build))
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="9" name="x"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
        "<a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    choice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{shape.format('équation')}</mc:Choice><mc:Fallback>{shape.format('image')}</mc:Fallback>"
        "</mc:AlternateContent></p:spTree>"
    )
    name = "ppt/slides/slide1.xml"
    changed = members[name].replace(b"</p:spTree>", choice.encode())
    assert texts(read_pptx(makers.zipped({**members, name: changed}))) == ["Titre", "équation"]


def test_macros_and_a_broken_slide() -> None:
    data = deck(typical)
    assert read_pptx(makers.replaced(data, {"ppt/vbaProject.bin": b"x"})).dropped["macros"] == 1
    assert refusal(read_pptx, makers.replaced(data, {"ppt/slides/slide2.xml": "<p:sld"})) == "broken"
    assert refusal(read_pptx, makers.replaced(data, {"ppt/presentation.xml": "<a/>"})) == "broken"


# OpenDocument


def test_a_text_as_a_library_writes_it() -> None:
    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "Ouverture"))
    document.body.append(odfdo.Paragraph("Nasser Bourita a ouvert la conférence."))
    document.body.append(odfdo.List(["un", "deux"]))
    grid = odfdo.Table("T", width=2, height=2)
    for column, row in ((0, 0), (1, 0), (0, 1), (1, 1)):
        grid.set_value((column, row), f"c{column}{row}")
    document.body.append(grid)
    document.meta.title = "Rapport"
    buffer = io.BytesIO()
    document.save(buffer)
    reading = read_odt(buffer.getvalue())
    assert texts(reading) == [
        "1. Ouverture",
        "Nasser Bourita a ouvert la conférence.",
        "un",
        "deux",
        "c00 | c10\nc01 | c11",
    ]
    assert (headings(reading), reading.title) == ([("1. Ouverture", 1)], "Rapport")


def test_spans_notes_links_and_spaces() -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>La note.</text:p></text:note-body></text:note>"
    )
    reading = read_odt(
        odt(
            f"<text:p>Un <text:span>mot</text:span>{note}, un\n   <text:a>lien</text:a><text:s text:c='999999999'/>et"
            f"<text:tab/>tab<text:line-break/>fin<text:ruby><text:ruby-base>汉</text:ruby-base>"
            "<text:ruby-text>hàn</text:ruby-text></text:ruby>.</text:p>"
            f"<table:table><table:table-row><table:table-cell><text:p>a{note}</text:p></table:table-cell>"
            "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
        )
    )
    assert texts(reading) == ["Un mot, un lien et tab\nfin汉.", "La note.", "a | b", "La note."]


def test_what_is_left_out_of_a_text() -> None:
    styles = (
        '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P9" style:family="paragraph" style:parent-style-name="P8"/>'
        '<style:style style:name="P8" style:family="paragraph"><style:text-properties text:display="none"/>'
        "</style:style>"
    )
    text = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>supprimé</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<office:forms><form:form><text:p>champ</text:p></form:form></office:forms>"
        '<text:p>Vu <text:span text:style-name="T1">caché</text:span><office:annotation><text:p>remarque</text:p>'
        '</office:annotation>.</text:p><text:p text:style-name="P9">caché</text:p>'
        '<text:section text:display="none"><text:p>caché</text:p></text:section>'
        "<text:p><draw:frame><draw:object/><draw:image/></draw:frame><draw:frame><draw:image/><draw:image/>"
        "<svg xmlns='x'>svg</svg></draw:frame>Fin<text:script>x()</text:script></text:p>"
        "<draw:frame><draw:text-box><text:p>Cadre</text:p></draw:text-box></draw:frame>"
    )
    reading = read_odt(odt(text, styles=styles, parts={"Basic/Standard/Module1.xml": "<a/>"}))
    assert texts(reading) == ["Vu .", "Fin", "Cadre"]
    assert dict(reading.dropped) == {
        **{"changes": 1, "forms": 1, "hidden": 3, "comments": 1, "attachments": 1, "images": 1},
        **{"scripts": 1, "macros": 1},
    }


LIST_STYLE = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
    'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" '
    'text:display-levels="2"/></text:list-style>'
)


def test_numbers_of_lists_in_a_text() -> None:
    text = (
        '<text:list text:style-name="L"><text:list-item><text:p>un</text:p><text:p>suite</text:p><text:list>'
        "<text:list-item><text:p>a</text:p></text:list-item></text:list></text:list-item><text:list-item>"
        '<text:p>deux</text:p></text:list-item></text:list><text:p>entre</text:p><text:list text:style-name="L" '
        'text:continue-numbering="true"><text:list-item><text:p>trois</text:p></text:list-item></text:list>'
        '<text:list text:style-name="L"><text:list-item><text:p>un</text:p></text:list-item></text:list>'
    )
    assert texts(read_odt(odt(text, styles=LIST_STYLE))) == [
        *("1. un", "suite", "1.a) a", "2. deux", "entre", "3. trois", "1. un")
    ]


def test_repeated_cells_are_never_expanded() -> None:
    def cells(count: int, text: str = "") -> str:
        inner = f"<text:p>{text}</text:p>" if text else ""
        return f'<table:table-cell table:number-columns-repeated="{count}">{inner}</table:table-cell>'

    rows = (
        f"<table:table-row>{cells(1, 'a')}{cells(3, 'b')}<table:covered-table-cell/></table:table-row>"
        f'<table:table-row table:number-rows-repeated="1000000">{cells(999_999)}</table:table-row>'
        f"<table:table-row>{cells(999_999, 'c')}{cells(1, 'd')}</table:table-row>"
    )
    started = time.monotonic()
    assert texts(read_odt(odt(f"<table:table>{rows}</table:table>"))) == ["a | b | b | b\nc | d"]
    assert time.monotonic() - started < 1


def test_pages_of_a_text() -> None:
    styles = (
        '<style:style style:name="B" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/>'
        "</style:style>"
    )
    soft = "<text:soft-page-break/>"
    text = (
        f'<text:p text:style-name="B">Page un</text:p>{soft}<text:p>Page deux et {soft}trois</text:p>'
        f'<text:h text:outline-level="1" text:style-name="B">Page quatre</text:h>'
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell>"
        f"<text:p>b</text:p></table:table-cell></table:table-row>{soft}<table:table-row><table:table-cell>"
        "<text:p>c</text:p></table:table-cell><table:table-cell><text:p>d</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    reading = read_odt(odt(text, styles=styles))
    assert [
        page_of(reading, words) for words in ("Page un", "Page deux", "trois", "Page quatre", "a | b", "c | d")
    ] == [*(1, 2, 3, 4, 4, 5)]
    assert headings(reading) == [("Page quatre", 1)]
    assert not read_odt(odt('<text:p>a</text:p><text:p text:style-name="B">b</text:p>', styles=styles)).paged


def test_what_a_text_says_about_itself() -> None:
    meta = (
        "<dc:title>Rapport</dc:title><dc:language>fr-FR</dc:language><dc:date>2025-01-01T00:00:00</dc:date>"
        "<meta:creation-date>2024-10-22T08:00:00.5</meta:creation-date>"
    )
    reading = read_odt(odt("<text:p>x</text:p>", meta=meta))
    assert (reading.title, reading.language, reading.date) == ("Rapport", "fr-FR", "2024-10-22")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"META-INF/manifest.xml": '<m xmlns:manifest="x"><manifest:encryption-data/></m>'}, "encrypted"),
        ({"encrypted-package": b"x"}, "encrypted"),
        ({"content.xml": "<a"}, "broken"),
        (
            {"content.xml": f"<a {makers.ODF_NAMESPACES}><office:body><office:spreadsheet/></office:body></a>"},
            "wrong_type",
        ),
    ],
)
def test_texts_that_cannot_be_read(changes: dict[str, str], code: str) -> None:
    assert refusal(read_odt, makers.replaced(odt("<text:p>x</text:p>"), changes)) == code


@settings(max_examples=100, deadline=None)
@given(xml(ODF_TAGS))
def test_any_nesting_of_a_text_is_read(body: str) -> None:
    assert "fin" in texts(read_odt(odt(body + "<text:p>fin</text:p>")))
