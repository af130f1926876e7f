"""The step that a view begins at, where a link may give it by name."""

from collections.abc import Sequence

import streamlit as st

from ui.i18n import code_span, t
from ui.setting import Setting
from ui.tensor_grid import Frame, index_of


def first_step(frames: Sequence[Frame], setting: Setting[int | str]) -> int:
    """The step to begin at; a name in the setting is replaced by its number, and an unknown one said."""
    step = setting.value
    place = index_of(frames, step)
    if place is None:
        st.toast(t("This view has no step {name}. The first one is shown.", name=code_span(str(step))))
        place = 0
    if isinstance(step, str):
        setting.set(place)
    return place
