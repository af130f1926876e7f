"""The JavaScript of a page without a server."""

from pathlib import Path

from transformer.javascript import bundled

_JS = Path(__file__).parent / "js"

OWN = bundled(_JS / "start.js")
"""All but the grid."""

MODEL = bundled(_JS / "decoding.js")
"""The model and its decoding alone."""


def script(grid: str) -> str:
    """The whole program: the grid in a scope of its own, as it has a class `Tensor` too."""
    grid = grid.replace("export default function mount", "function mount")
    return f"const mount = (() => {{\n{grid}\nreturn mount;\n}})();\n{OWN}\nstart(mount);\n"
