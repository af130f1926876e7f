"""Inside the model: one batch through every part, with the line of code and the numbers at each step."""

from collections.abc import Callable

from streamlit.delta_generator import DeltaGenerator

from transformer import limits
from ui import inputs, models
from ui.frames.inside import notebook
from ui.frames.inside.notebook import Pass
from ui.i18n import t
from ui.inside import batch, parts, serial
from ui.layout import controls, explained, part, section_head
from ui.state import Inside

section = section_head({"parts": parts.draw, "serial": serial.draw, "batch": batch.draw})


def draw(draw_section: Callable[[Pass, DeltaGenerator], None]) -> None:
    """The input, and the chosen section, whose own controls stand beside it."""
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Inside.text)
    row = controls()
    with row:
        inputs.text_lines(t("Input, one a line"), Inside.text)
    with explained():
        src = inputs.read_sources(checkpoint, Inside.text.value, limit=limits.MAX_SENTENCES_INSIDE)
        draw_section(notebook.run(checkpoint, src, inputs.right_answers(checkpoint, src)), row)
        inputs.remark_unanswered(checkpoint, src)


part(draw, section)
