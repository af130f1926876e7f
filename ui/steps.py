"""The steps of a view, where the one on screen is a setting: a link may give it by number or by name."""

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
    """A grid on its stage, at the step of the setting, or at `start`; the step it comes to rest at is set."""

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
    """How often a grid has told where it is.

    As `revision` of a grid in a part, with the `start` of when the page ran, it spares sending the same data
    again at each step.
    """
    told: int = st.session_state.get(f"{key}_events", 0)
    return told


def count(key: str) -> None:
    """A grid has told where it is."""
    st.session_state[f"{key}_events"] = events(key) + 1


def first_step(frames: Sequence[Frame], setting: Setting[int] | Setting[int | str]) -> int:
    """The step to begin at; what cannot be in the setting is replaced, and an unknown name said."""
    step = setting.value
    place = index_of(frames, step)
    if place is None:
        st.toast(t("This view has no step {name}. The first one is shown.", name=code_span(str(step))))
        place = 0
    if place != step:
        setting.set(place)
    return place
