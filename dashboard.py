"""What each browser is shown: registers the pages and draws what they share. `app.py` serves it."""

import streamlit as st

from ui import address, anchors, connection, finite, i18n, ownership, server, sidebar, style, window
from ui.i18n import t

st.set_page_config(page_title="Transformer", layout="wide", initial_sidebar_state=style.SIDEBAR_WIDTH)
server.prepare()
i18n.settle()
ownership.enter()
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
            st.Page("pages/questions/exercises.py", title=t("Exercises")),
            st.Page("pages/questions/mistakes.py", title=t("Common mistakes")),
            st.Page("pages/teacher/teacher.py", title=t("For the teacher"), visibility="hidden"),
        ],
    }
)
address.load(page.url_path or "home")
i18n.settle()
ownership.note(page.url_path or "home")
sidebar.draw()
style.draw()
window.draw()
connection.watch(page.url_path or "home")
finite.remark(page.url_path or "home")
page.run()
anchors.reveal()
address.write_url(page.url_path or "home")
