"""Links from before the page had sections say what was on it; they open the section that has it now."""

from typing import Any

from ui.setting import Setting
from ui.state import TrainingPage


def follow() -> None:
    """Before the head is drawn: take over what such a link says, which the address says anew."""
    if TrainingPage.old_table.value:
        TrainingPage.old_table.set(False)
        TrainingPage.section.set("runs")
    moved: list[tuple[Setting[Any], Setting[Any]]] = [
        (TrainingPage.old_look, TrainingPage.look),
        (TrainingPage.old_snapshot, TrainingPage.snapshot),
    ]
    for old, new in moved:
        if old.value != old.default:
            new.set(old.value)
            old.set(old.default)
            TrainingPage.section.set("attention")
