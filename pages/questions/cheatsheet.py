"""Cheat sheet: masks on one page, to print."""

from ui import cheat_sheet
from ui.layout import page_head

page_head()
cheat_sheet.draw()
