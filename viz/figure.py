"""Make a Plotly Figure from plain dictionaries, with the layout that all figures share."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

HEIGHT = 380
"""Pixels."""

FRAME: dict[str, Any] = {
    "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
}

Layer = dict[str, Any]
"""A trace, a shape or an axis, in Plotly's format."""


def figure(
    traces: Sequence[Layer],
    titles: tuple[str | None, str | None],
    *,
    x: Layer | None = None,
    y: Layer | None = None,
    height: int | None = HEIGHT,
    frames: Sequence[Layer] = (),
    **layout: Any,
) -> go.Figure:
    """A figure of traces with the common layout; `titles` are those of the axes, `layout` overrides the rest.

    Without a `height`, the page sizes the figure. The figure is made in one call, because every later change
    takes Plotly longer than making it.
    """
    axes = ({"title": {"text": title}, **(axis or {})} for title, axis in zip(titles, (x, y), strict=True))
    across, upwards = axes
    return go.Figure(
        {
            "data": list(traces),
            "layout": {"xaxis": across, "yaxis": upwards, "height": height, **FRAME, **layout},
            "frames": list(frames),
        }
    )


def enlarge(drawn: go.Figure, size: float) -> None:
    """Set all text of a figure to `size` pixels, one by one, since the page's theme sets each separately."""
    font = {"size": size}
    axis = {"tickfont": font, "title": {"font": font}, "automargin": True}
    drawn.update_xaxes(axis).update_yaxes(axis)
    drawn.update_traces(colorbar={"tickfont": font, "title": {"font": font}}, selector={"type": "heatmap"})
    drawn.update_annotations(font=font)
    drawn.update_layout(font=font, legend={"font": font}, hoverlabel={"font": font})
    for control in (*drawn.layout.sliders, *drawn.layout.updatemenus):
        control.update(font=font)
