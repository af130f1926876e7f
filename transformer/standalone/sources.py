"""The JavaScript of a page without a server."""

from pathlib import Path

_JS = Path(__file__).parent / "js"
MODEL = (_JS / "1_model.js", _JS / "2_decoding.js")
"""The model and its decoding: what is compared with PyTorch."""
