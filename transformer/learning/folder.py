"""A run's folder: the names of its files, and its user-supplied information (`about.json`)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformer.learning.checkpoint import write_atomically
from transformer.learning.plain_json import parse

CONFIG, METRICS, CHECKPOINT = "config.json", "metrics.jsonl", "checkpoint.safetensors"
ABOUT = "about.json"
PAIRS_TABLE = "pairs.tsv"
"""The table of a run on the user's own pairs."""


def read_about(folder: Path) -> dict[str, Any]:
    """Information on which no training depends: title, owner, the run that this one restarts.

    Empty if the file is missing or damaged.
    """
    try:
        content = parse((folder / ABOUT).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_about(folder: Path, changes: Mapping[str, Any]) -> None:
    """Update some entries of `read_about`. Raises OSError, and changes nothing, if writing fails."""
    content = json.dumps({**read_about(folder), **changes}, indent=2)
    write_atomically(folder / ABOUT, content.encode())
