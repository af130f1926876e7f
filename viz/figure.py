"""A plotly Figure from plain dictionaries, in the frame that all figures share."""

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
"""A trace, a shape or an axis, as plotly writes them."""


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
    """Traces in the common frame; `titles` are those of the axes, `layout` says what else differs.

    Without a `height` the page gives the figure its room.

    All of it at once: every later change of a figure costs plotly more than making it did.
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
    """Make all of a figure's text `size` pixels large. The page's theme sets each of these by itself."""
    font = {"size": size}
    axis = {"tickfont": font, "title": {"font": font}, "automargin": True}
    drawn.update_xaxes(axis).update_yaxes(axis)
    drawn.update_traces(colorbar={"tickfont": font, "title": {"font": font}}, selector={"type": "heatmap"})
    drawn.update_annotations(font=font)
    drawn.update_layout(font=font, legend={"font": font}, hoverlabel={"font": font})
    for control in (*drawn.layout.sliders, *drawn.layout.updatemenus):
        control.update(font=font)
