"""What is measured of the sets found at a path: each file by its shape."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.chosen_models import chosen_judge
from bot.evaluation.figures import Row
from bot.evaluation.pairs import pairs_row
from bot.evaluation.questions import Measuring, OnFailure, ignore, question_rows
from bot.evaluation.verdicts import read_verdicts, verdict_row
from bot.settings import Settings
from corpus.errors import UnreadableFile
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.qa_data import QaQuestion, article_of, part_of, read_abstain, read_set
from vectorstore.qa_pools import SEED

Say = Callable[[str], None]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Extent:
    """How many questions of each set, always the same ones (0 for all), and whether only about articles that nothing
    was fitted on. Every passage stays in the index."""

    limit: int = 0
    held_out: bool = False

    def kept(self, items: Sequence[Item], is_held_out: Callable[[Item], bool]) -> Sequence[Item]:
        """The items that count; all of a set of which nothing is told."""
        if not self.held_out:
            return items
        return [item for item in items if is_held_out(item)] or items

    def drawn(self, items: Sequence[Item]) -> Sequence[Item]:
        """The items to measure on; of sets that are translations of each other, the same ones."""
        if not 0 < self.limit < len(items):
            return items
        return [items[n] for n in sorted(random.Random(SEED).sample(range(len(items)), self.limit))]


EVERYTHING = Extent()


def evaluate_path(
    path: Path, settings: Settings, say: Say, extent: Extent = EVERYTHING, on_failure: OnFailure = ignore
) -> list[Row]:
    """A row or two for each set found at `path`; `on_failure` is told of the questions that were answered wrongly."""
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    embedder = SentenceTransformerEmbedder(settings.model, settings.data_dir / "models", threads=2)
    measuring = Measuring(settings, embedder, on_failure)
    sets = [data for file in files if (data := read_set(file)).questions]
    titles = {passage.text: passage.title for data in sets for passage in data.passages}
    rows = []
    for file in files:
        if verdicts := extent.drawn(extent.kept(read_verdicts(file), lambda verdict: verdict.held_out)):
            rows.append(verdict_row(file.stem, verdicts, chosen_judge(settings, embedder)))
        elif pairs := extent.drawn(extent.kept(read_abstain(file), partial(_held_out, titles))):
            rows.append(pairs_row(file, pairs, measuring))
        else:
            continue
        say(f"{file.stem}: done")
    if not sets and not rows:
        raise UnreadableFile(f"{path}: found no sets of questions, expected files as docs/evaluation.md describes")
    own = [replace(data, questions=tuple(extent.drawn(extent.kept(data.questions, _about_held_out)))) for data in sets]
    return [*question_rows(own, measuring, say), *rows]


def _held_out(titles: Mapping[str, str], pair: tuple[str, str, bool]) -> bool:
    passage = pair[1]
    return part_of(titles.get(passage) or article_of(passage)) == "measure"


def _about_held_out(question: QaQuestion) -> bool:
    return question.passage.held_out
