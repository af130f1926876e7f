"""Plotly charts on a page: as high as the room that they are given, with text as large as the page's."""

import plotly.graph_objects as go
import streamlit as st

from ui.state import PRESENTER
from ui.style import PRESENTER_SCALE
from viz.figure import enlarge

TEXT = 13
"""Pixels, without presenter size."""


def chart(drawn: go.Figure, key: str, *, fills: bool = False) -> None:
    """One that `fills` its container is as high as that, else as the figure says.

    Streamlit gives charts a text of their own, which does not grow with the page's.
    """
    if PRESENTER.value:
        enlarge(drawn, round(PRESENTER_SCALE * TEXT))
    st.plotly_chart(drawn, key=key, height="stretch" if fills else "content")
