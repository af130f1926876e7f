"""`benchmarks/RESULTS.md`: the latest results of each benchmark, with date and machine."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("RESULTS.md")

HEAD = """# Results

Written by `python -m benchmarks --results`, never by hand. A benchmark that is run again, such as by
`python -m benchmarks latency --results`, replaces its own section and no other.
"""


def section(name: str, where: Mapping[str, Any], text: str) -> str:
    """The section of a benchmark without its heading: command, date and machine, then its tables."""
    told = ", ".join(f"{key}: {value}" for key, value in where.items() if value is not None)
    return f"`python -m benchmarks {name} --results`; {told}\n\n```\n{text.strip()}\n```\n"


def updated(old: str, sections: Mapping[str, str], order: Iterable[str]) -> str:
    """The file's text with these sections replaced; sections that are not in `order` are dropped."""
    _, *parts = re.split(r"^## (.+)\n", old, flags=re.MULTILINE)
    found = {**dict(zip(parts[::2], parts[1::2], strict=True)), **sections}
    kept = [f"## {name}\n\n{found[name].strip()}\n" for name in order if name in found]
    return "\n".join([HEAD, *kept])


def record(name: str, text: str, order: Iterable[str], path: Path | None = None) -> None:
    """Write a benchmark's section into the file."""
    path = path or RESULTS
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(updated(old, {name: text}, order), encoding="utf-8")
