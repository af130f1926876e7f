"""Alterations of a running model to and from a short text for a URL: see `ui.alterations`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from transformer.experiments.edits import (
    Alteration,
    ForcedToken,
    HeadOff,
    LayerOff,
    PositionsDropped,
    PositionsSwapped,
    SourceBlanked,
)
from transformer.model.places import Attention, StackName
from ui.alterations import split_alterations

_MAKE: Mapping[str, Callable[..., Alteration]] = {
    "token": lambda step, token: ForcedToken(int(step), int(token)),
    "head": lambda attention, layer, head: HeadOff(Attention(attention), int(layer), int(head)),
    "layer": lambda side, layer: LayerOff(cast(StackName, side), int(layer)),
    "blank": lambda position: SourceBlanked(int(position)),
    "positions": lambda side: PositionsDropped(cast(StackName, side)),
    "swap": lambda side, first, second: PositionsSwapped(cast(StackName, side), int(first), int(second)),
}


def write_alterations(alterations: Iterable[Alteration]) -> str:
    """Alterations as text, in their order."""
    return "_".join(".".join(map(str, _words(alteration))) for alteration in alterations)


def _words(alteration: Alteration) -> tuple[Any, ...]:
    match alteration:
        case ForcedToken(step, token):
            return "token", step, token
        case HeadOff(attention, layer, head):
            return "head", attention, layer, head
        case LayerOff(side, layer):
            return "layer", side, layer
        case SourceBlanked(position):
            return "blank", position
        case PositionsDropped(side):
            return "positions", side
        case PositionsSwapped(side, first, second):
            return "swap", side, first, second


def read_alterations(text: str) -> tuple[Alteration, ...] | None:
    """The alterations of a text; None if it cannot be read."""
    found = split_alterations(text)
    return None if found is None else tuple(_MAKE[kind](*words) for kind, *words in found)
