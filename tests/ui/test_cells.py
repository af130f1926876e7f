"""Cells as text: converted back and forth without loss, short, and nothing else is read as cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer import limits
from ui.cells import cells_text, read_cells, write_cells

cells = st.frozensets(st.tuples(st.integers(0, 3), st.integers(0, 25), st.integers(0, 25)))


@given(cells)
def test_back_and_forth(some):
    assert read_cells(write_cells(some)) == some


def test_a_column_of_a_sentence_is_one_group():
    assert write_cells([(1, row, 5) for row in range(6)]) == "1.0-5.20"
    assert write_cells([(0, 2, 3), (0, 4, 3), (0, 5, 3)]) == "0.2.8_0.4-5.8"
    assert write_cells([]) == ""


def test_the_worst_mask_fits_a_link():
    board = [(b, q, k) for b in range(4) for q in range(26) for k in range(26) if (q + k) % 2]
    assert len(write_cells(board)) < 2000
    assert read_cells(write_cells(board)) == frozenset(board)


NONSENSE = [
    "x",
    "0.0",
    "0.0.",
    "0.0.g",
    "_",
    "0.3-1.1",
    "-1.0.1",
    "0.0.1_",
    "0.0-999.f_" * 3 + "0.0.1",
    "٣.0.1",
]


@pytest.mark.parametrize("text", [*NONSENSE, "0.0.1_" * limits.MAX_CELLS_TEXT])
def test_nonsense_is_no_cells(text):
    assert read_cells(text) is None
    assert cells_text(text) is None
