"""The smallest page on which leaving a field by a link to another page goes wrong in Streamlit 1.67.

Type into the field, then tap "second" on a touch screen. The browser asks for two runs: first for the page of
the link, then for the fragment of the field that has just lost its focus. The fragment belongs to a page that
has been left; its answer is drawn over the new page. With MENDED=1 the app's own remedy is in place.
"""

import os

import streamlit as st

if os.environ.get("MENDED"):
    from ui.streamlit_internals import mend_requests

    mend_requests()


@st.fragment
def field() -> None:
    st.text_input("Field", key="field")


def first() -> None:
    st.title("First page")
    field()


def second() -> None:
    st.title("Second page")
    st.text("nothing else")


st.navigation([st.Page(first), st.Page(second)]).run()
