"""The baseline: an app with two almost empty pages that imports PyTorch, as our app does."""

import streamlit as st
import torch


def first() -> None:
    """A page with a control and a text that it changes."""
    st.title("First")
    on = st.checkbox("Say it")
    st.text(f"{'said' if on else 'not said'} with PyTorch {torch.__version__}")


def second() -> None:
    """A second page, to switch to."""
    st.title("Second")
    st.text("nothing here")


st.set_page_config(page_title="Empty", layout="wide")
st.navigation([st.Page(first, default=True), st.Page(second)]).run()
