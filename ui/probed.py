"""The probe of a model on screen: which position affects which at every place, and each check's verdict."""

import streamlit as st

from transformer import Transformer
from ui.frames import probed
from ui.i18n import sentences, t
from ui.layout import choose
from ui.setting import Setting
from ui.state import PROBE_CHECKS
from ui.tensor_grid import tensor_grid


def choose_check(model: Transformer, check: Setting[str]) -> None:
    """Draw the choice of the check whose matrices are shown; each title carries the check's verdict."""
    marks = probed.marks(probed.probed(model))
    titles = {name: f"{marks[name]} {probed.check_title(name)}" for name in PROBE_CHECKS}
    choose(t("Check"), titles, check, label_visibility="collapsed")


def picture(model: Transformer, check: str) -> None:
    """Draw the matrices of a check, one step per place of the model, starting at the first faulty one."""
    frames, begins = probed.place_frames(probed.probed(model), check)
    tensor_grid(frames, key=f"probe_grid_{check}", start=begins, stage=True)


def verdicts(model: Transformer) -> None:
    """Draw a table of all checks, and a caption on how they were made."""
    st.table(probed.rows(probed.probed(model)))
    st.caption(
        sentences(
            t(
                "The inputs are random. Each check changes one thing; whatever must not depend on it has to "
                "stay equal."
            ),
            t(
                "The tolerance is measured: the difference between equal passes, or between passes whose "
                "weights all differ in the last digit."
            ),
        )
    )
