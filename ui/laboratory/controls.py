"""What goes through the attention, and which mask is applied there."""

from collections.abc import Callable
from typing import cast

import streamlit as st

from transformer import Checkpoint
from transformer.experiments.mask_interventions import MaskKind, Site
from transformer.model.config import Mistake
from transformer.model.places import Attention
from transformer.tasks import Batch
from ui import inputs
from ui.attention_titles import short_titles
from ui.cells import read_cells, write_cells
from ui.frames import laboratory
from ui.frames.laboratory import MaskChoice
from ui.i18n import t
from ui.laboratory.editing import forget_cells, forget_probe
from ui.layout import choose, more, scaled
from ui.masks import own_mask_title
from ui.setting import Setting
from ui.state import Laboratory


def site() -> Site:
    """The attention, layer and head to work on, None for all; to be read after the controls are drawn."""
    layer, head = (_number(setting) for setting in (Laboratory.layer, Laboratory.head))
    return Site(Attention(Laboratory.attention.value), layer, head)


def _number(setting: Setting[str]) -> int | None:
    return None if setting.value == "all" else int(setting.value)


def inputs_and_site(checkpoint: Checkpoint) -> None:
    """Controls for the inputs, and for the attention, layer and head to work on."""
    config = checkpoint.model.config
    inputs.text_lines(
        t("Inputs, one a line, at most four; shorter ones are padded"), Laboratory.text, width=85
    )
    choose(
        t("Attention"),
        short_titles(),
        Laboratory.attention,
        on_change=forget_probe,
        label_visibility="collapsed",
    )
    every = {"all": t("all layers")} | {str(n): t("layer {n}", n=n) for n in range(config.num_layers)}
    _choose_one(t("Layer"), every, Laboratory.layer)
    every = {"all": t("all heads")} | {str(n): t("head {n}", n=n) for n in range(config.heads)}
    _choose_one(t("Head"), every, Laboratory.head)


def _choose_one(
    label: str,
    titles: dict[str, str],
    setting: Setting[str],
    *,
    width: int = 95,
    on_change: Callable[[], None] | None = None,
) -> None:
    """A list to choose a setting's value from. A value that is not in `titles` is reset to the default."""
    if setting.value not in titles:
        setting.set(setting.default)
    st.selectbox(
        label,
        list(titles),
        key=setting.name,
        format_func=titles.__getitem__,
        on_change=on_change,
        label_visibility="collapsed",
        width=scaled(width),
    )


def mask_titles(attention: Attention, mistake: Mistake) -> dict[str, str]:
    """Titles of the masks to choose from; the first is the model's own, and says which mask that is."""
    return {
        "own": t("own: {mask}", mask=own_mask_title(attention, mistake)),
        "none": t("none"),
        "padding": t("padding"),
        "causal": t("causal"),
        "both": t("both"),
        "window": t("sliding window"),
    }


def mask_controls(mistake: Mistake) -> None:
    """Controls for the mask, the fill value and deliberate mistakes."""
    titles = mask_titles(Attention(Laboratory.attention.value), mistake)
    _choose_one(t("Mask"), titles, Laboratory.mask, width=130, on_change=forget_cells)
    fills = {fill: t("fill {value}", value=fill) for fill in laboratory.FILLS}
    _choose_one(t("Fill value"), fills, Laboratory.fill, width=105)
    with more():
        if Laboratory.mask.value == "window":
            st.slider(
                t("Positions to either side"),
                *Laboratory.width.bounds,
                key=Laboratory.width.name,
                on_change=forget_cells,
            )
        st.toggle(
            t("Mask PAD rows too"),
            key=Laboratory.rows.name,
            on_change=forget_cells,
            help=t("Rows are queries. The padding mask blanks columns only, because it speaks of keys."),
        )
        st.toggle(
            t("I got the polarity wrong"),
            key=Laboratory.inverted.name,
            help=t("Reads True as “masked out”: every cell of the mask the other way round."),
        )
        st.toggle(
            t("Plain softmax"),
            key=Laboratory.plain.name,
            help=t("Without this model's guard, a row that may look at nothing becomes NaN."),
        )


def mask_choice(batch: Batch, site: Site) -> MaskChoice:
    """The mask that controls and clicks describe; clicked cells outside of it are dropped."""
    cells = read_cells(Laboratory.cells.value) or frozenset()
    fitting = laboratory.fitting(batch, site, cells)
    if fitting != cells:
        Laboratory.cells.set(write_cells(fitting))
    return MaskChoice(
        cast(MaskKind, Laboratory.mask.value),
        Laboratory.width.value,
        Laboratory.rows.value,
        fitting,
        Laboratory.inverted.value,
        Laboratory.plain.value,
        Laboratory.fill.value,
    )
