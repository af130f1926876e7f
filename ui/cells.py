"""Cells of masks as a short text for a URL: `0.2.38_1.0-3.8`.

Each group between underscores is: sentence, row or range of rows, and the columns as a hexadecimal number
whose bit k stands for column k. The text does not depend on the mask's size, so it survives a change of the
inputs.
"""

import re
from collections.abc import Collection
from itertools import groupby

from transformer import limits

Cell = tuple[int, int, int]
"""Sentence, query, key."""

_GROUP = re.compile(r"([0-9]{1,2})\.([0-9]{1,3})(?:-([0-9]{1,3}))?\.([0-9a-f]{1,20})")


def write_cells(cells: Collection[Cell]) -> str:
    """Cells as text; the same set always gives the same text."""
    columns: dict[tuple[int, int], int] = {}
    for sentence, row, column in cells:
        columns[sentence, row] = columns.get((sentence, row), 0) | 1 << column
    # In a run of consecutive rows with the same columns, row minus list index is constant.
    rows = [(sentence, row, bits) for (sentence, row), bits in sorted(columns.items())]
    runs = groupby(enumerate(rows), lambda item: (item[1][0], item[1][2], item[1][1] - item[0]))
    return "_".join(_write_run([row for _, (_, row, _) in run], key[0], key[1]) for key, run in runs)


def _write_run(rows: list[int], sentence: int, bits: int) -> str:
    span = str(rows[0]) if len(rows) == 1 else f"{rows[0]}-{rows[-1]}"
    return f"{sentence}.{span}.{bits:x}"


def read_cells(text: str) -> frozenset[Cell] | None:
    """The cells that a text describes; None if it is invalid."""
    if not text:
        return frozenset()
    if len(text) > limits.MAX_CELLS_TEXT:
        return None
    groups = [_read_run(group) for group in text.split("_")]
    if not all(groups) or sum(len(rows) for _, rows, _ in filter(None, groups)) > limits.MAX_CELL_ROWS:
        return None
    return frozenset(
        (sentence, row, column)
        for sentence, rows, bits in filter(None, groups)
        for row in rows
        for column in range(bits.bit_length())
        if bits >> column & 1
    )


def _read_run(group: str) -> tuple[int, range, int] | None:
    """Sentence, rows and column bits of one group; None if it is invalid."""
    match = _GROUP.fullmatch(group)
    if match is None:
        return None
    sentence, first, last, bits = match.groups()
    rows = range(int(first), int(last or first) + 1)
    return (int(sentence), rows, int(bits, 16)) if rows else None


def cells_text(text: str) -> str | None:
    """The text itself, or None if it is invalid: a parser for a setting."""
    return None if read_cells(text) is None else text
