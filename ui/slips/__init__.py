"""Common mistakes about masks, about the model and about PyTorch, each run as it is shown."""

from ui.slips import fills, masks, model, pytorch
from ui.slips.slip import Run, Slip, run

__all__ = ["Run", "Slip", "run", "slips"]


def slips() -> list[Slip]:
    """All of them, in this session's language."""
    return [*masks.slips(), *fills.slips(), *model.slips(), *pytorch.slips()]
