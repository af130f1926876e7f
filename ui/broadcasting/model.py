"""The masks of the current model, on inputs that the user types."""

import streamlit as st

from transformer import limits
from transformer.model.places import Attention
from ui import inputs, models
from ui.attention_titles import short_titles
from ui.broadcasting.stage import about_masks, choose_fill, draw_steps
from ui.frames import masking, masking_cases
from ui.i18n import t
from ui.layout import choose, controls
from ui.state import Broadcasting
from ui.tensor_grid import Frame


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(_frames)
    about_masks()


def _frames() -> list[Frame]:
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Broadcasting.text)
    with controls():
        inputs.text_lines(t("Inputs, one a line; shorter ones are padded"), Broadcasting.text)
        choose(t("Attention"), short_titles(), Broadcasting.attention, label_visibility="collapsed")
        _choose_layer(checkpoint.model.config.num_layers)
        choose_fill()
    text = Broadcasting.text.value
    inputs.remark_unanswered(
        checkpoint, inputs.read_sources(checkpoint, text, limit=limits.MAX_SENTENCES_INSIDE)
    )
    attention, layer = Attention(Broadcasting.attention.value), Broadcasting.layer.value
    return masking.frames(
        masking_cases.from_model(
            checkpoint, text, attention, layer, Broadcasting.fill.value, models.loading_call()
        )
    )


def _choose_layer(count: int) -> None:
    """A control for the layer; if a link names a layer beyond the last, the last is chosen."""
    Broadcasting.layer.set(min(Broadcasting.layer.value, count - 1))
    st.segmented_control(t("Layer"), list(range(count)), key=Broadcasting.layer.name, required=True)
