"""`streamlit run app.py`: registers the pages and draws what they share."""

import gc
import os

import streamlit as st
import torch

from ui import sidebar, state
from ui.i18n import t


@st.cache_resource
def prepare() -> None:
    """Once per server: as many threads as cores, and what is loaded now left out of garbage collection."""
    torch.set_num_threads(os.cpu_count() or 1)
    gc.freeze()


st.set_page_config(page_title="Transformer", layout="wide")
prepare()
state.load()
page = st.navigation(
    {
        "": [st.Page("pages/start/home.py", title=t("Home"), default=True)],
        t("Masks and positions"): [
            st.Page("pages/masks/broadcasting.py", title=t("Mask broadcasting")),
            st.Page("pages/positions/encoding.py", title=t("Positional encoding")),
        ],
        t("Learning and writing"): [
            st.Page("pages/training/training.py", title=t("Training")),
            st.Page("pages/decoding/decoding.py", title=t("Decoding")),
        ],
    }
)
sidebar.draw()
page.run()
state.write_url(page.url_path)
