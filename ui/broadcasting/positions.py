"""Broadcasting without a mask: positions added to every sequence."""

from ui.broadcasting.stage import draw_steps
from ui.frames import broadcasting_positions
from ui.i18n import t
from ui.layout import notice, try_this


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(broadcasting_positions.frames)
    notice(
        t("x has a batch axis, pe has one of size 1: the same codes serve every sequence."),
        t("Position 0 adds [0, 1, 0, 1]; nothing is learned here, and nothing is copied."),
    )
    try_this(
        t("Work out total[1, 2, 0] by hand: 2.1 + sin(2). Point at it to check."),
        t("In “any shapes”, type 2 3 4 and 1 3 4, then 2 3 4 and 2 3: why does the second fail?"),
    )
