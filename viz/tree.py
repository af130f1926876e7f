"""Beam search as a tree: nodes in, a plotly Figure out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from viz.colors import CHOSEN, LINES, MASKED, RIGHT
from viz.text import plain

NodeKind = Literal["alive", "finished", "pruned"]

LOOKS: dict[NodeKind, tuple[str, str]] = {
    "alive": ("circle", LINES[0]),
    "finished": ("square", RIGHT),
    "pruned": ("x-thin-open", MASKED),
}
"""Shape and colour: no meaning is carried by colour alone."""

ROW, MARGIN = 46, 120
"""Pixels."""


@dataclass(frozen=True)
class Node:
    """A token of the tree. The first node is the root; parents stand before their children."""

    parent: int | None
    """Its place among the nodes."""
    step: int
    """How many tokens lead to it from the root: its column."""
    rank: int
    """Its place among the continuations of its step, 0 for the best: its row."""
    label: str
    kind: NodeKind
    chosen: bool
    """Whether it lies on the way to the answer."""
    details: tuple[str, ...]
    """Lines shown when it is pointed at."""


def beam_tree(nodes: Sequence[Node], titles: Mapping[str, str]) -> go.Figure:
    """A column a step, the best continuations on top.

    `titles` name the kinds of nodes, the axis (`step`) and the way to the `answer`.
    """
    lowest = max(node.rank for node in nodes)
    figure = go.Figure()
    for chosen, kind in ((False, "pruned"), (False, "alive"), (True, "alive")):
        figure.add_scatter(**_branches(nodes, chosen, pruned=kind == "pruned"), hoverinfo="skip")
    figure.data[-1].update(name=titles["answer"], showlegend=True)
    for kind, (symbol, color) in LOOKS.items():
        places = [place for place, node in enumerate(nodes) if node.kind == kind]
        figure.add_scatter(
            x=[nodes[place].step for place in places],
            y=[nodes[place].rank for place in places],
            mode="markers+text",
            name=titles[kind],
            text=[_bold(nodes[place]) for place in places],
            textposition="top right" if kind == "alive" else "middle right",  # where lines seldom run
            textfont={"size": 13},
            cliponaxis=False,
            marker={
                "symbol": symbol,
                "color": color,
                "size": 10,
                "line": {
                    "color": [CHOSEN if nodes[place].chosen else color for place in places],
                    "width": [3 if nodes[place].chosen or kind == "pruned" else 1 for place in places],
                },
            },
            hovertext=["<br>".join(map(plain, nodes[place].details)) for place in places],
            hoverinfo="text",
        )
    last = max(node.step for node in nodes)
    figure.update_xaxes(
        title=titles["step"], dtick=1, showgrid=False, zeroline=False, range=[-0.3, last + 0.6]
    )
    figure.update_yaxes(visible=False, range=[lowest + 0.5, -0.7])
    figure.update_layout(
        height=MARGIN + ROW * (lowest + 1),
        margin={"l": 10, "r": 30, "t": 40, "b": 40},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        hovermode="closest",
    )
    return figure


def _bold(node: Node) -> str:
    return f"<b>{plain(node.label)}</b>" if node.chosen else plain(node.label)


def _branches(nodes: Sequence[Node], chosen: bool, *, pruned: bool) -> dict[str, object]:
    """Lines to the nodes of one kind, as one curve with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for node in nodes:
        if node.parent is None or node.chosen != chosen or (node.kind == "pruned") != pruned:
            continue
        x += [node.step - 1, node.step, None]
        y += [nodes[node.parent].rank, node.rank, None]
    width, dash = (4, "solid") if chosen else (1, "dot") if pruned else (1.5, "solid")
    color = CHOSEN if chosen else MASKED
    line = {"color": color, "width": width, "dash": dash}
    return {
        "x": x,
        "y": y,
        "mode": "lines",
        "line": line,
        "opacity": 0.5 if pruned else 1,
        "showlegend": False,
    }
