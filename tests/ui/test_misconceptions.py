"""Common mistakes: each runs, exactly one prediction comes true, and the right way does what it says."""

import json
import math

import numpy as np
import pytest

from tests.messages import ROOT
from transformer.experiments.broadcasting import attempt
from ui.misconceptions import misconceptions, run
from ui.misconceptions.misconception import Trial

MISCONCEPTIONS = {one.key: one for one in misconceptions()}
EXAMPLES = json.loads((ROOT / "tests/data/worked_examples.json").read_text())


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_exactly_one_prediction_comes_true(key):
    one = MISCONCEPTIONS[key]
    outcome = run(one)
    names = {**outcome.wrong.names, "error": outcome.wrong.error}
    true = [attempt(f"came = bool({test})", names).names.get("came", False) for _, test in one.options]
    assert sum(true) == 1
    assert true[outcome.happened]


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_everything_that_is_shown_can_be_shown(key):
    outcome = run(MISCONCEPTIONS[key])
    assert not outcome.right.error
    shown = [*outcome.values(), *outcome.right_values()]
    assert shown
    assert not [value for expression, value in shown if expression and value.startswith("NameError")]


@pytest.mark.parametrize("key", ["triangle", "target_padding", "tiny", "weak", "empty_rows", "twice"])
def test_the_right_way_comes_out_right(key):
    names = run(MISCONCEPTIONS[key]).right.names
    if key == "target_padding":
        assert names["seen"] == [0, 0]
    elif key in ("empty_rows", "twice"):
        assert not names["weights"].isnan().any()
    else:
        assert (names["weights"].sum(dim=-1) - 1).abs().max() < 1e-5
        assert key != "tiny" or names["leaked"] == 0


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_pytorch_has_nothing_to_say_against_the_right_way(key):
    right = run(MISCONCEPTIONS[key]).right
    assert (right.error, right.warnings) == ("", ())


def test_what_is_said_of_the_cosine_is_what_is_shown():
    shown = run(MISCONCEPTIONS["cosine"]).wrong.names["last"]
    why = MISCONCEPTIONS["cosine"].why
    assert f"stores {shown:.10f}" in why
    assert f"cos(0.01) is {math.cos(0.01):.10f}" in why
    assert f"the stored one {shown:.4f}" in why
    assert f"the exact number gives {math.cos(0.01):.4f}" in why


def test_the_numbers_are_those_of_the_worked_examples():
    codes = run(MISCONCEPTIONS["codes"]).wrong.names
    given = EXAMPLES["positional_encoding_d4"]["pe"]
    assert np.allclose(codes["pe"], given, atol=1e-5)
    assert np.allclose(
        run(MISCONCEPTIONS["layer_norm"]).wrong.names["y"], EXAMPLES["layer_norm"]["y"][1], atol=1e-4
    )
    zero = EXAMPLES["pad_is_digit_zero"]
    names = run(MISCONCEPTIONS["zero_is_pad"]).wrong.names
    assert names["src"].tolist() == [zero["src"]]
    assert names["hidden"] == zero["mask_hides_positions"]


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_the_right_way_leaves_what_the_mistake_gave_as_it_was(key):
    one = MISCONCEPTIONS[key]
    wrong = attempt(one.code)
    outcome = Trial(one, wrong, attempt(""))
    before = outcome.values()
    attempt(one.right, wrong.names)
    assert outcome.values() == before
