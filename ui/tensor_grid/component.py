"""The component as Streamlit knows it."""

from ui.component_file import ComponentFile
from ui.tensor_grid.sources import CSS, HTML, SCRIPT

_file = ComponentFile("tensor_grid", HTML, CSS, SCRIPT)
NAME = _file.name
mount = _file.mount
