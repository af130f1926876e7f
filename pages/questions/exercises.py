"""Exercises: do a step by hand; the running model grades it."""

from ui.exercises import draw
from ui.layout import page_head, part

page_head()
part(draw.draw)
