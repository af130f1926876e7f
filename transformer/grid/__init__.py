"""Tensors as grids of panels over a list of frames, as a self-contained HTML page.

    from transformer.grid import Frame, Scale, TensorView, html_page

    frame = Frame("softmax", (TensorView("weights", weights, Scale.unit()),))  # [B, H, L, S]
    Path("weights.html").write_text(html_page([frame], "Weights"))

`ui.tensor_grid` shows the same frames inside the app. `views` defines frames, `payload` packs them, `data`
adds the options, `js/` draws them in the browser, `export` writes the page.
"""

from collections.abc import Sequence
from typing import Any

from transformer.grid.data import grid_data
from transformer.grid.export import standalone_html
from transformer.grid.views import Frame, Operand, Scale, TensorView, Token

__all__ = ["Frame", "Operand", "Scale", "TensorView", "Token", "grid_data", "html_page", "standalone_html"]


def html_page(frames: Sequence[Frame], title: str, **options: Any) -> str:
    """A self-contained page in English; `options` are those of `grid_data`.

    Raises ValueError without frames.
    """
    return standalone_html(grid_data(frames, **options), title, "en")
