"""Find the mistake: models trained with one mistake or none."""

from ui.find import draw
from ui.layout import page_head, part

page_head()
part(draw.draw)
