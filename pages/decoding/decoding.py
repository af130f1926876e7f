"""Decoding: how the model writes its answer, and what happens if it is altered."""

from ui import models
from ui.layout import controls, explained, part, section_head
from ui.sections import drawing

section = section_head(
    {
        "walk": "ui.decoding.walk",
        "strategies": "ui.decoding.strategies",
        "teacher": "ui.decoding.teacher_forcing",
        "what_if": "ui.decoding.what_if",
        "cache": "ui.decoding.cache",
        "accuracy": "ui.decoding.accuracy",
    }
)


def draw(section: str) -> None:
    """Draw the chosen section, below the row of its controls."""
    row = controls()
    with explained():
        drawing(section)(models.current(), row)


part(draw, section)
