"""The mask laboratory's controls: what is edited, undone and redone, and the sections below the picture."""

from ui.laboratory.controls import inputs_and_site, mask_choice, mask_controls, site
from ui.laboratory.editing import remember
from ui.laboratory.sections import Section, sections

__all__ = [
    "Section",
    "inputs_and_site",
    "mask_choice",
    "mask_controls",
    "remember",
    "sections",
    "site",
]
