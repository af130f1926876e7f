"""A page with a polled fragment, on a server that sends rarely, as one that is busy does."""

import streamlit as st
from streamlit.runtime import runtime

from ui.streamlit_internals import mend_delivery

runtime.MESSAGE_FLUSH_INTERVAL_SECS = 0.2
mend_delivery()


def polled() -> None:
    st.text("drawn again and again")


runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Again")
st.fragment(polled, run_every=0.05)()
st.text("behind it")
with st.container():
    st.text(f"run {runs}")
