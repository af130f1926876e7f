"""The mask laboratory's controls: what is edited, undone and redone, and the sections below the picture."""

from ui.laboratory.controls import inputs_and_site, mask_choice, mask_controls, site
from ui.laboratory.editing import edit_buttons, mask_editor, remember, stages
from ui.laboratory.sections import section

__all__ = [
    "edit_buttons",
    "inputs_and_site",
    "mask_choice",
    "mask_controls",
    "mask_editor",
    "remember",
    "section",
    "site",
    "stages",
]
