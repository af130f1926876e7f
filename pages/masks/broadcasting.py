"""Mask broadcasting: how a small mask comes to lie over all the scores of all the heads."""

import streamlit as st

from transformer import Transformer, broadcasting, limits, masks, positional
from ui import inputs, models
from ui.anchors import place
from ui.frames import broadcasting_broken as mistakes
from ui.frames import broadcasting_positions, broadcasting_product, broadcasting_typed, masking, masking_cases
from ui.frames import broadcasting_words as words
from ui.i18n import t
from ui.layout import choose, explained, notice, part, section_head, show_source, try_this
from ui.state import PRESENTER, Broadcasting
from ui.tensor_grid import Frame, GridEvent, tensor_grid


def notes_lesson() -> list[Frame]:
    choose(t("Mask"), words.note_masks(), Broadcasting.mask)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        words.choose_fill()
    label = t("Scores of the size that real attention has")
    right.toggle(label, key=Broadcasting.real_size.name, help=words.size_help())
    choices = (Broadcasting.mask.value, Broadcasting.fill.value, Broadcasting.real_size.value)
    return masking.frames(masking_cases.from_notes(*choices))


def model_lesson() -> list[Frame]:
    checkpoint = models.current()
    text, right = st.columns([2, 3])
    inputs.fit_example(checkpoint, Broadcasting.text)
    label = t("Inputs, one a line; shorter ones are padded")
    text.text_area(label, key=Broadcasting.text.name, height=120, max_chars=Broadcasting.text.limit)
    with right:
        choose(t("Attention"), words.attentions(), Broadcasting.attention)
        left, right = st.columns(2)
    with left:
        words.choose_layer(checkpoint.model.config.num_layers)
    with right:
        words.choose_fill()
    choices = (Broadcasting.attention.value, Broadcasting.layer.value, Broadcasting.fill.value)
    inputs.remark_unanswered(
        checkpoint,
        inputs.read_sources(checkpoint, Broadcasting.text.value, limit=limits.MAX_SENTENCES_INSIDE),
    )
    return masking.frames(masking_cases.from_model(checkpoint, Broadcasting.text.value, *choices))


def pytorch_lesson() -> list[Frame]:
    left, right = st.columns([3, 2])
    with left:
        choose(t("Argument"), words.pytorch_masks(), Broadcasting.pytorch)
    with right:
        words.choose_fill()
    return masking.frames(masking_cases.from_pytorch(Broadcasting.pytorch.value, Broadcasting.fill.value))


def shapes_lesson() -> list[Frame]:
    operation, first, second = st.columns([2, 3, 3])
    with operation:
        choose(t("Operation"), {name: name for name in broadcasting_typed.OPERATIONS}, Broadcasting.operation)
    one, other = words.operands(Broadcasting.operation.value)
    first.text_input(one, key=Broadcasting.first.name, max_chars=Broadcasting.first.limit)
    second.text_input(other, key=Broadcasting.second.name, max_chars=Broadcasting.second.limit)
    typed = (Broadcasting.first.value, Broadcasting.second.value, Broadcasting.operation.value)
    return broadcasting_typed.frames(*typed)


def mistake_lesson() -> list[Frame]:
    choose(t("Mistake"), mistakes.titles(), Broadcasting.case)
    if Broadcasting.case.value in mistakes.SIZED:
        words.choose_sizes()
    chosen = (Broadcasting.batch.value, Broadcasting.heads.value, Broadcasting.length.value)
    broken = mistakes.run(Broadcasting.case.value, *chosen)
    with place("broken_case"):
        words.show_mistake(broken)
    return mistakes.frames(broken)


LESSONS = {
    "notes": (t("masks of the notes"), notes_lesson),
    "model": (t("current model"), model_lesson),
    "pytorch": ("nn.MultiheadAttention", pytorch_lesson),
    "sum": ("x + pe[:, :L, :]", broadcasting_positions.frames),
    "product": ("(32, 128, 512) @ (512, 64)", broadcasting_product.frames),
    "shapes": (t("any shapes"), shapes_lesson),
    "broken": (t("break it"), mistake_lesson),
}


def keep_step(event: GridEvent) -> None:
    Broadcasting.step.set(event.frame)


def draw(lesson: str) -> None:
    """The controls of a lesson, its pictures, and what is said of them."""
    with explained():
        frames = LESSONS[lesson][1]()
        with place("stretching"):
            tensor_grid(
                frames,
                key="broadcasting_grid",
                stage=True,
                report=("frame",),
                on_event=keep_step,
                height=300 if lesson == "product" else None,
                start=Broadcasting.step.value,
                presenter=PRESENTER.value,
            )
        words.show_program(frames)
    if lesson == "notes":
        words.answer_questions()


section_head(
    "broadcasting",
    t("Mask broadcasting"),
    t("A mask of a few numbers covers the scores of every head and every query. Watch it being stretched."),
    LESSONS,
    Broadcasting.origin,
)
lesson = Broadcasting.origin.value
part("broadcasting", draw, lesson)
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
