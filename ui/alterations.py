"""Alterations of a running model as a short text for a URL: `token.2.7_head.cross.1.3_swap.encoder.0.2`.

`ui.decoding.alterations` applies them.
"""

import re
from collections.abc import Mapping

from transformer import limits

_NUMBER = "(0|[1-9][0-9]{0,3})"
_SIDE, _ATTENTION = "(encoder|decoder)", "(encoder|self|cross)"
_FORMS = {
    "token": (_NUMBER, _NUMBER),
    "head": (_ATTENTION, _NUMBER, _NUMBER),
    "layer": (_SIDE, _NUMBER),
    "blank": (_NUMBER,),
    "positions": (_SIDE,),
    "swap": (_SIDE, _NUMBER, _NUMBER),
}
"""What follows the name of an alteration, each after a dot."""


def split_alterations(text: str) -> list[list[str]] | None:
    """The words of each alteration, its name first; None if any is invalid."""
    parts = [part.split(".") for part in text.split("_", limits.MAX_ALTERATIONS)] if text else []
    return parts if len(parts) <= limits.MAX_ALTERATIONS and all(map(_is_one, parts)) else None


def _is_one(words: list[str]) -> bool:
    form = "".join(rf"\.{word}" for word in _FORMS.get(words[0], ()))
    return bool(form) and re.fullmatch(words[0] + form, ".".join(words)) is not None


def alterations_text(text: str) -> str | None:
    """The text itself, or None if it is invalid: a parser for a setting."""
    return None if split_alterations(text) is None else text


def write_fed(fed: Mapping[int, int]) -> str:
    """A mapping from position to token as text: `2.7_4.3`."""
    return "_".join(f"{position}.{token}" for position, token in sorted(fed.items()))


def read_fed(text: str) -> dict[int, int] | None:
    """The mapping from position to token; None if the text is invalid."""
    pairs = [re.fullmatch(rf"{_NUMBER}\.{_NUMBER}", part) for part in text.split("_", limits.MAX_ALTERATIONS)]
    if not text:
        return {}
    if len(pairs) > limits.MAX_ALTERATIONS or None in pairs:
        return None
    return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


def fed_text(text: str) -> str | None:
    """The text itself, or None if it is invalid: a parser for a setting."""
    return None if read_fed(text) is None else text
