"""Titles of the three attentions on screen, by the code that links use."""

from transformer.model.places import Attention
from ui.i18n import t


def titles() -> dict[str, str]:
    """The full titles."""
    return {
        Attention.ENCODER.value: t("encoder self-attention"),
        Attention.SELF.value: t("decoder self-attention"),
        Attention.CROSS.value: t("cross-attention"),
    }


def short_titles() -> dict[str, str]:
    """Short titles, for the buttons of a control that chooses one."""
    return {
        Attention.ENCODER.value: t("encoder self"),
        Attention.SELF.value: t("decoder self"),
        Attention.CROSS.value: t("cross"),
    }


def average_titles() -> dict[str, str]:
    """Titles of the average over an attention's heads."""
    return {
        Attention.ENCODER.value: t("encoder self-attention, average"),
        Attention.SELF.value: t("decoder self-attention, average"),
        Attention.CROSS.value: t("cross-attention, average"),
    }
