"""Broadcasting in PyTorch: its rules, its cost in memory, and what can go wrong."""

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
    """In the first and in the second shape; None if a shape has no such axis, which counts as 1."""
    verdict: Verdict

    @property
    def result(self) -> int | None:
        """The size after broadcasting, None if the sizes are incompatible."""
        if self.verdict == "incompatible":
            return None
        a, b = (1 if size is None else size for size in self.sizes)
        return b if a == 1 else a


def align(first: Sequence[int], second: Sequence[int]) -> list[Axis]:
    """The axes of two shapes, aligned from the right and listed from the left, each with a verdict.

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
    """The shape that both broadcast to, None if they are incompatible."""
    sizes = [axis.result for axis in align(first, second)]
    return None if None in sizes else tuple(size for size in sizes if size is not None)


def stretches(stored: Sequence[int], target: Sequence[int]) -> list[tuple[int, Shape]]:
    """The steps from a stored shape to the one it broadcasts to, from the right.

    A step is (axis counted from the right, shape after the step). A missing axis that has size 1 in the
    target is added without a step of its own.
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
    """A tensor's shape, strides and memory."""

    shape: Shape
    stride: Shape
    """Steps in memory from one index to the next, per axis; 0 where an axis is stretched."""
    logical: int
    """Elements that can be indexed."""
    stored: int
    """Elements that exist in memory."""
    bytes: int
    """Memory of the stored elements."""

    @classmethod
    def of(cls, tensor: Tensor) -> "Storage":
        """The storage of a tensor, which must not be a partial view with gaps."""
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
    """Parse a shape as people write it: `2 1 1 5`, `[2, 1, 1, 5]`, `torch.Size([2, 1])`, `2x1x5`, `２，５`.

    Raises `InputError` if the text is not a shape, or has too many axes or digits.
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
    """Convert full-width characters (`２` to `2`), but no other compatible forms: `2²` is not 22."""
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
    """Raise `InputError` if two shapes, or the shape they broadcast to, have too many elements to draw."""
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
"""Held while warnings are recorded, because `warnings.catch_warnings` affects the whole process."""


@dataclass
class Script:
    """Runs code exactly as it is shown, piece by piece, as in a notebook.

    Only for the program's own code with numbers filled in, never for code that a user typed.
    """

    names: dict[str, Any] = field(default_factory=dict)
    """What the code has defined so far."""

    def run(self, code: str) -> str:
        """Run a piece of code and return it, to be shown."""
        exec(compile(code, _SHOWN, "exec"), self.names)
        return code

    def __getitem__(self, expression: str) -> Tensor:
        """Evaluate an expression that gives a tensor."""
        tensor = eval(expression, self.names)
        assert isinstance(tensor, Tensor)
        return tensor


@dataclass(frozen=True)
class Outcome:
    """The result of running a piece of code that may be wrong."""

    names: Mapping[str, Any]
    """The names that it defined, up to an error."""
    error: str = ""
    """Type and message of the exception; empty if there was none."""
    warnings: tuple[str, ...] = ()
    """Category and message of each warning."""


def attempt(code: str, names: Mapping[str, Any] | None = None) -> Outcome:
    """Run code that may be wrong, and catch errors and warnings.

    Only for the program's own code (`Script`).
    """
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
    """Records which PyTorch kernels are called, with which shapes: `mm [4096, 512] [512, 64]`.

    with Calls() as calls:
        x @ weight
    """

    def __init__(self) -> None:
        """Start with an empty list."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.made: list[str] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False, because otherwise PyTorch would import its compiler, which takes a second and 66 MiB."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Record the call and execute it."""
        shapes = [str(list(arg.shape)) for arg in args if isinstance(arg, Tensor)]
        self.made.append(" ".join([func.overloadpacket.__name__, *shapes]))
        return func(*args, **(kwargs or {}))


def differing(wrong: Tensor, right: Tensor) -> list[Shape]:
    """The indices at which two tensors of the same shape differ; NaN equals NaN."""
    same = (wrong == right) | (wrong.isnan() & right.isnan())
    return [tuple(index) for index in torch.nonzero(~same).tolist()]
