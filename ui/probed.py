"""A model probed, on screen: who notices whom at every place, beside the verdict of each check."""

import streamlit as st

from transformer import Transformer
from ui.frames import probed
from ui.i18n import sentences, t
from ui.layout import choose
from ui.setting import Setting
from ui.state import PROBE_CHECKS
from ui.tensor_grid import tensor_grid


def choose_check(model: Transformer, check: Setting[str]) -> None:
    """Whose matrices are shown; each check with its verdict."""
    marks = probed.marks(probed.probed(model))
    titles = {name: f"{marks[name]} {probed.check_title(name)}" for name in PROBE_CHECKS}
    choose(t("Check"), titles, check, label_visibility="collapsed")


def picture(model: Transformer, check: str) -> None:
    """The matrices of a check, a step for each place, beginning where the fault begins."""
    frames, begins = probed.place_frames(probed.probed(model), check)
    tensor_grid(frames, key=f"probe_grid_{check}", start=begins, stage=True)


def verdicts(model: Transformer) -> None:
    """All checks as a table, and what was done."""
    st.table(probed.rows(probed.probed(model)))
    st.caption(
        sentences(
            t("The inputs are random. One thing is changed; what must not notice it has to stay equal."),
            t(
                "What is allowed is measured: the difference of equal passes, or of passes with other last "
                "digits in all weights."
            ),
        )
    )
