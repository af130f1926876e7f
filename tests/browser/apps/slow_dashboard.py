"""The project's app on a server that sends messages rarely, as a busy one does."""

from pathlib import Path

import streamlit as st
from streamlit.runtime import runtime

from ui import server

runtime.MESSAGE_FLUSH_INTERVAL_SECS = 0.3
app = st.App(
    Path(__file__).parents[3] / "dashboard.py",
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
)
