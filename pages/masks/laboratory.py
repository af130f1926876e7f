"""Mask laboratory: put another mask into the running model, and see what it does."""

import streamlit as st

from transformer import conventions, experiments, masks
from ui import inputs, laboratory, models
from ui.frames.laboratory import read_batch, set_up
from ui.i18n import t
from ui.layout import explained, notice, page_head, show_source, try_this
from ui.state import Laboratory

page_head(
    "laboratory",
    t("Mask laboratory"),
    t("Change the mask of the running model, cell by cell if you like, and see what becomes of its answer."),
)

checkpoint = models.current()
left, right = st.columns([1, 1], gap="medium")
with left:
    inputs.fit_example(checkpoint, Laboratory.text)
    site = laboratory.inputs_and_site(checkpoint)
    laboratory.mask_controls()

with explained():
    batch = read_batch(checkpoint, Laboratory.text.value)
    inputs.remark_unanswered(checkpoint, batch.src)
    choice = laboratory.mask_choice(batch, site)
    laboratory.remember()
    bench = set_up(checkpoint, batch, site, choice, Laboratory.step.value)
    with left:
        laboratory.edit_buttons()
    with right:
        laboratory.mask_editor(bench)
    laboratory.stages(bench)
    laboratory.section(bench)

st.divider()
notice(
    t("The mask acts on scores before softmax: a forbidden score becomes -inf, and its weight exactly 0."),
    t("Rows are queries, columns are keys. The padding mask has the same columns blanked in every row."),
    t("In this model a row that may look at nothing gets zeros. A plain softmax gives NaN."),
)
try_this(
    t("In cross-attention click a digit above its column: the decoder cannot see that token any more."),
    t("Turn on “I got the polarity wrong”: all attention goes to what the mask forbids."),
    t("Choose decoder self-attention and the mask “none”: with the right answer given, the logits copy the "
      "future; while writing freely there is no future to copy."),
    t("In encoder self-attention turn on “Mask PAD rows too” and “Plain softmax”: NaN takes the answer."),
)  # fmt: skip
show_source(
    masks.padding_mask,
    masks.causal_mask,
    masks.sliding_window_mask,
    experiments.Intervention,
    experiments.probe_leak,
    conventions.try_fill,
    conventions.check_mha,
)
