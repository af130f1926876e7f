"""Mask broadcasting: how a small mask comes to lie over all the scores of all the heads."""

import streamlit as st

from transformer import Transformer, broadcasting, masks, positional
from ui import models
from ui.frames import broadcasting_broken as mistakes
from ui.frames import broadcasting_sums as sums
from ui.frames import broadcasting_words as words
from ui.frames import masking, masking_cases
from ui.i18n import t
from ui.layout import explained, notice, page_head, show_source, try_this
from ui.state import PRESENTER, Broadcasting, Setting
from ui.tensor_grid import Frame, GridEvent, tensor_grid

page_head(
    "broadcasting",
    t("Mask broadcasting"),
    t("A mask of a few numbers covers the scores of every head and every query. Watch it being stretched."),
)


def choose(label: str, titles: dict[str, str], setting: Setting[str], help: str | None = None) -> None:
    st.segmented_control(
        label, list(titles), key=setting.name, format_func=titles.get, required=True, help=help
    )


def fill_value() -> None:
    choose(
        t("Fill value"), {fill: fill for fill in masking_cases.FILLS}, Broadcasting.fill, words.fill_help()
    )


def notes_lesson() -> list[Frame]:
    choose(t("Mask"), words.note_masks(), Broadcasting.mask)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        fill_value()
    help_text = t("The notes' scores run from 10 to 99. Softmax of numbers so far apart is 0 or 1.")
    label = t("Scores of the size that real attention has")
    right.toggle(label, key=Broadcasting.real_size.name, help=help_text)
    return masking.frames(
        masking_cases.from_notes(
            Broadcasting.mask.value, Broadcasting.fill.value, Broadcasting.real_size.value
        )
    )


def model_lesson() -> list[Frame]:
    checkpoint = models.current()
    text, attention, layer, fill = st.columns([3, 4, 2, 4])
    label = t("Inputs, one a line; shorter ones are padded")
    text.text_area(label, key=Broadcasting.text.name, height=100)
    last = checkpoint.model.config.num_layers - 1
    Broadcasting.layer.set(min(Broadcasting.layer.value, last))
    with attention:
        choose(t("Attention"), words.attentions(), Broadcasting.attention)
    layer.segmented_control(t("Layer"), list(range(last + 1)), key=Broadcasting.layer.name, required=True)
    with fill:
        fill_value()
    choices = (Broadcasting.attention.value, Broadcasting.layer.value, Broadcasting.fill.value)
    return masking.frames(masking_cases.from_model(checkpoint, Broadcasting.text.value, *choices))


def pytorch_lesson() -> list[Frame]:
    left, right = st.columns([3, 2])
    with left:
        choose(t("Argument"), words.pytorch_masks(), Broadcasting.pytorch)
    with right:
        fill_value()
    return masking.frames(masking_cases.from_pytorch(Broadcasting.pytorch.value, Broadcasting.fill.value))


def shapes_lesson() -> list[Frame]:
    operation, first, second = st.columns([2, 3, 3])
    with operation:
        choose(t("Operation"), {name: name for name in sums.OPERATIONS}, Broadcasting.operation)
    one, other = words.operands(Broadcasting.operation.value)
    first.text_input(one, key=Broadcasting.first.name)
    second.text_input(other, key=Broadcasting.second.name)
    typed = (Broadcasting.first.value, Broadcasting.second.value, Broadcasting.operation.value)
    return sums.typed_frames(*typed)


def mistake_lesson() -> list[Frame]:
    choose(t("Mistake"), mistakes.titles(), Broadcasting.case)
    if Broadcasting.case.value in mistakes.SIZED:
        sizes = st.columns([1, 1, 1, 2])
        sizes[0].slider(t("B, sentences"), 1, 6, key=Broadcasting.batch.name)
        sizes[1].slider(t("H, heads"), 1, 6, key=Broadcasting.heads.name)
        sizes[2].slider(t("L, tokens"), 2, 6, key=Broadcasting.length.name)
    chosen = (Broadcasting.batch.value, Broadcasting.heads.value, Broadcasting.length.value)
    broken = mistakes.run(Broadcasting.case.value, *chosen)
    words.show_mistake(broken)
    return mistakes.frames(broken)


LESSONS = {
    "notes": (t("masks of the notes"), notes_lesson),
    "model": (t("current model"), model_lesson),
    "pytorch": ("nn.MultiheadAttention", pytorch_lesson),
    "sum": ("x + pe[:, :L, :]", sums.position_frames),
    "product": ("(32, 128, 512) @ (512, 64)", sums.product_frames),
    "shapes": (t("any shapes"), shapes_lesson),
    "broken": (t("break it"), mistake_lesson),
}


def keep_step(event: GridEvent) -> None:
    Broadcasting.step.set(event.frame)


choose(t("Example"), {name: title for name, (title, _) in LESSONS.items()}, Broadcasting.origin)
lesson = Broadcasting.origin.value
with explained():
    frames = LESSONS[lesson][1]()
    tensor_grid(
        frames,
        key="broadcasting_grid",
        report=("frame",),
        on_event=keep_step,
        height=300 if lesson == "product" else None,
        start=Broadcasting.step.value,
        presenter=PRESENTER.value,
    )
words.show_program(frames)
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
