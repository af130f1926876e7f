"""Alterations of a running model as a short text for a URL: `token.2.7_head.cross.1.3_positions.encoder`."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from transformer import limits
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

_NUMBER = r"(0|[1-9][0-9]{0,3})"
_SIDE, _ATTENTION = "(encoder|decoder)", "(encoder|self|cross)"

_READERS: tuple[tuple[str, Callable[..., Alteration]], ...] = (
    (rf"token\.{_NUMBER}\.{_NUMBER}", lambda step, token: ForcedToken(int(step), int(token))),
    (
        rf"head\.{_ATTENTION}\.{_NUMBER}\.{_NUMBER}",
        lambda attention, layer, head: HeadOff(Attention(attention), int(layer), int(head)),
    ),
    (rf"layer\.{_SIDE}\.{_NUMBER}", lambda side, layer: LayerOff(cast(StackName, side), int(layer))),
    (rf"blank\.{_NUMBER}", lambda position: SourceBlanked(int(position))),
    (rf"positions\.{_SIDE}", lambda side: PositionsDropped(cast(StackName, side))),
    (
        rf"swap\.{_SIDE}\.{_NUMBER}\.{_NUMBER}",
        lambda side, first, second: PositionsSwapped(cast(StackName, side), int(first), int(second)),
    ),
)


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
    parts = text.split("_", limits.MAX_ALTERATIONS) if text else []
    found = [_read(part) for part in parts]
    if len(found) > limits.MAX_ALTERATIONS or None in found:
        return None
    return tuple(alteration for alteration in found if alteration is not None)


def _read(part: str) -> Alteration | None:
    for pattern, make in _READERS:
        match = re.fullmatch(pattern, part)
        if match:
            return make(*match.groups())
    return None


def alterations_text(text: str) -> str | None:
    """The text itself if it can be read: a parser for a setting."""
    return None if read_alterations(text) is None else text


def write_fed(fed: Mapping[int, int]) -> str:
    """Position to token, as text: `2.7_4.3`."""
    return "_".join(f"{position}.{token}" for position, token in sorted(fed.items()))


def read_fed(text: str) -> dict[int, int] | None:
    """Position to token; None if the text cannot be read."""
    pairs = [re.fullmatch(rf"{_NUMBER}\.{_NUMBER}", part) for part in text.split("_", limits.MAX_ALTERATIONS)]
    if not text:
        return {}
    if len(pairs) > limits.MAX_ALTERATIONS or None in pairs:
        return None
    return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


def fed_text(text: str) -> str | None:
    """The text itself if it can be read: a parser for a setting."""
    return None if read_fed(text) is None else text
