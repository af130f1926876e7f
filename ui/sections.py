"""The sections of a page, each in its own module, which is imported only when the section is shown."""

from collections.abc import Callable
from importlib import import_module


def drawing(section: str) -> Callable[..., None]:
    """The function that a text names: `ui.laboratory.sections:leak`, or `draw` of `ui.decoding.walk`."""
    module, _, name = section.partition(":")
    draw: Callable[..., None] = getattr(import_module(module), name or "draw")
    return draw
