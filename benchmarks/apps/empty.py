"""The floor: an app of two pages with next to nothing on them, and PyTorch imported, as our own has it."""

import streamlit as st
import torch


def first() -> None:
    """A control and what it changes."""
    st.title("First")
    on = st.checkbox("Say it")
    st.text(f"{'said' if on else 'not said'} with PyTorch {torch.__version__}")


def second() -> None:
    """Somewhere else to go."""
    st.title("Second")
    st.text("nothing here")


st.set_page_config(page_title="Empty", layout="wide")
st.navigation([st.Page(first, default=True), st.Page(second)]).run()
