"""The component's HTML, CSS and JavaScript as text, for pages of the app and for self-contained files."""

from pathlib import Path

from transformer.javascript import bundled

_HERE = Path(__file__).parent

HTML = '<div class="grid" data-testid="tensor-grid"></div>'
THEME = (_HERE / "theme.css").read_text(encoding="utf-8")
"""The colours for self-contained pages, where Streamlit sets none."""

CSS = (_HERE / "grid.css").read_text(encoding="utf-8")
SCRIPT = bundled(_HERE / "js" / "mount.js")
