"""Curves over the steps of a training: their panels and styles. JavaScript draws them in the browser.

The points of a long run are thinned here, and in the same way in the browser as the run grows.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from viz.colors import LINES

T = TypeVar("T")

MAX_POINTS = 300
"""Maximum number of steps drawn: more points than pixels would only slow the browser down."""

MAX_MARKS = 120
"""Maximum number of evaluations drawn, each with its own mark."""

DASHES = ((), (7, 3), (2, 2), (7, 2, 2, 2), (12, 4), (4, 4), (1, 3))
"""Dash patterns, which distinguish curves in addition to colours."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")


@dataclass(frozen=True)
class Curve:
    """One curve and its style."""

    label: str
    """The text in the legend."""
    style: int
    """The index of colour, dash and shape."""
    column: str = ""
    """The column of a run's log that it shows; empty if `points` are given."""
    points: Sequence[tuple[float, float | None]] | None = None
    """Steps and values; None for a value that is not a number."""
    dotted: bool = False
    """Whether each value is marked, for values far apart."""


@dataclass(frozen=True)
class Panel:
    """Curves with one vertical axis."""

    title: str
    curves: tuple[Curve, ...]
    format: Literal["number", "short", "share"] = "number"
    """The number format; `short` uses k and M for thousands and millions."""
    log: bool | None = False
    """Whether the axis is logarithmic; None if the user can choose."""
    range: tuple[float, float] | None = None
    """The ends of the axis; None fits them to the values."""
    small: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON-able data for the browser."""
        return asdict(self) | {"curves": [_drawn(curve) for curve in self.curves]}


def _drawn(curve: Curve) -> dict[str, Any]:
    style = curve.style % len(LINES)
    return asdict(curve) | {"colour": LINES[style], "dash": DASHES[style], "shape": SHAPES[style]}


def thin(items: Sequence[T], weight: Callable[[T], float], limit: int = MAX_POINTS) -> Sequence[T]:
    """The item with the largest weight of every k items, so that at most `limit` remain, plus the last one.

    So spikes are kept, and only measured values are drawn. As k is a power of two, nearly all points stay in
    place while a run grows.
    """
    stride = thinning(len(items), limit)
    if stride == 1:
        return items
    kept = [max(items[start : start + stride], key=weight) for start in range(0, len(items), stride)]
    return kept if kept[-1] is items[-1] else [*kept, items[-1]]


def thinning(count: int, limit: int = MAX_POINTS) -> int:
    """The k of `thin`."""
    stride = 1
    while count > limit * stride:
        stride *= 2
    return stride
