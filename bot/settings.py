"""The settings: environment variables that begin with `BOT_`; nothing else reads the environment."""

import os
from pathlib import Path

from pydantic import Field, HttpUrl
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "BOT_"


class Settings(BaseSettings):
    """Every setting with its default; each is described in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    """All that the program writes."""
    documents_dir: Path = Path("corpus/documents")
    """The curated documents, indexed at start."""
    embedding_model: str | None = None
    """A sentence-transformers folder or name; the bundled model when unset."""
    reader_model: str | None = None
    """A question-answering model of the transformers kind, a folder or a name; the small reader when unset."""
    judge_model: str | None = None
    """A natural-language-inference model of the transformers kind, likewise; the small judge when unset."""
    chroma_url: HttpUrl | None = None
    """A Chroma server; embedded in the data folder when unset."""
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65_535)
    language: str = Field(default="fr", pattern="^(fr|en|ar|es|ru|zh)$")
    """The language of the page and of a question whose language cannot be told."""
    keep_questions: int = Field(default=90, ge=0, le=36_500)
    """Days that questions are kept in the journal; 0 keeps none."""
    max_question_characters: int = Field(default=2_000, ge=50, le=20_000)
    question_threads: int = Field(default=1, ge=1, le=64)
    """Threads that one question may use while others are served."""

    watch_dir: Path | None = None
    """A folder whose documents are kept in step with the corpus."""
    watch_addresses: Path | None = None
    """A file of web addresses, one a line, whose documents are kept in step with the corpus."""
    watch_minutes: int = Field(default=60, ge=1, le=10_080)
    """How often the server looks at both."""
    fetch_addresses: bool = True
    """Whether staff may add a document by its web address."""

    @property
    def model(self) -> str | None:
        return (self.embedding_model or "").strip() or None

    @property
    def reader(self) -> str | None:
        return (self.reader_model or "").strip() or None

    @property
    def judge(self) -> str | None:
        return (self.judge_model or "").strip() or None

    @property
    def chroma(self) -> str | None:
        return str(self.chroma_url).rstrip("/") if self.chroma_url else None


def unknown_variables() -> list[str]:
    """`BOT_` variables that no setting reads: probably misspelt."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
