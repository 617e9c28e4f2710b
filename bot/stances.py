"""The labels of sets of judged pairs, and what of a pair decides whether it trains or measures. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.judge import Stance

LABELS: Mapping[str, tuple[Stance, ...]] = {
    "supported": ("supports",),
    "refuted": ("contradicts",),
    "nei": ("neither",),
    "not_supported": ("contradicts", "neither"),
}
"""The stances of which one is right; a label that is not here leaves too much open."""
BY_CLAIM = "factcheck"  # a set that has many sentences about one claim


def key_of(name: str, row: Mapping[str, Any]) -> str:
    """What the pairs that belong together have in common, in the set of this name."""
    return str(row["claim"] if BY_CLAIM in name else row["evidence"])
