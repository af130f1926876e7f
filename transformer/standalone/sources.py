"""The JavaScript of the standalone page."""

from pathlib import Path

from transformer.javascript import bundled

_JS = Path(__file__).parent / "js"

OWN = bundled(_JS / "start.js")
"""Everything except the grid."""

MODEL = bundled(_JS / "decoding.js")
"""Only the model and decoding."""


def script(grid: str) -> str:
    """The whole program, with the grid in a separate scope, since both have a class `Tensor`."""
    grid = grid.replace("export default function mount", "function mount")
    return f"const mount = (() => {{\n{grid}\nreturn mount;\n}})();\n{OWN}\nstart(mount);\n"
