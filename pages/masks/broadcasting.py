"""Mask broadcasting: how a small mask comes to lie over all the scores of all the heads."""

from collections.abc import Callable
from contextlib import nullcontext

import streamlit as st

from transformer import Transformer, limits
from transformer.experiments import broadcasting
from transformer.model import masks, positional
from transformer.model.places import Attention
from ui import broadcasting_page, inputs, models
from ui.anchors import place
from ui.attention_titles import short_titles
from ui.frames import (
    broadcasting_broken,
    broadcasting_positions,
    broadcasting_product,
    broadcasting_typed,
    masking,
    masking_cases,
)
from ui.i18n import t
from ui.layout import (
    choose,
    controls,
    explained,
    more,
    notice,
    part,
    scaled,
    section_head,
    show_source,
    stage,
    try_this,
)
from ui.state import PRESENTER, Broadcasting
from ui.steps import first_step
from ui.tensor_grid import Frame, GridEvent, tensor_grid


def from_notes() -> list[Frame]:
    with controls():
        choose(t("Mask"), broadcasting_page.note_masks(), Broadcasting.mask, label_visibility="collapsed")
        broadcasting_page.choose_fill()
        size = broadcasting_page.choose_size()
        leak = st.empty()
    shown = masking_cases.from_notes(Broadcasting.mask.value, Broadcasting.fill.value, size)
    frames = masking.frames(shown)
    leak.markdown(broadcasting_page.leak(shown), width="content")
    return frames


def from_model() -> list[Frame]:
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Broadcasting.text)
    with controls():
        inputs.text_lines(t("Inputs, one a line; shorter ones are padded"), Broadcasting.text)
        choose(
            t("Attention"),
            short_titles(),
            Broadcasting.attention,
            label_visibility="collapsed",
        )
        broadcasting_page.choose_layer(checkpoint.model.config.num_layers)
        broadcasting_page.choose_fill()
    choices = (
        Attention(Broadcasting.attention.value),
        Broadcasting.layer.value,
        Broadcasting.fill.value,
        models.loading_call(),
    )
    inputs.remark_unanswered(
        checkpoint,
        inputs.read_sources(checkpoint, Broadcasting.text.value, limit=limits.MAX_SENTENCES_INSIDE),
    )
    return masking.frames(masking_cases.from_model(checkpoint, Broadcasting.text.value, *choices))


def from_pytorch() -> list[Frame]:
    with controls():
        choose(
            t("Argument"),
            broadcasting_page.pytorch_masks(),
            Broadcasting.pytorch,
            label_visibility="collapsed",
        )
        broadcasting_page.choose_fill()
    return masking.frames(masking_cases.from_pytorch(Broadcasting.pytorch.value, Broadcasting.fill.value))


def from_shapes() -> list[Frame]:
    one, other = broadcasting_page.operands(Broadcasting.operation.value)
    with controls():
        choose(t("Operation"), {name: name for name in broadcasting_typed.OPERATIONS}, Broadcasting.operation)
        for label, setting in ((one, Broadcasting.first), (other, Broadcasting.second)):
            st.text_input(label, key=setting.name, max_chars=setting.limit, width=scaled(300))
    typed = (Broadcasting.first.value, Broadcasting.second.value, Broadcasting.operation.value)
    return broadcasting_typed.frames(*typed)


def draw_mistake() -> None:
    """The code that people write and what it does, beside the tensors; below them the right line."""
    with controls():
        broadcasting_page.choose_mistake(broadcasting_broken.titles())
        if Broadcasting.case.value in broadcasting_broken.SIZED:
            with more() if PRESENTER.value else nullcontext():
                broadcasting_page.choose_sizes()
    chosen = (Broadcasting.batch.value, Broadcasting.heads.value, Broadcasting.length.value)
    broken = broadcasting_broken.run(Broadcasting.case.value, *chosen)
    left, right = st.columns([2, 3], gap="medium")
    with left, stage("stage_claim"), place("broken_case"):
        broadcasting_page.show_wrong(broken)
    with right:
        draw_grid(broadcasting_broken.frames(broken))
    broadcasting_page.show_right(broken)


def in_steps(make_frames: Callable[[], list[Frame]]) -> Callable[[], None]:
    """A origin that is its steps: the grid, and below it the code of all of them."""

    def draw_steps() -> None:
        frames = make_frames()
        draw_grid(frames)
        broadcasting_page.show_program(frames)

    return draw_steps


def draw_grid(frames: list[Frame]) -> None:
    with place("stretching"):
        tensor_grid(
            frames,
            key="broadcasting_grid",
            report=("frame",),
            on_event=keep_step,
            start=first_step(frames, Broadcasting.step),
            stage=True,
        )


def keep_step(event: GridEvent) -> None:
    Broadcasting.step.set(event.frame)


ORIGINS = {
    "notes": in_steps(from_notes),
    "model": in_steps(from_model),
    "pytorch": in_steps(from_pytorch),
    "sum": in_steps(broadcasting_positions.frames),
    "product": in_steps(broadcasting_product.frames),
    "shapes": in_steps(from_shapes),
    "broken": draw_mistake,
}


def draw(draw_origin: Callable[[], None], origin: str) -> None:
    """A origin, and the questions that it answers."""
    with explained():
        draw_origin()
    if origin == "notes":
        broadcasting_page.answer_questions()


draw_origin = section_head(ORIGINS)
origin = Broadcasting.section.value
part(draw, draw_origin, origin)
notice(*broadcasting_page.remarks(origin))
try_this(*broadcasting_page.suggestions(origin, inputs.uneven(models.current().task)))
show_source(
    masks.padding_mask,
    masks.causal_mask,
    Transformer.make_src_mask,
    Transformer.make_trg_mask,
    positional.sinusoidal_encoding,
    broadcasting.align,
    broadcasting.stretches,
)
