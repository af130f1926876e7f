"""The JavaScript of a page without a server."""

from pathlib import Path

from transformer.javascript import bundled

_JS = Path(__file__).parent / "js"


def script(grid: str) -> str:
    """The whole program: the grid in a scope of its own, as it has a class `Tensor` too."""
    grid = grid.replace("export default function mount", "function mount")
    own = bundled(_JS / "start.js")
    return f"const mount = (() => {{\n{grid}\nreturn mount;\n}})();\n{own}\nstart(mount);\n"
