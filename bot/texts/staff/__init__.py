"""The texts of the staff area in one language: sections by topic, in which each key stands once.

One YAML file a language, read once, when first asked for. Comes out: a read-only mapping of key to sentence.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent


@cache
def load(language: str) -> Mapping[str, str]:
    """The sentences of `language` by key; ValueError when there is no such file or a key stands in two sections."""
    import yaml

    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        raise ValueError(f"language: found {language!r}, expected one of {', '.join(sorted(languages()))}")
    sentences: dict[str, str] = {}
    for section in yaml.safe_load(path.read_text(encoding="utf-8")).values():
        if twice := sentences.keys() & section.keys():
            raise ValueError(f"{path.name}: {', '.join(sorted(twice))} stands in two sections, expected one")
        sentences |= section
    return MappingProxyType(sentences)


@cache
def languages() -> frozenset[str]:
    """The languages that the staff area is written in."""
    return frozenset(file.stem for file in FOLDER.glob("*.yaml"))
