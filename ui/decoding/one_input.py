"""The choice among the page's inputs, for sections that show only one of them."""

import streamlit as st
from torch import Tensor

from transformer import PAD, Checkpoint
from ui.i18n import headed, t
from ui.state import Decoding


def choose_row(checkpoint: Checkpoint, src: Tensor) -> int:
    """The row of `src` [B, S] that the user chose; 0, without a control, if there is only one."""
    Decoding.row.lower_to(len(src) - 1)
    if len(src) == 1:
        return 0
    task = checkpoint.task
    texts = [task.source_text(row) for row in src.tolist()]
    return st.selectbox(
        t("Look at input"),
        range(len(src)),
        key=Decoding.row.name,
        format_func=lambda row: headed(row, texts[row]),
        label_visibility="collapsed",
        width=120,
    )


def choose_input(checkpoint: Checkpoint, src: Tensor) -> Tensor:
    """The chosen input alone, without its PADs: [1, S]."""
    row = src[choose_row(checkpoint, src)]
    return row[row != PAD][None]
