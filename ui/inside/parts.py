"""The model part by part: the map on the left, the opened part on the right."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer.model.attention import MultiHeadAttention
from transformer.model.positional import PositionalEncoding
from transformer.model.transformer import DecoderBlock, TransformerBlock
from ui import anchors
from ui.architecture_map import Architecture, architecture_map
from ui.frames.inside import parts
from ui.frames.inside.notebook import Pass
from ui.i18n import code_span, headed, t
from ui.inside import answers
from ui.layout import fragment, show_source
from ui.state import Inside
from ui.steps import stepping_grid


def draw(passed: Pass, row: DeltaGenerator) -> None:
    """The map on the left, the steps of the open part on the right."""
    drawn = parts.architecture(passed)
    names = parts.order(drawn)
    if Inside.part.value not in names:
        name = code_span(Inside.part.value)
        st.toast(t("This model has no part {name}. The first one is shown.", name=name))
        Inside.part.set(names[0])
    layers = passed.checkpoint.model.config.num_layers
    Inside.layer.set(min(Inside.layer.value, layers - 1))
    with row:
        _choose_part(drawn, names, layers)
    with st.container(key="inside_columns"):
        side, main = st.columns([1, 2], gap="medium")
    place = names.index(Inside.part.value) * layers + Inside.layer.value
    with main:
        fragment(_draw_lesson, passed, Inside.part.value, Inside.layer.value, place)
    with side:
        _draw_map(drawn)
    answers.draw(passed, Inside.part.value, Inside.layer.value)
    show_source(*_sources(Inside.part.value))


def _draw_map(drawn: Architecture) -> None:
    architecture_map(
        drawn,
        key="inside_map",
        only="encoder" if parts.stack_of(Inside.part.value) == "encoder" else "decoder",
        chosen=Inside.part.value,
        on_choice=_open,
    )


def _open(part: str) -> None:
    """A callback: open a part at its first step."""
    Inside.part.set(part)
    Inside.step.set(0)


def _choose_part(drawn: Architecture, names: list[str], layers: int) -> None:
    """Buttons for the parts before and after, the layer, and the heading.

    The heading comes last: its length varies, and the buttons should stay in their places.
    """
    at = names.index(Inside.part.value)
    labels = {part.name: part.label for part in drawn.parts}
    titles = {"encoder": t("Encoder"), "decoder": t("Decoder")}
    for label, to in ((t("Part before"), at - 1), (t("Next part"), at + 1)):
        inside = 0 <= to < len(names)
        st.button(
            label, on_click=_open, args=(names[to],) if inside else (), disabled=not inside,
            help=labels[names[to]] if inside else None,
        )  # fmt: skip
    if layers > 1 and parts.is_in_layer(Inside.part.value):
        st.segmented_control(t("Layer"), range(layers), key=Inside.layer.name, required=True)
    heading = headed(titles[parts.stack_of(Inside.part.value)], labels[Inside.part.value])
    st.markdown(f"##### {heading}", width="content")


def _draw_lesson(passed: Pass, part: str, layer: int, place: int) -> None:
    """Runs in a fragment, so that going to another step runs no new pass.

    All parts share one grid; a new `place`, the number of part and layer, takes it to the setting's step.
    """
    frames = parts.frames(passed, part, layer)
    with anchors.place("part_lesson"):
        stepping_grid(frames, "inside_lesson", Inside.step, revision=place)


def _sources(part: str) -> tuple[Callable[..., object] | type, ...]:
    """The code behind a part."""
    name = part.rpartition(".")[2]
    if name == "position":
        return (PositionalEncoding,)
    if name.endswith("_attention"):
        return (MultiHeadAttention,)
    return (DecoderBlock, TransformerBlock) if parts.stack_of(part) == "decoder" else (TransformerBlock,)
