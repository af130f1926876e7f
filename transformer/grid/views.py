"""The content of a grid: frames of tensors, tokens, bars and facts, as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transformer import limits

Array = npt.NDArray[Any]
Index = tuple[int, ...]
Labels = tuple[str, ...] | tuple[tuple[str, ...], ...]
"""One tuple for all panels, or one tuple per index of the first panel axis (the batch)."""


@dataclass(frozen=True)
class Scale:
    """How values are mapped to colours."""

    kind: Literal["sequential", "diverging", "boolean"]
    low: float
    high: float

    @classmethod
    def unit(cls) -> Scale:
        """For weights and probabilities: 0 to 1."""
        return cls("sequential", 0.0, 1.0)

    @classmethod
    def spanning(cls, values: Array) -> Scale:
        """From the smallest to the largest finite value."""
        finite = _finite(values)
        return cls("sequential", float(finite.min()), float(finite.max()))

    @classmethod
    def around_zero(cls, values: Array) -> Scale:
        """Symmetric around zero, wide enough for all finite values."""
        reach = float(np.abs(_finite(values)).max()) or 1.0
        return cls("diverging", -reach, reach)

    @classmethod
    def boolean(cls) -> Scale:
        """For True and False."""
        return cls("boolean", 0.0, 1.0)


def _finite(values: Array) -> Array:
    values = np.asarray(values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    return finite if finite.size else np.zeros(1)


@dataclass(frozen=True)
class Operand:
    """A tensor from which the cells were computed, in its own stored shape.

    Without `axes`, cells read it by broadcasting: aligned from the right, index 0 on axes of size 1, missing
    axes dropped. Otherwise `axes` has one entry per axis of `values`: the axis of the result that indexes it,
    several of them if they were flattened into one ([N*H, L, S] is `((0, 1), 2, 3)`), or None if the whole
    axis is read (the left factor of a matrix product is `(0, 1, None)`).
    """

    name: str
    values: Array
    axes: tuple[int | tuple[int, ...] | None, ...] | None = None

    def check(self, shape: Index) -> None:
        """Raise ValueError if the operand does not fit a tensor of `shape`."""
        own = np.shape(self.values)
        if self.axes is None:
            _check_broadcast(f"operand {self.name!r}", own, shape)
        elif len(self.axes) != len(own):
            raise ValueError(f"operand {self.name!r}: {len(self.axes)} axes given for shape {list(own)}")


@dataclass(frozen=True)
class TensorView:
    """One tensor as a grid of panels.

    `values` has up to six axes: the last two are the rows and columns of a panel, the two before them the
    rows and columns of the grid of panels, and any others are chosen with a slider. `masked` is boolean and
    broadcasts to `values`: True is drawn hatched, whatever the value. But weights (on `Scale.unit`) that are
    not 0 there are drawn in their colour and marked, because the mask forbids them. `panel_labels` name the
    indices of the two panel axes; a tensor with three axes has only one, so the first tuple is empty. Numbers
    are written into cells that are large enough, unless `show_values` is False.
    """

    name: str
    values: Array
    scale: Scale
    masked: Array | None = None
    row_labels: Labels = ()
    column_labels: Labels = ()
    panel_labels: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    axis_names: tuple[str, ...] = ()
    operands: tuple[Operand, ...] = ()
    formula: str = ""
    """How a cell is computed from the operands, shown with their numbers on hovering: `{0}` is the number of
    operand 0, `{0·1}` the sum of products along the axes that are read whole."""
    hatched: str = ""
    """What hatching means in this tensor, if not masked."""
    framed: str = ""
    """What a frame around a cell means: if given, `masked` cells are framed instead of hatched."""
    truth: str = ""
    """What True means, in words (in a mask, whether it keeps or drops). Shown next to the name."""
    show_values: bool = True
    panel_notes: tuple[str, Array] | None = None
    """The name of a quantity and its numbers, one per panel, which are written under the panels."""
    curves: tuple[int, ...] = ()
    """Columns of a matrix that are also drawn as curves over its rows, in the range of the scale."""

    def check(self) -> None:
        """Raise ValueError if shapes and labels do not fit together."""
        shape = np.shape(self.values)
        if len(shape) > limits.MAX_AXES:
            raise ValueError(f"{self.name!r} has {len(shape)} axes; at most {limits.MAX_AXES} can be drawn")
        if self.masked is not None:
            if self.masked.dtype != np.bool_:
                raise ValueError(f"{self.name!r}: masked must be boolean, not {self.masked.dtype}")
            _check_broadcast(f"{self.name!r}: masked", self.masked.shape, shape)
        if self.axis_names and len(self.axis_names) != len(shape):
            raise ValueError(f"{self.name!r}: {len(self.axis_names)} axis names for shape {list(shape)}")
        if not np.isfinite([self.scale.low, self.scale.high]).all():
            raise ValueError(f"{self.name!r}: a scale needs finite ends")
        padded = (1, 1, 1, 1, *shape)
        batch = shape[max(0, len(shape) - 4)] if len(shape) > 2 else 1
        _check_labels(f"{self.name!r}: row labels", self.row_labels, padded[-2], batch)
        _check_labels(f"{self.name!r}: column labels", self.column_labels, padded[-1], batch)
        for labels, size in zip(self.panel_labels, padded[-4:-2], strict=True):
            _check_labels(f"{self.name!r}: panel labels", labels, size, 0)
        if self.panel_notes is not None and np.shape(self.panel_notes[1]) != tuple(shape[:-2]):
            raise ValueError(f"{self.name!r}: panel notes of shape {list(np.shape(self.panel_notes[1]))}")
        if self.curves and (len(shape) != 2 or not set(self.curves) <= set(range(shape[1]))):
            raise ValueError(f"{self.name!r} of shape {list(shape)} has no columns {list(self.curves)}")
        for operand in self.operands:
            operand.check(shape)
        for number in re.findall(r"\d+", " ".join(re.findall(r"\{(.*?)\}", self.formula))):
            if int(number) >= len(self.operands):
                raise ValueError(f"{self.name!r}: the formula {self.formula!r} has no operand {number}")


def _check_broadcast(what: str, own: Index, shape: Index) -> None:
    try:
        fits = np.broadcast_shapes(own, shape) == tuple(shape)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{what} has shape {list(own)}, which does not broadcast to {list(shape)}")


def _check_labels(what: str, labels: Labels, size: int, batch: int) -> None:
    groups = [group for group in labels if not isinstance(group, str)]
    if groups and len(groups) != batch:
        raise ValueError(f"{what}: {len(groups)} groups for a first panel axis of {batch}")
    lengths = [len(group) for group in groups] or [len(labels)] * bool(labels)
    for length in lengths:
        if length != size:
            raise ValueError(f"{what}: {length} labels for an axis of {size}")


Kind = Literal["plain", "pad", "special", "chosen", "right", "wrong", "dimmed", "cut"]


@dataclass(frozen=True)
class Token:
    """One token of a strip; `note` is small print under it."""

    text: str
    kind: Kind = "plain"
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a column: `value` sets its length, `text` is written next to it."""

    label: str
    value: float
    text: str = ""
    kind: Kind = "plain"


@dataclass(frozen=True)
class TokenLink:
    """Pointing at a token of one strip colours the tokens of another by a row of weights.

    `weights` have a row for each token of the strip with index `pointed`, and a column for each of the strip
    `coloured`. The enlarged panel is used if it is one of theirs, otherwise `panel` of the first.
    """

    pointed: int
    coloured: int
    weights: tuple[TensorView, ...]
    panel: Index

    def check(self, strips: tuple[tuple[str, tuple[Token, ...]], ...]) -> None:
        """Raise ValueError if the weights do not fit the strips."""
        expected = (len(strips[self.pointed][1]), len(strips[self.coloured][1]))
        for tensor in self.weights:
            if np.shape(tensor.values)[-2:] != expected:
                raise ValueError(f"{tensor.name!r} does not fit strips of {expected} tokens")


@dataclass(frozen=True)
class Frame:
    """One step of the animation: tensors drawn side by side, with caption, code, tokens, bars and facts."""

    title: str
    tensors: tuple[TensorView, ...] = ()
    caption: str = ""
    code: str = ""
    tokens: tuple[tuple[str, tuple[Token, ...]], ...] = ()
    in_columns: bool = False
    """Whether the strips of tokens are aligned as the rows of a table."""
    bars: tuple[tuple[str, tuple[Bar, ...]], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    link: TokenLink | None = None
    row: int | None = None
    """The row that the step is about: framed in its matrices, and marked by a line across their curves."""
    name: str = ""
    """The name of this step in links, in any language; empty if no link leads to it."""

    def named(self, name: str) -> Frame:
        """A copy with a name, so that a link can lead to it."""
        return replace(self, name=name)


def index_of(frames: Sequence[Frame], step: int | str) -> int | None:
    """The index of a step that a link gives by name or number; None if there is no such step.

    Numbers beyond the last step mean the last.
    """
    if isinstance(step, int):
        return min(step, len(frames) - 1)
    return next((place for place, frame in enumerate(frames) if frame.name == step), None)


@dataclass(frozen=True)
class Lock:
    """An enlarged panel: the name of its tensor, and its index on all axes but the last two."""

    tensor: str
    panel: Index


@dataclass(frozen=True)
class GridEvent:
    """A user action that the page asked to be told of.

    `kind` is "cell" (`cells` of `tensor` were clicked or dragged over, to be toggled), "lock" (a panel was
    enlarged or released) or "frame" (the user stopped at another frame). `frame` and `lock` are always the
    current ones on screen.
    """

    kind: Literal["cell", "lock", "frame"]
    tensor: str
    cells: tuple[Index, ...]
    frame: int
    lock: Lock | None
