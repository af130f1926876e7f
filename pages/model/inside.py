"""Inside the model: one batch through every part, with the line of code and the numbers at each step."""

from transformer import limits
from ui import inputs, models
from ui.frames.inside import notebook
from ui.i18n import t
from ui.layout import controls, explained, part, section_head
from ui.sections import drawing
from ui.state import Inside

section = section_head({"parts": "ui.inside.parts", "serial": "ui.inside.serial", "batch": "ui.inside.batch"})


def draw(section: str) -> None:
    """The input, and the chosen section, whose own controls stand beside it."""
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Inside.text)
    row = controls()
    with row:
        inputs.text_lines(t("Input, one a line"), Inside.text)
    with explained():
        src = inputs.read_sources(checkpoint, Inside.text.value, limit=limits.MAX_SENTENCES_INSIDE)
        drawing(section)(notebook.run(checkpoint, src, inputs.right_answers(checkpoint, src)), row)
        inputs.remark_unanswered(checkpoint, src)


part(draw, section)
