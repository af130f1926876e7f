"""Plotly charts on a page, as high as their container if asked, with text that scales with the page's."""

import plotly.graph_objects as go
import streamlit as st

from ui.state import PRESENTER
from ui.style import PRESENTER_SCALE
from viz.figure import enlarge

TEXT = 13
"""Font size in pixels, without presenter size."""


def chart(drawn: go.Figure, key: str, *, fills: bool = False) -> None:
    """Draw a chart: as high as its container if it `fills` it, else as the figure says.

    Streamlit sets the font size of charts itself, so it has to be enlarged here for presenter size.
    """
    if PRESENTER.value:
        enlarge(drawn, round(PRESENTER_SCALE * TEXT))
    st.plotly_chart(drawn, key=key, height="stretch" if fills else "content")
