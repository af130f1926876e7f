"""My lesson: views that were added, in order, with a text each."""

from ui.layout import page_head
from ui.lessons import writing

page_head()
writing.draw()
