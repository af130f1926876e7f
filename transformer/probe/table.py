"""A report as text for a terminal."""

from collections.abc import Sequence

from transformer.probe.comparing import Place
from transformer.probe.result import Report, Result

WIDEST = 24
"""The maximum number of rows and columns of a matrix that are printed."""


def table(report: Report) -> str:
    """One line per result; below, the matrix of the first place of each fault."""
    rows: list[tuple[str, ...]] = [("check", "state", "verdict", "largest", "allowed", "place", "")]
    rows += [row(result) for result in report.results]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    pictures = [picture(result) for result in report.faults]
    remarks = [str(remark) for remark in report.remarks]
    return "\n".join([*lines, *remarks, *(text for text in dict.fromkeys(pictures) if text)])


def row(result: Result) -> tuple[str, ...]:
    """Check, state, verdict, largest difference, bound, place, and explanation."""
    numbers = ("", "") if result.verdict == "not run" else (f"{result.largest:.3g}", f"{result.bound:.3g}")
    place = result.place or ("PyTorch's fused path" if result.unseen else "")
    check = f"{result.check}, {result.stream}" if result.stream else result.check
    return (check, result.mode, result.verdict, *numbers, place, str(result.says))


def picture(result: Result) -> str:
    """The matrix of a fault's first place: `#` is a forbidden difference, `o` an allowed one, `·` none."""
    wanted = (result.seen_in, "logits")
    found = [place for name in wanted for place in result.places if place.name == name]
    if not found:
        return ""
    head = f"\n{result.check}, {result.mode}, {found[0].name}: rows changed, columns affected {result.axis}s"
    return "\n".join([head, *_matrix(found[0])])


def _matrix(place: Place) -> Sequence[str]:
    lines = []
    for row, must_not in list(zip(place.differences.tolist(), place.must_not.tolist(), strict=True))[:WIDEST]:
        if any(must_not) or any(row):
            cells = zip(row[:WIDEST], must_not[:WIDEST], strict=True)
            lines.append("  " + " ".join(_sign(value, forbidden) for value, forbidden in cells))
    return lines


def _sign(value: float, forbidden: bool) -> str:
    if value == 0:
        return "·"
    return "#" if forbidden else "o"
