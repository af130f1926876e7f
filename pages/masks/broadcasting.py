"""Mask broadcasting: how a small mask comes to lie over all the scores of all the heads."""

import streamlit as st

from transformer import Transformer, masks
from ui import models
from ui.frames import masking, masking_cases
from ui.i18n import t
from ui.layout import explained, notice, page_head, show_source, try_this
from ui.state import PRESENTER, Broadcasting
from ui.tensor_grid import tensor_grid

page_head(
    "broadcasting",
    t("Mask broadcasting"),
    t("A mask of a few numbers covers the scores of every head and every query. Watch it being stretched."),
)

ORIGINS = {"notes": t("the notes' numbers"), "model": t("the current model")}
MASKS = {"padding": t("padding [B, 1, 1, S]"), "causal": t("causal [B, 1, L, L]"), "both": t("both")}
ATTENTIONS = {"encoder": t("encoder self"), "self": t("decoder self"), "cross": t("cross")}

origin, kind = st.columns([2, 3])
fill, size = st.columns([2, 3], vertical_alignment="bottom")
origin.segmented_control(
    t("Scores from"), list(ORIGINS), key=Broadcasting.origin.name, format_func=ORIGINS.get, required=True
)
if Broadcasting.origin.value == "notes":
    kind.segmented_control(
        t("Mask"), list(MASKS), key=Broadcasting.mask.name, format_func=MASKS.get, required=True
    )
else:
    kind.segmented_control(
        t("Attention"),
        list(ATTENTIONS),
        key=Broadcasting.attention.name,
        format_func=ATTENTIONS.get,
        required=True,
    )
fill.segmented_control(
    t("Fill value"),
    list(masking_cases.FILLS),
    key=Broadcasting.fill.name,
    required=True,
    help=t("What forbidden scores are replaced by. The notes' first version wrote 1e-20."),
)

with explained():
    if Broadcasting.origin.value == "notes":
        size.toggle(
            t("Scores of the size that real attention has"),
            key=Broadcasting.real_size.name,
            help=t("The notes' scores run from 10 to 99. Softmax of numbers so far apart is 0 or 1."),
        )
        lesson = masking_cases.from_notes(
            Broadcasting.mask.value, Broadcasting.fill.value, Broadcasting.real_size.value
        )
    else:
        checkpoint = models.current()
        text, layer = st.columns([5, 3])
        text.text_area(
            t("Inputs, one a line; shorter ones are padded"),
            key=Broadcasting.text.name,
            height=100,
            max_chars=500,
        )
        last = checkpoint.model.config.num_layers - 1
        Broadcasting.layer.set(min(Broadcasting.layer.value, last))
        layer.segmented_control(t("Layer"), list(range(last + 1)), key=Broadcasting.layer.name, required=True)
        lesson = masking_cases.from_model(
            checkpoint,
            Broadcasting.text.value,
            Broadcasting.attention.value,
            Broadcasting.layer.value,
            Broadcasting.fill.value,
        )
    tensor_grid(masking.frames(lesson), key="broadcasting_grid", presenter=PRESENTER.value)

notice(
    t("The padding mask speaks only of keys, so it has one row: every query loses the same columns."),
    t("The causal mask is different for every query, so it brings its own rows: only the heads share it."),
    t("Stretching copies nothing: the stride of a stretched axis is 0, and the bytes stay the same."),
)
try_this(
    t("Set the fill value to 1e-20 and compare the last step: with the notes' scores the leak is invisible, "
      "with scores of real size it is not."),
    t("Switch to the current model and make one input much longer than the other."),
    t("In cross-attention queries are target tokens and keys are source tokens: the mask is the source's."),
)  # fmt: skip
show_source(
    masks.padding_mask,
    masks.causal_mask,
    Transformer.make_src_mask,
    Transformer.make_trg_mask,
    masks.mask_energy,
    masks.softmax_or_zeros,
)
