"""Common mistakes: the code that people write, what it does, the tensors, and the right line."""

from contextlib import nullcontext
from typing import Any

import streamlit as st

from ui import inputs
from ui.anchors import place
from ui.broadcasting.stage import draw_grid
from ui.frames import broadcasting_broken
from ui.frames.broadcasting_broken import Broken, summary
from ui.i18n import t
from ui.layout import (
    Suggestion,
    controls,
    explained,
    more,
    notice,
    part,
    scaled,
    show_code,
    stage,
    try_this,
)
from ui.setting import Setting
from ui.state import PRESENTER, Broadcasting


def draw() -> None:
    """A mistake, and what to look for."""
    part(_draw_mistake)
    notice(
        t("An error is the lucky case. The silent ones train a model that looks at the wrong tokens."),
        t("Write the shape beside every line that makes a mask, and check it with `mask.shape`."),
    )
    try_this(
        Suggestion(
            t(
                "unsqueeze forgotten once: set B and H to different numbers, and the mistake becomes an "
                "error."
            ),
            _case("once", batch=2, heads=3),
        ),
        Suggestion(
            t("unsqueeze forgotten twice: set B = L, and the error becomes silent."),
            _case("twice", batch=5, heads=2),
        ),
        Suggestion(
            t("Point at a wrong cell: whose mask did it read?"),
            _case("once", batch=2, heads=2) | {Broadcasting.step: 1},
        ),
    )


def _case(name: str, *, batch: int, heads: int) -> dict[Setting[Any], object]:
    """A mistake, in a tensor of B sentences, H heads and five tokens."""
    sizes = {Broadcasting.batch: batch, Broadcasting.heads: heads, Broadcasting.length: 5}
    return {Broadcasting.case: name, **sizes}


def _draw_mistake() -> None:
    with explained():
        with controls():
            _choose_mistake()
            if Broadcasting.case.value in broadcasting_broken.SIZED:
                with more() if PRESENTER.value else nullcontext():
                    _choose_sizes()
        chosen = (Broadcasting.batch.value, Broadcasting.heads.value, Broadcasting.length.value)
        broken = broadcasting_broken.run(Broadcasting.case.value, *chosen)
        left, right = st.columns([2, 3], gap="medium")
        with left, stage("stage_claim"), place("broken_case"):
            _show_wrong(broken)
        with right:
            draw_grid(broadcasting_broken.frames(broken))
        _show_right(broken)


def _choose_mistake() -> None:
    titles = broadcasting_broken.titles()
    st.selectbox(
        t("Mistake"),
        list(titles),
        key=Broadcasting.case.name,
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=scaled(300),
    )


def _choose_sizes() -> None:
    """Controls for B, H and L of a mistake. Raises `InputError` if one is out of range."""
    fields = (
        (t("B, sentences"), Broadcasting.batch),
        (t("H, heads"), Broadcasting.heads),
        (t("L, tokens"), Broadcasting.length),
    )
    inputs.refuse(*[inputs.number(label, setting, width=scaled(170)) for label, setting in fields])


def _show_wrong(broken: Broken) -> None:
    """The code that people write, and what it does."""
    case = broken.case
    st.markdown(f"**{t('What people write')}**")
    show_code(f"{case.setup}\n\n{case.wrong}")
    _show_outcome(broken)


def _show_right(broken: Broken) -> None:
    """The right line, and why."""
    case = broken.case
    st.markdown(f"**{t('The right line')}**")
    show_code(case.right)
    st.markdown(case.why)
    if case.hint:
        st.caption(case.hint)


def _show_outcome(broken: Broken) -> None:
    show = {"loud": st.error, "warned": st.warning, "silent": st.error, "harmless": st.info}[broken.kind]
    show(summary(broken))
    for message in (broken.wrong.error, *broken.wrong.warnings):
        if message:
            st.code(message, language=None, wrap_lines=True)
