"""Broadcasting any two shapes that a user types."""

from collections.abc import Callable
from math import prod
from pathlib import Path

import numpy as np

from transformer.experiments.broadcasting import (
    Script,
    Shape,
    Storage,
    attempt,
    broadcast,
    check_drawable,
    parse_shape,
)
from transformer.grid.views import Array
from ui.frames.broadcasting import Named, Stretch, alignment, axis_names, facts, letters, stretched
from ui.i18n import headed, t
from ui.taught import assigned, cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView

OPERATIONS = ("+", "masked_fill")
_CODE = cells(Path(__file__).parent / "code/typed.py")


def frames(first: str, second: str, operation: str) -> list[Frame]:
    """The steps of an operation on two typed shapes. Raises `InputError` if one cannot be read or drawn."""
    shapes = parse_shape(first), parse_shape(second)
    check_drawable(*shapes)
    script = Script()
    names = ("a", "b") if operation == "+" else ("energy", "mask")
    setup = script.run(_setup(*shapes, operation))
    a, b = (Named(name, shape) for name, shape in zip(names, shapes, strict=True))
    axes = axis_names(max(map(len, shapes)))
    fits = broadcast(*shapes)
    opening = Frame(
        title=t("shapes aligned"),
        tensors=tuple(_view(name, script[name].numpy()) for name in names),
        tokens=alignment(a, b, axes),
        in_columns=True,
        caption=_caption(operation) + (" " + _result_caption(fits) if fits else ""),
        code=setup,
        facts=_both_facts(script, names),
    )
    result = _CODE["a + b" if operation == "+" else "masked_fill"]
    if not fits:
        return [opening, _refused(script, opening, result)]
    steps = [
        frame
        for own, other in ((a, b), (b, a))
        for frame in stretched(script, own, other, axes, _draw, _along(own.name))
    ]
    script.run(result)
    operands = tuple(Operand(name, script[name].numpy()) for name in names)
    masked = None if operation == "+" else ~script["mask"].numpy()
    drawn = TensorView(
        "result",
        script["result"].numpy(),
        _scale(script["result"].numpy()),
        masked=masked,
        axis_names=letters(len(fits)),
        operands=operands,
    )
    closing = Frame(
        title="a + b" if operation == "+" else "masked_fill",
        tensors=(drawn,),
        tokens=alignment(a, b, axes),
        in_columns=True,
        caption=t("Point at a cell: its index tells which cell of each tensor it was read from."),
        code=result,
        facts=facts(script["result"]),
    )
    return [opening, *steps, closing]


def _setup(first: Shape, second: Shape, operation: str) -> str:
    """Code that defines both tensors. In a sum the low digits are a's value, the digits above them b's."""
    count, other = prod(first), prod(second)
    one = f"torch.arange({count}).view({_listed(first)})"
    if operation == "+":
        base = 10 ** max(1, len(str(count - 1)))
        return assigned(
            _CODE["sum"], a=one, b=f"{base} * torch.arange(1, {other + 1}).view({_listed(second)})"
        )
    mask = f"(torch.arange({other}) % 3 != 1).view({_listed(second)})"
    return assigned(_CODE["mask"], energy=one, mask=mask)


def _listed(shape: Shape) -> str:
    return ", ".join(str(size) for size in shape)


def _caption(operation: str) -> str:
    if operation == "+":
        return t(
            "The numbers tell where they came from: a counts 0, 1, 2, ... and b counts in steps so large "
            "that both can be read off the sum."
        )
    return t("The scores count 0, 1, 2, ...; every third entry of the mask is False, from the second on.")


def _result_caption(shape: Shape) -> str:
    return t("Both broadcast to {shape}.", shape=list(shape))


def _both_facts(script: Script, names: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (headed(name, fact), value) for name in names for fact, value in facts(script[name])[:1]
    ) + tuple((headed(name, t("stride")), str(Storage.of(script[name]).stride)) for name in names)


def _refused(script: Script, opening: Frame, code: str) -> Frame:
    """The error that PyTorch raises for shapes that do not fit."""
    return Frame(
        title=t("PyTorch refuses"),
        tensors=opening.tensors,
        tokens=opening.tokens,
        in_columns=True,
        caption=attempt(code, script.names).error
        + "\n"
        + t("On an axis marked incompatible the sizes differ and none of them is 1."),
        code=code,
        facts=opening.facts,
    )


def _along(name: str) -> Callable[[int], Stretch]:
    def words(back: int) -> Stretch:
        return Stretch(
            f"{name}_{back}",
            t("{name} stretched along axis {axis}", name=name, axis=-back),
            t(
                "Axis {axis} of {name} has size 1 or is missing: every index on it reads the same memory, so "
                "its stride is 0.",
                axis=-back,
                name=name,
            ),
        )

    return words


def _draw(name: str, values: object, *operands: Operand) -> TensorView:
    return _view(name, np.asarray(values), *operands)


def _view(name: str, values: Array, *operands: Operand) -> TensorView:
    truth = t("True keeps") if values.dtype == np.bool_ else ""
    names = letters(values.ndim)
    return TensorView(name, values, _scale(values), axis_names=names, operands=operands, truth=truth)


def _scale(values: Array) -> Scale:
    return Scale.boolean() if values.dtype == np.bool_ else Scale.spanning(values)
