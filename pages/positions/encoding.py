"""Positional encoding: how a token learns where it stands."""

from ui.i18n import t
from ui.layout import explained, section_head
from ui.positions import by_hand, codes, in_model, kinds, likeness, relative, why
from ui.state import Encoding

SECTIONS = {
    "codes": (t("The codes"), codes.draw),
    "likeness": (t("Frequencies and likeness"), likeness.draw),
    "hand": (t("By hand, D = 4"), by_hand.draw),
    "why": (t("Why this form"), why.draw),
    "model": (t("In the model"), in_model.draw),
    "kinds": (t("Side by side"), kinds.draw),
    "relative": (t("Rotary and ALiBi"), relative.draw),
}

draw = section_head(
    "encoding",
    t("Positional encoding"),
    t("Attention does not see order. So each position has a code of its own, which is added to the token."),
    SECTIONS,
    Encoding.section,
)
with explained():
    draw()
