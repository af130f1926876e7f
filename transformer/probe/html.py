"""A report as one page that needs no server: its matrices as a tensor grid, a step for each place."""

import numpy as np

from transformer.grid import Frame, Scale, TensorView, html_page
from transformer.probe.comparing import Place
from transformer.probe.result import Report, Result
from transformer.probe.table import row


def page(report: Report, title: str) -> str:
    """The page. The first step lists the results; then come the places of each fault, in execution order."""
    return html_page(frames(report), f"Mask probe: {title}", name="probe", stage=True, picture=True)


def frames(report: Report) -> list[Frame]:
    """One with all results, and one for each place in which a fault is noticed."""
    first = Frame(
        "Results",
        facts=tuple((fact[0], " · ".join(filter(None, fact[1:]))) for fact in map(row, report.results)),
        caption="No fault was found." if report.ok else "The next steps show where each fault is noticed.",
    )
    return [first, *(_frame(result, place) for result in report.faults for place in result.places)]


def _frame(result: Result, place: Place) -> Frame:
    begins = "" if not result.place else f" It begins in {result.place}."
    return Frame(
        f"{result.check}, {result.mode}: {place.name}",
        tensors=(view(result, place),),
        caption=f"{str(result.says).capitalize()}: by up to {place.largest:.3g} here.{begins} "
        f"Rows are {result.axis}s that were changed, columns {result.axis}s that notice it. "
        "Hatched ones may.",
    )


def view(result: Result, place: Place) -> TensorView:
    """The matrix [changed, affected]; hatched where something may be noticed."""
    differences = place.differences.numpy()
    finite = differences[np.isfinite(differences)]
    rows, columns = differences.shape
    return TensorView(
        place.name,
        differences,
        Scale("sequential", 0.0, float(finite.max(initial=0.0)) or 1.0),
        masked=~place.must_not.numpy(),
        row_labels=tuple(map(str, range(rows))),
        column_labels=tuple(map(str, range(columns))),
        axis_names=(f"{result.axis} changed", f"{result.axis} affected"),
        hatched="may notice",
    )
