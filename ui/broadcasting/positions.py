"""Broadcasting without a mask: positions added to every sequence."""

from ui.broadcasting.shapes import adding
from ui.broadcasting.stage import draw_steps
from ui.frames import broadcasting_positions
from ui.i18n import t
from ui.layout import Suggestion, notice, try_this
from ui.state import Broadcasting


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(broadcasting_positions.frames)
    notice(
        t("x has a batch axis, pe has one of size 1: the same codes serve every sequence."),
        t("Position 0 adds [0, 1, 0, 1]; nothing is learned here, and nothing is copied."),
    )
    try_this(
        Suggestion(
            t("Work out total[1, 2, 0] by hand: 2.1 + sin(2). Point at it to check."),
            {Broadcasting.step: "sum"},
        ),
        Suggestion(
            t("In “any shapes”, add 2 3 4 and 2 3: why does it fail, while 2 3 4 and 1 3 4 fit?"),
            {Broadcasting.section: "shapes"} | adding("2 3 4", "2 3"),
        ),
    )
