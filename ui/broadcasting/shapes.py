"""Two shapes that the user types, in an operation that broadcasts."""

from typing import Any

import streamlit as st

from ui.broadcasting.stage import draw_steps
from ui.frames import broadcasting_typed
from ui.i18n import t
from ui.layout import Suggestion, choose, controls, notice, scaled, try_this
from ui.setting import Setting
from ui.state import Broadcasting
from ui.tensor_grid import Frame


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(_frames)
    notice(
        t("Missing axes count as 1, and they are always missing on the left."),
        t("Either tensor may be stretched, on different axes at once: the result can be larger than both."),
    )
    try_this(
        Suggestion(t("Add 5 and 5 1: the result is 5 by 5. Why?"), adding("5", "5 1")),
        Suggestion(
            t("masked_fill with 2 5 5 and 2 1 1 5: the mask stretches the scores, without a warning."),
            adding("2 5 5", "2 1 1 5") | {Broadcasting.operation: "masked_fill"},
        ),
        Suggestion(t("Add 2 3 and 3 2, which do not fit: what does PyTorch say?"), adding("2 3", "3 2")),
    )


def adding(first: str, second: str) -> dict[Setting[Any], object]:
    """The settings that add tensors of these shapes."""
    return {Broadcasting.operation: "+", Broadcasting.first: first, Broadcasting.second: second}


def _frames() -> list[Frame]:
    one, other = _operands(Broadcasting.operation.value)
    with controls():
        choose(t("Operation"), {name: name for name in broadcasting_typed.OPERATIONS}, Broadcasting.operation)
        for label, setting in ((one, Broadcasting.first), (other, Broadcasting.second)):
            st.text_input(label, key=setting.name, max_chars=setting.limit, width=scaled(300))
    typed = (Broadcasting.first.value, Broadcasting.second.value, Broadcasting.operation.value)
    return broadcasting_typed.frames(*typed)


def _operands(operation: str) -> tuple[str, str]:
    """Labels of the two typed shapes."""
    if operation == "+":
        return t("Shape of a"), t("Shape of b")
    return t("Shape of the scores"), t("Shape of the mask")
