"""Answers that the staff pinned to a question: quotes like any other, chosen by people, until a day.

A question has a pin when it is one of the pin's wordings, apart from case, accents, punctuation and white space:
a paraphrase is searched for as usual. `verify` reads every quote again; a pin of which one no longer holds is
`broken`, and not shown until all hold.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot import frame
from bot.disagreement import answer_span, disagreement
from bot.models import Answer, Position, Quote, Status
from bot.verify import Gate
from corpus.database import connect, migrate
from corpus.errors import CorpusError, UnknownDocument
from corpus.library import Library
from corpus.models import Span
from corpus.split import split
from vectorstore.lexical import CJK, fold

MOST_WORDINGS, MOST_QUOTES, MOST_CHARACTERS = 30, 8, 500
WORD = re.compile(r"\w+")
BESIDE_CJK = re.compile(rf"(?<=[{CJK}]) | (?=[{CJK}])")  # a space there means nothing
LARGEST_ID = 2**63 - 1

MIGRATIONS = (
    """
    CREATE TABLE pins (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        quotes TEXT NOT NULL,
        expires_on TEXT NOT NULL,
        note TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TEXT NOT NULL,
        broken TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE wordings (
        pin_id INTEGER NOT NULL REFERENCES pins (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        key TEXT NOT NULL,
        question TEXT NOT NULL
    );
    CREATE INDEX wordings_by_key ON wordings (key);
    """,
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned answer. `expires_on` is the first day on which it is not shown any more, or None.

    `broken` says why it is not shown (`withdrawn`, `replaced`, `changed`), and is empty while it is.
    """

    id: int
    questions: tuple[str, ...]
    quotes: tuple[Quote, ...]
    expires_on: date | None
    note: str
    created_by: str
    created_at: str
    broken: str = ""

    def is_live(self, today: date) -> bool:
        """Whether it has not expired."""
        return self.expires_on is None or today < self.expires_on


class Pins:
    """The pins at `path`, made when missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as db:
            migrate(db, MIGRATIONS)

    def save(self, pin: Pin, today: date) -> int:
        """Keep a pin, a new one when its id is 0; its id.

        Raises CorpusError for wordings that are missing, too many or those of another live pin, and for an
        expiry that has passed.
        """
        questions = _wordings(pin.questions)
        check_number(len(pin.quotes))
        if not pin.is_live(today):
            raise CorpusError(f"{pin.expires_on} has passed: choose a later day, or none", code="pin_expired")
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")  # between the check and the change nobody else pins
            for question in questions:
                if any(other.id != pin.id and other.is_live(today) for other in self._pinned(db, question)):
                    raise CorpusError(
                        f"{question!r} has a pinned answer already: change that one",
                        code="pin_exists",
                        question=question,
                    )
            id = self._write(db, pin)
            db.execute("DELETE FROM wordings WHERE pin_id = ?", (id,))
            rows = [(id, place, wording_key(question), question) for place, question in enumerate(questions)]
            db.executemany("INSERT INTO wordings VALUES (?, ?, ?, ?)", rows)
        return id

    @staticmethod
    def _write(db: sqlite3.Connection, pin: Pin) -> int:
        expires = pin.expires_on.isoformat() if pin.expires_on else ""
        values = (_quotes_json(pin.quotes), expires, pin.note[:MOST_CHARACTERS], pin.broken)
        if pin.id:
            changed = db.execute(
                "UPDATE pins SET quotes = ?, expires_on = ?, note = ?, broken = ? WHERE id = ?",
                (*values, _checked(pin.id)),
            )
            if not changed.rowcount:
                raise _unknown(pin.id)
            return pin.id
        now = datetime.now(UTC).isoformat(timespec="seconds")
        cursor = db.execute(
            "INSERT INTO pins (quotes, expires_on, note, broken, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (*values, pin.created_by, now),
        )
        return cursor.lastrowid or 0

    def find(self, question: str, today: date, *, broken: bool = False) -> Pin | None:
        """The live pin of a question; with `broken`, also one that is not shown."""
        with self._connection() as db:
            db.execute("BEGIN")  # one moment for all that is read
            pins = self._pinned(db, question)
        return next((pin for pin in pins if pin.is_live(today) and (broken or not pin.broken)), None)

    def get(self, pin_id: int) -> Pin:
        """One pin; UnknownDocument when there is none."""
        with self._connection() as db:
            db.execute("BEGIN")
            return self._pin(db, pin_id)

    def all(self) -> list[Pin]:
        """Every pin, newest first."""
        with self._connection() as db:
            db.execute("BEGIN")
            rows = db.execute("SELECT id FROM pins ORDER BY id DESC").fetchall()
            return [self._pin(db, row[0]) for row in rows]

    def remove(self, pin_id: int) -> None:
        """Delete a pin."""
        with self._connection() as db:
            db.execute("DELETE FROM wordings WHERE pin_id = ?", (_checked(pin_id),))
            db.execute("DELETE FROM pins WHERE id = ?", (_checked(pin_id),))

    def mark(self, pin_id: int, broken: str) -> None:
        """Say why a pin is not shown; empty when it is again."""
        with self._connection() as db:
            db.execute("UPDATE pins SET broken = ? WHERE id = ?", (broken, pin_id))

    def broken(self) -> Sequence[str]:
        """The first wordings of the pins that are not shown because a quote no longer holds."""
        return [pin.questions[0] for pin in self.all() if pin.broken]

    def _pinned(self, db: sqlite3.Connection, question: str) -> list[Pin]:
        """The pins of a question, whatever their state."""
        rows = db.execute("SELECT DISTINCT pin_id FROM wordings WHERE key = ?", (wording_key(question),)).fetchall()
        return [self._pin(db, row[0]) for row in rows]

    @staticmethod
    def _pin(db: sqlite3.Connection, pin_id: int) -> Pin:
        row = db.execute(
            "SELECT id, quotes, expires_on, note, created_by, created_at, broken FROM pins WHERE id = ?",
            (_checked(pin_id),),
        ).fetchone()
        if row is None:
            raise _unknown(pin_id)
        questions = db.execute("SELECT question FROM wordings WHERE pin_id = ? ORDER BY place", (row[0],)).fetchall()
        expires = date.fromisoformat(row[2]) if row[2] else None
        return Pin(row[0], tuple(q[0] for q in questions), _quotes(row[1]), expires, *row[3:])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with connect(self._path) as db:
            yield db


def check_number(quotes: int) -> None:
    """Raise CorpusError for a number of quotes that cannot be pinned."""
    if not 0 < quotes <= MOST_QUOTES:
        raise CorpusError(f"found {quotes} quotes, expected 1 to {MOST_QUOTES}", code="pin_quotes", most=MOST_QUOTES)


def verify(pins: Pins, gate: Gate, library: Library) -> None:
    """Read every quote of every pin again, and mark those that no longer hold, or hold again."""
    for pin in pins.all():
        broken = next((why for quote in pin.quotes if (why := _broken(quote, gate, library))), "")
        if broken != pin.broken:
            pins.mark(pin.id, broken)


def moved(pin: Pin, library: Library) -> Pin | None:
    """The pin with its quotes in the current versions of their documents; None unless each stands there once.

    A quote must be whole sentences there too: within a longer one ("It is denied that ...") it says something else.
    """
    quotes = []
    for quote in pin.quotes:
        document = library.get(quote.document_id)
        start = document.text.find(quote.text)
        if start < 0 or document.text.find(quote.text, start + 1) >= 0:
            return None
        span = Span(start, start + len(quote.text))
        sentences = [sentence for passage in split(document) for sentence in passage.sentences]
        if span.start not in {s.start for s in sentences} or span.end not in {s.end for s in sentences}:
            return None
        quotes.append(replace(quote, version=document.version, span=span))
    return replace(pin, quotes=tuple(quotes), broken="")


def pinned_answer(question: str, language: str, pin: Pin, gate: Gate) -> Answer | None:
    """The answer that a pin gives, through the gate; None when one of its quotes does not pass.

    Where its quotes give different values, it says so as every answer does.
    """
    groups = disagreement(question, language, pin.quotes, least_share=0.0)
    marked = {quote.key: quote for group in groups for quote in group.quotes}
    citations = gate.citations(marked.get(quote.key) or _marked(quote, question, language) for quote in pin.quotes)
    if len(citations) < len(pin.quotes):
        return None
    numbers = {citation.address: citation.number for citation in citations}
    positions = tuple(
        Position(group.value, tuple(numbers[q.document_id, q.version, q.span.start, q.span.end] for q in group.quotes))
        for group in groups
    )
    status: Status = "disputed" if positions else "answered"
    text = frame.answer(citations, positions, (), language)
    return Answer(question, language, status, text, citations, disagreement=positions, pinned=True, asked=question)


def hides_a_value(question: str, language: str, quotes: Sequence[Quote], answer: Answer) -> bool:
    """Whether the sources differ, as `answer` shows, and `quotes` leave one of their values out."""
    if answer.status != "disputed":
        return False
    shown = [Quote(c.document_id, c.version, Span(c.start, c.end), c.quote, c.language, 1.0) for c in answer.citations]
    chosen = {quote.key for quote in quotes}
    groups = disagreement(question, language, [*quotes, *(q for q in shown if q.key not in chosen)], least_share=0.0)
    return any(chosen.isdisjoint(quote.key for quote in group.quotes) for group in groups)


def _marked(quote: Quote, question: str, language: str) -> Quote:
    return replace(quote, answer_span=answer_span(question, language, quote.text, quote.language))


def _broken(quote: Quote, gate: Gate, library: Library) -> str:
    """Why a quote may not be shown; empty when it may."""
    if gate.citations([quote]):
        return ""
    try:
        current, state = library.state(quote.document_id)
    except UnknownDocument:
        return "withdrawn"
    if state == "removed":
        return "withdrawn"
    if current != quote.version or quote.document_id in library.superseded():
        return "replaced"
    withdrawn = [passage.span for passage in library.withdrawals(quote.document_id, quote.version)]
    overlap = any(span.start < quote.span.end and quote.span.start < span.end for span in withdrawn)
    return "withdrawn" if overlap else "changed"


def _unknown(pin_id: int) -> UnknownDocument:
    return UnknownDocument(f"There is no pinned answer {pin_id}: it may have been taken off.", code="pin_unknown")


def _wordings(questions: Sequence[str]) -> list[str]:
    """The wordings without repetitions, each with a word in it."""
    found = {
        wording_key(question): " ".join(question.split()) for question in reversed(questions) if wording_key(question)
    }
    kept = list(reversed(found.values()))
    if not 0 < len(kept) <= MOST_WORDINGS or any(len(question) > MOST_CHARACTERS for question in kept):
        raise CorpusError(
            f"found {len(kept)} wordings, expected 1 to {MOST_WORDINGS} of at most {MOST_CHARACTERS} characters",
            code="pin_wordings",
            most=MOST_WORDINGS,
            characters=MOST_CHARACTERS,
        )
    return kept


def wording_key(question: str) -> str:
    """What the same question has in common however it is typed: its words without case, accents and signs."""
    return BESIDE_CJK.sub("", " ".join(WORD.findall(fold(question))))


def _quotes_json(quotes: Sequence[Quote]) -> str:
    rows = [[q.document_id, q.version, q.span.start, q.span.end, q.text, q.language] for q in quotes]
    return json.dumps(rows, ensure_ascii=False)


def _quotes(text: str) -> tuple[Quote, ...]:
    rows = json.loads(text)
    return tuple(
        Quote(id, version, Span(start, end), words, language, 1.0) for id, version, start, end, words, language in rows
    )


def _checked(pin_id: int) -> int:
    """A number that SQLite can hold."""
    return pin_id if 0 < pin_id <= LARGEST_ID else 0
