"""Curves that grow while one watches: Vega-Lite specifications, which keep their zoom when data arrives.

The specification holds no data, so it stays the same while the table beside it grows: a column `step` and
one column for each curve, empty where a curve has no value.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from viz.colors import LINES

T = TypeVar("T")
Spec = dict[str, Any]

MAX_POINTS = 500
"""Steps drawn of a long run: more than a chart has pixels for would only make the browser slow."""

DASHES = ([1, 0], [7, 3], [2, 2], [7, 2, 2, 2], [12, 4], [4, 4], [1, 3])
"""Beside the colour, what tells curves apart."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")


@dataclass(frozen=True)
class Curve:
    """One curve: its column in the table and how it looks."""

    column: str
    label: str
    """In words, for the legend."""
    style: int
    """Which colour, dash and shape."""
    dotted: bool = False
    """Whether each value is marked, as suits values far apart."""


def thin(items: Sequence[T], limit: int = MAX_POINTS) -> Sequence[T]:
    """Every k-th item, k a power of two, so that no more than `limit` remain; and always the last.

    A power of two lets nearly all points stay where they are while a run grows.
    """
    stride = thinning(len(items), limit)
    kept = items[stride - 1 :: stride]
    return kept if len(items) % stride == 0 else [*kept, items[-1]]


def thinning(count: int, limit: int = MAX_POINTS) -> int:
    """The k of `thin`."""
    stride = 1
    while count > limit * stride:
        stride *= 2
    return stride


def curve_chart(
    curves: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    number_format: str = ".4f",
    axis_format: str = "~g",
    log: bool = False,
    y_range: tuple[float, float] | None = None,
    height: int = 260,
) -> Spec:
    """A chart of curves over steps that can be dragged, zoomed (Ctrl and wheel) and read off anywhere."""
    value = {
        "field": "value",
        "type": "quantitative",
        "title": y_title,
        "scale": {"type": "log" if log else "linear", "zero": not log, "nice": y_range is None}
        | ({"domain": list(y_range)} if y_range else {}),
        "axis": {"format": axis_format, "tickCount": 5},
    }
    return {
        "height": height,
        "layer": [
            _lines(curves, value, x_title, log),
            _dots(curves, value, x_title, log),
            _reading_rule(curves, x_title, number_format),
        ],
        "resolve": {"legend": {"color": "shared"}},
        "config": {"view": {"stroke": None}},
    }


def _lines(curves: Sequence[Curve], value: Spec, x_title: str, log: bool) -> Spec:
    zoom = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.ctrlKey || event.metaKey]"}
    return {
        "transform": _long(curves, log),
        "params": [{"name": "view", "select": zoom, "bind": "scales"}],
        "mark": {"type": "line", "clip": True, "strokeWidth": 2},
        "encoding": {
            "x": _steps(x_title),
            "y": value,
            "color": _look(curves, [LINES[curve.style] for curve in curves]),
            "strokeDash": _look(curves, [DASHES[curve.style] for curve in curves]),
        },
    }


def _dots(curves: Sequence[Curve], value: Spec, x_title: str, log: bool) -> Spec:
    return {
        "transform": _long([curve for curve in curves if curve.dotted], log),
        "mark": {"type": "point", "filled": True, "clip": True, "size": 45, "opacity": 1},
        "encoding": {
            "x": _steps(x_title),
            "y": value,
            "color": _look(curves, [LINES[curve.style] for curve in curves]),
            "shape": _look(curves, [SHAPES[curve.style] for curve in curves]),
        },
    }


def _reading_rule(curves: Sequence[Curve], x_title: str, number_format: str) -> Spec:
    """A vertical line at the step nearest to the pointer, with every curve's value there."""
    nearest = {
        "type": "point",
        "fields": ["step"],
        "nearest": True,
        "on": "pointermove",
        "clear": "pointerout",
    }
    return {
        "transform": [
            {
                "calculate": f"isValid(datum.{curve.column})"
                f" ? format(datum.{curve.column}, '{number_format}') : '–'",
                "as": f"{curve.column}_text",
            }
            for curve in curves
        ],
        "params": [{"name": "pointer", "select": nearest}],
        "mark": {"type": "rule", "color": "#888888", "clip": True},
        "encoding": {
            "x": _steps(x_title),
            "opacity": {"condition": {"param": "pointer", "empty": False, "value": 1}, "value": 0},
            "tooltip": [
                {"field": "step", "type": "quantitative", "title": x_title, "format": ","},
                *({"field": f"{curve.column}_text", "title": curve.label} for curve in curves),
            ],
        },
    }


def _steps(title: str) -> Spec:
    return {
        "field": "step",
        "type": "quantitative",
        "title": title,
        "scale": {"nice": False},
        "axis": {"format": ",", "tickCount": 5, "grid": False},
    }


def _long(curves: Sequence[Curve], log: bool) -> list[Spec]:
    """From a column a curve to a row a value."""
    return [
        {"fold": [curve.column for curve in curves], "as": ["curve", "value"]},
        {"filter": "isValid(datum.value)" + (" && datum.value > 0" if log else "")},
    ]


def _look(curves: Sequence[Curve], values: Sequence[object]) -> Spec:
    """One visual property by curve; equal domains let Vega merge all of them into one legend."""
    labels = {curve.column: curve.label for curve in curves}
    return {
        "field": "curve",
        "type": "nominal",
        "scale": {"domain": list(labels), "range": list(values)},
        "legend": {
            "title": None,
            "orient": "top",
            "direction": "vertical",
            "labelExpr": f"{json.dumps(labels)}[datum.value]",
            "labelLimit": 600,
            "symbolSize": 200,
            "symbolStrokeWidth": 2,
        }
        if len(curves) > 1
        else None,
    }
