"""Mails, e-books, RTF and what web pages and Markdown leave out: real features, and hostile files."""

import base64
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import eml, rtf
from corpus.formats.blocks import Reading, assemble
from corpus.formats.eml import read_eml
from corpus.formats.epub import read_epub
from corpus.formats.html import read_html
from corpus.formats.markdown import read_markdown
from corpus.formats.rtf import read_rtf
from tests.corpus import makers
from tests.corpus.makers import epub, mail


def texts(reading: Reading) -> list[str]:
    return assemble(reading.blocks, paged=reading.paged).text.split("\n\n")


def headings(reading: Reading) -> list[tuple[str, int]]:
    text = assemble(reading.blocks, paged=reading.paged)
    return [(heading.span.of(text.text), heading.level) for heading in text.headings]


def refusal(read: Callable[[bytes], Reading], data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    return caught.value.code


# RTF

FONTS = (
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset178{\*\falt Arial} Arial (Arabic);}"
    r"{\f2\fcharset204 Arial Cyr;}{\f3\fcharset134 SimSun;}{\f4\fcharset2 Symbol;}}"
)


def rtf_of(body: str, *, head: str = r"\ansi\ansicpg1252\deff0") -> bytes:
    return rf"{{\rtf1{head}{FONTS}{{\colortbl;\red0\green0\blue0;}}{body}}}".encode("latin-1")


def escaped(text: str, encoding: str) -> str:
    return "".join(rf"\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"Caf\'e9 \u8364\'80 \u-3913? {\b gras}\par", ["Café € gras"]),
        (r"\f1 " + escaped("نداء الرباط", "cp1256") + r"\par", ["نداء الرباط"]),
        (r"\f2 " + escaped("Конференция", "cp1251") + r"\f0\'e9\par", ["Конференцияé"]),
        (r"\f3 " + escaped("会议在拉巴特", "gb18030") + r"\par", ["会议在拉巴特"]),
        (r"\uc1\u1606?\u1583?\u1575?\u1569?\par", ["نداء"]),
        (r"\uc2\u1050\'ca\'ca\u1086 ab\par", ["Ко"]),
        (r"{\uc0\u1050 \u1086 x}\u1050?y\par", ["КоxКy"]),
        (r"\u-10179?\u-8704? fin\par", ["😀 fin"]),
        (r"a\u8212\emdash b\par", ["a—b"]),
        (r"a\~b\_c\{d\}\\e\emdash\rquote\tab f\line g\par", ["a\u00a0b-c{d}\\e—’ f\ng"]),
        ("a\\\nb\\\r\nc\\par", ["a", "b", "c"]),
        (
            r"{\field{\*\fldinst HYPERLINK " + '"https://secret.example"' + r"}{\fldrslt le lien}} suit\par",
            ["le lien suit"],
        ),
        (r"{\header en-t\'eate}{\footer pied}{\*\inconnu x}{\*\bkmkstart m}vu\par", ["vu"]),
        (
            r"un{\super\chftn}{\footnote\pard\plain Une note.\par} deux.\par trois\par",
            ["un deux.", "Une note.", "trois"],
        ),
        (r"a {\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt cadre\par}}{\shprslt{\pict 00}cadre}}b\par", ["a b", "cadre"]),
        (r"{\listtext\pard 1.\tab}\pard un\par{\listtext\'b7\tab}puce\par", ["1. un", "puce"]),
        (r"{\listtext\f4\'b7\tab}a\par{\pntext o\tab}b\par", ["a", "b"]),
        (r"{\upr{ansi}{\*\ud{uni}}}x\par", ["x"]),
        (r"fin sans marque", ["fin sans marque"]),
        (r"a\par}tout ce qui suit", ["a"]),
    ],
)
def test_rtf(body: str, expected: list[str]) -> None:
    assert texts(read_rtf(rtf_of(body))) == expected


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (r"\ansi\ansicpg1256", escaped("نداء", "cp1256")),
        (r"\ansi\ansicpg1256\deff1", escaped("نداء", "cp1256")),
        (r"\ansi\ansicpg1251", rf"\f9 {escaped('نداء', 'cp1256')}"),
        (r"\ansi\deff1", rf"\pard\plain {escaped('نداء', 'cp1256')}"),
    ],
)
def test_the_code_page_is_that_of_the_font_else_of_the_document(head: str, body: str) -> None:
    expected = "نداء" if "1251" not in head else "نداء".encode("cp1256").decode("cp1251")
    assert texts(read_rtf(rtf_of(body + r"\par", head=head))) == [expected]


def test_tables_of_rtf() -> None:
    row = r"\trowd\cellx100\cellx200\pard\intbl {}\cell {}\cell\row"
    body = r"avant\par" + row.format("a", r"b1\par b2") + row.format("", "c") + r"\pard apr\'e8s\par"
    body += (
        r"\trowd\pard\intbl x\pard\intbl\itap2 n1\nestcell{\nonesttables\par}n2\nestcell{{\*\nesttableprops\nestrow}}"
    )
    body += r"\pard\intbl\cell y\cell\row"
    assert texts(read_rtf(rtf_of(body))) == ["avant", "a | b1 b2\nc", "après", "xn1 | n2 | y"]


def test_headings_of_rtf() -> None:
    sheet = r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s20\b Heading 2;}{\*\cs10 Default;}}"
    body = sheet + r"\pard\s1 Un\par\pard\s20 Deux\par\pard\outlinelevel2 Trois\par\pard\s0 Corps\par"
    assert headings(read_rtf(rtf_of(body))) == [("Un", 1), ("Deux", 2), ("Trois", 3)]


def test_what_is_left_out_of_rtf() -> None:
    picture = r"{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 00}}"
    body = (
        rf"vu {{\v cach\'e9\par}}{picture}{{\object{{\*\objdata 00}}{{\result{{\pict 00}}}}}}"
        r"{\deleted supprim\'e9}{\revised ajout\'e9}{\*\annotation remarque}\par\v cach\'e9 \v0 fin\par"
    )
    reading = read_rtf(rtf_of(body))
    assert texts(reading) == ["vu ajouté", "fin"]
    assert dict(reading.dropped) == {"hidden": 2, "images": 1, "attachments": 1, "changes": 1, "comments": 1}


def test_binary_pictures_are_stepped_over() -> None:
    data = rtf_of(r"a{\pict\bin12 @@@@@@@@@@@@}b\par").replace(b"@" * 12, b"}}}}\\par{{\0\xff\n")
    assert texts(read_rtf(data)) == ["ab"]


def test_what_rtf_says_about_itself() -> None:
    info = (
        r"{\info{\title Le rapport \u1606?}{\author A. Bc}{\*\company OIAC}{\creatim\yr2024\mo10\dy5\hr8}"
        r"{\revtim\yr2025\mo1\dy1}}"
    )
    reading = read_rtf(rtf_of(info + r"Texte\par"))
    assert (reading.title, reading.publisher, reading.date) == ("Le rapport ن", "OIAC", "2024-10-05")
    assert texts(reading) == ["Texte"]


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", b"\\rtf1"])
def test_what_is_not_rtf(data: bytes) -> None:
    assert refusal(read_rtf, data) == "wrong_type"


def test_hostile_rtf_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(read_rtf, b"{\\rtf1" + b"{" * 1_000_000) == "too_large"
    monkeypatch.setattr(rtf, "MAX_TOKENS", 50_000)
    assert refusal(read_rtf, b"{\\rtf1" + b"{}" * 60_000) == "too_large"
    monkeypatch.undo()
    started = time.monotonic()
    for filling in (b"\\u-1 ", b"\\'", b"\\trowd\\cell\\row", b'{\\field{\\*\\fldinst HYPERLINK "a', b"\\bin-9 ", b"}"):
        try:
            read_rtf(b"{\\rtf1" + filling * 20_000)
        except UnreadableFile as error:
            assert error.code == "too_large"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "word", ["u", "uc", "f", "s", "ansicpg", "fcharset99", "outlinelevel", "bin", "u99999999999", "uc-5"]
)
def test_words_without_a_sensible_number(word: str) -> None:
    assert texts(read_rtf(rtf_of(rf"a\{word} ?b\par")))[0].startswith("a")


# E-books

CHAPTER = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'


def test_a_book() -> None:
    book = epub(
        {
            "b/two.xhtml": CHAPTER.format(
                '<script src="x.js"/><h1>Deux</h1><a id="p3"/><p>Texte<a epub:type="noteref" href="#n">1</a>&nbsp;: '
                "été.</p>"
                '<aside epub:type="footnote" id="n"><p>La note.</p></aside><img src="i.png"/>'
            ),
            "one%20x.xhtml": CHAPTER.format("<h1>Un</h1><p>Premier.<br/>Ligne.</p>"),
        },
        items='<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        '<item id="css" href="a.css" media-type="text/css"/>',
        meta="<dc:title>Le livre</dc:title><dc:title>Sous-titre</dc:title><dc:language>fr</dc:language>"
        "<dc:publisher>OIAC</dc:publisher><dc:date>2024-10-22T00:00:00Z</dc:date>",
        parts={
            "OEBPS/nav.xhtml": CHAPTER.format("<p>Table des matières</p>"),
            "OEBPS/one x.xhtml": CHAPTER.format("<h1>Un</h1><p>Premier.<br/>Ligne.</p>"),
            "META-INF/encryption.xml": '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
            '<e:EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/><e:CipherData>'
            '<e:CipherReference URI="OEBPS/font.otf"/></e:CipherData></e:EncryptedData></encryption>',
        },
    )
    reading = read_epub(book)
    assert texts(reading) == ["Deux", "Texte\u00a0: été.", "La note.", "Un", "Premier.\nLigne."]
    assert headings(reading) == [("Deux", 1), ("Un", 1)]
    found = (reading.title, reading.language, reading.publisher, reading.date, dict(reading.dropped))
    assert found == ("Le livre", "fr", "OIAC", "2024-10-22", {"scripts": 1, "images": 1})


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1251", "windows-1251"), ("utf-16", "utf-16"), ("gb18030", "gb2312")]
)
def test_a_chapter_in_the_encoding_that_it_declares(encoding: str, name: str) -> None:
    text = "会议" if encoding == "gb18030" else "Конференция"
    chapter = f'<?xml version="1.0" encoding="{name}"?><html><body><p>{text}</p></body></html>'.encode(encoding)
    assert texts(read_epub(epub({"a.xhtml": chapter}))) == [text]


def test_a_book_under_rights_management_is_refused() -> None:
    rights = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><e:CipherData><e:CipherReference '
        'URI="OEBPS/a.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
    )
    data = epub({"a.xhtml": b"\x00\x9f" * 50}, parts={"META-INF/encryption.xml": rights})
    assert refusal(read_epub, data) == "encrypted"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"META-INF/container.xml": "<a/>"}, "broken"),
        ({"META-INF/container.xml": "<a"}, "broken"),
        ({"OEBPS/book.opf": "<a"}, "broken"),
    ],
)
def test_books_that_cannot_be_read(changes: dict[str, str], code: str) -> None:
    assert refusal(read_epub, makers.replaced(epub({"a.xhtml": CHAPTER.format("x")}), changes)) == code


def test_a_book_cannot_reach_outside_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text("<p>SECRET</p>")
    outside = f'<item id="nav" href="../../../../..{tmp_path}/secret.xhtml" media-type="application/xhtml+xml"/>'
    assert texts(read_epub(epub({"a.xhtml": CHAPTER.format("<p>x</p>")}, items=outside))) == ["x"]


# Mails


def test_a_mail_with_alternatives_and_attachments() -> None:
    message = mail(
        "Communiqué : نداء الرباط",
        "Bonjour,\n\nLa conférence a réuni des experts.\n",
        From_="Ministère des Affaires étrangères <presse@secret.example>",
        To="a@secret.example",
        Date="Tue, 22 Oct 2024 10:00:00 +0100",
    )
    message.add_alternative("<p>En HTML.</p>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment("texte joint", filename="a.txt")
    message.add_attachment(b"x", maintype="image", subtype="png", disposition="inline")
    message["Content-Language"] = "fr-MA, en"
    reading = read_eml(bytes(message))
    assert texts(reading) == ["Communiqué : نداء الرباط", "Bonjour,", "La conférence a réuni des experts."]
    assert headings(reading) == [("Communiqué : نداء الرباط", 1)]
    assert (reading.publisher, reading.date, reading.language) == (
        *("Ministère des Affaires étrangères", "2024-10-22", "fr-MA"),
    )
    assert dict(reading.dropped) == {"attachments": 2, "images": 1}
    assert "secret.example" not in str(reading)


def test_a_mail_of_html_alone() -> None:
    message = EmailMessage()
    message["Subject"] = "Titre"
    message["From"] = "presse@secret.example"
    message.set_content("<h1>Un</h1><p>Texte été.</p><script>x</script>", subtype="html", cte="quoted-printable")
    reading = read_eml(bytes(message))
    assert headings(reading) == [("Titre", 1), ("Un", 2)]
    assert texts(reading)[2:] == ["Texte été."]
    assert (reading.publisher, dict(reading.dropped)) == ("", {"scripts": 1})


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("cp1256", "انعقد المؤتمر في الرباط"),
        ("koi8-r", "Конференция"),
        ("gb18030", "会议在拉巴特举行"),
        ("iso-8859-1", "été"),
    ],
)
@pytest.mark.parametrize("cte", ["8bit", "base64", "quoted-printable"])
def test_charsets(charset: str, text: str, cte: str) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content(text, charset=charset, cte=cte)
    assert texts(read_eml(bytes(message)))[1] == text


def test_a_charset_that_means_a_larger_one_or_nothing() -> None:
    body = base64.b64encode("会议在拉巴特举行，镕".encode("gb18030")).decode()
    head = "Subject: =?gb2312?B?{}?=\nContent-Type: text/plain; charset={}\nContent-Transfer-Encoding: base64\n\n{}"
    subject = base64.b64encode("朱镕基".encode("gb18030")).decode()
    reading = read_eml(head.format(subject, "gb2312", body).encode())
    assert texts(reading) == ["朱镕基", "会议在拉巴特举行，镕"]
    utf8 = base64.b64encode("été à Rabat".encode()).decode()
    assert texts(read_eml(head.format(subject, "x-none", utf8).encode()))[1] == "été à Rabat"


def test_headers_that_are_not_encoded() -> None:
    head = "Subject: Café résumé\nContent-Type: text/plain; charset={}\n\nx"
    assert read_eml(head.format("utf-8").encode()).title == "Café résumé"
    assert read_eml(head.format("iso-8859-1").encode("latin-1")).title == "Café résumé"


def test_a_mail_in_a_mail() -> None:
    message = mail("Le fond", "Le texte du fond.")
    for number in range(8):
        outer = mail(f"Tr {number}", f"Voir {number}.")
        outer.add_attachment(message)
        message = outer
    reading = read_eml(bytes(message))
    assert texts(reading)[:4] == ["Tr 7", "Voir 7.", "Tr 6", "Voir 6."]
    assert headings(reading) == [(f"Tr {7 - depth}", depth + 1) for depth in range(eml.MAX_DEPTH)]
    assert dict(reading.dropped) == {"attachments": 1}


def test_headers_that_are_not_what_they_should_be() -> None:
    data = (
        b"Subject: =?utf-8?q?a=0d=0aBcc:_x=40y.z=0d=0a=0d=0a<script>?=\n continued\n"
        b"From: =?utf-8?b?////?= <<<>>,,\nDate: 99 Foo 99999 99:99\n"
        b"Content-Type: text/plain; charset=\xff;;;=\n\nTexte."
    )
    reading = read_eml(data)
    assert "\n" not in reading.title
    assert texts(reading)[1:] == ["Texte."]
    assert (reading.date, read_eml(b"Date: Tue, 22 Oct 2024 10:00:00\n\nx").date) == ("", "2024-10-22")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "wrong_type"),
        (b"just a text\n\nwithout headers", "wrong_type"),
        (makers.OLE, "wrong_type"),
        (b"Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--", "encrypted"),
        (b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 200_000, "too_large"),
        (b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2_000, "too_large"),
        (
            b"Subject: x\n"
            + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(999)),
            "too_large",
        ),
    ],
)
def test_mails_that_cannot_be_read(data: bytes, code: str) -> None:
    started = time.monotonic()
    assert refusal(read_eml, data) == code
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: text/plain" + b";a=b" * 1_000_000,
        b"Subject: " + b"=?utf-8?q?" * 300_000,
        b"From: " + b"(" * 1_000_000,
        b"From: " + b"<a@b>," * 300_000,
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 200_000 + b"-" + b"ba" * 200_000,
        b"\n".join([b"X: y"] * 200_000),
    ],
)
def test_endless_headers_take_no_time(header: bytes) -> None:
    started = time.monotonic()
    read_eml(b"Subject: x\n" + header + b"\n\nTexte.")
    assert time.monotonic() - started < 5


# Web pages and Markdown


def test_what_a_web_page_says_about_itself_and_leaves_out() -> None:
    page = (
        '<html lang="fr"><head><meta name="author" content="A. B."><meta property="og:site_name" content="OIAC">'
        '<meta property="article:published_time" content="2024-10-22T10:00:00+01:00"><script>a</script></head><body>'
        '<!-- c --><time datetime="2020-01-01">hier</time><img src="x"><svg><path/></svg><p hidden>h</p>'
        "<form><input><script>b</script></form><nav>menu</nav><p>Texte.</p></body></html>"
    )
    reading = read_html(page)
    assert (reading.publisher, reading.date) == ("OIAC", "2024-10-22")
    assert dict(reading.dropped) == {"scripts": 1, "comments": 1, "images": 2, "hidden": 1, "forms": 1}


@pytest.mark.parametrize(
    ("meta", "publisher", "date"),
    [
        (
            '<meta name="citation_publisher" content="P"><meta name="citation_date" content="2024/10/22">',
            "P",
            "2024-10-22",
        ),
        ('<meta name="author" content=" A\n B "><meta name="date" content="hier">', "A B", ""),
        ('<meta name="DC.date" content="2024-10"><meta name="publisher">', "", "2024-10"),
        ("", "", ""),
    ],
)
def test_meta_elements(meta: str, publisher: str, date: str) -> None:
    reading = read_html(f"<head>{meta}</head><p>x</p>")
    assert (reading.publisher, reading.date) == (publisher, date)


def test_what_markdown_leaves_out() -> None:
    text = "a ![i](x.png) <b>x</b> <!-- c -->\n\n<div>perdu</div>\n\n<script>\nx\n</script>\n\n<br>\n"
    assert dict(read_markdown(text).dropped) == {"images": 1, "comments": 1, "html": 1, "scripts": 1}


# Damage

GOOD: dict[str, tuple[Callable[[bytes], Reading], bytes]] = {
    "rtf": (
        read_rtf,
        rtf_of(r"Caf\'e9 \u8364? {\b a}\trowd\intbl b\cell\row\pard{\footnote n\par}{\pict\bin3 abc}\par"),
    ),
    "eml": (
        read_eml,
        bytes(mail("Sujet été", "Texte été.", From_="A B <a@b.c>", Date="Tue, 22 Oct 2024 10:00:00 +0100")),
    ),
    "epub": (read_epub, epub({"a.xhtml": CHAPTER.format("<p>x</p>")})),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_is_never_more_than_an_error(data: st.DataObject) -> None:
    read, good = GOOD[data.draw(st.sampled_from(sorted(GOOD)))]
    changed = bytearray(good[: data.draw(st.integers(0, len(good)))])
    for position, piece in data.draw(st.lists(st.tuples(st.integers(0, len(good)), st.binary(max_size=6)), max_size=8)):
        changed[position : position + 1] = piece
    try:
        texts(read(bytes(changed)))
    except UnreadableFile as error:
        assert error.code or "encoding" in str(error) or "binary" in str(error)
