"""The quality gate: what is doubtful about a text, before it is published."""

from corpus.quality.findings import Finding
from corpus.quality.gate import blocking, examine

__all__ = ["Finding", "blocking", "examine"]
