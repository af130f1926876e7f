"""The architecture map: the figure of Vaswani et al. (2017) with live shapes, whose boxes are links.

    chosen = architecture_map(overview.architecture(tour), key="map")
    if chosen:
        st.switch_page(chosen.page.file, query_params=chosen.query)

Python defines the contents of the figure and the link of each box; `map.js` lays it out.

In tests, a box is `[data-part="encoder.self_attention"]`; boxes with a link have role=link.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from transformer.model.places import STACKS, StackName
from ui.i18n import t
from ui.pages import Page
from ui.state import PRESENTER
from viz import colors

__all__ = ["Architecture", "Kind", "Link", "Mask", "Part", "Stack", "architecture_map", "map_data"]

Kind = Literal["data", "embedding", "attention", "feed_forward", "norm", "output"]

COLOURS: dict[Kind, str] = {
    "embedding": colors.LINES[3],
    "attention": colors.LINES[4],
    "feed_forward": colors.LINES[5],
    "norm": colors.PAD,
    "output": colors.LINES[2],
}
"""Colours as in the paper's figure; the browser makes tints of them. Boxes of kind "data" have no colour."""

_HERE = Path(__file__).parent

_component = st.components.v2.component(
    "architecture_map",
    html='<div class="map" data-testid="architecture-map"></div>',
    css=(_HERE / "map.css").read_text(encoding="utf-8"),
    js=(_HERE / "map.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Mask:
    """The mask that an attention applies to its scores."""

    label: str
    axes: str
    """Its symbolic axes, such as `[B,1,1,S]`."""
    shape: str
    """Its current shape, such as `[1, 1, 1, 7]`."""


@dataclass(frozen=True)
class Link:
    """The target of a box: a page, and its URL parameters."""

    page: Page
    query: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    """What following it does; empty if it opens the page."""


@dataclass(frozen=True)
class Part:
    """One box of the figure."""

    name: str
    """A unique name; the name of the place in the trace if there is one."""
    label: str
    shape: str
    kind: Kind
    mask: Mask | None = None
    added: bool = False
    """Whether it is drawn beside its stack and added to the stream, as the positional encoding is."""
    wave: bool = False
    """Whether it has the paper's sine wave symbol."""
    reads_encoder: bool = False
    """Whether its keys and values come from the encoder's output."""
    link: Link | None = None


@dataclass(frozen=True)
class Stack:
    """Encoder or decoder, from the bottom up."""

    title: str
    before: tuple[Part, ...]
    layer: tuple[Part, ...]
    """The parts of one layer; there are `layers` of them."""
    after: tuple[Part, ...]
    layers: int
    residuals: tuple[tuple[str, str], ...]
    """Residual connections, as pairs of part names: from the input of the first to the second."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, from the bottom up."""
        return self.before + self.layer + self.after


@dataclass(frozen=True)
class Architecture:
    """The whole figure."""

    encoder: Stack
    decoder: Stack

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts of both stacks."""
        return self.encoder.parts + self.decoder.parts


def architecture_map(
    architecture: Architecture,
    *,
    key: str,
    only: StackName | None = None,
    chosen: str = "",
    on_choice: Callable[[str], None] | None = None,
) -> Link | None:
    """Draw the figure and return the link that the user followed in this run, if any.

    In presenter size, text and figure are larger. `only` draws one of the two stacks in half the width. The
    part named `chosen` is outlined. `on_choice` is called with the clicked part's name *before* the run.
    """

    def handle() -> None:
        name = st.session_state[key].get("chosen")
        if name and on_choice:
            on_choice(name)

    data = map_data(architecture, presenter=PRESENTER.value, only=only, chosen=chosen)
    # As text, since Streamlit would search lists and dicts for tables, and import pandas for that.
    followed = _component(key=key, data={"figure": json.dumps(data)}, on_chosen_change=handle).chosen
    return next((part.link for part in architecture.parts if part.name == followed), None)


def map_data(
    architecture: Architecture, *, presenter: bool = False, only: StackName | None = None, chosen: str = ""
) -> dict[str, Any]:
    """What `architecture_map` sends to the browser, as data for JSON."""
    return {
        "title": t("Architecture of the Transformer"),
        "stacks": [_stack(architecture.encoder), _stack(architecture.decoder)],
        "colours": COLOURS,
        "presenter": presenter,
        "only": STACKS.index(only) if only else None,
        "leaves": t("to the decoder"),
        "arrives": t("encoder output"),
        "chosen": chosen,
    }


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "title": stack.title,
        "before": [_part(part) for part in stack.before],
        "layer": [_part(part) for part in stack.layer],
        "after": [_part(part) for part in stack.after],
        "times": f"× {stack.layers}",
        "unit": t("layer") if stack.layers == 1 else t("layers"),
        "residuals": stack.residuals,
    }


def _part(part: Part) -> dict[str, Any]:
    mask = part.mask and {"label": part.mask.label, "axes": part.mask.axes, "shape": part.mask.shape}
    return {
        "name": part.name,
        "label": part.label,
        "shape": part.shape,
        "kind": part.kind,
        "mask": mask,
        "added": part.added,
        "wave": part.wave,
        "reads_encoder": part.reads_encoder,
        "link": part.link is not None,
        "hint": _hint(part.link) if part.link else "",
    }


def _hint(link: Link) -> str:
    return link.hint or t("Opens the page “{title}”.", title=t(link.page.title))
