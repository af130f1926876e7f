"""Events with ids: an id says what was already sent, so that a stream can continue after an interruption.

An id has one number per topic of the stream, separated by dots: for a run's log, the last step that was sent;
for a state, 0, since a state is always sent again.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from transformer.learning.runs import LATEST_STEP
from transformer.learning.steps import TrainStep
from ui.live.topics import Log
from viz.curves import MAX_MARKS, MAX_POINTS, thin

ROWS = MAX_POINTS
"""Most steps in one event. More, as after a long interruption, are thinned to those that a chart draws."""

HIDDEN = ("loss", "token_accuracy")
"""Columns that would give away the answer to a prediction."""

COLUMNS = ("step", "loss", "token_accuracy", "learning_rate", "grad_norm", "tokens_per_second")
MARKS = ("step", "number", "grad_norm", "held_out_loss", "held_out_accuracy", "exact_match")


def by_gradient(record: TrainStep) -> float:
    """The priority of a step when steps are thinned: those with large gradients are the interesting ones."""
    return record.grad_norm if record.grad_norm == record.grad_norm else math.inf  # NaN comes first


def read_id(text: str, count: int) -> list[int]:
    """The numbers of an id for `count` topics; all 0 if the text is not a valid id."""
    parts = text.split(".")
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) < 17 for part in parts):
        return [0] * count
    return [min(int(part), LATEST_STEP) for part in parts]


def write_id(told: Sequence[int]) -> str:
    """The id as text, which `read_id` reads."""
    return ".".join(map(str, told))


@dataclass(frozen=True)
class Span:
    """The steps of a run from `after` (exclusive) to `to` (inclusive): what a stream sends of a log."""

    after: int
    to: int
    rows: list[list[float | None]]
    """One row per step, with `COLUMNS`; thinned to `ROWS` if there are more."""
    marks: list[list[float | None]]
    """One row per evaluation, with `MARKS`."""

    def to_dict(self) -> dict[str, Any]:
        """The fields, ready for JSON."""
        return asdict(self)


def span(log: Log, after: int) -> Span | None:
    """What a log contains after the step `after`; None if there is nothing."""
    count = len(log.records)  # another thread may append meanwhile
    first = _beyond(log.records, after, count)
    if first == count:
        return None
    fresh = log.records[first:count]
    rows = [_row(record, log.is_open) for record in thin(fresh, by_gradient, ROWS)]
    measured = [] if log.is_open else [record for record in fresh if record.evaluation]
    before = _beyond(log.evaluations, after, len(log.evaluations))
    numbered = list(enumerate(measured, start=before))
    marks = [_mark(*one) for one in thin(numbered, lambda one: by_gradient(one[1]), MAX_MARKS)]
    return Span(after, fresh[-1].step, rows, marks)


def _beyond(records: Sequence[TrainStep], after: int, count: int) -> int:
    """The index of the first record whose step is greater than `after`, or `count`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if records[middle].step <= after else (low, middle)
    return low


def _row(record: TrainStep, is_open: bool) -> list[float | None]:
    hidden = HIDDEN if is_open else ()
    return [None if name in hidden else finite(getattr(record, name)) for name in COLUMNS]


def _mark(number: int, record: TrainStep) -> list[float | None]:
    one = record.evaluation
    measured = (one.loss, one.token_accuracy, one.exact_match) if one else (math.nan,) * 3
    return [record.step, number, *map(finite, (record.grad_norm, *measured))]


def finite(value: float) -> float | None:
    """A number that JSON can encode: None for NaN and infinity."""
    return value if math.isfinite(value) else None


def encoded(value: object) -> str:
    """A value as JSON in one line, as an event stream requires."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
