"""How long two ways take, as a plotly Figure."""

from collections.abc import Sequence

import plotly.graph_objects as go

from viz.colors import LINES

STYLES = (("solid", "circle"), ("dash", "square"))


def times(
    lengths: Sequence[int], curves: Sequence[tuple[str, Sequence[float]]], titles: tuple[str, str]
) -> go.Figure:
    """Milliseconds over lengths, a curve for each way with its name; `titles` name the axes."""
    figure = go.Figure()
    for index, (name, values) in enumerate(curves):
        dash, symbol = STYLES[index % len(STYLES)]
        figure.add_scatter(
            x=lengths,
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": LINES[index], "dash": dash},
            marker={"symbol": symbol, "size": 6},
            hovertemplate="%{x}: %{y:.1f} ms",
        )
    figure.update_xaxes(title=titles[0], rangemode="tozero")
    figure.update_yaxes(title=titles[1], rangemode="tozero")
    figure.update_layout(
        height=340,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        hovermode="x unified",
    )
    return figure
