"""Does this passage answer this question: how well the confidence of its best sentence tells."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot import refusal
from bot.evaluation.figures import Row, Tally
from bot.evaluation.questions import Measuring, confidence_of
from corpus.models import Content, Document, Metadata
from corpus.split import split
from vectorstore.index import HybridIndex
from vectorstore.qa_data import language_of


def pairs_row(file: Path, pairs: Sequence[tuple[str, str, bool]], measuring: Measuring) -> Row:
    """The area under the curve, with the reader and by the search alone."""
    language = language_of(file)
    names = {text: f"p{n}" for n, text in enumerate(dict.fromkeys(passage for _, passage, _ in pairs))}
    documents = [Document(Metadata(id, id, language), 1, Content(text), "") for text, id in names.items()]
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        index = HybridIndex(Path(folder), measuring.embedder)
        passages = {document.id: split(document) for document in documents}
        index.replace([(document, passages[document.id]) for document in documents])
        reading = measuring.over(index)
        for question, text, answerable in pairs:
            hits = index.score(question, language, [passage.id for passage in passages[names[text]]])
            tally.questions += 1
            tally.confidence(
                "refusal_auroc_rule", confidence_of(hits, language, refusal.load())[0], answerable=answerable
            )
            if reading:
                confidence, _ = confidence_of(reading.reread(question, language, hits), language, reading.refusal)
                tally.confidence("refusal_auroc", confidence, answerable=answerable)
    return {"set": file.stem, "part": "all"} | tally.row()
