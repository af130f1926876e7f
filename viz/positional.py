"""Positional encodings as figures: codes [length, D] and plain numbers in, plotly Figures out."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from viz.colors import CHOSEN, DIVERGING, LINES

Array = NDArray[np.float64]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]
HEIGHT = 380


def heatmap(codes: Array, position: int, titles: tuple[str, str]) -> go.Figure:
    """Codes [length, D] as colours, one row a position; the chosen position is framed.

    `titles` name the axes: dimension, position.
    """
    length, dims = codes.shape
    figure = go.Figure(
        go.Heatmap(
            z=codes,
            zmid=0,
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING,
            hovertemplate=f"{titles[1]} %{{y}}, {titles[0]} %{{x}}: %{{z:.4f}}<extra></extra>",
        )
    )
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=dims - 0.5,
        y0=position - 0.5,
        y1=position + 0.5,
        line={"color": CHOSEN, "width": 3},
    )
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1], autorange="reversed", range=[length - 0.5, -0.5])
    return _sized(figure)


def waves(codes: Array, dims: list[int], position: int, titles: tuple[str, str], label: str) -> go.Figure:
    """The chosen dimensions of codes [length, D] as curves over the position.

    `titles` name the axes: position, value; `label` names a curve, with `{n}` for its dimension.
    """
    figure = go.Figure()
    for index, dim in enumerate(dims):
        figure.add_scatter(
            y=codes[:, dim],
            name=label.format(n=dim),
            mode="lines+markers",
            marker={"size": 4},
            line={"color": LINES[index % len(LINES)], "dash": DASHES[index % len(DASHES)]},
        )
    figure.add_vline(x=position, line={"color": CHOSEN, "width": 2})
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1], range=[-1.08, 1.08])
    return _sized(figure)


def wavelengths(frequencies: Array, length: int, titles: tuple[str, str], label: str) -> go.Figure:
    """How many positions one full turn takes, per pair of dimensions (frequencies [ceil(D / 2)], radians).

    `titles` name the axes: dimension, positions per turn; `label` names the line at `length`.
    """
    figure = go.Figure(
        go.Scatter(
            x=2 * np.arange(len(frequencies)),
            y=2 * np.pi / frequencies,
            name=titles[1],
            mode="lines+markers",
            line={"color": LINES[0]},
            hovertemplate="%{x}: %{y:.4g}<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[0, 2 * max(len(frequencies) - 1, 1)],
        y=[length, length],
        name=label,
        mode="lines",
        line={"color": CHOSEN, "dash": "dash"},
    )
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1], type="log", dtick=1, tickformat="~s")
    return _sized(figure)


def similarity(codes: Array, title: str) -> go.Figure:
    """PE(p) . PE(q) for all pairs of positions of codes [length, D]; `title` names both axes."""
    figure = go.Figure(
        go.Heatmap(
            z=codes @ codes.T,
            colorscale=DIVERGING,
            zmid=0,
            hovertemplate="PE(%{y}) · PE(%{x}) = %{z:.3f}<extra></extra>",
        )
    )
    figure.update_xaxes(title=title)
    figure.update_yaxes(title=title, autorange="reversed")
    return _sized(figure)


def _sized(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
