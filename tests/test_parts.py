"""Every slow test is in exactly one of the parts that continuous integration runs in turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages import ROOT
from tests.parts import CHOSEN, Part

TESTS = [f"tests/test_it.py::test_it[{number}]" for number in range(700)]


@given(st.text(), st.integers(1, 30))
def test_a_test_is_in_exactly_one_part(name, of):
    assert sum(name in Part(number, of) for number in range(1, of + 1)) == 1


def test_parts_are_about_as_large():
    sizes = [sum(name in Part(number, 7) for name in TESTS) for number in range(1, 8)]
    assert sum(sizes) == len(TESTS)
    assert 50 < min(sizes) <= max(sizes) < 150


@pytest.mark.parametrize("text", ["0/7", "8/7", "1/0", "-1/7", "3", "", "a/b"])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - of int(), or of its own
        Part.read(text)


def test_a_part_is_of_what_is_marked_and_of_properties(pytestconfig):
    assert Part.read("3/7") == Part(3, 7)
    marks = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {"slow", "timing"} <= marks
    assert set(CHOSEN.replace("(", "").replace(")", "").split()) - {"or", "and", "not"} == {
        "slow", "hypothesis", "timing"
    }  # fmt: skip


def test_continuous_integration_goes_through_all_parts():
    script = (ROOT / ".ci" / "run").read_text()
    assert "% PARTS + 1" in script
    assert '--slow-part="$part/$PARTS"' in script
