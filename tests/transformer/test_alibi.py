"""ALiBi against the paper's formula, written out number by number in double precision."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import example_pair, make_model, small_config, torch_attention
from transformer import MultiHeadAttention, Trace
from transformer.model.alibi import alibi_bias, alibi_slopes


def slopes_by_hand(heads):
    """Press et al. 2022, section 3, and for other numbers of heads the recursion of its program."""
    if math.log2(heads).is_integer():
        return [2 ** (-8 * (h + 1) / heads) for h in range(heads)]
    below = 2 ** math.floor(math.log2(heads))
    return slopes_by_hand(below) + slopes_by_hand(2 * below)[0::2][: heads - below]


@pytest.mark.parametrize("heads", range(1, 20))
def test_slopes_are_those_of_the_paper(heads):
    expected = torch.tensor(slopes_by_hand(heads), dtype=torch.float64)
    torch.testing.assert_close(alibi_slopes(heads), expected, atol=1e-15, rtol=0)


def test_eight_heads_halve_the_slope_from_head_to_head():
    assert alibi_slopes(8).tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]


@given(st.integers(1, 9), st.integers(1, 12))
def test_the_bias_falls_off_to_both_sides_with_each_heads_slope(heads, length):
    bias, slopes = alibi_bias(heads, length), slopes_by_hand(heads)
    assert bias.shape == (1, heads, length, length)
    by_hand = [
        [[-slopes[h] * abs(i - j) for j in range(length)] for i in range(length)] for h in range(heads)
    ]
    torch.testing.assert_close(bias[0], torch.tensor(by_hand, dtype=torch.float64), atol=1e-12, rtol=0)


def test_the_attention_is_that_of_pytorch_given_the_bias_as_float_mask():
    torch.manual_seed(0)
    ours = MultiHeadAttention(small_config(positions="alibi")).double()
    x = torch.randn(2, 6, 12, dtype=torch.float64)
    slopes = slopes_by_hand(3)
    causal = [
        [[-slopes[h] * (i - j) if j <= i else -math.inf for j in range(6)] for i in range(6)]
        for h in range(3)
    ]
    mask = torch.tensor(causal, dtype=torch.float64).repeat(2, 1, 1)
    theirs, weights = torch_attention(ours)(x, x, x, attn_mask=mask, average_attn_weights=False)
    trace, keep = Trace(), torch.ones(1, 1, 6, 6, dtype=torch.bool).tril()
    torch.testing.assert_close(ours(x, x, x, keep, trace), theirs, atol=1e-12, rtol=0)
    torch.testing.assert_close(trace["weights"], weights, atol=1e-12, rtol=0)


def test_the_energy_recorded_is_the_one_that_was_used_bias_and_all():
    model, trace = make_model(small_config(positions="alibi")).double(), Trace()
    model(*example_pair(), trace=trace)
    for place in ("encoder.1.self_attention", "decoder.0.self_attention"):
        seen = trace.at(place)
        products = seen["query"] @ seen["key"].transpose(-2, -1) / math.sqrt(4)
        torch.testing.assert_close(seen["energy"], products + seen["bias"], atol=1e-12, rtol=0)
        assert torch.equal(seen["bias"], alibi_bias(3, seen["bias"].size(-1)))


def test_an_edited_bias_is_the_one_used():
    model = make_model(small_config(positions="alibi"))
    with_bias, without = Trace(), Trace({"encoder.0.self_attention.bias": torch.zeros_like})
    for trace in (with_bias, without):
        model(*example_pair(), trace=trace)
    products = without["encoder.0.self_attention.energy"]
    bias = with_bias["encoder.0.self_attention.bias"]
    torch.testing.assert_close(with_bias["encoder.0.self_attention.energy"], products + bias)


def test_cross_attention_has_no_bias():
    model, trace = make_model(small_config(positions="alibi")), Trace()
    model(*example_pair(), trace=trace)
    places = {name.rsplit(".", 1)[0] for name in trace if name.endswith(".bias")}
    assert places == {f"{stack}.{i}.self_attention" for stack in ("encoder", "decoder") for i in (0, 1)}
