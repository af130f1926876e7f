"""Decoding: how the model writes its answer, and what happens when one interferes."""

from collections.abc import Callable

from torch import Tensor

from transformer import Checkpoint
from ui import inputs, models
from ui.decoding import accuracy, cache, source, strategies, teacher, walk, what_if
from ui.i18n import t
from ui.layout import choose_section, explained, page_head, part
from ui.state import Decoding

page_head(
    "decoding",
    t("Decoding"),
    t("The model writes its answer token by token. Step through it and see where each head looks."),
)


def about_inputs(draw_section: Callable[[Checkpoint, Tensor], None]) -> Callable[[Checkpoint], None]:
    """A section that the page's inputs, [B, S], play a part in: what cannot be read stops it."""
    return lambda checkpoint: draw_section(checkpoint, inputs.read_sources(checkpoint, Decoding.text.value))


SECTIONS = {
    "walk": (t("Step by step"), about_inputs(walk.draw)),
    "strategies": (t("Strategies"), about_inputs(strategies.draw)),
    "teacher": (t("Teacher forcing"), about_inputs(teacher.draw)),
    "what_if": (t("What if"), about_inputs(what_if.draw)),
    "cache": (t("The cache"), about_inputs(cache.draw)),
    "accuracy": (t("Accuracy"), accuracy.draw),
}


def draw() -> None:
    """The inputs, and the chosen section."""
    checkpoint = models.current()
    source.draw_inputs(checkpoint)
    draw_section = choose_section(SECTIONS, Decoding.section)
    with explained():
        draw_section(checkpoint)


source.choose_model()
part("decoding", draw)
