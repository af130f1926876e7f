"""Training: a Transformer learns while one watches."""

from ui.jobs import jobs
from ui.layout import section_head
from ui.training import attention, old_links, table, watch

old_links.follow()
draw = section_head({"train": watch.draw, "attention": attention.draw, "runs": table.draw})
draw()
jobs().warm()
