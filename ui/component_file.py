"""A component whose JavaScript is a file that each browser fetches once.

If it were given as text, Streamlit would send it with every use at every run, and it is several times as
large as the component's data.
"""

import hashlib
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st

from ui.streamlit_internals import serve_component


class ComponentFile:
    """A component served from a file, one object for all runs of this server."""

    def __init__(self, name: str, html: str, css: str, script: str) -> None:
        """`script` is a JavaScript module. `css` is sent as text, since the script measures sizes at once."""
        self._name, self._html, self._css, self._script = name, html, css, script
        self._package = f"transformer_{name}"
        self.name = f"{self._package}.{name}"
        """The name under which Streamlit registers it."""

    def mount(self, **arguments: Any) -> Any:
        """Draw it in the current run; returns what Streamlit's component returns."""
        serve_component(self._package, self._name, Path(self._folder.name))
        return self._component(**arguments)

    @cached_property
    def _file(self) -> str:
        """The file's name, with a hash of its contents so that browsers do not use an outdated copy."""
        return f"{self._name}.{hashlib.sha256(self._script.encode()).hexdigest()[:16]}.js"

    @cached_property
    def _folder(self) -> "tempfile.TemporaryDirectory[str]":
        """The temporary folder that holds the file while this server runs."""
        folder = tempfile.TemporaryDirectory(prefix=f"{self._name}-")
        (Path(folder.name) / self._file).write_text(self._script, encoding="utf-8")
        return folder

    @cached_property
    def _component(self) -> Any:
        """Created at the first run, since Streamlit knows the folder only once the server is running."""
        return st.components.v2.component(self.name, html=self._html, css=self._css, js=self._file)
