"""The masks that nn.MultiheadAttention takes."""

from ui.broadcasting.stage import choose_fill, draw_steps
from ui.frames import masking, masking_cases
from ui.i18n import t
from ui.layout import Suggestion, choose, controls, notice, try_this
from ui.state import Broadcasting
from ui.tensor_grid import Frame


def draw() -> None:
    """The steps, and what to look for."""
    draw_steps(_frames)
    notice(
        t("True means masked out here: the opposite of scaled_dot_product_attention and of this project."),
        t("key_padding_mask speaks of keys only, so every head and every query loses the same columns."),
        t("The last step compares with the weights that nn.MultiheadAttention itself gives."),
    )
    try_this(
        Suggestion(
            t("Step to the stretched mask and point at a cell: which cell of key_padding_mask did it read?"),
            {Broadcasting.pytorch: "key_padding_mask", Broadcasting.step: "laid_over"},
        ),
        Suggestion(
            t("Compare attn_mask [L, S] and [N*H, L, S]: which can differ from head to head?"),
            {Broadcasting.pytorch: "attn_mask_3d", Broadcasting.step: "laid_over"},
        ),
    )


def _frames() -> list[Frame]:
    arguments = {
        "key_padding_mask": "key_padding_mask [N, S]",
        "attn_mask": "attn_mask [L, S]",
        "attn_mask_3d": "attn_mask [N*H, L, S]",
    }
    with controls():
        choose(t("Argument"), arguments, Broadcasting.pytorch, label_visibility="collapsed")
        choose_fill()
    return masking.frames(masking_cases.from_pytorch(Broadcasting.pytorch.value, Broadcasting.fill.value))
