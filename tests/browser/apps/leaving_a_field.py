"""The smallest page on which a link does nothing in Streamlit 1.67, because a field sends its text at once.

Type into the field, then tap "second" on a touch screen. The browser asks for two runs: for the page of the
link, and then for the page of the field, which has just lost its focus. Streamlit runs the second: it goes
back to the first page. With MENDED=1 the app's own remedy is in place.
"""

import os

import streamlit as st

if os.environ.get("MENDED"):
    from ui.streamlit_internals import mend_requests

    mend_requests()


def first() -> None:
    st.title("First page")
    st.text_input("Field", key="field")


def second() -> None:
    st.title("Second page")


st.navigation([st.Page(first), st.Page(second)]).run()
