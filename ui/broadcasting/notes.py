"""The notes' scores under one of their masks, and what readers of the notes ask about it."""

import streamlit as st

from transformer.experiments import notes
from ui.broadcasting.stage import about_masks, choose_fill, draw_steps
from ui.frames import masking, masking_cases
from ui.frames.masking import Masking, leaked
from ui.i18n import figure, t
from ui.layout import choose, controls
from ui.questions import answer
from ui.state import Broadcasting
from ui.tensor_grid import Frame


def draw() -> None:
    """The steps, the answers, and what to look for."""
    draw_steps(_frames)
    answer_questions()
    about_masks()


def _frames() -> list[Frame]:
    masks = {
        "padding": t("padding"),
        "causal": t("causal"),
        "both": t("both"),
        "cross": t("cross-attention"),
    }
    with controls():
        choose(t("Mask"), masks, Broadcasting.mask, label_visibility="collapsed")
        choose_fill()
        size = _choose_size()
        leak = st.empty()
    shown = masking_cases.from_notes(Broadcasting.mask.value, Broadcasting.fill.value, size)
    frames = masking.frames(shown)
    leak.markdown(_leak(shown), width="content")
    return frames


def _choose_size() -> bool:
    """A toggle for scores of the size that real attention has; by default it is on for the fill value 1e-20.

    The notes' scores are so far apart that softmax hides the leak of 1e-20.
    """
    size = Broadcasting.leaking_size if Broadcasting.fill.value == "1e-20" else Broadcasting.real_size
    st.toggle(t("real-size scores"), key=size.name, help=_size_help())
    return size.value


def _size_help() -> str:
    """Why scores of another size are offered."""
    return t(
        "The scores of the small example run from 10 to 99, and softmax of numbers so far apart is "
        "0 or 1. Those of real attention are about 1."
    )


def _leak(masking: Masking) -> str:
    """The largest share of a row that goes to forbidden keys, in a few words."""
    _, most = leaked(masking.script)
    return t("leak: **{most}** of a row", most=figure(most, ".2g"))


def answer_questions() -> None:
    """What the readers of the notes ask about their two masks, with the notes' own tensors."""
    mask = notes.KEEP.unsqueeze(1).unsqueeze(2)
    answer(
        "unsqueeze",
        t(
            "It inserts an axis of size 1 into the shape. The padding mask: {before} becomes {between}, "
            "then {after}. The numbers stay where they are in memory (`{same}` is {true}).",
            before=list(notes.KEEP.shape),
            between=list(notes.KEEP.unsqueeze(1).shape),
            after=list(mask.shape),
            same="mask.data_ptr() == keep.data_ptr()",
            true=mask.data_ptr() == notes.KEEP.data_ptr(),
        ),
    )
    stretched = mask.expand_as(notes.SCORES)
    answer(
        "broadcast",
        t(
            "The encoder's padding mask, aligned from the right: {mask} meets {scores}; every axis of size 1 "
            "is read again for each index: strides {stride}, and the {stored} stored values answer for "
            "{all} scores.",
            mask=list(mask.shape),
            scores=list(notes.SCORES.shape),
            stride=list(stretched.stride()),
            stored=mask.numel(),
            all=notes.SCORES.numel(),
        ),
    )
