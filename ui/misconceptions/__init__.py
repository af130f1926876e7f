"""Common mistakes about masks, about the model and about PyTorch, each run as it is shown."""

from ui.misconceptions import fills, masks, model, pytorch
from ui.misconceptions.misconception import Misconception, Trial, run

__all__ = ["Misconception", "Trial", "misconceptions", "run"]


def misconceptions() -> list[Misconception]:
    """All of them, in this session's language."""
    return [
        *masks.misconceptions(),
        *fills.misconceptions(),
        *model.misconceptions(),
        *pytorch.misconceptions(),
    ]
