"""The positional encoding page shows the numbers of the notes."""

import json

import numpy as np
import pytest

from tests.messages import ROOT

EXAMPLE = json.loads((ROOT / "tests/data/worked_examples.json").read_text())["positional_encoding_d4"]


@pytest.mark.parametrize("position", range(5))
def test_the_codes_of_the_notes_can_be_read_off(open_page, position):
    app = open_page("encoding", dim="4", position=str(position))
    assert not app.exception
    shown = next(code.value for code in app.code if code.value.startswith("PE("))
    numbers = [float(number) for number in shown.split("[")[1].rstrip("]").split(",")]
    assert np.allclose(numbers, EXAMPLE["pe"][position], atol=6e-5)


@pytest.mark.parametrize("dim", [1, 2, 3, 7, 64, 255, 256])
def test_every_width_can_be_drawn(open_page, dim):
    assert not open_page("encoding", dim=str(dim)).exception


def test_the_chosen_position_stays_among_those_shown(open_page):
    app = open_page("encoding", position="150", length="200")
    app.slider(key="length").set_value(5).run()
    assert not app.exception
    assert app.session_state["position"] == 4
