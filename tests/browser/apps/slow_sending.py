"""A page with a fragment, on a server that sends messages rarely, as a busy one does."""

import os

import streamlit as st
from streamlit.runtime import runtime

from ui.streamlit_internals import mend_delivery

runtime.MESSAGE_FLUSH_INTERVAL_SECS = 0.2
if os.environ.get("AS_IT_COMES") != "1":  # to see what is lost without the fix
    mend_delivery()


def part() -> None:
    st.button("Part")
    st.text("drawn again")


runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Again")
st.fragment(part)()
st.text("behind it")
with st.container():
    st.text(f"run {runs}")
