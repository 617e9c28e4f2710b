"""Text files, web pages, mails and RTF as they come from old machines and careless programs."""

import re
from email.message import EmailMessage

from tests.corpus.makers import mail
from tests.corpus.pdfs import paragraph, sentence
from tests.corpus.ugly_pdfs import (
    ARABIC,
    ARABIC_MORE,
    ARABIC_TITLE,
    CHINESE,
    CHINESE_TITLE,
    COMMAND,
    CROSSING,
    PLAIN_ARABIC,
    RUSSIAN,
    RUSSIAN_TITLE,
    TITLE,
    picture,
)

FRENCH = f"{TITLE}\n\n{CROSSING}\n\n{paragraph(0)}\n\n{paragraph(4)}\n"
QUOTED = "Le « cœur » du projet coûte 12 000 € : c’est l’équipe déjà formée à Rabat…"


def front_matter(**values: str) -> str:
    """The head of a file that says something about itself."""
    return "".join(["---\n", *(f"{key}: {value}\n" for key, value in values.items()), "---\n"])


# Encodings


def western() -> bytes:
    """French as old Windows programs save it."""
    return f"{FRENCH}\n{QUOTED}\n".encode("cp1252")


def old_arabic() -> bytes:
    """Arabic as old Windows programs save it."""
    return f"{ARABIC_TITLE}\n\n{ARABIC}\n\n{ARABIC_MORE}\n".encode("cp1256")


def old_russian() -> bytes:
    """Russian as old Windows programs save it."""
    return f"{RUSSIAN_TITLE}\n\n{RUSSIAN}\n\n{RUSSIAN}\n".encode("cp1251")


def old_chinese() -> bytes:
    """Chinese as Windows programs save it."""
    return f"{CHINESE_TITLE}\n\n{CHINESE}\n\n{CHINESE}\n".encode("gb18030")


def utf16() -> bytes:
    """What the editor of Windows calls Unicode."""
    return FRENCH.encode("utf-16")


def utf16_without_mark() -> bytes:
    """The same by a program that forgets the mark at the beginning."""
    return FRENCH.encode("utf-16-le")


def mojibake() -> bytes:
    """UTF-8 that somebody opened as Windows-1252 and saved again."""
    return FRENCH.encode().decode("cp1252", "replace").encode()


def question_marks() -> bytes:
    """Arabic that was saved in an encoding without Arabic letters."""
    return f"Communiqué\n\n{ARABIC}\n\n{ARABIC_MORE}\n".encode("cp1252", "replace")


def nul_bytes() -> bytes:
    """Text with zeros between its lines, out of a database."""
    return FRENCH.replace("\n", "\0\n").encode()


def reversed_arabic() -> bytes:
    """Arabic copied from a page that had its letters in the order in which they are seen."""
    return "\n\n".join(text[::-1] for text in [ARABIC_TITLE, *PLAIN_ARABIC, ARABIC_MORE]).encode()


def shapes() -> bytes:
    """Arabic whose letters are drawn forms."""
    return "\n\n".join(_shaped(text) for text in PLAIN_ARABIC).encode()


def _shaped(text: str) -> str:
    import unicodedata

    def form(letter: str) -> str:
        name = unicodedata.name(letter, "") + " ISOLATED FORM"
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return letter

    return "".join(map(form, text))


# Forms of texts


def one_line() -> bytes:
    """A million characters without a line end."""
    return " ".join(sentence(number) for number in range(9_200)).encode()


def line_ends() -> bytes:
    """The line ends of three systems in one file."""
    lines = [
        "Ouverture",
        "",
        *re.findall(r".{1,70}(?:\s|$)", CROSSING),
        "",
        *re.findall(r".{1,70}(?:\s|$)", paragraph(0)),
    ]
    ends = ("\r\n", "\r", "\n")
    return "".join(line.strip() + ends[number % 3 if line else 0] for number, line in enumerate(lines)).encode()


def overrides() -> bytes:
    """A name that characters of direction show reversed."""
    return FRENCH.replace("Rabat", "\u202etabaR\u202c").encode()


def invisible() -> bytes:
    """An order to a language model in characters that nobody sees."""
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in COMMAND)
    return FRENCH.replace("Rabat ", f"Rabat{tags} ", 1).encode()


def order() -> bytes:
    """A text with an order to a language model."""
    return f"{FRENCH}\n{COMMAND}\n".encode()


def too_long() -> bytes:
    """A file above the limit."""
    return b"Une phrase de plus. " * 1_000_001


def near() -> bytes:
    """A communiqué that another document gives with other figures."""
    return FRENCH.replace("quarante pays", "42 pays").encode()


NEAR_TO = FRENCH.replace("quarante pays", "40 pays")


def future() -> bytes:
    """A communiqué that says it is of the year 2099."""
    return (front_matter(title=TITLE, publisher="Ministère", date="2099-01-01") + FRENCH).encode()


def bad_front_matter() -> bytes:
    """A head with a key that does not exist."""
    return (front_matter(auteur="Dupont") + FRENCH).encode()


def two_languages() -> bytes:
    """A communiqué in French, and below in Russian."""
    return f"{FRENCH}\n{RUSSIAN}\n\n{RUSSIAN}\n\n{RUSSIAN}\n".encode()


# Web pages


def page(body: str, head: str = "") -> str:
    """A page with its article."""
    return f'<!DOCTYPE html><html lang="fr"><head><title>{TITLE} - Site</title>{head}</head><body>{body}</body></html>'


ARTICLE = f"<article><h1>{TITLE}</h1><p>{CROSSING}</p><h2>Suites</h2><p>{paragraph(0)}</p></article>"


def scripts() -> bytes:
    """An article among programs, a form and a comment."""
    head = "<script>var a = '<p>PIÈGE</p>';</script><style>p { color: red }</style>"
    body = f"<!-- PIÈGE -->{ARTICLE}<form><input value='PIÈGE'><p>PIÈGE</p></form><script src='x.js'></script>"
    return page(body + "<img src=x onerror='alert(1)'>", head).encode()


def hidden() -> bytes:
    """An article with what a reader of the page does not see."""
    body = f"<p hidden>PIÈGE</p><div style='display: none'>{COMMAND}</div>{ARTICLE}<p aria-hidden='true'>PIÈGE</p>"
    return page(body).encode()


NESTED = "Pays | Maroc\nMontant\n\n2024 | 1,5\n2025 | 2,5"


def nested_tables() -> bytes:
    """A table of figures in a cell of a table."""
    inner = "<table><tr><td>2024</td><td>1,5</td></tr><tr><td>2025</td><td>2,5</td></tr></table>"
    table = f"<table><tr><td>Pays</td><td>Maroc</td></tr><tr><td>Montant</td><td>{inner}</td></tr></table>"
    return page(f"<h1>{TITLE}</h1><p>{CROSSING}</p>{table}").encode()


def layout_table() -> bytes:
    """A page of 1999, laid out by tables."""
    article = f"<h1>{TITLE}</h1><p>{CROSSING}<p>{paragraph(0)}"
    body = f"<table width=100%><tr><td><a href=/>Accueil</a></td><td>{article}</td></tr></table>"
    return page(body).encode("cp1252").replace(b"<head>", b'<head><meta charset="windows-1252">')


def cookies() -> bytes:
    """An article under a menu and a notice about cookies."""
    notice = "<div id='cookie-banner'><p>Nous utilisons des cookies.</p><button>Tout accepter</button></div>"
    menu = "<header><nav><a href='/'>Accueil</a><a href='/presse'>Presse</a></nav></header>"
    return page(f"{notice}{menu}{ARTICLE}<footer><p>Mentions légales</p></footer>").encode()


def program_only() -> bytes:
    """A page that a program in the browser fills."""
    body = "<div id='root'></div><noscript>Activez JavaScript.</noscript><script>render()</script>"
    return page(body).encode()


def declared_arabic() -> bytes:
    """An Arabic page that names its old encoding."""
    text = f"<html lang='ar' dir='rtl'><head><meta charset='windows-1256'></head><body><h1>{ARABIC_TITLE}</h1>"
    return f"{text}<p>{ARABIC}</p><p>{ARABIC_MORE}</p></body></html>".encode("cp1256")


# Mails and RTF


def letter() -> EmailMessage:
    """A mail of a press office in quoted-printable, with a PDF."""
    sender = "Bureau de presse <presse@example.org>"
    message = mail("Communiqué : نداء الرباط", FRENCH, From_=sender, Date="Tue, 22 Oct 2024 10:00:00 +0100")
    message.set_content(FRENCH, cte="quoted-printable")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="communique.pdf")
    return message


def with_attachment() -> bytes:
    """A mail whose attachment is another document."""
    return bytes(letter())


def forwarded() -> bytes:
    """A mail that carries another one."""
    outer = mail(
        "Tr : communiqué",
        "Pour information, le communiqué de ce matin.",
        From_="A. Dupont <a@example.org>",
        Date="Wed, 23 Oct 2024 09:00:00 +0100",
    )
    outer.add_attachment(letter())
    return bytes(outer)


def quoting() -> bytes:
    """An answer that quotes the mail that it answers."""
    text = (
        f"Merci, c'est noté.\n\nLe 22 octobre 2024, le bureau de presse a écrit :\n> {sentence(0)}\n> {sentence(1)}\n"
    )
    return bytes(mail("Re: communiqué", text, From_="A. Dupont <a@example.org>"))


def rtf() -> bytes:
    """Arabic by code page, with a picture and a hidden paragraph."""
    arabic = "".join(rf"\'{byte:02x}" for byte in ARABIC.encode("cp1256"))
    title = "".join(rf"\u{ord(letter)}?" for letter in ARABIC_TITLE)
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset178 Arial;}}"
        r"{\stylesheet{\s1\outlinelevel0 heading 1;}}{\info{\title Le rapport}{\creatim\yr2024\mo10\dy22}}"
        rf"\pard\s1\f1 {title}\par\pard\plain\f1 {arabic}\par"
        r"{\pict\pngblip\picw1\pich1 " + picture().hex() + r"}{\v PI\'c8GE}\par}"
    ).encode("ascii")
