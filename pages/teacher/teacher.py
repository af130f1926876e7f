"""The teacher's page: opened with the token that the server printed, closed to everybody else."""

import streamlit as st

from ui.classroom import actions, entrance, overview, token
from ui.i18n import t

with st.container(key="page_head"):
    st.title(t("For the teacher"), anchor=False)
if not token.is_teacher():
    entrance.draw()
    st.stop()

actions.draw()
overview.poll()
