"""Figures of positional encodings, from codes [length, D] and plain numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from viz.colors import CHOSEN, DIVERGING, LINES, MARK
from viz.figure import FRAME, Layer, figure
from viz.text import plain

Array = NDArray[np.float64]
DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"]
HATCHES = ["", "/", "x", ".", "-"]


def heatmap(codes: Array, position: int | None, titles: tuple[str, str], reach: float = 1.0) -> go.Figure:
    """Codes [length, D] as colours from -reach to reach, one row per position; the chosen one is framed.

    `titles` name the axes: dimension, position.
    """
    length, dims = codes.shape
    cells = {
        "type": "heatmap",
        "z": codes,
        "zmid": 0,
        "zmin": -reach,
        "zmax": reach,
        "colorscale": DIVERGING,
        "hovertemplate": f"{titles[1]} %{{y}}, {titles[0]} %{{x}}: %{{z:.4f}}<extra></extra>",
    }
    rows = {"autorange": "reversed", "range": [length - 0.5, -0.5]}
    if position is None:
        return figure([cells], titles, y=rows)
    frame = {
        "type": "rect",
        "x0": -0.5,
        "x1": dims - 0.5,
        "y0": position - 0.5,
        "y1": position + 0.5,
        "line": {"color": CHOSEN, "width": 3},
    }
    return figure([cells], titles, y=rows, shapes=[frame])


def wavelengths(frequencies: Array, length: int, titles: tuple[str, str], label: str) -> go.Figure:
    """Positions per full turn for each pair of dimensions; `frequencies` [ceil(D / 2)] are in radians.

    `titles` name the axes: dimension, positions per turn; `label` names the line at `length`.
    """
    turns = {
        "x": 2 * np.arange(len(frequencies)),
        "y": 2 * np.pi / frequencies,
        "name": titles[1],
        "mode": "lines+markers",
        "line": {"color": LINES[0]},
        "hovertemplate": "%{x}: %{y:.4g}<extra></extra>",
    }
    shown = {
        "x": [0, 2 * max(len(frequencies) - 1, 1)],
        "y": [length, length],
        "name": label,
        "mode": "lines",
        "line": {"color": CHOSEN, "dash": "dash"},
    }
    return figure([turns, shown], titles, y={"type": "log", "dtick": 1, "tickformat": "~s"})


def similarity(codes: Array, title: str) -> go.Figure:
    """PE(p) . PE(q) for all pairs of positions of codes [length, D]; `title` names both axes."""
    products = {
        "type": "heatmap",
        "z": codes @ codes.T,
        "colorscale": DIVERGING,
        "zmid": 0,
        "colorbar": {"title": {"text": "PE(p) · PE(q)", "side": "right"}},
        "hovertemplate": "PE(%{y}) · PE(%{x}) = %{z:.3f}<extra></extra>",
    }
    return figure([products], (title, title), y={"autorange": "reversed"})


def by_distance(curves: Mapping[str, Array], titles: tuple[str, str]) -> go.Figure:
    """Named matrices [length, length] over pairs of positions (p, q), drawn against q - p.

    A curve is the mean over all pairs at a distance; if they differ, a band spans from minimum to maximum.
    `titles` name the axes: distance, value.
    """
    drawn: list[Layer] = []
    for index, (name, matrix) in enumerate(curves.items()):
        length = len(matrix)
        distance = np.arange(1 - length, length)
        pairs = [np.diagonal(matrix, int(step)) for step in distance]
        spread = [np.array([edge(pair) for pair in pairs]) for edge in (np.min, np.max)]
        if np.max(spread[1] - spread[0]) > 1e-3:
            drawn.append(
                {
                    "x": np.concatenate([distance, distance[::-1]]),
                    "y": np.concatenate([spread[0], spread[1][::-1]]),
                    "fill": "toself",
                    "mode": "lines",
                    "line": {"width": 0, "color": LINES[index]},
                    "opacity": 0.3,
                    "showlegend": False,
                    "hoverinfo": "skip",
                }
            )
        drawn.append(
            {
                "x": distance,
                "y": np.array([pair.mean() for pair in pairs]),
                "name": name,
                "mode": "lines+markers",
                "marker": {"size": 4},
                "line": _line(index),
            }
        )
    return figure(drawn, titles)


def lines(
    x: Sequence[float], curves: Mapping[str, Array], titles: tuple[str, str], mark: float | None = None
) -> go.Figure:
    """Named curves over the same `x`, distinguished by colour and dash, with a grey line at x = `mark`."""
    drawn = [
        {
            "x": list(x),
            "y": values,
            "name": plain(name),
            "mode": "lines+markers",
            "marker": {"size": 6},
            "line": _line(index),
        }
        for index, (name, values) in enumerate(curves.items())
    ]
    return figure(drawn, titles, shapes=[] if mark is None else [_mark(mark)])


def shares(groups: Mapping[str, Mapping[str, float]], title: str) -> go.Figure:
    """Shares from 0 to 1 as groups of bars, by name and then by label; also distinguished by hatching."""
    bars = [
        {
            "type": "bar",
            "x": list(values),
            "y": list(values.values()),
            "name": plain(name),
            "text": [f"{value:.1%}" for value in values.values()],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": LINES[index], "pattern": {"shape": HATCHES[index % len(HATCHES)]}},
        }
        for index, (name, values) in enumerate(groups.items())
    ]
    return figure(bars, (None, title), y={"range": [0, 1.08], "tickformat": ".0%"}, barmode="group")


def counter(bits: Array, codes: Array, titles: tuple[str, str, str, str, str]) -> go.Figure:
    """Binary digits [length, n], lowest first, next to codes [length, m], fastest first; rows are positions.

    `titles` are those of the two heat maps, then of the axes: bit, frequency, position.
    """
    drawn = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=titles[:2])
    for column, (values, low) in enumerate(((bits, 0), (codes, -1)), start=1):
        drawn.add_heatmap(
            z=values,
            zmin=low - 0.5,
            zmax=1.5,
            colorscale=DIVERGING,
            showscale=False,
            text=np.array(
                [[f"{value:.0f}" if low == 0 else f"{value:.2f}" for value in row] for row in values]
            ),
            texttemplate="%{text}",
            hovertemplate=f"{titles[4]} %{{y}}: %{{z:.4f}}<extra></extra>",
            col=column,
            row=1,
        )
    for column, title in enumerate(titles[2:4], start=1):
        drawn.update_xaxes(title=title, dtick=1, col=column)
    drawn.update_yaxes(autorange="reversed", dtick=1)
    drawn.update_yaxes(title=titles[4], col=1)
    return drawn.update_layout(height=26 * len(bits) + 100, **FRAME)


def matrix(values: Array, title: str) -> go.Figure:
    """A square matrix as colours, the first row on top; `title` names both axes."""
    cells = {
        "type": "heatmap",
        "z": values,
        "zmin": -1,
        "zmax": 1,
        "zmid": 0,
        "colorscale": DIVERGING,
        "hovertemplate": "M[%{y}, %{x}] = %{z:.4f}<extra></extra>",
    }
    return figure([cells], (title, title), y={"autorange": "reversed"})


def _line(index: int) -> dict[str, str]:
    return {"color": LINES[index % len(LINES)], "dash": DASHES[index % len(DASHES)]}


def _mark(x: float) -> Layer:
    """A vertical line that cannot be mistaken for a curve: grey, solid and behind the curves."""
    line = {"color": MARK, "width": 2}
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain"}
    return {"type": "line", "layer": "below", "line": line, **ends}
