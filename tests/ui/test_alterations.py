"""Alterations as text in a URL: what is written is read back, and nonsense gives no alteration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer import limits
from transformer.experiments.edits import (
    ForcedToken,
    HeadOff,
    LayerOff,
    PositionsDropped,
    PositionsSwapped,
    SourceBlanked,
)
from transformer.model.places import Attention
from ui.alterations import alterations_text, fed_text, read_fed, write_fed
from ui.decoding.alterations import read_alterations, write_alterations

numbers = st.integers(0, 9999)
sides = st.sampled_from(["encoder", "decoder"])
alterations = st.one_of(
    st.builds(ForcedToken, numbers, numbers),
    st.builds(HeadOff, st.sampled_from(list(Attention)), numbers, numbers),
    st.builds(LayerOff, sides, numbers),
    st.builds(SourceBlanked, numbers),
    st.builds(PositionsDropped, sides),
    st.builds(PositionsSwapped, sides, numbers, numbers),
)


@given(st.lists(alterations, max_size=limits.MAX_ALTERATIONS))
def test_what_is_written_is_read_back(chosen):
    text = write_alterations(chosen)
    assert read_alterations(text) == tuple(chosen)
    assert alterations_text(text) == text


@given(st.dictionaries(numbers, numbers, max_size=limits.MAX_ALTERATIONS))
def test_fed_tokens_are_read_back(fed):
    assert read_fed(write_fed(fed)) == fed


@pytest.mark.parametrize(
    "text",
    ["x", "token.1", "token.1.2.3", "token.-1.2", "head.other.0.0", "blank.١", "blank.1_", "_",
     "layer.encoder.01", "token.99999.1", "_".join(["blank.1"] * (limits.MAX_ALTERATIONS + 1))],
)  # fmt: skip
def test_nonsense_is_none(text):
    assert read_alterations(text) is None
    assert alterations_text(text) is None


@given(st.text(max_size=30))
def test_no_text_raises(text):
    for read, parse in ((read_alterations, alterations_text), (read_fed, fed_text)):
        assert (read(text) is None) == (parse(text) is None)


@pytest.mark.parametrize("text", ["1", "1.", "1.2_", "a.b", "1.2.3", "_".join(["1.2"] * 99)])
def test_nonsense_is_fed_nowhere(text):
    assert read_fed(text) is None
