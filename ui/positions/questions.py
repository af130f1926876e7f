"""Questions that readers ask, answered where they arise; each has an anchor, the same in every language."""

import streamlit as st


def question(anchor: str, asked: str, answer: str) -> None:
    """The question as a heading that a link can lead to, the answer below it."""
    st.subheader(asked, anchor=anchor)
    st.markdown(answer)
