"""Exercises about shapes: the shape that two shapes broadcast to."""

import numpy as np
import torch

from transformer.errors import Remark
from transformer.exercises.draws import chance
from transformer.exercises.problem import Field, Problem
from transformer.learning.checkpoint import Checkpoint

FAILS = "x"
"""What to type if two sizes are incompatible."""


def broadcast(_: Checkpoint, level: int, seed: int) -> Problem:
    """The shape of a sum, axis by axis; in every third problem, one axis is incompatible."""
    rng = chance(seed, level)
    first, second = _shapes(rng, axes=2 + level, fits=seed % 3 != 0)
    if level > 1:
        second = second[int(rng.integers(1, len(second))) :]  # leading axes are missing
    lined_up = [1] * (len(first) - len(second)) + second
    sizes = [_size(one, other) for one, other in zip(first, lined_up, strict=True)]
    why = tuple(_why(axis - len(first), *pair) for axis, pair in enumerate(zip(first, lined_up, strict=True)))
    return Problem(
        Remark(
            "What shape has a + b? Type a size for each axis, and an x in the place of an axis that does "
            "not fit."
        ),
        facts=(("a.shape", str(first)), ("b.shape", str(second))),
        fields=(Field(Remark("Shape of a + b"), tuple(sizes), why, example="2 1 5"),),
    )


def _shapes(rng: np.random.Generator, axes: int, fits: bool) -> tuple[list[int], list[int]]:
    first = [int(size) for size in rng.integers(2, 7, axes)]
    second = [size if rng.integers(2) else 1 for size in first]
    for axis in range(axes):
        if second[axis] == first[axis] and rng.integers(3) == 0:
            first[axis] = 1
    if not fits:
        last = axes - 1 - int(rng.integers(2)) if axes > 2 else axes - 1
        first[last], second[last] = int(rng.integers(4, 7)), int(rng.integers(2, 4))
    return first, second


def _size(one: int, other: int) -> str:
    """The broadcast size of one axis, found by adding two tensors."""
    try:
        return str((torch.zeros(one) + torch.zeros(other)).numel())
    except RuntimeError:
        return FAILS


def _why(axis: int, one: int, other: int) -> Remark:
    values: dict[str, object] = {"axis": axis, "one": one, "other": other}
    if one == other:
        return Remark("Axis {axis}: {one} and {other} are equal, so that is the size.", **values)
    if 1 in (one, other):
        return Remark(
            "Axis {axis}: {one} and {other}; a size of 1, or a missing axis, is stretched to the other.",
            **values,
        )
    return Remark(
        "Axis {axis}: {one} and {other} are different and neither is 1: it fails there (x).", **values
    )
