"""Training: watch a Transformer learn."""

from ui.jobs import jobs
from ui.layout import section_head
from ui.sections import drawing
from ui.training import old_links

old_links.follow()
section = section_head(
    {"train": "ui.training.watch", "attention": "ui.training.attention", "runs": "ui.training.table"}
)
drawing(section)()
jobs().warm()
