"""What a link or a step of a lesson hides. Hidden means not drawn: settings keep their values."""

from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.state import HIDE

_UNSEEN: ContextVar[tuple[DeltaGenerator, ...]] = ContextVar("unseen", default=())
"""Places of this run that are emptied when it ends."""


def hides(part: str) -> bool:
    """Whether one of `ui.setting.HIDEABLE` is hidden."""
    return part in HIDE.value.split(",")


def unseen() -> DeltaGenerator:
    """A container whose widgets have their values while the run goes on, and which is empty after it."""
    place = st.empty()
    _UNSEEN.set((*_UNSEEN.get(), place))
    return place.container()


def clear() -> None:
    """At the end of a run, of a page or of a part of it."""
    for place in _UNSEEN.get():
        place.empty()
    _UNSEEN.set(())
