"""What the three attentions are called on screen, by their code in links."""

from transformer.model.places import Attention
from ui.i18n import t


def titles() -> dict[str, str]:
    """In full."""
    return {
        Attention.ENCODER.value: t("encoder self-attention"),
        Attention.SELF.value: t("decoder self-attention"),
        Attention.CROSS.value: t("cross-attention"),
    }


def short_titles() -> dict[str, str]:
    """On the buttons of a control that chooses one."""
    return {
        Attention.ENCODER.value: t("encoder self"),
        Attention.SELF.value: t("decoder self"),
        Attention.CROSS.value: t("cross"),
    }


def average_titles() -> dict[str, str]:
    """Of the average over an attention's heads."""
    return {
        Attention.ENCODER.value: t("encoder self-attention, average"),
        Attention.SELF.value: t("decoder self-attention, average"),
        Attention.CROSS.value: t("cross-attention, average"),
    }
