"""The architecture map: the figure of Vaswani et al. 2017 with live shapes, whose boxes are links.

    chosen = architecture_map(overview.architecture(tour), key="map")
    if chosen:
        st.switch_page(chosen.page.file, query_params=chosen.query)

Python says what is in the figure and where each box leads; `map.js` knows how it is laid out.

In tests, a box is `[data-part="encoder.self_attention"]`; those that lead somewhere have role=link.
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
"""As in the paper's figure; the browser tints them. What is data and no operation has no colour."""

_HERE = Path(__file__).parent

_component = st.components.v2.component(
    "architecture_map",
    html='<div class="map" data-testid="architecture-map"></div>',
    css=(_HERE / "map.css").read_text(encoding="utf-8"),
    js=(_HERE / "map.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Mask:
    """The mask that an attention lays over its scores."""

    label: str
    axes: str
    """What its axes are, such as `[B,1,1,S]`."""
    shape: str
    """Their sizes now, such as `[1, 1, 1, 7]`."""


@dataclass(frozen=True)
class Link:
    """Where a box leads: a page, and the parameters of its URL."""

    page: Page
    query: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    """What following it does, where that is not opening a page."""


@dataclass(frozen=True)
class Part:
    """One box of the figure."""

    name: str
    """Unique; a place of the trace where there is one."""
    label: str
    shape: str
    kind: Kind
    mask: Mask | None = None
    added: bool = False
    """Stands beside its stack and is added to what passes, as the positional encoding is."""
    wave: bool = False
    """Carries the paper's sign for sines."""
    reads_encoder: bool = False
    """Takes keys and values from the encoder's output."""
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
    """Names of parts: what enters the first also reaches the second, past everything between."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them."""
        return self.before + self.layer + self.after


@dataclass(frozen=True)
class Architecture:
    """The whole figure."""

    encoder: Stack
    decoder: Stack

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them."""
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

    In presenter size text and figure are larger. `only` draws one of the two stacks, in half the width.
    The part named `chosen` is outlined. `on_choice` is given a part's name *before* the run.
    """

    def handle() -> None:
        name = st.session_state[key].get("chosen")
        if name and on_choice:
            on_choice(name)

    data = map_data(architecture, presenter=PRESENTER.value, only=only, chosen=chosen)
    # As text: among lists and dicts Streamlit looks for tables, and imports pandas for that.
    followed = _component(key=key, data={"figure": json.dumps(data)}, on_chosen_change=handle).chosen
    return next((part.link for part in architecture.parts if part.name == followed), None)


def map_data(
    architecture: Architecture, *, presenter: bool = False, only: StackName | None = None, chosen: str = ""
) -> dict[str, Any]:
    """What `architecture_map` sends to the browser, as JSON-able data."""
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
