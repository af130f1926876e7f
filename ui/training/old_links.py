"""Support for links from before the page had sections: they open the section that shows the same."""

from typing import Any

from ui.setting import Setting
from ui.state import TrainingPage


def follow() -> None:
    """Move the values of old settings to the new ones. Call it before the page's head is drawn."""
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
