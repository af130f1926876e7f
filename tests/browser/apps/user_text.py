"""Texts that users may type, in every place where a page shows one as Markdown."""

import streamlit as st

from tests.fuzz.nasty import INJECTIONS
from transformer import InputError
from ui.i18n import code_span, escaped, explain

for number, text in enumerate(INJECTIONS):
    with st.container(key=f"case_{number}"):
        st.warning(explain(InputError("“{word}”", word=text)))
        st.caption(escaped(text))
        st.markdown(code_span(text))
        st.button(escaped(text), key=f"button_{number}")
        st.expander(escaped(text))
