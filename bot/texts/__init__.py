"""The texts of one language: what the bot says, and the few words it must recognise.

One YAML file a language, read once, when first asked for. Comes out: a frozen `Texts`. The sections
`subject`, `conference` and `starters` name the conference; an organiser of another one edits those only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Texts:
    """`says` holds the bot's sentences by key; the rest are words that askers write."""

    says: Mapping[str, str]
    subject: str
    """What the documents are about, as a few words to search for."""
    called: tuple[str, ...]
    """How a question refers to it without its name."""
    starters: tuple[str, ...]
    small_talk: Mapping[str, tuple[str, ...]]
    openers: tuple[str, ...]
    closers: tuple[str, ...]
    function_words: frozenset[str]


@cache
def load(language: str) -> Texts:
    """The texts of `language`; ValueError when there is no such file or it says one key twice."""
    import yaml

    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise ValueError(f"language: found {language!r}, expected one of {known}")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    twice = data["conference"].keys() & data["says"].keys()
    if twice:
        raise ValueError(f"{path.name}: {', '.join(sorted(twice))} stands in two sections, expected one")
    return Texts(
        says=MappingProxyType(data["conference"] | data["says"]),
        subject=str(data["subject"]["name"]),
        called=tuple(data["subject"]["called"]),
        starters=tuple(data["starters"]),
        small_talk=MappingProxyType({kind: tuple(phrases) for kind, phrases in data["small_talk"].items()}),
        openers=tuple(data["openers"]),
        closers=tuple(data["closers"]),
        function_words=frozenset(data["function_words"].split()),
    )
