"""What the sections share: the steps with their code, and the choice of a fill value."""

from collections.abc import Callable, Sequence

from ui import inputs, models
from ui.anchors import place
from ui.frames.masking_cases import FILLS
from ui.i18n import t
from ui.layout import Suggestion, choose, explained, folded, notice, part, show_code, try_this
from ui.state import Broadcasting
from ui.steps import stepping_grid
from ui.tensor_grid import Frame


def draw_steps(make_frames: Callable[[], Sequence[Frame]]) -> None:
    """The steps that `make_frames` returns, below the controls that it draws; then the code of all steps."""
    part(_draw_steps, make_frames)


def _draw_steps(make_frames: Callable[[], Sequence[Frame]]) -> None:
    with explained():
        frames = make_frames()
        draw_grid(frames)
        _show_program(frames)


def draw_grid(frames: Sequence[Frame]) -> None:
    """The steps, without controls or code."""
    with place("stretching"):
        stepping_grid(frames, "broadcasting_grid", Broadcasting.step)


def _show_program(frames: Sequence[Frame]) -> None:
    """The code of all steps as one program."""
    pieces = [f"# {frame.title}\n{frame.code}" for frame in frames if frame.code]
    if pieces:
        folded(t("All steps as one program"), "program", show_code, "\n\n".join(pieces))


def choose_fill() -> None:
    """A control for the fill value."""
    help = t("What forbidden scores are replaced by. 1e-20 is a common slip.")
    fills = {fill: fill for fill in FILLS}
    choose(t("Fill value"), fills, Broadcasting.fill, help=help, label_visibility="collapsed")


def about_masks() -> None:
    """What to look for where the masks of a Transformer are stretched."""
    notice(
        t("The padding mask speaks only of keys, so it has one row: every query loses the same columns."),
        t(
            "The causal mask is different for every query, so it brings its own rows: only the heads "
            "share it."
        ),
        t("Stretching copies nothing: the stride of a stretched axis is 0, and the bytes stay the same."),
    )
    try_this(
        Suggestion(
            t("Set the fill value to 1e-20 and compare the last step: with whole numbers up to 99 the leak "
              "is invisible, with scores of real size it is not."),
            {
                Broadcasting.section: "notes",
                Broadcasting.fill: "1e-20",
                Broadcasting.leaking_size: False,
                Broadcasting.step: "softmax",
            },
        ),
        Suggestion(
            t("Switch to the current model and make one input much longer than the other."),
            {Broadcasting.section: "model", Broadcasting.text: inputs.uneven(models.current_task())},
        ),
        Suggestion(
            t("In cross-attention queries are target tokens and keys are source tokens: the mask is the "
              "source's."),
            {Broadcasting.section: "notes", Broadcasting.mask: "cross", Broadcasting.step: "laid_over"},
        ),
    )  # fmt: skip
