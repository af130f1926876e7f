"""Curves over the steps of a training: what is in which panel, and how each looks. The browser draws them.

What is drawn of a long run is thinned here, and in the browser in the same way as the run grows.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from viz.colors import LINES

T = TypeVar("T")

MAX_POINTS = 300
"""Steps drawn of a long run: more than a chart has pixels for would only make the browser slow."""

MAX_MARKS = 120
"""Measurements drawn of a long run, each with a mark of its own."""

DASHES = ((), (7, 3), (2, 2), (7, 2, 2, 2), (12, 4), (4, 4), (1, 3))
"""Beside the colour, what tells curves apart."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")


@dataclass(frozen=True)
class Curve:
    """One curve and how it looks."""

    label: str
    """In words, for the legend."""
    style: int
    """Which colour, dash and shape."""
    column: str = ""
    """The column of a run's log that it shows; empty if its points are given."""
    points: Sequence[tuple[float, float | None]] | None = None
    """Steps and values; None for what is no number."""
    dotted: bool = False
    """Whether each value is marked, as suits values far apart."""


@dataclass(frozen=True)
class Panel:
    """Curves with one vertical axis."""

    title: str
    curves: tuple[Curve, ...]
    format: Literal["number", "short", "share"] = "number"
    """How values are written; `short` with k and M for thousands and millions."""
    log: bool | None = False
    """Whether the axis is logarithmic; None if that can be chosen."""
    range: tuple[float, float] | None = None
    """The ends of the axis; as the values need, if None."""
    small: bool = False

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self) | {"curves": [_drawn(curve) for curve in self.curves]}


def _drawn(curve: Curve) -> dict[str, Any]:
    style = curve.style % len(LINES)
    return asdict(curve) | {"colour": LINES[style], "dash": DASHES[style], "shape": SHAPES[style]}


def thin(items: Sequence[T], weight: Callable[[T], float], limit: int = MAX_POINTS) -> Sequence[T]:
    """Of every k items the one with the largest weight, so that at most `limit` remain; and the last.

    Spikes survive, what is drawn was measured, and as k is a power of two nearly all points stay where
    they are while a run grows.
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
