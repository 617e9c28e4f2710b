"""Office documents, e-books and archives with what real ones hide, and those made to harm."""

import io
from typing import Any

from tests.corpus import makers
from tests.corpus.makers import cell, docx, epub, odt, run, table, zipped
from tests.corpus.makers import paragraph as P
from tests.corpus.pdfs import paragraph, sentence
from tests.corpus.ugly_pdfs import COMMAND, CROSSING, HEADINGS, TITLE, picture, simple
from tests.corpus.ugly_texts import FRENCH

HEAD = P(TITLE, style="Heading1") + P(CROSSING)
CORE = "<dc:title>Rapport</dc:title><dcterms:created>2024-10-22T08:00:00Z</dcterms:created>"

# Word


def changes() -> bytes:
    """Changes that nobody has accepted yet."""
    removed, added = run("<w:delText>quarante</w:delText>"), run("cinquante")
    body = P("Les ", f"<w:del>{removed}</w:del>", f"<w:ins>{added}</w:ins>", " pays réunis à Rabat ont signé.")
    return docx(HEAD + body + P(paragraph(0)))


def comments() -> bytes:
    """A remark of an author for another."""
    remark = makers.document(f'<w:comment w:id="1">{P("À vérifier avant publication !")}</w:comment>', "comments")
    body = HEAD + P(sentence(0), run('<w:commentReference w:id="1"/>'))
    return docx(body, parts={"comments.xml": remark})


WORD_NOTE = "Voir le document C-29/DG.1 du Secrétariat technique."


def notes() -> bytes:
    """A note at the foot of a page."""
    note = f'<w:footnote w:type="separator" w:id="-1">{P("_")}</w:footnote>'
    note += f'<w:footnote w:id="2">{P(WORD_NOTE)}</w:footnote>'
    body = HEAD + P(sentence(0), run('<w:footnoteReference w:id="2"/>')) + P(sentence(1))
    return docx(body, parts={"footnotes.xml": makers.document(note, "footnotes")})


def boxes() -> bytes:
    """A text in a frame, stored twice for old and new programs."""
    content = f"<w:txbxContent>{P(sentence(2))}</w:txbxContent>"
    box = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    return docx(HEAD + P(sentence(0), box))


def macros() -> bytes:
    """A document with programs, renamed."""
    return docx(HEAD + P(paragraph(0)), parts={"vbaProject.bin": b"Sub AutoOpen()"})


MERGED = "Pays | Montant\nMaroc | 1,5\n2,5\nTotal | 4"


def merged() -> bytes:
    """A table with cells over two rows and two columns."""
    rows = table(
        ["Pays", "Montant"],
        [cell("Maroc", '<w:vMerge w:val="restart"/>'), "1,5"],
        [cell("", "<w:vMerge/>"), "2,5"],
        [cell("Total", '<w:gridSpan w:val="1"/>'), "4"],
    )
    return docx(HEAD + rows + P(sentence(0)))


def hidden() -> bytes:
    """Words that the program does not show."""
    return docx(HEAD + P(sentence(0), run(COMMAND, "<w:vanish/>")))


def library_made() -> bytes:
    """A document as a program writes it, with headings and lists, over pages that it noted."""
    import docx as library

    document = library.Document()
    document.core_properties.title, document.core_properties.language = TITLE, "fr-FR"
    document.add_heading(TITLE, 0)
    for number, heading in enumerate(HEADINGS):
        document.add_heading(heading, 1)
        document.add_paragraph(paragraph(4 * number))
        document.add_paragraph(sentence(40 + number), style="List Number")
    document.add_paragraph(CROSSING)
    return saved(document)


def saved(document: Any) -> bytes:
    """What a library saves."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def laughs() -> bytes:
    """XML whose entities expand to a billion words."""
    hostile = makers.laughs("w:document", makers.document(P("&l9;")).split("?>", 1)[1])
    return makers.replaced(docx(P("x")), {"word/document.xml": hostile})


def outside() -> bytes:
    """XML that asks for a file of the server."""
    xml = makers.document(P("a&x;b"))
    hostile = xml.replace("<w:document", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document', 1)
    return makers.replaced(docx(P("x")), {"word/document.xml": hostile})


def bomb() -> bytes:
    """A small file that expands to a hundred megabytes."""
    return makers.replaced(docx(P("x")), {"word/theme.xml": b" " * 99_000_000})


def old() -> bytes:
    """A document of Word 97."""
    return makers.OLE + b"\0" * 2_000 + "WordDocument".encode("utf-16-le") + b"\0" * 2_000


def protected() -> bytes:
    """A document that needs a password."""
    return makers.OLE + b"\0" * 2_000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2_000


# Slides


def slides() -> bytes:
    """Notes of the speaker, a hidden slide, shapes in a group, a slide that is a picture."""
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    layouts = deck.slide_layouts
    first = deck.slides.add_slide(layouts[0])
    first.shapes.title.text, first.placeholders[1].text = TITLE, "Rabat, octobre 2024"
    second = deck.slides.add_slide(layouts[5])
    second.shapes.title.text = HEADINGS[0]
    group = second.shapes.add_group_shape()
    for number, left in enumerate((5, 1)):
        box = group.shapes.add_textbox(Inches(left), Inches(3), Inches(3), Inches(1))
        box.text_frame.text = sentence(1 - number)
    second.notes_slide.notes_text_frame.text = CROSSING
    hidden = deck.slides.add_slide(layouts[5])
    hidden.shapes.title.text = "PIÈGE"
    hidden._element.set("show", "0")
    deck.slides.add_slide(layouts[6]).shapes.add_picture(io.BytesIO(picture()), 0, 0)
    last = deck.slides.add_slide(layouts[1])
    last.shapes.title.text, last.placeholders[1].text = HEADINGS[2], paragraph(4)
    return saved(deck)


# OpenDocument and e-books


REPEATED = "Montant | 1,5 | 1,5 | 1,5"


def repeated() -> bytes:
    """A table whose columns and rows are repeated up to a million times."""
    cells = (
        "<table:table-cell><text:p>Montant</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="3"><text:p>1,5</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="1000000"/>'
    )
    rows = f'<table:table-row>{cells}</table:table-row><table:table-row table:number-rows-repeated="1000000"/>'
    head = f'<text:h text:outline-level="1">{TITLE}</text:h><text:p>{CROSSING}</text:p>'
    return odt(f"{head}<table:table>{rows}</table:table><text:p>{sentence(0)}</text:p>")


CHAPTER = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


def book() -> bytes:
    """An e-book with its table of contents, chapters out of the order of their names, and a note."""
    note = f'<aside epub:type="footnote" xmlns:epub="http://www.idpf.org/2007/ops"><p>{WORD_NOTE}</p></aside>'
    chapters = {
        "z.xhtml": CHAPTER.format(f"<h1>{HEADINGS[0]}</h1><p>{CROSSING}</p>{note}"),
        "a.xhtml": CHAPTER.format(f"<h1>{HEADINGS[1]}</h1><p>{paragraph(0)}</p>"),
    }
    return epub(
        chapters,
        items='<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>',
        meta=f"<dc:title>{TITLE}</dc:title><dc:language>fr</dc:language><dc:publisher>OIAC</dc:publisher>"
        "<dc:date>2024-10-22</dc:date>",
        parts={"OEBPS/nav.xhtml": CHAPTER.format("<nav><p>Table des matières</p></nav>")},
    )


# Archives


def mixed() -> bytes:
    """Three documents, a damaged one and a photograph."""
    damaged = docx(HEAD)[:400]
    return zipped(
        [
            ("dossier/", ""),
            ("dossier/communiqué.txt", FRENCH),
            ("dossier/rapport.docx", docx(HEAD + P(paragraph(0)))),
            ("dossier/discours.pdf", simple().bytes()),
            ("dossier/abîmé.docx", damaged),
            ("dossier/photo.png", picture()),
            ("__MACOSX/dossier/._rapport.docx", b"\0"),
        ]
    )


def travelling() -> bytes:
    """Names that would leave the folder into which they are unpacked."""
    return zipped({"../../etc/cron.d/tache.txt": FRENCH, "C:\\Windows\\System32\\note.txt": FRENCH})


def inflating() -> bytes:
    """Small files that expand to forty megabytes."""
    return zipped({f"{number}.txt": b" " * 19_000_000 for number in range(2)})


def nested() -> bytes:
    """An archive in an archive in an archive."""
    inner = zipped({"0.txt": b" " * 10_000_000})
    for number in range(5):
        inner = zipped({f"{number}.zip": inner})
    return inner


def overlapping() -> bytes:
    """A directory that names the same content a thousand times."""
    return makers.overlapping("0000.txt", 10_000_000, 1_000)


def program() -> bytes:
    """A program of Windows."""
    return b"MZ\x90\0" + bytes(60) + b"This program cannot be run in DOS mode." + bytes(1_000)
