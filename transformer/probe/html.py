"""A report as one self-contained HTML page: its matrices as a tensor grid, one step per place."""

import numpy as np

from transformer.grid import Frame, Scale, TensorView, Token, html_page
from transformer.grid.views import Kind
from transformer.probe.comparing import Place
from transformer.probe.result import Report, Result
from transformer.probe.table import row


def page(report: Report, title: str) -> str:
    """The HTML page. The first step lists the results; the next show each fault's places, as executed."""
    steps = frames(report)
    first = next((n for n, step in enumerate(steps) if report.faults and step.title == _begins(report)), 0)
    return html_page(steps, f"Mask probe: {title}", name="probe", start=first, stage=True, picture=True)


def _begins(report: Report) -> str:
    """The title of the step for the place where the first fault is first seen."""
    fault = report.faults[0]
    return _title(fault, fault.seen_in)


def frames(report: Report) -> list[Frame]:
    """One frame with all results, and one for each place of each fault."""
    first = Frame(
        "Results",
        tokens=tuple(map(_strip, report.results)),
        in_columns=True,
        caption="No fault was found." if report.ok else "The next steps show where each fault is noticed.",
    )
    return [first, *(_frame(result, place) for result in report.faults for place in result.places)]


def _strip(result: Result) -> tuple[str, tuple[Token, ...]]:
    """A result as a row: its verdict, the largest difference, the bound, and the place."""
    check, mode, verdict, difference, allowed, place, says = row(result)
    kinds: dict[str, Kind] = {"ok": "right", "fault": "wrong"}
    cells = (
        Token(verdict, kinds.get(verdict, "plain")),
        Token(difference),
        Token(allowed),
        Token(place or says),
    )
    return f"{check} · {mode}" if mode else check, cells


def _title(result: Result, place: str) -> str:
    check, mode, *_ = row(result)
    return f"{check}, {mode}: {place}"


def _frame(result: Result, place: Place) -> Frame:
    begins = "" if not result.place else f" It begins in {result.place}."
    changed, affected = f"{result.axis} changed", f"{result.axis} affected"
    if result.check == "pad length":
        changed = "PADs added"
    caption = f"{str(result.says).capitalize()}: by up to {place.largest:.3g} here.{begins}"
    tensor = view(place, place.name, (changed, affected), "may notice")
    return Frame(_title(result, place.name), tensors=(tensor,), caption=caption)


def view(place: Place, name: str, axes: tuple[str, str], hatched: str) -> TensorView:
    """The matrix [changed, affected], one row per change; hatched where differences are allowed."""
    made = place.must_not.any(1) | (place.differences != 0).any(1)
    differences = place.differences[made].numpy()
    finite = differences[np.isfinite(differences)]
    return TensorView(
        name,
        differences,
        Scale("sequential", 0.0, float(finite.max(initial=0.0)) or 1.0),
        masked=~place.must_not[made].numpy(),
        row_labels=tuple(str(row) for row in made.nonzero()[:, 0].tolist()),
        column_labels=tuple(map(str, range(differences.shape[1]))),
        axis_names=axes,
        hatched=hatched,
    )
