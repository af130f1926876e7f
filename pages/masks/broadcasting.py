"""Mask broadcasting: how a small mask comes to lie over all the scores of all the heads."""

from collections.abc import Callable

import streamlit as st

from transformer import Transformer, limits
from transformer.experiments import broadcasting
from transformer.model import masks, positional
from transformer.model.places import Attention
from ui import inputs, models
from ui.anchors import place
from ui.attention_titles import short_titles
from ui.frames import broadcasting_broken as mistakes
from ui.frames import broadcasting_positions, broadcasting_product, broadcasting_typed, masking, masking_cases
from ui.frames import broadcasting_words as words
from ui.i18n import t
from ui.layout import choose, controls, explained, notice, part, scaled, section_head, show_source, try_this
from ui.state import Broadcasting
from ui.steps import first_step
from ui.tensor_grid import Frame, GridEvent, tensor_grid


def notes_lesson() -> list[Frame]:
    with controls():
        choose(t("Mask"), words.note_masks(), Broadcasting.mask, label_visibility="collapsed")
        words.choose_fill()
        size = words.choose_size()
        leak = st.empty()
    lesson = masking_cases.from_notes(Broadcasting.mask.value, Broadcasting.fill.value, size)
    frames = masking.frames(lesson)
    leak.markdown(words.leak(lesson), width="content")
    return frames


def model_lesson() -> list[Frame]:
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
        words.choose_layer(checkpoint.model.config.num_layers)
        words.choose_fill()
    choices = (Attention(Broadcasting.attention.value), Broadcasting.layer.value, Broadcasting.fill.value)
    inputs.remark_unanswered(
        checkpoint,
        inputs.read_sources(checkpoint, Broadcasting.text.value, limit=limits.MAX_SENTENCES_INSIDE),
    )
    return masking.frames(masking_cases.from_model(checkpoint, Broadcasting.text.value, *choices))


def pytorch_lesson() -> list[Frame]:
    with controls():
        choose(t("Argument"), words.pytorch_masks(), Broadcasting.pytorch, label_visibility="collapsed")
        words.choose_fill()
    return masking.frames(masking_cases.from_pytorch(Broadcasting.pytorch.value, Broadcasting.fill.value))


def shapes_lesson() -> list[Frame]:
    one, other = words.operands(Broadcasting.operation.value)
    with controls():
        choose(t("Operation"), {name: name for name in broadcasting_typed.OPERATIONS}, Broadcasting.operation)
        for label, setting in ((one, Broadcasting.first), (other, Broadcasting.second)):
            st.text_input(label, key=setting.name, max_chars=setting.limit, width=scaled(300))
    typed = (Broadcasting.first.value, Broadcasting.second.value, Broadcasting.operation.value)
    return broadcasting_typed.frames(*typed)


def draw_mistake() -> None:
    """The code that people write and what it does, beside the tensors; below them the right line."""
    with controls():
        words.choose_mistake(mistakes.titles())
        if Broadcasting.case.value in mistakes.SIZED:
            words.choose_sizes()
    chosen = (Broadcasting.batch.value, Broadcasting.heads.value, Broadcasting.length.value)
    broken = mistakes.run(Broadcasting.case.value, *chosen)
    left, right = st.columns([2, 3], gap="medium")
    with left, place("broken_case"):
        words.show_wrong(broken)
    with right:
        draw_grid(mistakes.frames(broken))
    words.show_right(broken)


def in_steps(make_frames: Callable[[], list[Frame]]) -> Callable[[], None]:
    """A lesson that is its steps: the grid, and below it the code of all of them."""

    def draw_steps() -> None:
        frames = make_frames()
        draw_grid(frames)
        words.show_program(frames)

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


LESSONS = {
    "notes": in_steps(notes_lesson),
    "model": in_steps(model_lesson),
    "pytorch": in_steps(pytorch_lesson),
    "sum": in_steps(broadcasting_positions.frames),
    "product": in_steps(broadcasting_product.frames),
    "shapes": in_steps(shapes_lesson),
    "broken": draw_mistake,
}


def draw(draw_lesson: Callable[[], None], lesson: str) -> None:
    """A lesson, and the questions that it answers."""
    with explained():
        draw_lesson()
    if lesson == "notes":
        words.answer_questions()


draw_lesson = section_head(LESSONS)
lesson = Broadcasting.section.value
part(draw, draw_lesson, lesson)
notice(*words.remarks(lesson))
try_this(*words.suggestions(lesson))
show_source(
    masks.padding_mask,
    masks.causal_mask,
    Transformer.make_src_mask,
    Transformer.make_trg_mask,
    positional.sinusoidal_encoding,
    broadcasting.align,
    broadcasting.stretches,
)
