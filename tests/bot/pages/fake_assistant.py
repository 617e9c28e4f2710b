"""An assistant that answers from a table, with the real types: for pages and the HTTP interface."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot import frame
from bot.assistant import Coverage, DocumentView, Step
from bot.conversation import Turn
from bot.errors import QuestionError
from bot.languages import detect
from bot.models import Answer, Citation, Position
from bot.phrases import say
from corpus.errors import UnknownDocument
from corpus.library import Removal
from corpus.models import Content, Document, Heading, Metadata, Span

HOSTILE = (
    '<script>document.title="owned"</script><img src=x onerror="alert(1)"><svg onload=alert(2)>'
    '<details open ontoggle=alert(3)><iframe srcdoc="<script>parent.alert(4)</script>"></iframe>'
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(5)&gt;'>"
    '"\' autofocus onfocus=alert(6) [x](javascript:alert(7)) ${alert(8)} {{constructor.constructor("alert(9)")()}}'
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example><form action=//evil.example>"
    "`${alert(10)}` \u202egnp.exe\u2066"
)
TITLE = "Discours d’ouverture de M. Nasser Bourita"
PARAGRAPHS = (
    "La conférence de Rabat s’est ouverte le 22 octobre 2024 sous la présidence de M. Nasser Bourita.",
    "Elle a réuni plus de 160 participants de 53 pays, a-t-il dit. Les travaux ont duré trois jours.",
)
TEXT = "\n\n".join([TITLE, PARAGRAPHS[0], "Les participants", PARAGRAPHS[1]])
QUOTE = "Elle a réuni plus de 160 participants de 53 pays, a-t-il dit."


def document(id: str = "bourita", version: int = 1, text: str = TEXT, **metadata: Any) -> Document:
    """A stored document whose headings are the lines without a full stop."""
    starts, headings = 0, []
    for line in text.split("\n\n"):
        if not line.endswith((".", "。", "؟")):
            headings.append(Heading(Span(starts, starts + len(line)), 2 if headings else 1))
        starts += len(line) + 2
    values: dict[str, Any] = {
        "title": TITLE,
        "language": "fr",
        "publisher": "MAP",
        "date": "2024-10-22",
        "url": "https://www.mapnews.ma/fr/discours",
        "kind": "press",
        "digest": True,
    }
    return Document(Metadata(id=id, **(values | metadata)), version, Content(text, tuple(headings)), "ab" * 32)


def citation(number: int = 1, quote: str = QUOTE, marked: str | None = "160 participants", **values: Any) -> Citation:
    """A verified citation of the document above, unless `values` say otherwise."""
    start = max(TEXT.find(quote), 0)
    at = quote.find(marked) if marked else -1
    span = (at, at + len(marked)) if marked and at >= 0 else None
    fields: dict[str, Any] = {
        "document_id": "bourita",
        "version": 1,
        "title": TITLE,
        "publisher": "MAP",
        "date": "2024-10-22",
        "language": "fr",
        "kind": "press",
        "digest": True,
        "url": "https://www.mapnews.ma/fr/discours",
        "page": None,
        "start": start,
        "end": start + len(quote),
        "verified": True,
        "score": 0.9,
    }
    return Citation(number=number, quote=quote, answer_span=span, **(fields | values))


ENGLISH = citation(
    2,
    "The conference in Rabat brought together some 200 participants from 60 countries.",
    "200 participants",
    document_id="opcw",
    title="Joint press release on the Global Conference",
    publisher="OPCW",
    date="2024-10-24",
    language="en",
    kind="primary",
    digest=False,
    url="https://www.opcw.org/media-centre",
)
ARABIC = citation(
    3,
    "افتُتح المؤتمر في الرباط يوم 22 أكتوبر 2024 بحضور السيد ناصر بوريطة.",
    "22 أكتوبر 2024",
    document_id="assahifa",
    title="افتتاح المؤتمر العالمي الأول في الرباط",
    publisher="الصحيفة",
    language="ar",
    url="https://www.assahifa.com/opening",
)
RELATED = citation(1, PARAGRAPHS[0], None)
SETTINGS = SimpleNamespace(language="fr", max_question_characters=2_000, keep_questions=90, data_dir=Path("data"))
FIELDS = ("title", "publisher", "quote")


def hostile(number: int = 1) -> Citation:
    """A citation in which every text is an attack."""
    return citation(number, HOSTILE, None, title=HOSTILE, publisher=HOSTILE, url="javascript:alert(1)")


def replies(question: str, language: str) -> Answer:
    """An answer of the kind that a word of the question asks for."""
    words = question.casefold()
    if "<" in question:
        cited = (hostile(),)
        return Answer(
            question, language, "partial", frame.answer(cited, (), (HOSTILE,), language), cited, missing=(HOSTILE,)
        )
    if "dispute" in words or "combien" in words or "كم" in words:
        cited = (citation(1), ENGLISH)
        positions = (Position("160 participants", (1,)), Position("200 participants", (2,)))
        text = frame.answer(cited, positions, (), language)
        return Answer(question, language, "disputed", text, cited, disagreement=positions)
    if "budget" in words or "ميزانية" in words:
        return Answer(question, language, "not_found", frame.not_found(language, related=True), related=(RELATED,))
    if "bonjour" in words:
        return Answer(question, language, "not_found", say("greeting", language), small_talk=True)
    cited = (citation(1, PARAGRAPHS[0], "22 octobre 2024"), ARABIC.numbered(2))
    missing = ("Qui a payé ?",) if "payé" in words else ()
    status = "partial" if missing else "answered"
    return Answer(question, language, status, frame.answer(cited, (), missing, language), cited, missing=missing)


class FakeAssistant:
    """Holds the documents it is given; remembers what it was asked and told."""

    def __init__(self, *documents: Document, pause: float = 0.0) -> None:
        self.settings = SETTINGS
        self.documents = {(d.id, d.version): d for d in (documents or (document(),))}
        self.states: dict[str, str] = {}
        self.pause = pause
        self.asked: list[tuple[str, str | None, tuple[str, ...]]] = []
        self.opinions: list[tuple[int, bool, str | None]] = []
        self.fails: Exception | None = None

    def ask(
        self,
        question: str,
        *,
        language: str | None = None,
        history: Sequence[Turn] = (),
        on_step: Callable[[Step], None] = lambda _step: None,
    ) -> Answer:
        self.asked.append((question, language, tuple(turn.question for turn in history)))
        spoken = language or detect(question, "fr")
        if self.fails:
            raise self.fails
        if not question.strip():
            raise QuestionError(say("error_empty", spoken))
        if len(question) > SETTINGS.max_question_characters:
            raise QuestionError(say("error_too_long", spoken, found=len(question), maximum=2_000))
        for step in ("reading", "searching", "choosing", "checking"):
            on_step(step)
            time.sleep(self.pause)
        answer = replies(question, spoken)
        return Answer(**{name: getattr(answer, name) for name in answer.__slots__} | {"id": len(self.asked)})

    def coverage(self) -> Coverage:
        return Coverage(187, ("en", "fr", "ar", "es", "de"), "2026-05-08")

    def document(self, document_id: str, version: int | None = None) -> DocumentView:
        current = max((v for id, v in self.documents if id == document_id), default=0)
        version = version or current
        if (document_id, version) not in self.documents:
            raise UnknownDocument("none")
        state: Any = self.states.get(document_id, "ready")
        replaced_at = "2024-11-02T10:00:00+00:00" if version < current else None
        removal = Removal("Texte publié par erreur", "2024-12-01T09:00:00+00:00") if state == "removed" else None
        return DocumentView(self.documents[document_id, version], current, state, replaced_at, removal)

    def feedback(self, answer_id: int, *, liked: bool, reason: str | None = None, comment: str = "") -> None:
        self.opinions.append((answer_id, liked, reason))
