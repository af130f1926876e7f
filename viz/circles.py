"""Rotations as an animation in the browser: circles side by side, with rotating arrows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from viz.colors import LINES, MASKED
from viz.figure import Layer, figure
from viz.positional import DASHES

Points = NDArray[np.complex128]

APART = 2.8
"""Distance between the centres of two circles of radius 1 in a row."""

BELOW = 3.0
"""Distance between two rows, with room for the names below the upper one."""

IN_A_ROW = 3
"""Maximum number of circles in a row."""

HEIGHT = 480


@dataclass(frozen=True)
class Words:
    """The texts of the controls."""

    play: str
    pause: str
    step: str
    """The text before the step's label at the slider."""


def circles(
    names: Sequence[str], arrows: Mapping[str, Points], steps: Sequence[str], words: Words
) -> go.Figure:
    """One circle per name, in rows; the arrows [steps, circles] are complex numbers of absolute value <= 1.

    `steps` are the labels at the slider, one per step. The animation runs in the browser.
    """
    centres = _centres(len(names))
    drawn: list[Layer] = [_rims(centres)]
    for index, (name, points) in enumerate(arrows.items()):
        drawn.append(
            {
                **_coordinates(points[0], centres),
                "name": name,
                "mode": "lines+markers",
                "line": {"color": LINES[index], "dash": DASHES[index], "width": 3},
                "marker": {"size": [0, 11, 0] * len(names), "symbol": ["circle", "diamond"][index % 2]},
            }
        )
    moving = list(range(1, len(arrows) + 1))
    frames = [
        {
            "data": [_coordinates(points[step], centres) for points in arrows.values()],
            "traces": moving,
            "name": str(step),
        }
        for step in range(len(steps))
    ]
    labels = [
        {"x": centre.real, "y": centre.imag - 1.1, "yanchor": "top", "text": name, "showarrow": False}
        for centre, name in zip(centres, names, strict=True)
    ]
    axis = {"visible": False, "fixedrange": True}
    return figure(
        drawn,
        (None, None),
        x={**axis, "range": [-1.4, centres.real.max() + 1.4]},
        y={**axis, "range": [centres.imag.min() - 1.9, 1.1], "scaleanchor": "x"},
        height=HEIGHT,
        frames=frames,
        annotations=labels,
        updatemenus=[_buttons(words)],
        sliders=[_slider(steps, words)],
    )


def _centres(count: int) -> Points:
    """The centres of the circles, in rows of equal length (the last may be shorter), the first on top."""
    rows = -(-count // IN_A_ROW)
    row, column = np.divmod(np.arange(count), -(-count // rows))
    centres: Points = APART * column - 1j * BELOW * row
    return centres


def _rims(centres: Points) -> Layer:
    """The circles, each with a horizontal diameter."""
    angle = np.linspace(0, 2 * np.pi, 61)
    x = [np.r_[np.cos(angle), np.nan, -1, 1, np.nan] + centre.real for centre in centres]
    y = [np.r_[np.sin(angle), np.nan, 0, 0, np.nan] + centre.imag for centre in centres]
    return {
        "x": np.concatenate(x),
        "y": np.concatenate(y),
        "mode": "lines",
        "line": {"color": MASKED, "width": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _coordinates(points: Points, centres: Points) -> dict[str, list[float | None]]:
    """Lines from each circle's centre to its point, separated by gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for centre, tip in zip(centres, centres + points, strict=True):
        x += [float(centre.real), round(float(tip.real), 5), None]
        y += [float(centre.imag), round(float(tip.imag), 5), None]
    return {"x": x, "y": y}


def _animate(duration: int) -> dict[str, object]:
    return {
        "mode": "immediate",
        "fromcurrent": True,
        "frame": {"duration": duration, "redraw": False},
        "transition": {"duration": 0},
    }


def _buttons(words: Words) -> dict[str, object]:
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "y": -0.02,
        "xanchor": "left",
        "yanchor": "top",
        "buttons": [
            {"label": words.play, "method": "animate", "args": [None, _animate(350)]},
            {"label": words.pause, "method": "animate", "args": [[None], _animate(0)]},
        ],
    }


def _slider(steps: Sequence[str], words: Words) -> dict[str, object]:
    return {
        "x": 0.22,
        "len": 0.78,
        "y": 0,
        "pad": {"t": 0},
        "currentvalue": {"prefix": words.step, "xanchor": "left"},
        "steps": [
            {"label": label, "method": "animate", "args": [[str(index)], _animate(0)]}
            for index, label in enumerate(steps)
        ],
    }
