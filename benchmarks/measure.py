"""Measuring contenders side by side: in turns, so that whatever else the machine does is fair to all."""

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
"""How long a contender's turn lasts, about, in each round."""


@dataclass(frozen=True)
class Speed:
    """How fast a contender was: the median over rounds, and where the middle half of them lay."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One line of a table: what was done, and how fast each contender did it."""

    case: str
    unit: str
    """Of the speeds: more is better."""
    speeds: Mapping[str, Speed]
    ratios: Mapping[str, Speed]
    """Per peer, ours divided by it, round by round."""
    target: float
    """The ratio to the fastest peer that we aim for."""

    @property
    def ratio(self) -> float | None:
        """Ours to the fastest peer; nothing where no peer took part."""
        peers = {name: speed.median for name, speed in self.speeds.items() if name != OURS}
        return self.ratios[max(peers, key=lambda name: peers[name])].median if peers else None


Records = Sequence[Mapping[str, Any]]
"""Figures, most compared with a target: name, value, unit, target, met; in `detail` what one is made of."""


@dataclass(frozen=True)
class Result:
    """What a benchmark found, and what a reader should know about it."""

    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...] = ()
    records: Records = ()


Timed = Callable[[], None]
"""What a contender does in one call."""


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
    """Let the contenders take turns; speeds are in units per second, `per_call` units a call."""
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
    """How often `work` fits into a turn; it is warm after this."""
    for _ in range(3):
        work()
    return max(1, round(3 * seconds / _duration(work, 3)))


def _duration(work: Timed, calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - started


def _rotated(names: list[str], by: int) -> list[str]:
    """Each contender begins as often as the others."""
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
