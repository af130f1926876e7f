"""Common mistakes about masks, about the model and about PyTorch, each run as it is shown."""

from ui.misconceptions.fills import FILLS
from ui.misconceptions.masks import MASKS
from ui.misconceptions.misconception import Misconception, Trial, run
from ui.misconceptions.model import MODEL
from ui.misconceptions.pytorch import PYTORCH

__all__ = ["Misconception", "Trial", "misconceptions", "run"]


def misconceptions() -> list[Misconception]:
    """All of them, in this session's language."""
    return [one.translated() for one in (*MASKS, *FILLS, *MODEL, *PYTORCH)]
