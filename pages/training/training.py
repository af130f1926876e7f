"""Training: a Transformer learns while one watches."""

from ui.i18n import t
from ui.jobs import jobs
from ui.layout import section_head
from ui.state import TrainingPage
from ui.training import attention, old_links, table, watch

SECTIONS = {
    "train": (t("Train"), watch.draw),
    "attention": (t("Attention over training"), attention.draw),
    "runs": (t("All runs"), table.draw),
}

old_links.follow()
draw = section_head(
    "training",
    t("Training"),
    t("Teach a Transformer a task from nothing, and watch what it gets right and when."),
    SECTIONS,
    TrainingPage.section,
)
draw()
jobs().warm()
