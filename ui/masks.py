"""Titles of a model's own masks: what they hide, taking the model's deliberate mistake into account."""

from transformer.model.config import Mistake
from transformer.model.places import Attention
from ui.i18n import t


def own_mask_title(attention: Attention, mistake: Mistake) -> str:
    """The title of an attention's mask in a pass over a batch. (Decoding a single input needs no padding.)"""
    causal, padding = mistake != "no_causal_mask", mistake != "no_padding_mask"
    if attention != Attention.SELF:
        title = t("padding") if padding else t("none")
    elif causal and padding:
        title = t("causal and padding")
    else:
        title = t("causal") if causal else t("padding")
    return t("{mask}, inverted", mask=title) if mistake == "inverted_mask" else title


def own_mask_axes(attention: Attention, mistake: Mistake) -> str:
    """The axes of that mask as the model stores it, such as `[B,1,L,L]`."""
    if attention != Attention.SELF:
        return "[1,1,1,S]" if mistake == "no_padding_mask" else "[B,1,1,S]"
    return {"no_causal_mask": "[B,1,1,L]", "no_padding_mask": "[1,1,L,L]"}.get(mistake, "[B,1,L,L]")
