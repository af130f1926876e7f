"""The results of the checks, and the report of all of them."""

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
"""`noted` is a difference that is not a fault, because the model does not promise to have none."""


@dataclass(frozen=True, kw_only=True)
class Result(Outcome):
    """The result of one check."""

    check: CheckName
    verdict: Verdict
    says: Remark
    """What was found, or why the check was not run, in one clause."""
    mode: str = ""
    """The name of the `Mode`: answering, training, or an execution path."""
    axis: Axis = "position"
    """What the rows and columns of the matrices are."""
    stream: str = ""
    """The stream whose padding was changed, if the check has one."""


@dataclass(frozen=True)
class Report:
    """All results, in the order of the checks."""

    results: tuple[Result, ...]
    remarks: tuple[Remark, ...] = field(default=())
    """Other observations, such as randomness in evaluation mode."""

    @property
    def faults(self) -> tuple[Result, ...]:
        """The results that are faults."""
        return tuple(result for result in self.results if result.verdict == "fault")

    @property
    def ok(self) -> bool:
        """Whether there are no faults."""
        return not self.faults

    def __getitem__(self, check: CheckName) -> Result:
        """The worst result of a check. Raises `KeyError` if the check was not requested."""
        order: tuple[Verdict, ...] = ("fault", "noted", "ok", "not run")
        found = [result for result in self.results if result.check == check]
        if not found:
            raise KeyError(check)
        return min(found, key=lambda result: order.index(result.verdict))

    def __str__(self) -> str:
        """A table for a terminal, one line per result, with a matrix for each fault below."""
        from transformer.probe.table import table

        return table(self)

    def html(self, title: str = "") -> str:
        """A self-contained HTML page, with the matrices of every fault as steps."""
        from transformer.probe.html import page

        return page(self, title)

    def json(self) -> str:
        """The report as JSON, including the matrices; infinity and NaN as strings."""
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
