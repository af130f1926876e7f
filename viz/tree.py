"""A figure of beam search as a tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from viz.colors import CHOSEN, LINES, MASKED, RIGHT
from viz.figure import Layer, figure
from viz.text import plain

NodeKind = Literal["alive", "finished", "pruned"]

LOOKS: dict[NodeKind, tuple[str, str]] = {
    "alive": ("circle", LINES[0]),
    "finished": ("square", RIGHT),
    "pruned": ("x-thin-open", MASKED),
}
"""Shape and colour: no meaning is carried by colour alone."""


@dataclass(frozen=True)
class Node:
    """A token of the tree. The first node is the root; parents come before their children."""

    parent: int | None
    """The index of the parent; None for the root."""
    step: int
    """The number of tokens from the root: the column."""
    rank: int
    """The rank among the continuations of its step, 0 for the best: the row."""
    label: str
    kind: NodeKind
    chosen: bool
    """Whether it is on the path to the answer."""
    details: tuple[str, ...]
    """Lines shown on hovering."""


def beam_tree(nodes: Sequence[Node], titles: Mapping[str, str]) -> go.Figure:
    """The tree with one column per step and the best continuations on top.

    `titles` name the kinds of nodes, the axis (`step`) and the path to the `answer`.
    """
    lowest = max(node.rank for node in nodes)
    ways = ((False, "pruned"), (False, "alive"), (True, "alive"))
    traces = [_branches(nodes, chosen, pruned=kind == "pruned") for chosen, kind in ways]
    traces[-1] |= {"name": titles["answer"], "showlegend": True}
    traces += [_nodes_of(kind, nodes, titles[kind]) for kind in LOOKS]
    last = max(node.step for node in nodes)
    return figure(
        traces,
        (None, None),
        x={
            "dtick": 1,
            "title": {"text": titles["step"], "standoff": 2},
            "showgrid": False,
            "zeroline": False,
            "range": [-0.3, last + 0.6],
        },
        y={"visible": False, "range": [lowest + 0.5, -0.7]},
        height=None,
        margin={"l": 10, "r": 30, "t": 24, "b": 36},
        hovermode="closest",
    )


def _nodes_of(kind: NodeKind, nodes: Sequence[Node], title: str) -> Layer:
    """The nodes of one kind, each with its token next to it."""
    symbol, color = LOOKS[kind]
    drawn = [node for node in nodes if node.kind == kind]
    return {
        "x": [node.step for node in drawn],
        "y": [node.rank for node in drawn],
        "mode": "markers+text",
        "name": title,
        "text": [_bold(node) for node in drawn],
        "textposition": "top right" if kind == "alive" else "middle right",  # where lines seldom run
        "textfont": {"size": 13},
        "cliponaxis": False,
        "marker": {
            "symbol": symbol,
            "color": color,
            "size": 10,
            "line": {
                "color": [CHOSEN if node.chosen else color for node in drawn],
                "width": [3 if node.chosen or kind == "pruned" else 1 for node in drawn],
            },
        },
        "hovertext": ["<br>".join(map(plain, node.details)) for node in drawn],
        "hoverinfo": "text",
    }


def _bold(node: Node) -> str:
    return f"<b>{plain(node.label)}</b>" if node.chosen else plain(node.label)


def _branches(nodes: Sequence[Node], chosen: bool, *, pruned: bool) -> Layer:
    """The edges to the nodes of one kind, as one curve with gaps."""
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
        "hoverinfo": "skip",
    }
