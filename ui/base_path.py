"""Paths of this server's own routes."""

import streamlit as st


def under_base(path: str) -> str:
    """`path` with the prefix that `server.baseUrlPath` sets, if any."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path
