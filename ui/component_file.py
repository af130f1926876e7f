"""A component whose program is a file that each browser fetches once.

Given as text, all of it would travel with every use at every run, several times what a component shows.
"""

import hashlib
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st

from ui.streamlit_internals import serve_component


class ComponentFile:
    """One such component, for all runs of this server."""

    def __init__(self, name: str, html: str, css: str, script: str) -> None:
        """`script` is a module; the style sheet goes along as text, as sizes are measured at once."""
        self._name, self._html, self._css, self._script = name, html, css, script
        self._package = f"transformer_{name}"
        self.name = f"{self._package}.{name}"
        """As Streamlit knows it."""

    def mount(self, **arguments: Any) -> Any:
        """Draw it in the run that is going on."""
        serve_component(self._package, self._name, Path(self._folder.name))
        return self._component(**arguments)

    @cached_property
    def _file(self) -> str:
        """Named after what is in it: a browser never takes an older one for it."""
        return f"{self._name}.{hashlib.sha256(self._script.encode()).hexdigest()[:16]}.js"

    @cached_property
    def _folder(self) -> "tempfile.TemporaryDirectory[str]":
        """Where the program lies while this server runs."""
        folder = tempfile.TemporaryDirectory(prefix=f"{self._name}-")
        (Path(folder.name) / self._file).write_text(self._script, encoding="utf-8")
        return folder

    @cached_property
    def _component(self) -> Any:
        """Made at the first run, as only a running server knows the folder."""
        return st.components.v2.component(self.name, html=self._html, css=self._css, js=self._file)
