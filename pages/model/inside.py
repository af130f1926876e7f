"""Inside the model: one batch through every part, with the code and the numbers of each step."""

from transformer import limits
from ui import inputs, models
from ui.frames.inside import notebook
from ui.i18n import t
from ui.layout import controls, explained, part, section_head
from ui.sections import drawing
from ui.state import Inside

section = section_head({"parts": "ui.inside.parts", "serial": "ui.inside.serial", "batch": "ui.inside.batch"})


def draw(section: str) -> None:
    """Draw the input field, and the chosen section with its controls in the same row."""
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
