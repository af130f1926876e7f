"""Where this server's own answers are."""

import streamlit as st


def under_base(path: str) -> str:
    """A path of this server, where `server.baseUrlPath` may put all of them below another."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path
