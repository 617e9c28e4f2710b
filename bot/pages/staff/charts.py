"""Bars as SVG that can be read on paper: round numbers on the axis, patterns beside colours, a title for each bar.

Pure: numbers and texts come in, markup without styles of its own goes out; `staff.css` gives the colours of the
classes. Text that is written from right to left mirrors the whole chart.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from markupsafe import Markup

TICKS = 5  # steps on the axis, at most
GAP = 0.22  # of the place of a bar, between two
THIN = 5.0  # the place of a bar, below which it has no outline
WIDEST = 46.0  # a bar, when there are few
CHARACTER = 0.58  # the width of a character, in its height
APART = 1.5  # from the middle of a label to the next, in widths
TOP, BOTTOM, SIDE = 30.0, 26.0, 4.0

STRIPES = '<path class="mark" d="M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4"/>'
DOTS = '<circle class="mark" cx="2" cy="2" r="1.3"/><circle class="mark" cx="6" cy="6" r="1.3"/>'
PATTERNS: Mapping[str, str] = {"partial": STRIPES, "disputed": DOTS}
"""What is drawn in squares of eight on the ground of a kind; the other kinds are plain."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: parts from the axis upwards, a short label, and a title that says all of it."""

    label: str
    title: str
    parts: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(part < 0 for part in self.parts):
            raise ValueError(f"parts: found {self.parts}, expected none below 0")

    @property
    def total(self) -> int:
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a chart in its own units, the height of its letters, its direction, and its class."""

    width: float
    height: float
    letters: float
    name: str
    rtl: bool = False

    def x(self, left: float, width: float = 0.0) -> str:
        """Where something stands that is `left` from the beginning of a line."""
        return f"{self.width - left - width if self.rtl else left:.2f}"


def chart(
    bars: Sequence[Bar],
    kinds: Sequence[str],
    frame: Frame,
    *,
    id: str,
    about: str,
    axis: str,
    number: Callable[[int], str],
) -> Markup:
    """Stacked bars. `kinds` are the classes of their parts, `about` is read out, `axis` says what is counted."""
    marks = ticks(max((bar.total for bar in bars), default=0))
    start = max(len(number(mark)) for mark in marks) * frame.letters * CHARACTER + 8
    scale = _Scale(start, marks[-1], len(bars))
    thin = " thin" if scale.place(frame) < THIN else ""
    parts = [
        f'<svg class="chart {frame.name}{thin}" viewBox="0 0 {frame.width:g} {frame.height:g}" role="img" '
        f'aria-label="{escape(about)}" font-size="{frame.letters:g}">',
        f"<defs>{''.join(pattern(kind, f'{id}-{kind}') for kind in kinds)}</defs>",
        f'<text class="axis" x="{frame.x(0)}" y="{frame.letters}">{escape(axis)}</text>',
        *_axis(frame, marks, start, number),
        *_bars(bars, kinds, frame, scale, id),
        "</svg>",
    ]
    return Markup("".join(parts))


def swatch(kind: str, id: str) -> Markup:
    """A square of a kind, for a legend."""
    square = f'<rect class="part {kind}" x="1" y="1" width="16" height="16"{_fill(kind, id)}/>'
    return Markup(
        f'<svg class="swatch" viewBox="0 0 18 18" aria-hidden="true"><defs>{pattern(kind, id)}</defs>{square}</svg>'
    )


def pattern(kind: str, id: str) -> str:
    """The definition of the pattern of a kind; empty for a plain one."""
    if kind not in PATTERNS:
        return ""
    ground = '<rect class="ground" width="8" height="8"/>'
    return (
        f'<pattern id="{escape(id)}" class="{kind}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f"{ground}{PATTERNS[kind]}</pattern>"
    )


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to the first that is not below `most`, equally far apart."""
    step = next(step for step in _steps() if step * TICKS >= most)
    last = max(-(-most // step), 1)
    return [step * n for n in range(last + 1)]


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 25, 50, 100, 200, 250, ..."""
    for power in count():
        yield from (digit * 10**power // 10 for digit in (10, 20, 25, 50) if power or digit != 25)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where the bars begin, the number at the top of the axis, and how many bars there are."""

    start: float
    top: int
    bars: int

    def height(self, frame: Frame, value: int) -> float:
        return (frame.height - TOP - BOTTOM) * value / self.top

    def place(self, frame: Frame) -> float:
        """The width of a bar with the gap after it."""
        return (frame.width - SIDE - self.start) / max(self.bars, 1)


def _axis(frame: Frame, marks: Sequence[int], start: float, number: Callable[[int], str]) -> Iterator[str]:
    scale = _Scale(start, marks[-1], 0)
    ends = (frame.x(start), frame.x(frame.width - SIDE))
    for mark in marks:
        y = frame.height - BOTTOM - scale.height(frame, mark)
        kind = "line" if mark else "line base"
        yield f'<line class="{kind}" x1="{ends[0]}" x2="{ends[1]}" y1="{y:.2f}" y2="{y:.2f}"/>'
        place = f'x="{frame.x(start - 6)}" y="{y + frame.letters / 3:.2f}" text-anchor="end"'
        yield f'<text class="tick" {place}>{escape(number(mark))}</text>'


def _bars(bars: Sequence[Bar], kinds: Sequence[str], frame: Frame, scale: _Scale, id: str) -> Iterator[str]:
    place = scale.place(frame)
    width = min(place * (1 - GAP), WIDEST)
    floor = frame.height - BOTTOM
    labelled = _labelled(bars, place, frame)
    for number, bar in enumerate(bars):
        left = scale.start + place * number
        yield f'<g class="bar"><title>{escape(bar.title)}</title>'
        whole = f'x="{frame.x(left, place)}" width="{place:.2f}" y="{TOP:g}" height="{floor - TOP:.2f}"'
        yield f'<rect class="reach" {whole}/>'
        y = floor
        for kind, value in zip(kinds, bar.parts, strict=True):
            height = scale.height(frame, value)
            y -= height
            if value:
                place_of = f'x="{frame.x(left + (place - width) / 2, width)}" y="{y:.2f}"'
                size = f'width="{width:.2f}" height="{height:.2f}"'
                yield f'<rect class="part {kind}" {place_of} {size}{_fill(kind, f"{id}-{kind}")}/>'
        yield "</g>"
        if number in labelled:
            half = _width(bar.label, frame) / 2
            middle = min(max(left + place / 2, half), frame.width - half)
            yield (
                f'<text class="label" x="{frame.x(middle)}" y="{frame.height - 7:g}" text-anchor="middle">'
                f"{escape(bar.label)}</text>"
            )


def _labelled(bars: Sequence[Bar], place: float, frame: Frame) -> frozenset[int]:
    """The bars that get a label: the last, and before it those that leave room."""
    widest = max((_width(bar.label, frame) for bar in bars), default=0.0)
    every = max(1, round(APART * widest / place + 0.5))
    return frozenset(range(len(bars) - 1, -1, -every))


def _width(text: str, frame: Frame) -> float:
    return sum(1.0 if character >= "\u2e80" else CHARACTER for character in text) * frame.letters


def _fill(kind: str, id: str) -> str:
    return f' fill="url(#{escape(id)})"' if kind in PATTERNS else ""
