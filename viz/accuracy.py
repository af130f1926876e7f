"""A model's accuracy by the length of its input."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from viz.colors import LINES


@dataclass(frozen=True)
class LengthBar:
    """The measurements for one input length."""

    length: int
    inputs: int
    exact_match: float
    """0 to 1."""
    token_accuracy: float
    """0 to 1."""


@dataclass(frozen=True)
class AccuracyWords:
    """The texts of the figure."""

    length: str
    share: str
    exact_match: str
    token_accuracy: str
    inputs: str
    longest_trained: str


def accuracy_by_length(bars: Sequence[LengthBar], longest_trained: int, words: AccuracyWords) -> go.Figure:
    """Bars for whole answers, dots for tokens; bars for lengths beyond training are hatched."""
    lengths = [bar.length for bar in bars]
    hover = f"{words.length} %{{x}}<br>%{{y:.1%}}"
    figure = go.Figure()
    figure.add_bar(
        x=lengths,
        y=[bar.exact_match for bar in bars],
        name=words.exact_match,
        marker_color=LINES[0],
        marker_pattern_shape=["/" if length > longest_trained else "" for length in lengths],
        customdata=[bar.inputs for bar in bars],
        hovertemplate=f"{hover}<br>{words.inputs}: %{{customdata}}<extra></extra>",
    )
    figure.add_scatter(
        x=lengths,
        y=[bar.token_accuracy for bar in bars],
        name=words.token_accuracy,
        mode="lines+markers",
        line={"color": LINES[1], "dash": "dot"},
        hovertemplate=f"{hover}<extra></extra>",
    )
    if lengths and max(lengths) > longest_trained:
        figure.add_vline(
            longest_trained + 0.5,
            line_dash="dash",
            annotation_text=words.longest_trained,
            annotation_position="top left",
        )
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        bargap=0.15,
    )
    figure.update_xaxes(title=words.length, dtick=1, range=[0.5, max(lengths, default=1) + 0.5])
    figure.update_yaxes(
        title=words.share, range=[0, 1.15], tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1], tickformat=".0%"
    )
    return figure
