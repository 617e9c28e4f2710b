"""Files to text: formats, encodings, front matter, proposals, refusals and hostile files."""

import datetime
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.convert import MAX_BYTES, Converted, convert, convert_file, detect_language
from corpus.errors import UnreadableFile
from corpus.models import Metadata
from corpus.normalise import normalise
from corpus.sentences import split_sentences


def converted(text: str | bytes, name: str = "note.md") -> Converted:
    data = text.encode() if isinstance(text, str) else text
    return convert(data, name, detect=lambda _: "fr")


def headings(result: Converted) -> list[tuple[str, int]]:
    return [(heading.span.of(result.content.text), heading.level) for heading in result.content.headings]


def refusal(text: str | bytes, name: str = "note.md") -> str:
    with pytest.raises(UnreadableFile) as caught:
        converted(text, name)
    return str(caught.value)


FRONT = """---
id: opening-2024
title: "Le discours : ouverture"
publisher: OIAC
date: 2024-10-22
language: fr
url: https://www.opcw.org/a
kind: primary
sources: [S1, other-id]
supersedes: opening-2023
digest: true
---

# Discours

Une phrase.
"""


def test_front_matter() -> None:
    result = converted(FRONT)
    assert result.metadata == Metadata(
        id="opening-2024",
        title="Le discours : ouverture",
        publisher="OIAC",
        date="2024-10-22",
        language="fr",
        url="https://www.opcw.org/a",
        kind="primary",
        sources=("S1", "other-id"),
        supersedes="opening-2023",
        digest=True,
    )
    assert not isinstance(result.metadata.date, datetime.date)
    assert result.content.text == "Discours\n\nUne phrase."
    assert headings(result) == [("Discours", 1)]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_front_matter_with_other_line_ends_and_a_mark(newline: str) -> None:
    assert converted(b"\xef\xbb\xbf" + FRONT.replace("\n", newline).encode()).metadata.id == "opening-2024"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("author: me", "found the key 'author', expected one of id, title"),
        ("date: 22/10/2024", "date: found '22/10/2024', expected YYYY"),
        ("date: 2024-13-01", "date: found '2024-13-01'"),
        ("language: français", "language: found 'français', expected a code"),
        ("kind: blog", "kind: found 'blog', expected one of primary, press, reference"),
        ("url: javascript:alert(1)", "url: found 'javascript:alert(1)', expected an address"),
        ("id: Not An Id", "id: found 'Not An Id', expected lower-case"),
        ("id: ../../etc", "id: found '../../etc'"),
        ("sources: one", "sources: found 'one', expected a list"),
        ("sources: [a, [b]]", "expected 'key: value' or a list"),
        ("title: [a]", "title: found a list, expected a line of text"),
        ("title: {a: b}", "title: found nested keys"),
        ("digest: maybe", "digest: found 'maybe', expected true or false"),
        ("title: a\ntitle: b", "title: it is there twice"),
        ("title: &a b", "an anchor, an alias or a tag on line 2"),
        ("title: *a", "an anchor, an alias or a tag on line 2"),
        ("title: !!python/object:os.system x", "an anchor, an alias or a tag"),
        ("title: 'a", "it is not YAML on line"),
        ("just words", "found no keys"),
        ("[a]: b", "front matter"),
        ("title: " + "[" * 9_000, "nested values"),
    ],
)
def test_wrong_front_matter_is_named(lines: str, found: str) -> None:
    message = refusal(f"---\n{lines}\n---\n\nTexte.\n")
    assert message.startswith("note.md: front matter: ")
    assert found in message


def test_front_matter_that_does_not_close_or_is_too_long() -> None:
    assert "no second ---" in refusal("---\ntitle: a\n\nTexte.")
    assert "within 20,000 characters" in refusal(f"---\ntitle: {'a' * 20_000}\n---\nTexte.")


@pytest.mark.parametrize(
    ("lines", "key", "value"),
    [
        ("date: 2024", "date", "2024"),
        ("date: 2024-10", "date", "2024-10"),
        ("date:", "date", None),
        ("title: 2024", "title", "2024"),
        ("title: Yes", "title", "Yes"),
        ("language: no", "language", "no"),
        ("title: 'a \u202eb'", "title", "a b"),
        ("digest: False", "digest", False),
    ],
)
def test_front_matter_values_stay_as_written(lines: str, key: str, value: object) -> None:
    assert getattr(converted(f"---\n{lines}\n---\nTexte.").metadata, key) == value


def test_markdown() -> None:
    result = converted(
        "# Le *titre*\n\nUn [lien](https://x.org) et\ndu `code` ![image](x.png)**gras** "
        "<b>x</b> &amp; fin.\n\n"
        "<div onclick=x>caché</div>\n\n- un\n- deux\n  suite\n  - trois\n\n3. quatre\n4. cinq\n\n"
        "> cité\n\n| A | B |\n|---|---|\n| 1 | *2* |\n\n```\nx = 1\n\ny\n```\n\n"
        "Sous-titre\n----------\nligne  \nforcée\n"
    )
    assert result.content.text.split("\n\n") == [
        "Le titre",
        "Un lien et du code gras x & fin.",
        "un",
        "deux suite",
        "trois",
        "3. quatre",
        "4. cinq",
        "cité",
        "A | B\n1 | 2",
        "x = 1",
        "y",
        "Sous-titre",
        "ligne\nforcée",
    ]
    assert headings(result) == [("Le titre", 1), ("Sous-titre", 2)]
    assert result.metadata.title == "Le titre"


def test_wrapped_chinese_lines_are_joined_without_a_space() -> None:
    assert converted("会议在\n拉巴特举行。").content.text == "会议在拉巴特举行。"
    assert converted("会议在拉巴特\n举行。", "a.txt").content.text == "会议在拉巴特举行。"


def test_html() -> None:
    result = convert(
        b"""<!DOCTYPE html><html lang="fr-MA"><head><title>Le site</title><style>p{}</style></head><body>
        <nav>Menu<ul><li>x</li></ul></nav><header><h1>Le  <em>titre</em></h1></header>
        <p>Une <b>phrase</b>&nbsp;&amp; <a href="javascript:x">un lien</a>.<br>Ligne<!-- secret -->
        deux.<script>alert(1)</script></p>texte nu<p hidden>cach\xc3\xa9</p><div style="display: none">
        <p>aussi</p></div><h2>Suite</h2><ul><li>un<li>deux</ul>
        <table><tr><th>A</th><th><p>B</p></th></tr><tr><td>1<td>2</table><p>fin
        <aside>pub</aside><form><input><p>x</p></form><pre>a\nb</pre><footer>pied</footer></body></html>""",
        "page.html",
    )
    assert result.content.text.split("\n\n") == [
        "Le titre",
        "Une phrase\u00a0& un lien.\nLigne deux.",
        "texte nu",
        "Suite",
        "un",
        "deux",
        "A | B\n1 | 2",
        "fin",
        "a\nb",
    ]
    assert headings(result) == [("Le titre", 1), ("Suite", 2)]
    assert (result.metadata.title, result.metadata.language) == ("Le titre", "fr")


def test_html_title_and_layout_tables() -> None:
    result = converted(
        "<title>Page &lt;b&gt;</title><table><tr><td>Menu<td><h2>Titre</h2><p>Un.</p></table>Bas", "p.htm"
    )
    assert result.metadata.title == "Page <b>"
    assert result.content.text.split("\n\n") == ["Menu", "Titre", "Un.", "Bas"]


SAMPLE = """Clôture de la conférence : un engagement fort
Ce jeudi 24 octobre à Rabat a marqué la clôture de la première Conférence mondiale. Elle a réuni M. Arias.
Dans son discours, Nasser Bourita avait souligné la pertinence de cet événement, qui reflète sa vision.
"""


def test_plain_text_with_a_paragraph_a_line() -> None:
    result = convert(SAMPLE.encode(), "closing-article.fr.txt")
    lines = SAMPLE.strip().split("\n")
    assert result.content.text == "\n\n".join(lines)
    assert headings(result) == [(lines[0], 1)]
    assert result.metadata == Metadata(id="closing-article.fr", title=lines[0], language="fr")


@pytest.mark.parametrize(
    ("text", "expected", "heading"),
    [
        (
            "Le titre\n\nUne ligne coupée à la\nmain et qui continue\nplus loin.\n\nUn autre.",
            "Le titre\n\nUne ligne coupée à la main et qui continue plus loin.\n\nUn autre.",
            "Le titre",
        ),
        (
            "Le titre du texte\nLa conférence de Rabat a réuni des experts\nvenus de quarante pays.\nFin.",
            "Le titre du texte\n\nLa conférence de Rabat a réuni des experts venus de quarante pays.\n\nFin.",
            "Le titre du texte",
        ),
        ("Une seule ligne", "Une seule ligne", None),
        ("Une phrase.\n\nUne autre.", "Une phrase.\n\nUne autre.", None),
        ("Pays\n\n- Maroc\n- Suisse", "Pays\n\n- Maroc\n- Suisse", "Pays"),
        ("", None, None),
    ],
)
def test_plain_text(text: str, expected: str | None, heading: str | None) -> None:
    if expected is None:
        assert "no text was found" in refusal(text, "a.txt")
        return
    result = converted(text, "a.txt")
    assert result.content.text == expected
    assert headings(result) == ([(heading, 1)] if heading else [])


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("## Premier\n\nTexte.\n\n# Autre", "a.md", "Premier"),
        ("Première ligne.\n\nTexte.", "a.md", "Première ligne."),
        ("mot " * 100, "a.txt", ("mot " * 100)[:119].rstrip() + "…"),
    ],
)
def test_a_title_is_proposed(text: str, name: str, title: str) -> None:
    assert converted(text, name).metadata.title == title


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Joint Press Release (2024).md", "joint-press-release-2024"),
        ("a/b\\c.md", "b-c"),
        ("..hidden.md", "hidden"),
        ("x" * 200 + ".md", "x" * 120),
    ],
)
def test_an_id_is_proposed(name: str, expected: str) -> None:
    assert converted("Texte", name).metadata.id == expected


def test_names_in_other_scripts_have_ids_of_their_own() -> None:
    names = ["Clôture Rabat.md", "Clotûre Rabat.md", "大会.md", "مؤتمر.md", "---.md"]
    ids = [converted("Texte", name).metadata.id for name in names]
    assert len(set(ids)) == len(names)
    assert all(one.startswith("doc-") for one in ids)
    assert ids[0].endswith("-cl-ture-rabat")
    assert converted("Texte", "Clo\u0302ture Rabat.md").metadata.id == ids[0]


PHRASES = {
    "fr": "La conférence de Rabat s’est achevée ; le ministre a parlé des « défis » de l’intelligence.",
    "en": "The conference in Rabat has ended and the minister spoke about the challenges.",
    "es": "La conferencia de Rabat ha terminado y el señor ministro habló de los desafíos.",
    "ru": "Конференция в Рабате завершилась, министр выступил с речью о вызовах.",
    "ar": "اختتمت أشغال المؤتمر العالمي في الرباط حول الذكاء الاصطناعي.",
    "zh": "全球人工智能会议在拉巴特闭幕，部长发表了讲话。",
}
LEGACY = {"fr": "cp1252", "es": "cp1252", "ru": "cp1251", "ar": "cp1256", "zh": "gb18030"}


@pytest.mark.parametrize("language", PHRASES)
def test_the_language_is_detected(language: str) -> None:
    assert detect_language(PHRASES[language]) == language


def test_no_letters_no_language() -> None:
    assert convert(b"1234", "a.txt").metadata.language == "und"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be-mark"], ids=lambda name: name
)
def test_unicode_encodings(encoding: str) -> None:
    text = PHRASES["ar"]
    data = b"\xfe\xff" + text.encode("utf-16-be") if encoding.endswith("mark") else text.encode(encoding)
    assert converted(data, "a.txt").content.text == text


@pytest.mark.parametrize("language", LEGACY)
def test_legacy_encodings_are_guessed(language: str) -> None:
    data = (PHRASES[language] + "\n").encode(LEGACY[language])
    assert converted(data * 5, "a.txt").content.text.startswith(PHRASES[language][:20])


def test_an_html_page_may_declare_its_encoding() -> None:
    page = f"<html><head><meta charset='windows-1251'></head><p>{PHRASES['ru']}</p></html>"
    assert converted(page.encode("cp1251"), "a.html").content.text == PHRASES["ru"]


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (b"x", "a.xyz", "a.xyz: found the suffix .xyz, expected one of .md, .markdown, .txt, .html, .htm"),
        (b"x", "README", "README: found no suffix"),
        (b"%PDF-1.7", "a.txt", "the content is a PDF file"),
        (b"PK\x03\x04abc", "a.md", "a ZIP archive or an Office document"),
        (b"abc\0def", "a.txt", "binary"),
        ("é".encode("utf-16-le"), "a.txt", "binary"),
        (b"\xff\xfea", "a.txt", "is not utf-16-le"),
        (b"", "a.md", "no text was found"),
        (b"<script>x</script>", "a.html", "no text was found"),
        (b"a" * (MAX_BYTES + 1), "a.md", "found 20,000,001 bytes, at most 20,000,000"),
        (b"a" * 5_000_001, "a.md", "found 5,000,001 characters"),
    ],
)
def test_refusals_say_what_was_found(data: bytes, name: str, found: str) -> None:
    message = refusal(data, name)
    assert message.startswith(name)
    assert found in message


@pytest.mark.parametrize(
    ("data", "name", "code", "found"),
    [
        (b"x", "a.xyz", "unknown_suffix", "found the suffix .xyz"),
        (b"%PDF-1.7", "a.txt", "wrong_type", "the content is a PDF file, expected text"),
        (b"%PDF-1.7", "a.docx", "wrong_type", "the content is a PDF file, expected a Word document: rename it"),
        (b"%PDF-1.7", "a.docx", "wrong_type", "with the suffix .pdf"),
        (b"{\\rtf1 x}", "a.pdf", "wrong_type", "the content is an RTF document, expected a PDF file: rename it"),
        (b"PK\x03\x04", "a.pdf", "wrong_type", "the content is a ZIP archive or an Office document"),
        (b"\x89PNG\r\n", "a.pdf", "wrong_type", "the content is a PNG image, expected a PDF file"),
        (b"\xff\xd8\xff\xe0", "a.pptx", "wrong_type", "the content is a JPEG image, expected a PowerPoint document"),
        (b"MZ\x90\0", "a.pdf", "wrong_type", "the content is a program, expected a PDF file"),
        (b"\x7fELF", "a.eml", "wrong_type", "the content is a program, expected a mail"),
        (b"<p>Texte.", "a.pdf", "wrong_type", "the content is something else, expected a PDF file"),
        (b"", "a.epub", "no_text", "the file is empty"),
        (b"\xff\xfea", "a.txt", "encoding", "is not utf-16-le"),
        (b"abc\0def", "a.txt", "wrong_type", "binary"),
        (b"", "a.md", "no_text", "no text was found"),
        (b"a" * (MAX_BYTES + 1), "a.pdf", "too_large", "at most 20,000,000"),
        (b"---\ntitle: [a]\n---\nTexte.", "a.md", "unreadable", "front matter"),
    ],
)
def test_refusals_have_a_code(data: bytes, name: str, code: str, found: str) -> None:
    with pytest.raises(UnreadableFile, match=re.escape(found)) as caught:
        converted(data, name)
    assert caught.value.code == code
    assert str(caught.value).startswith(f"{name}: ")


def test_a_text_may_begin_as_a_program_does() -> None:
    assert converted("MZ est un sigle. RIFF aussi.", "a.txt").content.text == "MZ est un sigle. RIFF aussi."
    assert converted("Le format %PDF-1.7 est ancien.", "a.txt").content.text == "Le format %PDF-1.7 est ancien."


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "a.TXT"
    path.write_text("Une phrase.")
    assert convert_file(path).content.text == "Une phrase."
    with pytest.raises(UnreadableFile, match="check the path"):
        convert_file(tmp_path / "none.md")


MARKUP = st.text("ab# -*>|`<>/[]()!&;\n\n\t\\_~1.éع中\u00a0\u0301\u2028\u202e", max_size=200)


@given(MARKUP, st.sampled_from(["a.md", "a.txt", "a.html"]))
@settings(max_examples=200, deadline=None)
def test_the_text_is_canonical_and_headings_are_lines(text: str, name: str) -> None:
    try:
        result = converted(text, name)
    except UnreadableFile:
        return
    content = result.content
    assert normalise(content.text) == content.text
    position = 0
    for heading in content.headings:
        assert heading.span.start >= position
        line = heading.span.of(content.text)
        assert line and "\n" not in line
        assert content.text[: heading.span.start].endswith("\n") or heading.span.start == 0
        assert content.text[heading.span.end :].startswith("\n") or heading.span.end == len(content.text)
        position = heading.span.end
    split_sentences(content.text, "fr")


MEGABYTE = 1_000_000
HOSTILE = {
    "brackets.md": "[" * MEGABYTE,
    "quotes.md": ">" * MEGABYTE,
    "lists.md": "- " * (MEGABYTE // 2),
    "stars.md": "**a_" * (MEGABYTE // 4),
    "ticks.md": "`a" * (MEGABYTE // 2),
    "comments.md": "<!--" * (MEGABYTE // 4),
    "lines.txt": "a\n" * (MEGABYTE // 2),
    "one.txt": "a" * MEGABYTE,
    "marks.txt": "a" + "\u0301" * (MEGABYTE // 2),
    "deep.html": "<div>" * (MEGABYTE // 5),
    "spans.html": "<span>" * 100_000 + "</div>" * 100_000,
    "tables.html": "<table><tr><td>" * (MEGABYTE // 15),
    "shallow.html": "<p>a<b>b</b>" * (MEGABYTE // 12),
    "less.html": "<" * MEGABYTE,
    "meta.html": "<meta " * (MEGABYTE // 6),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_takes_seconds_and_never_recurses(name: str) -> None:
    data = HOSTILE[name].encode()
    begun = time.process_time()
    with suppress(UnreadableFile):
        converted(data, name)
    assert time.process_time() - begun < 5


def test_a_page_nested_too_deep_is_refused() -> None:
    assert "nests more than 5,000 elements" in refusal("<div>" * 50_000, "a.html")
    assert converted("<div>" * 1_000 + "Texte", "a.html").content.text == "Texte"
