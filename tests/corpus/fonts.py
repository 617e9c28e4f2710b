"""Fonts for the documents of tests: those of the machine, found by what they can write."""

from functools import cache
from pathlib import Path

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
    Path.home() / ".local/share/fonts",
)
PREFERRED = ("DejaVuSerif.ttf", "LiberationSerif-Regular.ttf", "NotoSans-Regular.ttf", "Arial.ttf")


@cache
def font_for(text: str) -> Path | None:
    """A TrueType font with every letter of `text`, or None when the machine has none."""
    from fontTools.ttLib import TTFont

    files = sorted(
        (path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.ttf")),
        key=lambda path: (path.name not in PREFERRED, path.name),
    )
    for path in files:
        with TTFont(path, lazy=True) as font:
            if all(ord(letter) in font.getBestCmap() for letter in text if not letter.isspace()):
                return path
    return None
