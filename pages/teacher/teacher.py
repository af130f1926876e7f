"""The teacher's page, accessible only with the token that the server printed."""

import streamlit as st

from ui.classroom import actions, entrance, overview, token
from ui.i18n import t

with st.container(key="page_head"):
    st.title(t("For the teacher"), anchor=False)
if not token.is_teacher():
    entrance.draw()
    st.stop()

token.keep()
actions.draw()
overview.draw()
