"""A matrix product over leading axes."""

from ui.broadcasting.stage import draw_steps
from ui.frames import broadcasting_product
from ui.i18n import t
from ui.layout import Suggestion, notice, try_this
from ui.state import Broadcasting


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(broadcasting_product.frames)
    notice(
        t("The product sums over the 512 only. Batch and position are carried along, whatever they are."),
        t("nn.Linear does the same: all axes before the last are carried along, not just the first."),
    )
    try_this(
        Suggestion(
            t("Point at a cell of y: which row and which column did it read? And in the folded product?"),
            {Broadcasting.step: "cells"},
        ),
        Suggestion(
            t("Compare the bytes of the weight with expand and with repeat in the last step."),
            {Broadcasting.step: "stretched"},
        ),
    )
