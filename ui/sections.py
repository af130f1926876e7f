"""The sections of a page, each a module of its own: only the one that is shown is loaded."""

from collections.abc import Callable
from importlib import import_module


def drawing(section: str) -> Callable[..., None]:
    """What draws a section, given as `ui.decoding.walk`, or as `ui.laboratory.sections:leak`."""
    module, _, name = section.partition(":")
    draw: Callable[..., None] = getattr(import_module(module), name or "draw")
    return draw
