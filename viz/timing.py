"""A figure that compares running times."""

from collections.abc import Sequence

import plotly.graph_objects as go

from viz.colors import LINES
from viz.figure import figure

STYLES = (("solid", "circle"), ("dash", "square"))


def times(
    lengths: Sequence[int], curves: Sequence[tuple[str, Sequence[float]]], titles: tuple[str, str]
) -> go.Figure:
    """Milliseconds over lengths, one named curve per method; `titles` name the axes."""
    traces = [
        {
            "x": lengths,
            "y": values,
            "name": name,
            "mode": "lines+markers",
            "line": {"color": LINES[index], "dash": STYLES[index % len(STYLES)][0]},
            "marker": {"symbol": STYLES[index % len(STYLES)][1], "size": 6},
            "hovertemplate": "%{x}: %{y:.1f} ms",
        }
        for index, (name, values) in enumerate(curves)
    ]
    from_zero = {"rangemode": "tozero"}
    return figure(traces, titles, x=from_zero, y=from_zero, height=340, hovermode="x unified")
