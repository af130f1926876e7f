"""Checks of the values of settings. NumPy's numbers count as numbers; True and False do not."""

from dataclasses import fields
from numbers import Integral, Real

from transformer.errors import InputError, brief, brief_list


def is_whole(value: object) -> bool:
    """Whether a value is a whole number: 3, but not 3.0, NaN or True."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a real number, including NaN and infinity."""
    return isinstance(value, Real) and not isinstance(value, bool)


def unknown_names(values: object, config: type) -> str:
    """The names in `values` that are not fields of `config`. Raises `InputError` if it is not a dict."""
    if not isinstance(values, dict):
        raise InputError("A configuration is a set of names, each with a value.")
    return brief_list(sorted(set(values) - {field.name for field in fields(config)}))


def whole_from_1(name: str, value: object) -> None:
    """Raise `InputError` unless the value is a whole number of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InputError(
            "{name} = {value} must be a whole number of at least 1.", name=name, value=brief(value)
        )


def true_or_false(name: str, value: object) -> None:
    """Raise `InputError` unless the value is True or False."""
    if not isinstance(value, bool):
        raise InputError("{name} = {value} must be true or false.", name=name, value=brief(value))


def one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `InputError`, which lists the choices, unless the value is one of them."""
    if value not in choices:
        raise InputError(
            "{name} = {value} is not known; choose one of {choices}.",
            name=name,
            value=brief(value),
            choices=", ".join(choices),
        )


def token_id(name: str, value: object, size: int) -> None:
    """Raise `InputError` unless the value is an id from 0 to `size` - 1."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < size:
        raise InputError(
            "{name} = {value} must be a token id from 0 to {last}.",
            name=name,
            value=brief(value),
            last=brief(size - 1),
        )
