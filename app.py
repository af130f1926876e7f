"""`streamlit run app.py`: the server. It shows `dashboard.py`, and answers at `/health` besides."""

import streamlit as st

from ui import server

app = st.App("dashboard.py", routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
