"""Mask laboratory: put another mask into the running model, and see what it does."""

import streamlit as st

from transformer import Checkpoint, InputError, conventions, experiments, masks
from ui import inputs, laboratory, models
from ui.frames.laboratory import Bench, read_batch, set_up
from ui.i18n import explain, t
from ui.layout import notice, page_head, part, show_source, try_this
from ui.state import PRESENTER, Laboratory

page_head(
    "laboratory",
    t("Mask laboratory"),
    t("Change the mask of the running model, cell by cell if you like, and see what becomes of its answer."),
)


def draw() -> None:
    """First what a click on a cell is about, the mask and its answers, last the controls, which stay as they
    are: the browser shows what comes first without waiting for the rest."""
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Laboratory.text)
    left, right = st.columns([2, 3] if PRESENTER.value else 2, gap="medium")
    bench = None
    try:
        bench = set_up_bench(checkpoint)
        with right:
            laboratory.mask_editor(bench)
        inputs.remark_unanswered(checkpoint, bench.batch.src)
        laboratory.stages(bench)
        laboratory.section(bench)
    except InputError as error:
        st.warning(explain(error))
    with left:
        laboratory.inputs_and_site(checkpoint)
        laboratory.mask_controls(checkpoint.model.config.mistake)
        if bench:
            laboratory.edit_buttons()


def set_up_bench(checkpoint: Checkpoint) -> Bench:
    """What the controls and clicks ask for, run. Raises `InputError`."""
    site = laboratory.site(checkpoint)
    batch = read_batch(checkpoint, Laboratory.text.value)
    choice = laboratory.mask_choice(batch, site)
    laboratory.remember()
    return set_up(checkpoint, batch, site, choice, Laboratory.step.value)


part("laboratory", draw)
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
    t("In encoder self-attention turn on “Mask PAD rows too” and “Plain softmax”: NaN takes the answer to "
      "each input that has a PAD, and only these."),
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
