"""What a probe found: one result a check, and the report of them all."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

from transformer.errors import Remark
from transformer.probe.comparing import Axis, Outcome

CheckName = Literal[
    "future",
    "pad content",
    "pad length",
    "pad side",
    "batch neighbour",
    "cache",
    "packed neighbour",
    "fast path",
    "noise",
    "empty rows",
]

Verdict = Literal["ok", "fault", "noted", "not run"]
"""`noted` is a difference that the model never promised to be without."""


@dataclass(frozen=True, kw_only=True)
class Result(Outcome):
    """What one check found."""

    check: CheckName
    verdict: Verdict
    says: Remark
    """What was found, or why it was not run, in one clause."""
    mode: str = ""
    """In which state of the model: answering, training, or on which path."""
    axis: Axis = "position"
    """What the rows and columns of the matrices are."""
    stream: str = ""
    """Whose padding was changed, where both source and target are padded."""


@dataclass(frozen=True)
class Report:
    """All results, in the order of the checks."""

    results: tuple[Result, ...]
    remarks: tuple[Remark, ...] = field(default=())
    """What was noticed besides: randomness, what differs without being a fault."""

    @property
    def faults(self) -> tuple[Result, ...]:
        """The results that are faults."""
        return tuple(result for result in self.results if result.verdict == "fault")

    @property
    def ok(self) -> bool:
        """Whether there is none."""
        return not self.faults

    def __getitem__(self, check: CheckName) -> Result:
        """The worst result of a check. Raises `KeyError` if it was not asked for."""
        order: tuple[Verdict, ...] = ("fault", "noted", "ok", "not run")
        found = [result for result in self.results if result.check == check]
        if not found:
            raise KeyError(check)
        return min(found, key=lambda result: order.index(result.verdict))

    def __str__(self) -> str:
        """A table for a terminal, one line a result, the matrices of the first fault below."""
        from transformer.probe.table import table

        return table(self)

    def html(self, title: str = "") -> str:
        """One page that needs no server, with the matrices of every fault to step through."""
        from transformer.probe.html import page

        return page(self, title)

    def json(self) -> str:
        """The same as JSON, matrices included; infinity and NaN as text."""
        return json.dumps({"ok": self.ok, "results": [_plain(one) for one in self.results]}, indent=1)


def _plain(result: Result) -> dict[str, Any]:
    named = ("check", "verdict", "stream", "mode", "place", "seen_in", "unseen")
    return {name: getattr(result, name) for name in named} | {
        "says": str(result.says),
        "largest": _number(result.largest),
        "bound": _number(result.bound),
        "places": [
            {
                "name": place.name,
                "stream": place.stream,
                "largest": _number(place.largest),
                "differences": [[_number(value) for value in row] for row in place.differences.tolist()],
                "must_not": place.must_not.tolist(),
            }
            for place in result.places
        ],
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
