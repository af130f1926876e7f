"""Command-line options: numbers within limits, and the fields of a configuration."""

import argparse
import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

CHOSEN_BY_TASK = ("src_vocab_size", "trg_vocab_size", "src_pad_idx", "trg_pad_idx")


def whole(low: int, high: int) -> Callable[[str], int]:
    """The argparse type of a whole number from `low` to `high`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} must be a whole number from {low} to {high:,}")
        return number

    return read


def add_fields(
    group: argparse._ArgumentGroup,
    config: type,
    number: Callable[[str], int] = int,
    **changes: dict[str, Any],
) -> None:
    """Add an option for each field of a configuration; it is None unless given.

    Type, default and help text come from the field's type, its default and the docstring below it. `number`
    is the argparse type for whole numbers; `changes` overrides arguments of `add_argument`, by field.
    """
    defaults, hints, meanings = config(), get_type_hints(config), _meanings(config)
    for name in options_of(config):
        default, kind = getattr(defaults, name), hints[name]
        how: dict[str, Any] = {"type": number if kind is int else kind}
        if kind is bool:
            how = {"action": argparse.BooleanOptionalAction}
        elif get_origin(kind) is Literal:
            how = {"metavar": "{" + ",".join(get_args(kind)) + "}"}
        else:
            how["metavar"] = {int: "N", float: "X"}.get(kind, name.upper())
        how["help"] = " ".join(filter(None, (meanings.get(name), f"Default: {_shown(default)}.")))
        group.add_argument(f"--{name.replace('_', '-')}", **how | changes.get(name, {}))


def fields_given(options: argparse.Namespace, config: type) -> dict[str, Any]:
    """The options that were given for a configuration's fields; the others keep their defaults."""
    return {name: getattr(options, name) for name in options_of(config) if getattr(options, name) is not None}


def options_of(config: type) -> Iterator[str]:
    """The fields that can be chosen; the task chooses the others."""
    return (field.name for field in fields(config) if field.name not in CHOSEN_BY_TASK)


@cache
def _meanings(config: type) -> dict[str, str]:
    """The docstring below each field of a class, on one line, for `--help`."""
    (body,) = ast.parse(inspect.getsource(config)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            meaning = " ".join(ast.literal_eval(text.value).split()).replace("`", "").replace("%", "%%")
            found[ast.unparse(field.target)] = meaning
    return found


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return str(default)
