"""How PyTorch makes shapes fit: the rules of broadcasting, what they cost in memory, what goes wrong."""

import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from threading import Lock
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from transformer import limits
from transformer.errors import InputError

Shape = tuple[int, ...]
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
        if self.verdict == "incompatible":
            return None
        a, b = (1 if size is None else size for size in self.sizes)
        return b if a == 1 else a


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


def broadcast(first: Sequence[int], second: Sequence[int]) -> Shape | None:
    """The shape that both broadcast to, None if they do not fit."""
    sizes = [axis.result for axis in align(first, second)]
    return None if None in sizes else tuple(size for size in sizes if size is not None)


def stretches(stored: Sequence[int], target: Sequence[int]) -> list[tuple[int, Shape]]:
    """The steps from a stored shape to the one it broadcasts to, from the right: (axis, shape after it).

    An axis that is missing and has size 1 in the target is added along the way, without a step of its own.
    """
    steps: list[tuple[int, Shape]] = []
    shape = list(stored)
    for back in range(1, len(target) + 1):
        size = target[-back]
        if back > len(stored):
            shape.insert(0, size)
        else:
            shape[-back] = size
        if size != (stored[-back] if back <= len(stored) else 1):
            steps.append((back, tuple(shape)))
    return steps


@dataclass(frozen=True)
class Storage:
    """What a tensor looks like and what it takes."""

    shape: Shape
    stride: Shape
    """Steps in memory from one index to the next, per axis; 0 where an axis is stretched."""
    logical: int
    """Elements one can index."""
    stored: int
    """Elements that exist in memory."""
    bytes: int
    """Memory of the stored elements."""

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
        )


# --- shapes that are typed --------------------------------------------------------------------------------

_BETWEEN = re.compile(r"[\s,;:x×*·、|/_()\[\]{}<>]+")


def parse_shape(text: str) -> Shape:
    """A shape as people write it: `2 1 1 5`, `[2, 1, 1, 5]`, `torch.Size([2, 1])`, `2x1x5`, `２，５`.

    Raises `InputError` for what is no shape, or one that cannot be drawn.
    """
    if len(text) > limits.MAX_LINE:
        raise InputError(
            "This shape has {length} characters; at most {limit} are read. A shape is a few whole numbers, "
            "such as 2 1 1 5.",
            length=len(text),
            limit=limits.MAX_LINE,
        )
    plain = "".join(map(_of_usual_width, text)).lower().replace("torch.size", " ").replace("−", "-")
    words = [word for word in _BETWEEN.split(plain) if word]
    if not words:
        raise InputError("A shape is missing. Write its sizes from left to right, such as 2 1 1 5.")
    shape = tuple(_parse_size(word) for word in words)
    if len(shape) > limits.MAX_AXES:
        raise InputError(
            "This shape has {rank} axes; at most {limit} can be drawn. Leave some out.",
            rank=len(shape),
            limit=limits.MAX_AXES,
        )
    return shape


def _of_usual_width(character: str) -> str:
    """`２` as `2`. No other of Unicode's compatible forms: `2²` is no 22, nor is `①②` a 12."""
    wide = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", character) if wide else character


def _parse_size(word: str) -> int:
    shown = "".join(character for character in word if character.isalnum() or character in "+-.")[:12]
    if not re.fullmatch(r"[+-]?\d+", word):
        raise InputError("“{word}” is no size. Sizes are whole numbers, such as 2 1 1 5.", word=shown or "?")
    if len(word.lstrip("+-0")) > limits.MAX_DIGITS:
        raise InputError(
            "A size has {digits} digits; at most {limit} are read. Smaller sizes such as 2 1 1 5 show the "
            "same.",
            digits=len(word.lstrip("+-0")),
            limit=limits.MAX_DIGITS,
        )
    size = int(word)
    if size < 1:
        raise InputError(
            "A size of {size} leaves nothing to draw. Every size has to be 1 or more.", size=size
        )
    return size


def check_drawable(first: Shape, second: Shape) -> None:
    """Raise `InputError` if two shapes, or what they broadcast to, have too many elements to be drawn."""
    result = broadcast(first, second)
    for shape in (first, second, *([result] if result else [])):
        if prod(shape) > limits.MAX_ELEMENTS:
            raise InputError(
                "The shape {shape} has {elements} elements; at most {limit} can be drawn. Make an axis "
                "smaller.",
                shape=list(shape),
                elements=f"{prod(shape):,}",
                limit=f"{limits.MAX_ELEMENTS:,}",
            )


# --- code that is run as it is shown ------------------------------------------------------------------------

_SHOWN = "<shown>"
_WARNINGS = Lock()
"""Python's list of caught warnings belongs to the whole process."""


@dataclass
class Script:
    """Code that runs exactly as it is shown, piece by piece, as pasted into a notebook.

    Only ever the program's own code, with numbers filled in; never what a user typed.
    """

    names: dict[str, Any] = field(default_factory=dict)
    """What the code has defined so far."""

    def run(self, code: str) -> str:
        """Run a piece, and give it back to be shown."""
        exec(compile(code, _SHOWN, "exec"), self.names)
        return code

    def __getitem__(self, expression: str) -> Tensor:
        """The tensor that an expression stands for."""
        tensor = eval(expression, self.names)
        assert isinstance(tensor, Tensor)
        return tensor


@dataclass(frozen=True)
class Outcome:
    """What came of running a piece of code that may be wrong."""

    names: Mapping[str, Any]
    """What it defined, as far as it came."""
    error: str = ""
    """Type and message of what PyTorch raised; empty if it raised nothing."""
    warnings: tuple[str, ...] = ()
    """Category and message of each warning."""


def attempt(code: str, names: Mapping[str, Any] | None = None) -> Outcome:
    """Run code that may be wrong and catch what comes of it. Like `Script`, for the program's own code."""
    defined, error = dict(names or {}), ""
    with _WARNINGS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(code, _SHOWN, "exec"), defined)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    ours = [warning for warning in caught if warning.filename == _SHOWN]
    return Outcome(defined, error, tuple(f"{w.category.__name__}: {w.message}" for w in ours))


class Calls(TorchDispatchMode):
    """Writes down which of PyTorch's own kernels are called, and on which shapes: `mm [4096, 512] [512, 64]`.

    with Calls() as calls:
        x @ weight
    """

    def __init__(self) -> None:
        """Begins with an empty list."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.made: list[str] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: to be skipped by it, PyTorch would import its compiler, which takes a second and 66 MiB."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Note the call and make it."""
        shapes = [str(list(arg.shape)) for arg in args if isinstance(arg, Tensor)]
        self.made.append(" ".join([func.overloadpacket.__name__, *shapes]))
        return func(*args, **(kwargs or {}))


def differing(wrong: Tensor, right: Tensor) -> list[Shape]:
    """The cells in which two tensors of one shape differ; NaN is equal to NaN."""
    same = (wrong == right) | (wrong.isnan() & right.isnan())
    return [tuple(index) for index in torch.nonzero(~same).tolist()]
