"""The component as Streamlit knows it: its program is a file that each browser fetches once.

Given as text, all of it would travel with every grid at every run, several times what a grid shows.
"""

import hashlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from transformer.grid.sources import CSS, HTML, SCRIPT
from ui.streamlit_internals import serve_component

_PACKAGE, _COMPONENT = "transformer", "tensor_grid"
NAME = f"{_PACKAGE}.{_COMPONENT}"

_FILE = f"grid.{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js"
"""Named after what is in it: a browser never takes an older one for it."""


def mount(**arguments: Any) -> Any:
    """Draw the component in the run that is going on."""
    serve_component(_PACKAGE, _COMPONENT, Path(_folder().name))
    return _component()(**arguments)


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Where the program lies while this server runs: its parts, written into one file."""
    folder = tempfile.TemporaryDirectory(prefix="tensor-grid-")
    (Path(folder.name) / _FILE).write_text(SCRIPT, encoding="utf-8")
    return folder


@cache
def _component() -> Any:
    """Made at the first run, as only a running server knows the folder. The style sheet goes along as text:
    the picture is measured as soon as the program runs."""
    return st.components.v2.component(NAME, html=HTML, css=CSS, js=_FILE)
