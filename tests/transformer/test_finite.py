"""NaN and infinity: found where they are, and equal where two passes have the same."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transformer import TransformerConfig, build_model
from transformer.experiments.finite import apart, first_step_not_finite, not_finite

NUMBERS = arrays(np.float32, (2, 3), elements=st.floats(width=32))


@given(NUMBERS, NUMBERS)
def test_apart_is_zero_for_the_same_and_never_for_others(first, second):
    one, other = torch.from_numpy(first), torch.from_numpy(second)
    assert not apart(one, one).any()
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    assert np.array_equal(apart(one, other).numpy() == 0, same | (np.abs(first - second) == 0))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("weight", "place"),
    [
        ("encoder.layers.0.attention.fc_k.bias", "encoder.0.self_attention.key"),
        ("decoder.fc_out.weight", "decoder.logits"),
        ("decoder.embed.weight", ""),  # the last word's row, which the pass does not read
    ],
)
def test_one_number_of_a_model_is_found_with_the_place_it_comes_to_light(weight, place, value):
    model = build_model(TransformerConfig(embed_dim=8, heads=2, num_layers=1, feed_forward_dim=8))
    src = torch.tensor([[1, 5, 4, 2, 0]])
    assert not_finite(model.eval(), src) is None
    with torch.no_grad():
        model.get_parameter(weight).view(-1)[-1] = value
    found = not_finite(model, src)
    assert (found.weights, found.place) == ({weight: 1}, place)


def test_finite_weights_that_overflow_are_found_too():
    model = build_model(TransformerConfig(embed_dim=8, heads=2, num_layers=1, feed_forward_dim=8))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1e38)
    found = not_finite(model.eval(), torch.tensor([[1, 5, 2]]))
    assert not found.weights
    assert found.place


@pytest.mark.parametrize("name", ["loss", "grad_norm"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", math.nan])
def test_the_first_lost_step_is_found_in_the_metrics(name, value):
    records = [{"step": step, "loss": 1.0, "grad_norm": 2.0} for step in range(1, 6)]
    assert first_step_not_finite(records) is None
    records[2][name] = records[4][name] = value
    assert first_step_not_finite(records) == 3
