"""Which reader and which judge the settings and the files at hand give; None goes without.

A model that a setting names, else the small one, which belongs to the bundled embedding model.
"""

from collections.abc import Callable, Sequence

from bot import judge, reader
from bot.judge import Judge
from bot.reader import Reader
from bot.settings import Settings
from corpus.models import Passage
from vectorstore.embedder import LowerStates, PassageEmbedder


def chosen_reader(
    settings: Settings, embedder: PassageEmbedder, states_of: Callable[[Sequence[Passage]], list[LowerStates]]
) -> Reader | None:
    """The reader; `states_of` gives the lower states of passages, as an index does."""
    if settings.reader:
        from bot.hub_reader import HubReader

        return HubReader(settings.reader, threads=settings.question_threads)
    from bot.small_models import SmallReader, usable

    if not usable(reader.WEIGHTS, embedder.stamp):
        return None
    return SmallReader(embedder, states_of, threads=settings.question_threads)


def chosen_judge(settings: Settings, embedder: PassageEmbedder) -> Judge | None:
    """The judge."""
    if settings.judge:
        from bot.hub_judge import HubJudge

        return HubJudge(settings.judge, threads=settings.question_threads)
    from bot.small_models import SmallJudge, usable

    if not usable(judge.WEIGHTS, embedder.stamp):
        return None
    return SmallJudge(embedder, threads=settings.question_threads)
