"""Curves that grow while one watches: Vega-Lite specifications, which keep their zoom when data arrives.

The specification holds no data, so it stays the same while the table beside it grows: a column `step` and
one column for each curve, empty where a curve has no value.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from viz.colors import CHOSEN, LINES

T = TypeVar("T")
Spec = dict[str, Any]

MAX_POINTS = 300
"""Steps drawn of a long run: more than a chart has pixels for would only make the browser slow."""

MAX_MARKS = 120
"""Measurements drawn of a long run, each with a mark of its own."""

ZOOM = "view"
"""The name of the selection that holds how far a chart is zoomed and where to."""

MARK = "marked_step"
"""The column that says where the line of a marked chart stands."""

ON_CANVAS = {"embedOptions": {"renderer": "canvas"}}
"""As SVG every step would be a node of the page: a chart of a long run then takes four times as long."""

DASHES = ([1, 0], [7, 3], [2, 2], [7, 2, 2, 2], [12, 4], [4, 4], [1, 3])
"""Beside the colour, what tells curves apart."""

WHOLE_POWER = "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6"
"""Vega's test for 0.01, 0.1, 1, 10: the only grid lines of a logarithmic axis."""

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


def curve_chart(
    curves: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    number_format: str = ".4f",
    axis_format: str = "~g",
    log: bool = False,
    y_range: tuple[float, float] | None = None,
    height: int = 340,
    small: bool = False,
    marked: bool = False,
    scale: float = 1,
) -> Spec:
    """A chart of curves over steps that can be dragged, zoomed (Ctrl and wheel) and read off anywhere.

    The title of the vertical axis stands above it, where it takes no width and need not be tilted to read.
    A `small` chart leaves out the title of the horizontal axis. A `marked` one has a line at the step that
    the column `MARK` of its table names, in any row. `scale` enlarges the title above; Streamlit sees to all
    other words.
    """
    value = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log" if log else "linear", "zero": not log, "nice": y_range is None}
        | ({"domain": list(y_range)} if y_range else {}),
        "axis": {"format": axis_format, "tickCount": 5}
        | ({"gridOpacity": {"condition": {"test": WHOLE_POWER, "value": 1}, "value": 0}} if log else {}),
    }
    x_axis = _steps(None if small else x_title)
    return {
        "height": height,
        "padding": {"left": 12, "right": 4},  # without it labels in large type are cut
        "title": {
            "text": y_title,
            "anchor": "start",
            "fontSize": 13 * scale,
            "fontWeight": "normal",
            "offset": 8,
        },
        "layer": [
            _lines(curves, value, x_axis, log),
            *(_dots(curve, value, x_axis, log) for curve in curves if curve.dotted),
            _reading_rule(curves, x_axis, x_title, number_format),
            *([_mark(x_axis)] if marked else []),
        ],
        "config": {"view": {"stroke": None}},
        "usermeta": ON_CANVAS,
    }


def _lines(curves: Sequence[Curve], value: Spec, steps: Spec, log: bool) -> Spec:
    dashes = [DASHES[curve.style] if len(curves) > 1 else DASHES[0] for curve in curves]
    zoom = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.ctrlKey || event.metaKey]"}
    return {
        "transform": _long(curves, log),
        "params": [{"name": ZOOM, "select": zoom, "bind": "scales"}],
        "mark": {"type": "line", "clip": True, "strokeWidth": 2},
        "encoding": {
            "x": steps,
            "y": value,
            "color": _look(curves, [LINES[curve.style] for curve in curves], _legend(curves)),
            "strokeDash": _look(curves, dashes, _legend(curves)),
        },
    }


def _dots(curve: Curve, value: Spec, steps: Spec, log: bool) -> Spec:
    """The marks on one curve; constants, not scales, so that the legend keeps to lines."""
    return {
        "transform": _long([curve], log),
        "mark": {
            "type": "point",
            "filled": True,
            "clip": True,
            "size": 45,
            "opacity": 1,
            "color": LINES[curve.style],
            "shape": SHAPES[curve.style],
        },
        "encoding": {"x": steps, "y": value},
    }


def _reading_rule(curves: Sequence[Curve], steps: Spec, x_title: str, number_format: str) -> Spec:
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
            "x": steps,
            "opacity": {"condition": {"param": "pointer", "empty": False, "value": 1}, "value": 0},
            "tooltip": [
                {"field": "step", "type": "quantitative", "title": x_title, "format": ",.0f"},
                *({"field": f"{curve.column}_text", "title": _quoted(curve.label)} for curve in curves),
            ],
        },
    }


def _mark(steps: Spec) -> Spec:
    return {
        "transform": [{"filter": f"isValid(datum.{MARK})"}],
        "mark": {"type": "rule", "color": CHOSEN, "strokeWidth": 3, "clip": True},
        "encoding": {"x": steps | {"field": MARK}},
    }


def _quoted(label: str) -> str:
    """A line as a tooltip's title: Vega-Lite puts it into an expression, only its quotes escaped."""
    return label.replace("\\", "\\\\")


def _steps(title: str | None) -> Spec:
    return {
        "field": "step",
        "type": "quantitative",
        "title": title,
        "scale": {"nice": False},
        "axis": {"format": ",.0f", "tickCount": 4, "tickMinStep": 1, "grid": False},
    }


def _long(curves: Sequence[Curve], log: bool) -> list[Spec]:
    """From a column a curve to a row a value."""
    return [
        {"fold": [curve.column for curve in curves], "as": ["curve", "value"]},
        {"filter": "isValid(datum.value)" + (" && datum.value > 0" if log else "")},
    ]


def _look(curves: Sequence[Curve], values: Sequence[object], legend: Spec | None) -> Spec:
    """One visual property by curve; equal domains let Vega merge them into one legend."""
    return {
        "field": "curve",
        "type": "nominal",
        "scale": {"domain": [curve.column for curve in curves], "range": list(values)},
        "legend": legend,
    }


def _legend(curves: Sequence[Curve]) -> Spec | None:
    """What each colour and dash means; a single curve needs none."""
    labels = json.dumps({curve.column: curve.label for curve in curves})
    return (
        None
        if len(curves) < 2
        else {
            "title": None,
            "orient": "top",
            "rowPadding": 0,
            "offset": 4,
            "direction": "vertical",
            "labelExpr": f"{labels}[datum.value]",
            "labelLimit": 600,
            "symbolType": "stroke",
            "symbolSize": 300,
            "symbolStrokeWidth": 2.5,
        }
    )
