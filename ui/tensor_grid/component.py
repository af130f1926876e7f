"""The tensor grid as a Streamlit component."""

from transformer.grid.sources import CSS, HTML, SCRIPT
from ui.component_file import ComponentFile

_file = ComponentFile("tensor_grid", HTML, CSS, SCRIPT)
NAME = _file.name
mount = _file.mount
