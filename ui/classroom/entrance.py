"""The teacher's page before the token is given: only a field for it."""

import streamlit as st

from transformer.limits import MAX_WORD
from ui.classroom import token
from ui.i18n import t

_TYPED = "teacher_typed"


def draw() -> None:
    """Draw the field for the token."""
    token.take_from_address()
    st.markdown(t("The server printed the address of this page, with its token, when it was started."))
    with st.form("teacher_entrance", width=500, border=False):
        st.text_input(t("Token"), key=_TYPED, type="password", max_chars=MAX_WORD)
        st.form_submit_button(t("Open"), on_click=_give)
    if token.was_refused():
        st.error(t("This is not the token of this server."))


def _give() -> None:
    token.give(st.session_state.pop(_TYPED, ""))
