"""Measure contenders in turns, so that other load on the machine affects all alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import extent

OURS = "ours"
"""The contender that the others are compared with."""

ROUNDS = 15
SECONDS = 0.25
"""The approximate duration of a contender's turn in each round."""


@dataclass(frozen=True)
class Speed:
    """The speed of a contender: the median over rounds, and the quartiles."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One case, and the speed of each contender in it."""

    case: str
    unit: str
    """The unit of the speeds; more is better."""
    speeds: Mapping[str, Speed]
    ratios: Mapping[str, Speed]
    """For each peer, our speed divided by its speed in the same round."""
    target: float
    """The target for the ratio to the fastest peer."""

    @property
    def ratio(self) -> float | None:
        """Our speed divided by the fastest peer's; None without peers."""
        peers = {name: speed.median for name, speed in self.speeds.items() if name != OURS}
        return self.ratios[max(peers, key=lambda name: peers[name])].median if peers else None


Records = Sequence[Mapping[str, Any]]
"""Figures, most with a target: name, value, unit, target, met, and components in `detail`."""


@dataclass(frozen=True)
class Result:
    """The result of a benchmark, with notes for the reader."""

    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()
    records: Records = ()


Timed = Callable[[], None]
"""One call of a contender's work."""


def compare(
    case: str,
    unit: str,
    contenders: Mapping[str, Timed],
    *,
    per_call: float = 1.0,
    target: float,
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
) -> Comparison:
    """Let the contenders take turns; speeds are in units per second, with `per_call` units per call."""
    calls = {name: _calls_in(seconds, work) for name, work in contenders.items()}
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(extent.rounds(rounds)):
        for name in _rotated(list(contenders), number):
            speeds[name].append(per_call * calls[name] / _duration(contenders[name], calls[name]))
    ratios = {
        name: [ours / theirs for ours, theirs in zip(speeds[OURS], speeds[name], strict=True)]
        for name in contenders
        if name != OURS
    }
    return Comparison(case, unit, _summarized(speeds), _summarized(ratios), target)


def _calls_in(seconds: float, work: Timed) -> int:
    """The number of calls of `work` that fit into a turn; this also warms it up."""
    for _ in range(3):
        work()
    return max(1, round(3 * seconds / _duration(work, 3)))


def _duration(work: Timed, calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - started


def _rotated(names: list[str], by: int) -> list[str]:
    """Rotate the order, so that all contenders start equally often."""
    by %= len(names)
    return names[by:] + names[:by]


def _summarized(values: Mapping[str, list[float]]) -> dict[str, Speed]:
    return {name: summary(measured) for name, measured in values.items()}


def summary(values: list[float]) -> Speed:
    """Median and quartiles."""
    if len(values) == 1:
        return Speed(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Speed(median, low, high)
