"""Compare two passes where they must be equal, and find the module where a difference begins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from transformer.experiments.finite import apart
from transformer.probe.noise import MARGIN, REPEATS, largest, moved
from transformer.probe.passes import WHOLE, Pass, Record
from transformer.probe.positions import Located
from transformer.probe.subject import Stream

Axis = Literal["position", "sentence"]


@dataclass(frozen=True)
class Same:
    """Positions at which two passes must be equal: the k-th of one corresponds to the k-th of the other."""

    before: tuple[Tensor, Tensor]
    """Sentences [N] and positions [N] in the first pass."""
    after: tuple[Tensor, Tensor]
    """The same in the second."""

    @classmethod
    def where(cls, keep: Tensor) -> Same:
        """The same positions in both: those where `keep` [B, T] is True."""
        rows, columns = keep.nonzero(as_tuple=True)
        return cls((rows, columns), (rows, columns))


@dataclass(frozen=True)
class Comparison:
    """Two passes, and where they must be equal."""

    changed: int
    """The position or sentence that was changed between them: the row of the matrix."""
    before: Pass
    after: Pass
    same: dict[Stream, Same]
    exact: bool = True
    """Whether both compute the same operations in the same order, so that results must be identical."""


@dataclass(frozen=True)
class Place:
    """The differences at one place of the pass, as a matrix [changed, affected]."""

    name: str
    """Name of the module in `named_modules`; `logits` for the model's output."""
    stream: Stream
    """The stream whose positions are affected."""
    differences: Tensor
    """[changed, affected]: the largest difference."""
    must_not: Tensor
    """[changed, affected], bool: whether nothing may differ there."""

    @property
    def largest(self) -> float:
        """The largest difference where nothing may differ."""
        return largest(self.differences[self.must_not])


@dataclass(frozen=True)
class Outcome:
    """The result of a list of comparisons."""

    largest: float = 0.0
    """The largest difference of the logits where nothing may differ."""
    bound: float = 0.0
    """The largest difference that noise explains; a larger one is a fault."""
    place: str = ""
    """The module at fault: the first whose output differs where nothing may, although its input does not.

    The same as `seen_in` if that is true only of the outermost module, whose own code is then at fault."""
    seen_in: str = ""
    """The first module, in the order of execution, whose output differs where nothing may."""
    places: tuple[Place, ...] = ()
    """The matrices of all places that can be compared, in the order of execution."""
    unseen: bool = False
    """Whether the difference disappears when hooks are set, which turn off PyTorch's fused path."""

    @property
    def found(self) -> bool:
        """Whether something differs that must not."""
        return not self.largest <= self.bound


def compare(
    comparisons: Sequence[Comparison], bound: float, axis: Axis = "position", *, matrices: bool = False
) -> Outcome:
    """Compare the logits; if they differ by more than `bound`, run all passes again with hooks to find where.

    With `matrices`, always run them with hooks.
    """
    firsts = {id(one.before): one.before.logits() for one in _distinct(comparisons)}
    apart_by = (_logits_apart(one, firsts[id(one.before)], one.after.logits()) for one in comparisons)
    found = max(apart_by, default=0.0)
    if found <= bound and not matrices:
        return Outcome(found, bound)
    return _locate(comparisons, found, bound, axis)


def _distinct(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """One comparison for each first pass, since many comparisons share it."""
    return list({id(one.before): one for one in comparisons}.values())


def _logits_apart(one: Comparison, before: Tensor, after: Tensor) -> float:
    return largest(_apart(before, after, one.same[one.before.written]))


def _apart(before: Tensor, after: Tensor, same: Same) -> Tensor:
    """Absolute differences of what must be equal: [N, ...]; booleans and integers are converted to floats."""
    return apart(_numbers(_at(before, same.before)), _numbers(_at(after, same.after)))


def _at(values: Tensor, places: tuple[Tensor, Tensor]) -> Tensor:
    """[B, T, ...] -> [N, ...]. With T = 1, one answer per sentence counts for each of its positions."""
    rows, columns = places
    return values[rows, columns if values.size(1) > 1 else torch.zeros_like(columns)]


# --- where it begins -------------------------------------------------------------------------------------


def _locate(comparisons: Sequence[Comparison], found: float, bound: float, axis: Axis) -> Outcome:
    firsts = {id(one.before): one.before.record() for one in _distinct(comparisons)}
    records = [(one, firsts[id(one.before)], one.after.record()) for one in comparisons]
    exact = all(one.exact for one in comparisons)
    noise = _noise_by_place(comparisons[0].before, records[0][1], exact)
    places: list[Place] = []
    module = seen_in = ""
    root = type(comparisons[0].before.module).__name__
    for name in _common(records):
        allowed = noise.get(name, bound)
        place = _place(name, records, axis)
        if place is None:
            continue
        places.append(place)
        if place.largest > allowed:
            seen_in = seen_in or name
            if not module and name not in (WHOLE, root) and not _read_it(name, records, allowed):
                module = name
    if found <= bound:
        return Outcome(found, bound, places=tuple(places))
    seen = any(place.name == WHOLE and place.largest > bound for place in places)
    return Outcome(found, bound, module or seen_in, seen_in, tuple(places), unseen=not seen)


Records = Sequence[tuple[Comparison, Record, Record]]


def _common(records: Records) -> list[str]:
    """Modules that ran in all passes, in the order of execution."""
    return [name for name in records[0][1] if all(name in one and name in other for _, one, other in records)]


def _place(name: str, records: Records, axis: Axis) -> Place | None:
    """The matrix of one place; None if its tensors have no positions or cannot be compared."""
    rows: dict[int, _Row] = {}
    stream: Stream | None = None
    for one, before, after in records:
        for first, second in _pairs(one.before.at(name, before[name]), one.after.at(name, after[name])):
            stream = stream or first.stream
            if first.stream == stream and stream in one.same:
                size = first.values.size(0 if axis == "sentence" else 1)
                rows.setdefault(one.changed, _Row(size)).add(one, first, second, axis)
    if stream is None or not rows:
        return None
    size = max(len(row.seen) for row in rows.values())
    differences = torch.zeros(max(rows) + 1, size)
    must_not = torch.zeros(max(rows) + 1, size, dtype=torch.bool)
    for number, row in rows.items():
        must_not[number, : len(row.seen)] = row.must_not
        differences[number, : len(row.seen)] = torch.where(row.must_not, row.wrong, row.seen)
    return Place(name, stream, differences, must_not)


class _Row:
    """The effect of one change at one place, by affected position or sentence."""

    def __init__(self, size: int) -> None:
        self.seen = torch.zeros(size)
        self.wrong = torch.zeros(size)
        self.must_not = torch.zeros(size, dtype=torch.bool)

    def add(self, one: Comparison, before: Located, after: Located, axis: Axis) -> None:
        """Include the differences of one tensor [B, T, ...]."""
        same = one.same[before.stream]
        if before.values.shape == after.values.shape:
            everywhere = apart(_numbers(before.values), _numbers(after.values))
            everywhere = everywhere.reshape(*before.values.shape[:2], -1).amax(-1).float().cpu()  # [B, T]
            self.seen = torch.maximum(self.seen, everywhere.amax(dim=1 if axis == "sentence" else 0))
        affected = same.before[0 if axis == "sentence" else 1].cpu().clamp(max=len(self.wrong) - 1)
        if len(affected):
            wrong = _apart(before.values, after.values, same).flatten(1).amax(-1).float().cpu()
            self.wrong = self.wrong.scatter_reduce(0, affected, wrong, "amax")
            self.must_not = self.must_not.index_fill(0, affected, True)


def _pairs(before: list[Located], after: list[Located]) -> list[tuple[Located, Located]]:
    """Pairs of tensors of both passes that have the same shape per position."""
    return [
        (one, other)
        for one, other in zip(before, after, strict=False)
        if one.stream == other.stream and one.values.shape[2:] == other.values.shape[2:]
    ]


def _numbers(values: Tensor) -> Tensor:
    return values if values.is_floating_point() else values.double()


def _read_it(name: str, records: Records, allowed: float) -> bool:
    """Whether the input of a module already differs where nothing may."""
    for one, before, after in records:
        pairs = _pairs(one.before.read_by(before[name]), one.after.read_by(after[name]))
        for first, second in pairs:
            if first.stream in one.same:
                apart_here = _apart(first.values, second.values, one.same[first.stream])
                if largest(apart_here) > allowed:
                    return True
    return False


def _noise_by_place(subject_pass: Pass, plain: Record, exact: bool) -> dict[str, float]:
    """The noise at each place: the differences of equal passes, or unless `exact`, with `moved` weights."""
    found: dict[str, float] = {}
    for seed in range(REPEATS):
        with nullcontext() if exact else moved(subject_pass.module, seed):
            other = subject_pass.record()
        for name in plain.keys() & other.keys():
            pairs = _pairs(subject_pass.at(name, plain[name]), subject_pass.at(name, other[name]))
            differences = [largest(apart(_numbers(a.values), _numbers(b.values))) for a, b in pairs]
            found[name] = max([found.get(name, 0.0), *differences])
    return found if exact else {name: MARGIN * value for name, value in found.items()}
