"""Find the mistake: models that were trained with one, or with none."""

from ui.find import draw
from ui.layout import page_head, part

page_head()
part(draw.draw)
