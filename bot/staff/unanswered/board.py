"""The board of unanswered questions: refused or disliked ones, in groups of one meaning across languages.

A group keeps its number and its state, and a question its group, until the journal forgets them. New questions join
with `refresh`; `retry` asks the wordings of a group again and says which are answered now.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Literal

from bot.errors import QuestionError
from bot.journal import Journal
from bot.models import Answer
from bot.pins import wording_key
from bot.staff.unanswered.groups import Encoded, Groups, Placed, Standing, State, Waiting, unknown
from bot.staff.unanswered.likeness import Meaning, Neighbourhood, meaning
from corpus.ingest import Progress
from vectorstore.embedder import PassageEmbedder

Order = Literal["count", "recent"]
Ask = Callable[[str, str], Answer]
"""Answers a question in a language, without the journal."""
FULL = ("answered", "disputed")
MOST_NOTE, MOST_NAME = 1_000, 200  # characters
LONGEST_NUMBER = 18  # digits that SQLite can hold


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a group's question, as it was asked `count` times.

    `status` is how it was answered last, `retried` how it fared when it was asked again (empty before that).
    `reasons` and `comments` are those of dislikes, each once.
    """

    question: str
    language: str
    count: int
    status: str
    disliked: bool
    reasons: tuple[str, ...]
    comments: tuple[str, ...]
    last_asked: str
    retried: str


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one meaning. Times are ISO 8601 in UTC; `assigned_to`, `note` and `retried_at` may be empty.

    The label is the most frequent wording, of equally frequent ones the shortest; languages and questions are in
    falling order of frequency. `note` is why it was dismissed last.
    """

    id: str
    label: str
    languages: tuple[str, ...]
    count: int
    first_asked: str
    last_asked: str
    questions: tuple[Wording, ...]
    state: State
    assigned_to: str
    note: str
    retried_at: str

    @property
    def retried(self) -> Mapping[str, str]:
        """The wordings that were asked again, and how each fared."""
        return {wording.question: wording.retried for wording in self.questions if wording.retried}


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


class Board:
    """The groups of the unanswered questions of `journal`, compared by `embedder`."""

    def __init__(self, journal: Journal, embedder: PassageEmbedder) -> None:
        self._groups = Groups(journal)
        self._embedder = embedder
        self._sorting = Lock()

    def refresh(self, progress: Progress = _silent) -> int:
        """Put the questions that are in no group into one; how many there were.

        A new wording takes some .05 seconds to encode. Each question is kept as it is placed, so that an
        interruption loses nothing. After a change of the model all are encoded again, and stay where they are.
        """
        with self._sorting:
            model = self._embedder.stamp
            waiting = self._groups.waiting(model)
            if waiting:
                with self._groups.many_changes():
                    self._place(waiting, model, progress)
            return len(waiting)

    def groups(self, state: str | None = None, *, limit: int = 1_000, order: Order = "count") -> list[Group]:
        """The groups, or those in a state: most asked or most recently asked first."""
        found = [_group(standing, questions) for standing, questions in self._groups.standing(state)]
        keys: dict[Order, Callable[[Group], tuple[object, ...]]] = {
            "count": lambda group: (group.count, group.last_asked, int(group.id)),
            "recent": lambda group: (group.last_asked, int(group.id)),
        }
        return sorted(found, key=keys[order], reverse=True)[: max(limit, 0)]

    def group(self, group_id: str) -> Group:
        """One group; UnknownDocument when there is none."""
        standing, questions = self._one(group_id)
        return _group(standing, questions)

    def assign(self, group_id: str, name: str | None) -> None:
        """Give a group to somebody, or, with None, to nobody; either takes it up again."""
        self._groups.set(_number(group_id), None, assigned_to=(name or "").strip()[:MOST_NAME])

    def dismiss(self, group_id: str, reason: str) -> None:
        """Set a group aside, until its question is asked again."""
        self._groups.set(_number(group_id), "dismissed", note=reason.strip()[:MOST_NOTE])

    def reopen(self, group_id: str) -> None:
        """Take up a group that was dismissed or answered."""
        self._groups.set(_number(group_id), None)

    def retry(self, group_id: str, ask: Ask) -> Group:
        """Ask every wording of a group again; the group as it stands then.

        A refused wording is settled by a full answer, a disliked one by a full answer that cites something else
        or is pinned. A group of which all are settled is answered.
        """
        standing, questions = self._one(group_id)
        began_at = datetime.now(UTC).isoformat(timespec="seconds")
        results: list[tuple[int, str, bool]] = []
        for same in _by_wording(questions):
            status, settled = _asked_again(same, ask)
            results += [(question.id, status, settled) for question in same]
        self._groups.retried(standing.id, results, began_at)
        return self.group(group_id)

    def _one(self, group_id: str) -> tuple[Standing, list[Placed]]:
        found = self._groups.standing(group=_number(group_id))
        if not found:
            raise unknown(group_id)
        return found[0]

    def _place(self, waiting: Sequence[Waiting], model: str, progress: Progress) -> None:
        """Encode the questions and find each its group; one that was asked in the same words needs neither."""
        sorted_already = _Sorted()
        for question in self._groups.encoded(model):
            sorted_already.add(question)
        for done, new in enumerate(waiting, start=1):
            found = sorted_already.same_words(new.wording) or self._encode(new)
            group = new.group or found.group or sorted_already.nearest(found)
            placed = self._groups.place(new, group, model, found.tokens, found.weights)
            if placed is not None:
                sorted_already.add(replace(found, group=placed))
            progress("group", done, len(waiting))

    def _encode(self, question: Waiting) -> Encoded:
        encoding = self._embedder.encode_query(question.wording, question.language)
        return Encoded(None, question.wording, question.language, encoding.tokens, encoding.weights)


class _Sorted:
    """The wordings that are in groups."""

    def __init__(self) -> None:
        self._known: dict[str, Encoded] = {}
        self._neighbours = Neighbourhood()

    def same_words(self, wording: str) -> Encoded | None:
        return self._known.get(_key(wording))

    def nearest(self, question: Encoded) -> int | None:
        return self._neighbours.nearest(_meaning(question))

    def add(self, question: Encoded) -> None:
        known = self._known.get(_key(question.wording))
        self._known[_key(question.wording)] = question
        if question.group is not None and (known is None or known.group != question.group):
            self._neighbours.add(question.group, _meaning(question))


def _meaning(question: Encoded) -> Meaning:
    return meaning(question.wording, question.language, question.tokens, question.weights)


def _number(group_id: str) -> int:
    """The number of a group in an address that anybody can write."""
    if not (group_id.isascii() and group_id.isdecimal() and len(group_id) <= LONGEST_NUMBER):
        raise unknown(group_id)
    return int(group_id)


def _key(wording: str) -> str:
    """What equal wordings have in common; signs alone are told apart as they are."""
    return wording_key(wording) or wording


def _by_wording(questions: Sequence[Placed]) -> list[list[Placed]]:
    """The questions of each wording, the most frequent wording first."""
    found: dict[str, list[Placed]] = {}
    for question in questions:
        found.setdefault(_key(question.wording), []).append(question)
    return sorted(found.values(), key=len, reverse=True)


def _group(standing: Standing, placed: Sequence[Placed]) -> Group:
    wordings = tuple(_wording(same) for same in _by_wording(placed))
    label = max(wordings, key=lambda wording: (wording.count, -len(wording.question)))
    return Group(
        id=str(standing.id),
        label=label.question,
        languages=tuple(code for code, _ in Counter(question.language for question in placed).most_common()),
        count=len(placed),
        first_asked=min(question.asked_at for question in placed),
        last_asked=max(question.asked_at for question in placed),
        questions=wordings,
        state=standing.state,
        assigned_to=standing.assigned_to,
        note=standing.note,
        retried_at=standing.retried_at,
    )


def _wording(same: Sequence[Placed]) -> Wording:
    newest = same[-1]
    dislikes = [dislike for question in same for dislike in question.dislikes]
    return Wording(
        question=newest.wording,
        language=newest.language,
        count=len(same),
        status=newest.status,
        disliked=bool(dislikes),
        reasons=tuple(dict.fromkeys(reason for reason, _ in dislikes if reason)),
        comments=tuple(dict.fromkeys(comment for _, comment in dislikes if comment)),
        last_asked=newest.asked_at,
        retried=newest.retried,
    )


def _asked_again(same: Sequence[Placed], ask: Ask) -> tuple[str, bool]:
    """How a wording is answered now, and whether that settles it."""
    try:
        answer = ask(same[-1].wording, same[-1].language)
    except QuestionError:  # completed from a conversation, it may have become too long
        return "not_found", False
    disliked = [question.cited for question in same if question.status in FULL]
    cited = frozenset(citation.address for citation in answer.citations)
    return answer.status, answer.status in FULL and (answer.pinned or cited not in disliked)
