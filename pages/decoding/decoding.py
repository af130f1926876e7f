"""Decoding: how the model writes its answer, and what happens when one interferes."""

from collections.abc import Callable

from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Checkpoint
from ui import inputs, models
from ui.decoding import accuracy, cache, source, strategies, teacher_forcing, walk, what_if
from ui.layout import controls, explained, part, section_head
from ui.state import Decoding

Section = Callable[[Checkpoint, DeltaGenerator], None]  # its own controls go into the row given


def about_inputs(
    draw_section: Callable[[Checkpoint, Tensor, DeltaGenerator], None],
    find_example: Callable[[Checkpoint], str | None] = lambda _: None,
) -> Section:
    """A section that the page's inputs, [B, S], play a part in: what cannot be read stops it."""

    def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
        with row:
            source.draw_inputs(checkpoint, find_example(checkpoint))
        draw_section(checkpoint, inputs.read_sources(checkpoint, Decoding.text.value), row)

    return draw


section = section_head(
    {
        "walk": about_inputs(walk.draw),
        "strategies": about_inputs(strategies.draw, strategies.find_example),
        "teacher": about_inputs(teacher_forcing.draw),
        "what_if": about_inputs(what_if.draw),
        "cache": about_inputs(cache.draw),
        "accuracy": accuracy.draw,
    }
)


def draw(draw_section: Section) -> None:
    """The chosen section, below the row for what it is set with."""
    row = controls()
    with explained():
        draw_section(models.current(), row)


part(draw, section)
