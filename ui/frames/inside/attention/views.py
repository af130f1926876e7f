"""What the frames of attention share: the sizes by name, and the picture of [B, H, L, S]."""

from typing import Any

from ui.frames.inside.attention.places import Place
from ui.frames.inside.notebook import Notebook
from ui.tensor_grid import TensorView


def sizes(notebook: Notebook) -> dict[str, int]:
    """The sizes of the tensors here, for the sentences that name them."""
    return {name: notebook.script.names[name] for name in ("B", "L", "S", "D", "H", "Dh")}


def over_keys(notebook: Notebook, name: str, at: Place, **options: Any) -> TensorView:
    """The view of a tensor [B, H, L, S], labelled with the tokens of queries and keys."""
    return notebook.view(name, axes="BHLS", rows=at.rows, columns=at.columns, **options)
