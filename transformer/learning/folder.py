"""A run's folder: what its files are called, and what people said of the run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformer.learning.checkpoint import write_atomically
from transformer.learning.plain_json import parse

CONFIG, METRICS, CHECKPOINT = "config.json", "metrics.jsonl", "checkpoint.safetensors"
ABOUT = "about.json"
PAIRS_TABLE = "pairs.tsv"
"""The table of a run on one's own pairs."""


def read_about(folder: Path) -> dict[str, Any]:
    """What people said of a run, and no training depends on: its title, whose it is, what it restarts."""
    try:
        content = parse((folder / ABOUT).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_about(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change some of what `read_about` gives. Raises OSError, and changes nothing, if the disk refuses it."""
    content = json.dumps({**read_about(folder), **changes}, indent=2)
    write_atomically(folder / ABOUT, content.encode())
