"""The mask laboratory's controls, with undo and redo; `sections` draws the results."""

from ui.laboratory.controls import inputs_and_site, mask_choice, mask_controls, site
from ui.laboratory.editing import remember

__all__ = [
    "inputs_and_site",
    "mask_choice",
    "mask_controls",
    "remember",
    "site",
]
