"""Files made for tests: real ones of each format, from XML where libraries cannot say it, and hostile ones."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping
from email.message import EmailMessage

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Content = bytes | str


def zipped(members: Mapping[str, Content] | Iterable[tuple[str, Content]], *, stored: bool = False) -> bytes:
    """A ZIP file of members, in their order."""
    pairs = members.items() if isinstance(members, Mapping) else members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    return buffer.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    """What is in a ZIP file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def replaced(data: bytes, changes: Mapping[str, Content]) -> bytes:
    """A ZIP file with some members changed or added."""
    return zipped({**members_of(data), **changes})


# Word


def docx(body: str, *, parts: Mapping[str, Content] | None = None, core: str = "", company: str = "") -> bytes:
    """A Word document from the content of `w:body`; `parts` are further ones in `word/`, related by their names."""
    parts = parts or {}
    relations = "".join(
        f'<Relationship Id="{name.split(".")[0]}" Type="{OFFICE}/{name.split(".")[0]}" Target="{name}"/>'
        for name in parts
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": _relationships(
                f'<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
                f'<Relationship Id="b" Type="{PACKAGE}/relationships/metadata/core-properties" Target="core.xml"/>'
                f'<Relationship Id="c" Type="{OFFICE}/extended-properties" Target="/docProps/app.xml"/>'
            ),
            "word/document.xml": document(body),
            "word/_rels/document.xml.rels": _relationships(relations),
            "core.xml": f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">{core}'
            "</cp:coreProperties>",
            "docProps/app.xml": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
            f'extended-properties"><Company>{company}</Company></Properties>',
            **{f"word/{name}": content for name, content in parts.items()},
        }
    )


def document(body: str, root: str = "document") -> str:
    """A part of a Word document."""
    inner = f"<w:body>{body}</w:body>" if root == "document" else body
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{root} {NAMESPACES}>{inner}</w:{root}>'


def paragraph(*texts: str, style: str = "", properties: str = "") -> str:
    """A paragraph of runs; what begins with `<` is XML already."""
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    inner = f"<w:pPr>{style}{properties}</w:pPr>" if style or properties else ""
    return f"<w:p>{inner}{''.join(text if text.startswith('<') else run(text) for text in texts)}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run; what begins with `<` is XML already."""
    inner = text if text.startswith("<") else f'<w:t xml:space="preserve">{text}</w:t>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


def table(*rows: Iterable[str]) -> str:
    """A table of cells; what begins with `<` is XML already."""
    lines = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    return f"<w:tbl>{lines}</w:tbl>"


def cell(text: str, properties: str = "") -> str:
    """A cell of one paragraph; what begins with `<` is XML already."""
    if text.startswith("<w:tc>"):
        return text
    inner = text if text.startswith("<") else paragraph(text)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def style(style_id: str, name: str, properties: str = "", *, based_on: str = "") -> str:
    """A paragraph style."""
    parent = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return f'<w:style w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/>{parent}{properties}</w:style>'


def _relationships(inner: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


# OpenDocument

ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODF_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{ODF}:{name}:1.0"'
    for prefix, name in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing")),
        *(("meta", "meta"), ("fo", "xsl-fo-compatible"), ("manifest", "manifest"), ("form", "form")),
    )
)


def odt(text: str, *, styles: str = "", meta: str = "", parts: Mapping[str, Content] | None = None) -> bytes:
    """An OpenDocument text from the content of `office:text`, and its automatic styles."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {ODF_NAMESPACES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:text>{text}</office:text></office:body>"
            "</office:document-content>",
            "meta.xml": f'<office:document-meta {ODF_NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<office:meta>{meta}</office:meta></office:document-meta>",
            "META-INF/manifest.xml": f"<manifest:manifest {ODF_NAMESPACES}/>",
            **(parts or {}),
        }
    )


# E-books


def epub(
    chapters: Mapping[str, Content], *, items: str = "", meta: str = "", parts: Mapping[str, Content] | None = None
) -> bytes:
    """An e-book of chapters by their paths in the folder of the book; `items` are further ones of the manifest."""
    manifest = "".join(
        f'<item id="c{number}" href="{path}" media-type="application/xhtml+xml"/>'
        for number, path in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{meta}</metadata>'
            f'<manifest>{items}{manifest}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
            **{f"OEBPS/{path}": content for path, content in chapters.items()},
            **(parts or {}),
        }
    )


# Mail


def mail(subject: str, text: str, *, charset: str = "utf-8", **headers: str) -> EmailMessage:
    """A mail of plain text; a header `From_` is `From`."""
    message = EmailMessage()
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.rstrip("_").replace("_", "-")] = value
    message.set_content(text, charset=charset)
    return message


# Hostile ones


def overlapping(name: str, size: int, copies: int) -> bytes:
    """A ZIP file whose directory names the content of one member many times."""
    data = zipped({name: b"\0" * size})
    end = data.rindex(b"PK\x05\x06")
    start = data.index(b"PK\x01\x02")
    entry = data[start:end]
    entries = b"".join(entry.replace(name.encode(), f"{number:0{len(name)}}".encode()) for number in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(entries), start, 0)
    return data[:start] + entries + tail


def lying(data: bytes, name: str, size: int) -> bytes:
    """A ZIP file that declares another expanded size for a member, in both places."""
    changed = bytearray(data)
    for signature, where, names in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        position = -1
        while (position := data.find(signature, position + 1)) >= 0:
            if data[position + names :].startswith(name.encode()):
                struct.pack_into("<L", changed, position + where, size)
    return bytes(changed)


def locked(data: bytes) -> bytes:
    """A ZIP file that says that its members are encrypted."""
    changed = bytearray(data)
    for signature, where in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = -1
        while (position := data.find(signature, position + 1)) >= 0:
            changed[position + where] |= 1
    return bytes(changed)


def laughs(root: str, inner: str) -> str:
    """XML that expands to a billion words."""
    entities = "".join(
        f'<!ENTITY l{number + 1} "{times}">' for number, times in enumerate(10 * f"&l{n};" for n in range(9))
    )
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "lol">{entities}]>{inner}'
