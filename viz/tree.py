"""Beam search as a tree: nodes in, a plotly Figure out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import plotly.graph_objects as go

from viz.colors import CHOSEN, LINES, MASKED, RIGHT

NodeKind = Literal["alive", "finished", "pruned"]

LOOKS: dict[NodeKind, tuple[str, str]] = {
    "alive": ("circle", LINES[0]),
    "finished": ("square", RIGHT),
    "pruned": ("x-thin-open", MASKED),
}
"""Shape and colour: no meaning is carried by colour alone."""

ROW, MARGIN = 24, 110
"""Pixels."""


@dataclass(frozen=True)
class Node:
    """A token of the tree. The first node is the root; parents stand before their children."""

    parent: int | None
    """Its place among the nodes."""
    step: int
    """How many tokens lead to it from the root."""
    label: str
    kind: NodeKind
    chosen: bool
    """Whether it lies on the way to the answer."""
    details: tuple[str, ...]
    """Lines shown when it is pointed at."""


def rows(nodes: Sequence[Node]) -> list[int]:
    """The row of each node: its first child stands in its own row, so that the best runs straight on."""
    children: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        if node.parent is not None:
            children[node.parent].append(place)
    found, next_row = [0] * len(nodes), 1
    waiting = [0]
    while waiting:
        place = waiting.pop()
        parent = nodes[place].parent
        if parent is not None and place != children[parent][0]:
            found[place], next_row = next_row, next_row + 1
        elif parent is not None:
            found[place] = found[parent]
        waiting += reversed(children[place])
    return found


def beam_tree(nodes: Sequence[Node], titles: Mapping[str, str]) -> go.Figure:
    """The tree from left to right; `titles` name the kinds, the axis (`step`) and the way to the `answer`."""
    heights = rows(nodes)
    figure = go.Figure()
    for chosen, kind in ((False, "pruned"), (False, "alive"), (True, "alive")):
        figure.add_scatter(**_branches(nodes, heights, chosen, pruned=kind == "pruned"), hoverinfo="skip")
    figure.data[-1].update(name=titles["answer"], showlegend=True)
    for kind, (symbol, color) in LOOKS.items():
        places = [place for place, node in enumerate(nodes) if node.kind == kind]
        figure.add_scatter(
            x=[nodes[place].step for place in places],
            y=[heights[place] for place in places],
            mode="markers+text",
            name=titles[kind],
            text=[_bold(nodes[place]) for place in places],
            textposition="top center",
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
            hovertext=["<br>".join(map(escape, nodes[place].details)) for place in places],
            hoverinfo="text",
        )
    figure.update_xaxes(title=titles["step"], dtick=1, showgrid=False, zeroline=False)
    figure.update_yaxes(visible=False, range=[max(heights) + 0.6, -0.9])
    figure.update_layout(
        height=MARGIN + ROW * (max(heights) + 2),
        margin={"l": 10, "r": 30, "t": 40, "b": 40},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        hovermode="closest",
    )
    return figure


def _bold(node: Node) -> str:
    return f"<b>{escape(node.label)}</b>" if node.chosen else escape(node.label)


def _branches(
    nodes: Sequence[Node], heights: Sequence[int], chosen: bool, *, pruned: bool
) -> dict[str, object]:
    """Lines to the nodes of one kind, as one curve with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, node in enumerate(nodes):
        if node.parent is None or node.chosen != chosen or (node.kind == "pruned") != pruned:
            continue
        start, end = heights[node.parent], heights[place]
        x += [node.step - 1, node.step - 0.75, node.step, None]
        y += [start, end, end, None]
    width, dash = (4, "solid") if chosen else (1.5, "dot" if pruned else "solid")
    color = CHOSEN if chosen else MASKED
    line = {"color": color, "width": width, "dash": dash}
    return {"x": x, "y": y, "mode": "lines", "line": line, "showlegend": False}
