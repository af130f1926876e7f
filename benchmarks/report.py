"""Results as text: tables for a person, JSON for a program."""

import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.measure import Comparison, Records, Result, Speed


def environment() -> dict[str, Any]:
    """The machine and software versions of the measurement."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": _version("transformers"),
    }


def _processor() -> str:
    """The processor's name on Linux, otherwise what Python reports."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def as_json(result: Result | Records) -> Any:
    """Plain values, ready for JSON."""
    if not isinstance(result, Result):
        return [dict(record) for record in result]
    comparisons = [{**asdict(line), "ratio": line.ratio} for line in result.comparisons]
    records = [dict(record) for record in result.records]
    return {"comparisons": comparisons, "notes": list(result.notes), "records": records}


def as_text(result: Result | Records) -> str:
    """Results as text tables."""
    if isinstance(result, Result):
        records = [as_text(result.records)] if result.records else []
        return "\n".join([*map(_comparison, result.comparisons), *records, *result.notes])
    rows = [["", "value", "target", "met", "made of"], *map(_record, result)]
    return table(rows if any(row[-1] for row in rows[1:]) else [row[:-1] for row in rows]) + "\n"


def _record(record: Mapping[str, Any]) -> list[str]:
    value, detail = f"{record['value']:g} {record['unit']}".strip(), record.get("detail", "")
    if record["target"] is None:
        return [record["name"], value, "", "", detail]
    return [record["name"], value, f"< {record['target']:g}", _met(record["met"]), detail]


def _comparison(line: Comparison) -> str:
    """The table of one comparison, with one row per contender."""
    head = [line.case, line.unit, "middle half", "ours is"]
    rows = [
        [name, f"{speed.median:,.1f}", _range(speed), _times(line.ratios.get(name))]
        for name, speed in line.speeds.items()
    ]
    return f"{table([head, *rows])}\n{_verdict(line)}\n"


def _verdict(line: Comparison) -> str:
    if line.ratio is None:
        return "no peer to compare with"
    return f"{line.ratio:.2f} times the fastest peer; aim {line.target:g}, {_met(line.ratio >= line.target)}"


def _range(speed: Speed) -> str:
    return f"{speed.low:,.1f} to {speed.high:,.1f}"


def _times(ratio: Speed | None) -> str:
    return "" if ratio is None else f"{ratio.median:.2f} x ({ratio.low:.2f} to {ratio.high:.2f})"


def _met(met: bool) -> str:
    return "met" if met else "missed"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Text columns as wide as their widest entry; the first is left-aligned, the others right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(map(str.rjust, row[1:], widths[1:]))]).rstrip() for row in rows
    )
