"""Tensor grids whose step on screen is a setting: a link may give it by number or by name."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.i18n import code_span, t
from ui.setting import Setting
from ui.tensor_grid import Frame, GridEvent, index_of, tensor_grid


def stepping_grid(
    frames: Sequence[Frame],
    key: str,
    setting: Setting[int] | Setting[int | str],
    *,
    start: int | None = None,
    **options: Any,
) -> None:
    """Draw a grid on its stage, at the setting's step or at `start`; the step it stops at is set."""

    def keep(event: GridEvent) -> None:
        count(key)
        setting.set(event.frame)

    tensor_grid(
        frames,
        key=key,
        stage=True,
        start=first_step(frames, setting) if start is None else start,
        report=["frame"],
        on_event=keep,
        **options,
    )


def events(key: str) -> int:
    """How often a grid has reported its step.

    In a fragment, pass it as the grid's `revision`, with the `start` of the last page run: then the same data
    need not be sent again at each step.
    """
    told: int = st.session_state.get(f"{key}_events", 0)
    return told


def count(key: str) -> None:
    """Note that a grid has reported its step."""
    st.session_state[f"{key}_events"] = events(key) + 1


def first_step(frames: Sequence[Frame], setting: Setting[int] | Setting[int | str]) -> int:
    """The index of the step to begin at. An invalid setting is corrected; an unknown name gives a toast."""
    step = setting.value
    place = index_of(frames, step)
    if place is None:
        st.toast(t("This view has no step {name}. The first one is shown.", name=code_span(str(step))))
        place = 0
    if place != step:
        setting.set(place)
    return place
