"""Positional encoding: how a token learns where it stands."""

from ui.layout import explained, section_head
from ui.positions import by_hand, codes, in_model, kinds, likeness, relative, why

draw = section_head(
    {
        "codes": codes.draw,
        "likeness": likeness.draw,
        "hand": by_hand.draw,
        "why": why.draw,
        "model": in_model.draw,
        "kinds": kinds.draw,
        "relative": relative.draw,
    }
)
with explained():
    draw()
