"""`streamlit run app.py`: the server. It serves `dashboard.py` and additional routes such as `/health`."""

import streamlit as st

from ui import server

app = st.App("dashboard.py", routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
