"""Decoding: how the model writes its answer, and what happens when one interferes."""

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

SECTIONS = {
    "walk": (t("Step by step"), walk.draw),
    "strategies": (t("Strategies"), strategies.draw),
    "teacher": (t("Teacher forcing"), teacher.draw),
    "what_if": (t("What if"), what_if.draw),
    "cache": (t("The cache"), cache.draw),
    "accuracy": (t("Accuracy"), accuracy.draw),
}


def draw() -> None:
    """The inputs, and the chosen section."""
    checkpoint = models.current()
    source.draw_inputs(checkpoint)
    draw_section = choose_section(SECTIONS, Decoding.section)
    with explained():
        draw_section(checkpoint, inputs.read_sources(checkpoint, Decoding.text.value))


source.choose_model()
part("decoding", draw)
