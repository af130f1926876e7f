"""How PyTorch makes shapes fit: the rules of broadcasting, and what they cost in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from torch import Tensor

Verdict = Literal["equal", "stretched", "missing", "incompatible"]


@dataclass(frozen=True)
class Axis:
    """One axis of two aligned shapes."""

    sizes: tuple[int | None, int | None]
    """In the first and in the second shape; None where the shape has no such axis: it counts as 1."""
    verdict: Verdict

    @property
    def result(self) -> int | None:
        """The size after broadcasting, None if there is none."""
        return None if self.verdict == "incompatible" else max(size or 0 for size in self.sizes)


def align(first: Sequence[int], second: Sequence[int]) -> list[Axis]:
    """Two shapes side by side, aligned from the right, listed from the left, with a verdict on each axis.

    Sizes are compatible if they are equal or one of them is 1; a missing leading axis counts as 1.
    """
    rank = max(len(first), len(second))
    padded = [[None] * (rank - len(shape)) + list(shape) for shape in (first, second)]
    return [Axis((a, b), _verdict(a, b)) for a, b in zip(*padded, strict=True)]


def _verdict(a: int | None, b: int | None) -> Verdict:
    if a is None or b is None:
        return "missing"
    if a == b:
        return "equal"
    return "stretched" if 1 in (a, b) else "incompatible"


@dataclass(frozen=True)
class Storage:
    """What a tensor looks like and what it takes."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    """Steps in memory from one index to the next, per axis; 0 where an axis is stretched."""
    logical: int
    """Elements one can index."""
    stored: int
    """Elements that exist in memory."""
    bytes: int
    """Memory of the stored elements."""
    bytes_copied: int
    """Memory that `repeat` would take for the same shape."""

    @classmethod
    def of(cls, tensor: Tensor) -> "Storage":
        """Read off a tensor (one that is no partial view with gaps)."""
        sizes = zip(tensor.shape, tensor.stride(), strict=True)
        stored = prod(size for size, stride in sizes if stride != 0)
        return cls(
            shape=tuple(tensor.shape),
            stride=tuple(tensor.stride()),
            logical=tensor.numel(),
            stored=stored,
            bytes=stored * tensor.element_size(),
            bytes_copied=tensor.numel() * tensor.element_size(),
        )
