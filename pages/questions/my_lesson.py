"""My lesson: the views that the user has added, in order, each with a text."""

from ui.layout import page_head
from ui.lessons import writing

page_head()
writing.draw()
