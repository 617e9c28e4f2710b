"""Word documents (.docx) to blocks, as a stream of events.

python-docx builds the tree of every part (a 758 kB file took 1.1 GB) and leaves out notes, text boxes and
tracked changes, so the parts are read here. Insertions are kept; deletions, comments, hidden text and programs
are left out and counted, headers and footers left out. Pages are known only where Word noted its page breaks.
"""

from dataclasses import replace

from corpus.formats.blocks import Reading
from corpus.formats.docx_body import WHAT, Body
from corpus.formats.docx_styles import Numbering, Styles
from corpus.formats.events import stream
from corpus.formats.opc import diagram, has_macros, properties, relations, target
from corpus.formats.packages import Package, wrong_type

OTHERS = {"xl": "an Excel workbook", "ppt": "a PowerPoint presentation"}
"""By the folder of the main part."""


def read_docx(data: bytes) -> Reading:
    """The blocks of a document and what it says about itself.

    UnreadableFile codes: wrong_type, broken, encrypted, too_large.
    """
    package = Package(data, WHAT)
    main = target(relations(package, ""), "officeDocument")
    if main not in package.names or main.split("/")[0] in OTHERS:
        raise wrong_type(OTHERS.get(main.split("/")[0], "a ZIP archive"), WHAT)
    parts = relations(package, main)
    styles = Styles(package.read(target(parts, "styles")))
    numbering = Numbering(package.read(target(parts, "numbering")), styles)
    body = Body(styles, numbering, lambda key: diagram(package.read(parts[key].target)) if key in parts else ())
    for kind in ("footnote", "endnote"):
        if xml := package.read(target(parts, f"{kind}s")):
            body.add_notes(kind, xml)
    stream(package.read(main), body)
    body.flow.dropped["macros"] += has_macros(package)
    about = properties(package)
    return replace(
        body.flow.reading(paged=body.rendered),
        title=about.title,
        language=body.language() or about.language,
        publisher=about.publisher,
        date=about.date,
    )
