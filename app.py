"""`streamlit run app.py`: registers the pages and draws what they share."""

import streamlit as st

from ui import server, sidebar, state
from ui.i18n import t

st.set_page_config(page_title="Transformer", layout="wide")
server.prepare()
page = st.navigation(
    {
        "": [
            st.Page("pages/start/home.py", title=t("Home"), default=True),
            st.Page("pages/model/inside.py", title=t("Inside the model")),
        ],
        t("Masks and positions"): [
            st.Page("pages/masks/broadcasting.py", title=t("Mask broadcasting")),
            st.Page("pages/masks/laboratory.py", title=t("Mask laboratory")),
            st.Page("pages/positions/encoding.py", title=t("Positional encoding")),
        ],
        t("Learning and writing"): [
            st.Page("pages/training/training.py", title=t("Training")),
            st.Page("pages/decoding/decoding.py", title=t("Decoding")),
        ],
        t("Questions"): [
            st.Page("pages/questions/questions.py", title=t("Questions and answers")),
            st.Page("pages/questions/mistakes.py", title=t("Common mistakes")),
        ],
    }
)
server.mend_first_visit(page.url_path)
state.load(page.url_path or "home")
sidebar.draw()
page.run()
state.write_url(page.url_path or "home")
