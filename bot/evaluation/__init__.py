"""Measure retrieval, reading, refusing and judging on sets whose answers are known; no model judges the figures.

`evaluate_path` gives the rows that docs/evaluation.md describes, `table` shows them.
"""

from bot.evaluation.figures import Row, auroc, table
from bot.evaluation.run import Extent, evaluate_path

__all__ = ["Extent", "Row", "auroc", "evaluate_path", "table"]
