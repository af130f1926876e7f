"""What the component is made of, as text: shown on a page, and built into files that work without one."""

from pathlib import Path

from transformer.javascript import bundled

_HERE = Path(__file__).parent

HTML = '<div class="grid" data-testid="tensor-grid"></div>'
THEME = (_HERE / "theme.css").read_text(encoding="utf-8")
"""The colours of a page of its own, where Streamlit sets none."""

CSS = (_HERE / "grid.css").read_text(encoding="utf-8")
SCRIPT = bundled(_HERE / "js" / "mount.js")
