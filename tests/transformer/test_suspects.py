"""The models with unknown mistakes: the symptoms shown distinguish each mistake from the others."""

import pytest

from transformer.experiments.suspects import recorded, suspect, suspects, symptoms
from ui.fault_titles import mistake_of

LOOKED_UP = ("no_causal_mask", "tiny_fill", "inverted_mask", "not_shifted")


@pytest.mark.parametrize("name", suspects())
def test_a_suspect_has_the_mistake_that_its_folder_says(name):
    checkpoint = suspect(name)
    assert (mistake_of(checkpoint.model.config, checkpoint.about["training"]) or "none") == name
    points = recorded(name)
    assert points[-1]["loss"] < points[0]["loss"]


@pytest.mark.parametrize("name", suspects())
def test_what_is_measured_gives_the_mistake_away(name):
    found = symptoms(name)
    assert (found.looked_up > 0.1) == (name in LOOKED_UP)
    assert name in LOOKED_UP or found.looked_up == 0
    if name == "none":
        assert found.alone > 0.9
        assert found.filled_up == found.alone
    elif name == "no_padding_mask":
        assert found.filled_up < found.alone
    else:
        assert found.alone < 0.5
