"""The JavaScript of a page without a server."""

from pathlib import Path

_JS = Path(__file__).parent / "js"
MODEL = (_JS / "1_model.js", _JS / "2_decoding.js")
"""The model and its decoding: what is compared with PyTorch."""

PARTS = tuple(sorted(_JS.glob("*.js")))

_START = """
const read = (id) => document.getElementById(id).textContent;
const bytes = Uint8Array.from(atob(read("weights")), (character) => character.charCodeAt(0));
const parentElement = document.querySelector("main");
new Page(JSON.parse(read("data")), readCheckpoint(bytes.buffer), ({ data, onEvent }) =>
  mount({ parentElement, data, setTriggerValue: (name, event) => onEvent(event) }));
"""


def script(grid: str) -> str:
    """The whole program: the grid in a scope of its own, as it has a class `Tensor` too."""
    own = "\n".join(part.read_text(encoding="utf-8") for part in PARTS)
    grid = grid.replace("export default function mount", "function mount")
    return f"const mount = (() => {{\n{grid}\nreturn mount;\n}})();\n{own}\n{_START}"
