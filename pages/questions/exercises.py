"""Exercises: do a step yourself; the running model grades it."""

from ui.exercises import draw
from ui.i18n import t
from ui.layout import page_head, part

page_head(
    "exercises",
    t("Exercises"),
    t("Do one step of the model yourself, with other data each time. The model that runs grades it."),
)
part("exercises", draw.draw)
