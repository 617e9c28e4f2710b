"""Difficult files as people really bring them, what each must give, and the table of them in `docs/ingestion.md`.

In: what made the file. Out: `Row`s. `python -m tests.corpus.ugly` prints the table; what the files really give is
compared with the rows in `test_ugly_files.py`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from tests.corpus import ugly_office as office
from tests.corpus import ugly_pdfs as pdfs
from tests.corpus import ugly_texts as texts
from tests.corpus.ugly_pdfs import CROSSING, HEADINGS, Printed

Outcome = Literal["published", "warned", "quarantine", "refused", "needs a font"]
IN_WORDS: dict[Outcome, str] = {
    "published": "can be published",
    "warned": "can be published, with a warning",
    "quarantine": "in quarantine",
    "refused": "refused",
}

TRAP = "PIÈGE"
"""A word in what must not be read."""


@dataclass(frozen=True, slots=True)
class Gives:
    """What becomes of a file: its findings, or the code of the error. `member` is the name of one in an archive."""

    outcome: Outcome
    codes: tuple[str, ...] = ()
    pages: int = 0
    passages: int = 0
    member: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in get_args(Outcome):
            raise ValueError(f"outcome: found {self.outcome!r}")
        if (self.outcome in IN_WORDS and self.outcome != "refused") != (self.passages > 0):
            raise ValueError("a file is refused, or gives passages")


@dataclass(frozen=True, slots=True)
class Held:
    """Words that stand in the text in one piece, on their page and under their heading."""

    text: str
    page: int | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A file: its name, what it is, what makes it, and what is expected of it."""

    name: str
    what: str
    make: Callable[[], bytes | Printed]
    gives: tuple[Gives, ...]
    holds: tuple[Held, ...] = ()
    lacks: tuple[str, ...] = (TRAP,)
    letters: str = ""
    """Letters for which the machine must have a font, else the file cannot be made."""
    beside: str = ""
    """The text of a document that the library holds already."""


NEEDS_A_FONT = Gives("needs a font")
"""What a row gives on a machine that cannot make its file."""


def published(pages: int, passages: int, *codes: str) -> tuple[Gives]:
    """No finding, or notes only."""
    return (Gives("published", codes, pages, passages),)


def warned(pages: int, passages: int, *codes: str) -> tuple[Gives]:
    """The worst finding is a warning."""
    return (Gives("warned", codes, pages, passages),)


def quarantine(pages: int, passages: int, *codes: str) -> tuple[Gives]:
    """A finding is an error."""
    return (Gives("quarantine", codes, pages, passages),)


def refused(code: str) -> tuple[Gives]:
    """No text."""
    return (Gives("refused", (code,)),)


def crossing(page: int | None = None, section: str = "") -> tuple[Held, ...]:
    """The long sentence."""
    return (Held(CROSSING, page, section),)


ARABIC = (Held(pdfs.ARABIC, 1), Held(pdfs.ARABIC_MORE, 1))
ARABIC_LETTERS = "".join(sorted({letter for letter in pdfs.ARABIC + pdfs.ARABIC_MORE if letter > "\u0600"}))
LAID_OUT: tuple[Row, ...] = (
    Row(
        "Revue deux colonnes.pdf",
        "two justified columns under a title",
        pdfs.two_columns,
        published(1, 6),
        crossing(1, HEADINGS[1]),
    ),
    Row(
        "Revue titre en colonne.pdf",
        "two columns, a title in the first as tall as two lines of the second",
        pdfs.title_in_column,
        published(1, 2),
        (Held("Rapport de la conférence", 1), *(Held(text, 1) for text in pdfs.PROSE)),
    ),
    Row(
        "Bulletin trois colonnes.pdf",
        "three narrow justified columns",
        pdfs.three_columns,
        published(1, 12),
        crossing(1),
    ),
    Row(
        "Rapport avec en-têtes.pdf",
        "running headers, page numbers, sentences over the ends of pages",
        pdfs.headers_and_footers,
        published(4, 27),
        crossing(None, HEADINGS[1]),
        (pdfs.HEADER, "du rapport"),
    ),
    Row(
        "Notes de bas de page.pdf",
        "a note at the foot of the page, its number raised in the text",
        pdfs.footnotes,
        published(2, 2),
        (Held(pdfs.NOTED, 1), Held(pdfs.NOTE, 1)),
    ),
    Row("Tableau.pdf", "a table with cells of several lines", pdfs.table, published(1, 2), (Held(pdfs.AS_LINES, 1),)),
    Row(
        "Césures.pdf", "words divided at the ends of lines", pdfs.hyphenation, published(1, 1), (Held(pdfs.DIVIDED, 1),)
    ),
    Row(
        "Mots composés.pdf",
        "a compound whose hyphen ends a line, no divided words",
        pdfs.compounds,
        published(2, 12),
        (Held(pdfs.COMPOUND, 2),),
    ),
    Row(
        "Ligatures.pdf",
        "ffi, ff, fi and fl drawn as one character each",
        pdfs.ligatures,
        published(1, 1, "doubtful_title"),
        (Held(pdfs.LIGATURES, 1),),
    ),
    Row(
        "Page tournée.pdf",
        "text that runs up the sheet, turned by the viewer",
        pdfs.turned,
        published(1, 1, "doubtful_title"),
        crossing(1),
    ),
    Row(
        "Trois cents pages.pdf",
        "300 pages with a running header and numbers",
        pdfs.many_pages,
        published(300, 150, "doubtful_title"),
        (Held(pdfs.sentence(299 * 3 + 2), 300),),
        ("Annexe", "- 7 -"),
    ),
    Row(
        "Rapport balisé.pdf",
        "a tagged PDF with bookmarks",
        pdfs.tagged,
        published(2, 9),
        (*crossing(1, HEADINGS[1]), Held(HEADINGS[2], 2)),
    ),
    Row(
        "Diapositives.pdf",
        "slides printed on wide pages",
        pdfs.slides,
        published(3, 3),
        (Held(pdfs.sentence(3), 3, HEADINGS[2]),),
    ),
    Row(
        "Article imprimé.pdf",
        "a web page printed with its menu",
        pdfs.web_page,
        published(1, 5),
        crossing(1, HEADINGS[1]),
    ),
)
WRITTEN: tuple[Row, ...] = (
    Row(
        "نداء الرباط.pdf", "Arabic, printed by a browser", pdfs.arabic, published(1, 1), ARABIC, letters=ARABIC_LETTERS
    ),
    Row(
        "مجلة.pdf",
        "Arabic in two columns, a large title in the first one",
        pdfs.arabic_columns,
        published(1, 1),
        (*ARABIC, *(Held(text, 1) for text in pdfs.PLAIN_ARABIC)),
        letters=ARABIC_LETTERS,
    ),
    Row(
        "Arabe façonné.pdf",
        "Arabic whose letters the program joined itself",
        pdfs.shaped_arabic,
        published(1, 1, "doubtful_title"),
        ARABIC,
        letters=pdfs.ARABIC + pdfs.ARABIC_MORE,
    ),
    Row(
        "Arabe ordre visuel.pdf",
        "Arabic drawn from left to right in the order in which it is seen",
        pdfs.visual_arabic,
        published(1, 1, "doubtful_title"),
        (Held(" ".join((*pdfs.PLAIN_ARABIC[:2], pdfs.OPEN_UNTIL, "2027.")), 1),),
    ),
    Row(
        "Arabe à l'envers.pdf",
        "Arabic drawn from left to right in the order in which it is read: the page itself is wrong",
        pdfs.broken_arabic,
        quarantine(1, 1, "reversed_arabic", "doubtful_title"),
    ),
    Row("Призыв.pdf", "Russian", pdfs.russian, published(1, 1), (Held(pdfs.RUSSIAN, 1),), letters=pdfs.RUSSIAN),
    Row("呼吁.pdf", "Chinese", pdfs.chinese, published(1, 1), (Held(pdfs.CHINESE, 1),), letters=pdfs.CHINESE),
    Row(
        "Lettres sans nom.pdf",
        "a font that does not say which letters it draws",
        pdfs.nameless_letters,
        refused("encoding"),
    ),
)
SCANNED: tuple[Row, ...] = (
    Row("Numérisation.pdf", "three pages that are pictures", pdfs.scan, refused("scan")),
    Row(
        "À moitié numérisé.pdf",
        "two pages of text, two that are pictures",
        lambda: pdfs.partly_scanned(2, 2),
        warned(4, 12, "pages_without_text", "dropped_markup (images)"),
        (Held(pdfs.sentence(0), 1), Held(pdfs.sentence(60), 2, HEADINGS[1])),
    ),
    Row(
        "Surtout numérisé.pdf",
        "a page of text, three that are pictures",
        lambda: pdfs.partly_scanned(1, 3),
        quarantine(4, 6, "pages_without_text", "dropped_markup (images)"),
        (Held(pdfs.sentence(0), 1),),
    ),
    Row(
        "Numérisation reconnue.pdf",
        "a picture with recognised text laid over it, unseen",
        pdfs.recognised,
        published(1, 1, "doubtful_title", "dropped_markup (images)"),
        crossing(1),
    ),
)
LOCKED: tuple[Row, ...] = (
    Row("Sans impression.pdf", "encrypted, opens without a password", pdfs.locked, published(1, 1), crossing(1)),
    Row("Mot de passe.pdf", "opens with a password only", lambda: pdfs.locked("secret"), refused("encrypted")),
    Row("Fin perdue.pdf", "the table at the end is missing", pdfs.without_end, published(1, 1), crossing(1)),
    Row("Première moitié.pdf", "the second half is missing", pdfs.half, refused("broken")),
    Row(
        "Suivi de déchets.pdf",
        "an error page of a server behind the end",
        pdfs.with_garbage,
        published(1, 1),
        crossing(1),
    ),
    Row(
        "Formulaire.pdf",
        "fields to fill in",
        pdfs.form,
        published(1, 1, "doubtful_title", "dropped_markup (forms)"),
        crossing(1),
        ("Dupont",),
    ),
    Row(
        "Avec programme.pdf",
        "JavaScript that runs when it is opened",
        pdfs.script,
        published(1, 1, "doubtful_title", "dropped_markup (scripts)"),
        crossing(1),
        ("launchURL",),
    ),
    Row(
        "Avec pièce jointe.pdf",
        "a program carried inside",
        pdfs.attachment,
        published(1, 1, "doubtful_title", "dropped_markup (attachments)"),
        crossing(1),
    ),
    Row(
        "Texte blanc.pdf",
        "an order to a language model, white on white",
        pdfs.white_text,
        warned(1, 2, "prompt_injection"),
    ),
    Row(
        "Texte invisible.pdf",
        "the same in letters that are not painted",
        pdfs.hidden_text,
        warned(1, 1, "dropped_markup (hidden)"),
        crossing(1),
        (pdfs.COMMAND,),
    ),
    Row("Page blanche.pdf", "two empty pages", pdfs.blank, refused("no_text")),
    Row("Vide.pdf", "no bytes at all", lambda: b"", refused("no_text")),
    Row("Rapport.docx", "a PDF with the suffix of Word", lambda: pdfs.simple().bytes(), refused("wrong_type")),
    Row("Facture.pdf", "a program of Windows", office.program, refused("wrong_type")),
    Row("Bombe.pdf", "a page that expands to 60 MB", pdfs.bomb, refused("too_large")),
    Row("Sans fin.pdf", "10,000 pages in a kilobyte", pdfs.endless, refused("too_many_pages")),
    Row("Cercle.pdf", "pages that contain themselves", pdfs.circle, refused("broken")),
)
PLAIN: tuple[Row, ...] = (
    Row("Windows.txt", "French in Windows-1252", texts.western, published(0, 2), (*crossing(), Held(texts.QUOTED))),
    Row("عربي.txt", "Arabic in Windows-1256", texts.old_arabic, published(0, 1), (Held(pdfs.ARABIC),)),
    Row("Старый.txt", "Russian in Windows-1251", texts.old_russian, published(0, 1), (Held(pdfs.RUSSIAN),)),
    Row("国标.txt", "Chinese in GB18030", texts.old_chinese, published(0, 1), (Held(pdfs.CHINESE),)),
    Row("Unicode.txt", "UTF-16 with a byte order mark", texts.utf16, published(0, 2), crossing()),
    Row("Unicode sans marque.txt", "UTF-16 without one", texts.utf16_without_mark, published(0, 2), crossing()),
    Row("Octets nuls.txt", "zeros between the lines", texts.nul_bytes, refused("wrong_type")),
    Row(
        "Mojibake.txt",
        "UTF-8 opened as Windows-1252 and saved again",
        texts.mojibake,
        quarantine(0, 2, "mojibake"),
    ),
    Row(
        "Points d'interrogation.txt",
        "Arabic saved in an encoding without Arabic letters",
        texts.question_marks,
        quarantine(0, 1, "lost_characters", "little_text"),
    ),
    Row(
        "Copié à l'envers.txt",
        "Arabic letters in the order in which they are seen",
        texts.reversed_arabic,
        quarantine(0, 1, "reversed_arabic"),
    ),
    Row(
        "Formes.txt", "drawn forms in the place of Arabic letters", texts.shapes, quarantine(0, 1, "presentation_forms")
    ),
    Row(
        "Une ligne.txt",
        "a million characters without a line end",
        texts.one_line,
        published(0, 1075, "very_long", "doubtful_title"),
        (Held(texts.sentence(9_199)),),
    ),
    Row(
        "Fins de ligne.txt",
        "the line ends of three systems, wrapped by hand",
        texts.line_ends,
        published(0, 1),
        crossing(),
    ),
    Row(
        "Sens inversé.txt",
        "a name shown reversed by invisible characters",
        texts.overrides,
        warned(0, 2, "bidi_controls"),
    ),
    Row(
        "Caractères cachés.txt",
        "an order in characters that nobody sees",
        texts.invisible,
        warned(0, 3, "hidden_characters"),
    ),
    Row(
        "Consigne.txt", "“Ignore all previous instructions” in the text", texts.order, warned(0, 2, "prompt_injection")
    ),
    Row(
        "Autre chiffre.txt",
        "another document word for word, with another figure",
        texts.near,
        warned(0, 2, "near_duplicate"),
        beside=texts.NEAR_TO,
    ),
    Row(
        "Déjà là.txt",
        "another document word for word",
        texts.utf16,
        warned(0, 2, "same_text"),
        beside=texts.FRENCH,
    ),
    Row("An 2099.txt", "a date in the future", texts.future, warned(0, 2, "future_date")),
    Row("Auteur.txt", "a head with a key that does not exist", texts.bad_front_matter, refused("unreadable")),
    Row("Deux langues.txt", "French, then Russian", texts.two_languages, published(0, 3, "mixed_languages")),
    Row("Vide.txt", "no bytes at all", lambda: b"", refused("no_text")),
    Row("Trop lourd.txt", "more than 20 MB", texts.too_long, refused("too_large")),
)
PAGES: tuple[Row, ...] = (
    Row(
        "Page.html",
        "an article among scripts, a form and comments",
        texts.scripts,
        published(0, 2, *(f"dropped_markup ({kind})" for kind in ("comments", "forms", "images", "scripts"))),
        crossing(),
    ),
    Row(
        "Page piégée.html",
        "hidden paragraphs, one an order to a language model",
        texts.hidden,
        warned(0, 2, "dropped_markup (hidden)"),
        crossing(),
        (TRAP, pdfs.COMMAND),
    ),
    Row(
        "Tableaux imbriqués.html",
        "a table in a cell of a table",
        texts.nested_tables,
        published(0, 1),
        (Held(texts.NESTED),),
    ),
    Row("Page de 1999.html", "laid out by tables, in Windows-1252", texts.layout_table, published(0, 2), crossing()),
    Row(
        "Témoins.html",
        "a notice about cookies, a menu, a footer",
        texts.cookies,
        published(0, 2),
        (*crossing(), Held(texts.sentence(0), None, "Suites")),
        ("cookies", "Accueil", "Mentions"),
    ),
    Row("Application.html", "no text but a program that would fetch it", texts.program_only, refused("no_text")),
    Row(
        "صفحة.html",
        "Arabic in Windows-1256, which it names",
        texts.declared_arabic,
        published(0, 1),
        (Held(pdfs.ARABIC),),
    ),
    Row(
        "Communiqué.eml",
        "a mail in quoted-printable with an attachment",
        texts.with_attachment,
        published(0, 2, "dropped_markup (attachments)"),
        crossing(),
    ),
    Row(
        "Transfert.eml",
        "a mail that carries another one",
        texts.forwarded,
        published(0, 3, "dropped_markup (attachments)"),
        crossing(None, "Communiqué : نداء الرباط"),
        ("example.org",),
    ),
    Row(
        "Réponse.eml",
        "a mail that quotes the one it answers",
        texts.quoting,
        published(0, 1),
        (Held(f"{texts.sentence(0)} {texts.sentence(1)}"),),
        ("> ",),
    ),
    Row(
        "تقرير.rtf",
        "RTF with Arabic by code page, a picture, a hidden paragraph",
        texts.rtf,
        warned(0, 1, "dropped_markup (hidden)", "dropped_markup (images)"),
        (Held(pdfs.ARABIC),),
    ),
)
OFFICE: tuple[Row, ...] = (
    Row(
        "Suivi.docx",
        "tracked changes: the text as if they were accepted",
        office.changes,
        warned(0, 1, "dropped_markup (changes)"),
        (Held("Les cinquante pays réunis à Rabat ont signé."),),
        ("quarante pays réunis à Rabat ont signé",),
    ),
    Row(
        "Commentaires.docx",
        "remarks of one author for another",
        office.comments,
        published(0, 1, "dropped_markup (comments)"),
        (Held(office.sentence(0)),),
        ("vérifier",),
    ),
    Row("Notes.docx", "footnotes", office.notes, published(0, 1), (Held(office.WORD_NOTE), Held(office.sentence(0)))),
    Row("Cadres.docx", "a text box, stored twice", office.boxes, published(0, 1), (Held(office.sentence(2)),)),
    Row("Macros.docx", "a document with programs, renamed", office.macros, warned(0, 1, "dropped_markup (macros)")),
    Row(
        "Cellules fusionnées.docx", "a table with merged cells", office.merged, published(0, 1), (Held(office.MERGED),)
    ),
    Row(
        "Texte masqué.docx",
        "words that Word does not show",
        office.hidden,
        warned(0, 1, "dropped_markup (hidden)"),
        crossing(),
        (pdfs.COMMAND,),
    ),
    Row(
        "Rapport titres.docx",
        "headings and numbered lists",
        office.library_made,
        published(0, 4),
        (*crossing(None, HEADINGS[2]), Held(f"2. {office.sentence(41)}", None, HEADINGS[1])),
    ),
    Row("Milliard de rires.docx", "XML that expands to a billion words", office.laughs, refused("broken")),
    Row("Fichier du serveur.docx", "XML that asks for a file of the server", office.outside, refused("broken")),
    Row("Bombe.docx", "100 MB in 100 kB", office.bomb, refused("too_large")),
    Row("Ancien.docx", "a document of Word 97, renamed", office.old, refused("wrong_type")),
    Row("Ancien.doc", "a document of Word 97", office.old, refused("unknown_suffix")),
    Row("Protégé.docx", "needs a password", office.protected, refused("encrypted")),
    Row("Photo.docx", "a PNG picture", pdfs.picture, refused("wrong_type")),
    Row(
        "Exposé.pptx",
        "notes, a hidden slide, shapes in a group, a slide that is a picture",
        office.slides,
        warned(5, 3, "pages_without_text", "dropped_markup (hidden)", "dropped_markup (images)"),
        (*crossing(2, HEADINGS[0]), Held(f"{office.sentence(0)}\n\n{office.sentence(1)}", 2), Held(HEADINGS[2], 5)),
    ),
    Row(
        "Colonnes répétées.odt",
        "a table repeated to a million columns and rows",
        office.repeated,
        published(0, 1),
        (Held(office.REPEATED), *crossing()),
    ),
    Row(
        "Livre.epub",
        "a book with a table of contents, chapters, a note",
        office.book,
        published(0, 2),
        (*crossing(), Held(office.paragraph(0), None, HEADINGS[1]), Held(office.WORD_NOTE)),
        ("Table des",),
    ),
)
ARCHIVES: tuple[Row, ...] = (
    Row(
        "Dossier.zip",
        "three documents, a damaged one, a photograph",
        office.mixed,
        (
            Gives("published", (), 0, 2, "communiqué.txt"),
            Gives("published", (), 0, 1, "rapport.docx"),
            Gives("published", (), 1, 1, "discours.pdf"),
            Gives("refused", ("broken",), member="abîmé.docx"),
            Gives("refused", ("unknown_suffix",), member="photo.png"),
        ),
    ),
    Row(
        "Évasion.zip",
        "names that lead out of the folder",
        office.travelling,
        (Gives("published", (), 0, 2, "tache.txt"), Gives("published", (), 0, 2, "note.txt")),
    ),
    Row("Bombe.zip", "40 MB in 40 kB", office.inflating, refused("too_large")),
    Row("Poupées.zip", "archives in archives", office.nested, (Gives("refused", ("nested_archive",), member="4.zip"),)),
    Row("Chevauchement.zip", "the same content under a thousand names", office.overlapping, refused("broken")),
)
ROWS = (*LAID_OUT, *WRITTEN, *SCANNED, *LOCKED, *PLAIN, *PAGES, *OFFICE, *ARCHIVES)
GROUPS = {
    "PDF: how it is laid out": LAID_OUT,
    "PDF: scripts": WRITTEN,
    "PDF: scans": SCANNED,
    "PDF: locks, damage, and what is no text": LOCKED,
    "Text files": PLAIN,
    "Web pages, mails, RTF": PAGES,
    "Office documents and books": OFFICE,
    "Archives": ARCHIVES,
}


def table() -> str:
    """What each file gives, in Markdown: a heading and a table for each group."""
    head = "| file | what it is | outcome | findings or error | pages | passages |\n|---|---|---|---|---|---|\n"
    parts = (f"### {title}\n\n{head}{''.join(map(_lines, rows))}" for title, rows in GROUPS.items())
    return "\n".join(parts)


def _lines(row: Row) -> str:
    return "".join(_line(row, gives) for gives in row.gives)


def _line(row: Row, gives: Gives) -> str:
    name = f"{row.name}: {gives.member}" if gives.member else row.name
    what = f"{row.what} (needs a font)" if row.letters else row.what
    codes = ", ".join(f"`{code}`" for code in gives.codes)
    numbers = (str(number) if number else "" for number in (gives.pages, gives.passages))
    return f"| {' | '.join((f'`{name}`', what, IN_WORDS[gives.outcome], codes, *numbers))} |\n"


def has_font(letters: str) -> bool:
    """Whether a font of this machine has every letter."""
    from fontTools.ttLib import TTFont

    from tests.corpus.fonts import FOLDERS, font_for

    if font_for(letters):
        return True
    others = (path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.[ot]t[fc]"))
    for path in sorted(others, key=lambda path: ("CJK" not in path.name, path.name)):
        with TTFont(path, fontNumber=0, lazy=True) as font:
            if all(ord(letter) in font.getBestCmap() for letter in letters if not letter.isspace()):
                return True
    return False


if __name__ == "__main__":
    sys.stdout.write(table())
