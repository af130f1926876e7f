"""Positional encoding: how the model knows the position of a token."""

from ui.layout import explained, section_head
from ui.sections import drawing

section = section_head(
    {
        "codes": "ui.positions.codes",
        "likeness": "ui.positions.likeness",
        "hand": "ui.positions.by_hand",
        "why": "ui.positions.why",
        "model": "ui.positions.in_model",
        "kinds": "ui.positions.kinds",
        "relative": "ui.positions.relative",
    }
)
with explained():
    drawing(section)()
