"""Metadata and texts to JSON values and back, as stores and processes exchange them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from corpus.models import Content, Heading, Metadata, Span


def metadata_values(metadata: Metadata) -> dict[str, Any]:
    """A document's metadata as JSON values."""
    return asdict(metadata)


def metadata_from(values: Mapping[str, Any]) -> Metadata:
    """The metadata that `metadata_values` gave; ValueError or TypeError for anything else."""
    return Metadata(**{**values, "sources": tuple(values["sources"])})


def content_values(content: Content) -> dict[str, Any]:
    """A text with its headings and pages as JSON values."""
    headings = [[h.span.start, h.span.end, h.level] for h in content.headings]
    return {"text": content.text, "headings": headings, "pages": list(content.pages)}


def content_from(values: Mapping[str, Any]) -> Content:
    """The text that `content_values` gave."""
    headings = tuple(Heading(Span(start, end), level) for start, end, level in values["headings"])
    return Content(values["text"], headings, tuple(values["pages"]))
