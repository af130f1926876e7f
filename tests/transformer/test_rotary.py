"""Rotary positions against the complex numbers of the paper, written out in double precision."""

import cmath
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import example_pair, make_model, seeds, small_config
from transformer import InputError, MultiHeadAttention, Trace
from transformer.model.rotary import rotary_turns, rotate, turn


def turned_by_hand(x, position):
    """Pairs of a vector [Dh] as complex numbers, times e^(i * position * theta): Su et al., equation 13."""
    dims = len(x)
    numbers = []
    for i in range(dims // 2):
        theta = 10000 ** (-2 * i / dims)
        number = complex(x[2 * i], x[2 * i + 1]) * cmath.exp(1j * position * theta)
        numbers += [number.real, number.imag]
    return torch.tensor(numbers, dtype=torch.float64)


@given(seeds, st.integers(1, 5), st.integers(1, 7))
def test_each_pair_is_turned_as_a_complex_number(seed, pairs, length):
    torch.manual_seed(seed)
    x = torch.randn(2, 3, length, 2 * pairs, dtype=torch.float64)
    by_hand = torch.stack(
        [
            torch.stack([turned_by_hand(row.tolist(), p) for p, row in enumerate(head)])
            for head in x.flatten(0, 1)
        ]
    ).view_as(x)
    torch.testing.assert_close(rotate(x), by_hand, atol=1e-12, rtol=0)


@given(seeds, st.integers(0, 40), st.integers(0, 40), st.integers(0, 400))
def test_a_score_depends_on_the_distance_alone_and_a_length_on_nothing(seed, query, key, shift):
    torch.manual_seed(seed)
    q, k = torch.randn(2, 8, dtype=torch.float64)
    turns = rotary_turns(500, 8, q)
    score = turn(q, turns[:, query]) @ turn(k, turns[:, key])
    shifted = turn(q, turns[:, query + shift]) @ turn(k, turns[:, key + shift])
    torch.testing.assert_close(score, shifted, atol=1e-10, rtol=0)
    torch.testing.assert_close(turn(q, turns[:, query]).norm(), q.norm(), atol=1e-12, rtol=0)


def test_the_self_attentions_scores_are_those_of_the_formula_in_double_precision():
    model, trace = make_model(small_config(positions="rotary")).double(), Trace()
    model(*example_pair(), trace=trace)
    for place in ("encoder.0.self_attention", "decoder.1.self_attention"):
        seen = trace.at(place)
        for b, h, i, j in ((0, 0, 0, 0), (1, 2, 3, 1), (2, 1, 1, 4), (0, 1, 4, 3)):
            query = turned_by_hand(seen["unrotated_query"][b, h, i].tolist(), i)
            key = turned_by_hand(seen["unrotated_key"][b, h, j].tolist(), j)
            torch.testing.assert_close(seen["query"][b, h, i], query, atol=1e-12, rtol=0)
            energy = (query @ key) / math.sqrt(4)
            torch.testing.assert_close(seen["energy"][b, h, i, j], energy, atol=1e-12, rtol=0)


def test_cross_attention_is_not_turned():
    model, trace = make_model(small_config(positions="rotary")), Trace()
    model(*example_pair(), trace=trace)
    places = {name.rsplit(".", 1)[0] for name in trace if name.endswith("unrotated_query")}
    assert places == {f"{stack}.{i}.self_attention" for stack in ("encoder", "decoder") for i in (0, 1)}


def test_values_are_not_turned():
    attention = MultiHeadAttention(small_config(positions="rotary"))
    x, trace = torch.randn(1, 5, 12), Trace()
    attention(x, x, x, None, trace)
    assert torch.equal(trace["value"], attention.split_heads(attention.fc_v(x)))


def test_the_first_position_is_left_as_it_is():
    x = torch.randn(1, 1, 3, 4)
    assert torch.equal(rotate(x)[:, :, 0], x[:, :, 0])
    assert not torch.equal(rotate(x)[:, :, 1], x[:, :, 1])


def test_half_precision_counts_positions_in_single_precision():
    x = torch.ones(1, dtype=torch.bfloat16)
    exact = rotary_turns(3000, 2, torch.ones(1, dtype=torch.float64))
    torch.testing.assert_close(rotary_turns(3000, 2, x).double(), exact, atol=1e-2, rtol=0)


@pytest.mark.parametrize(("embed_dim", "heads", "above"), [(15, 3, 18), (3, 3, 6), (5, 1, 6)])
def test_a_head_of_odd_width_is_refused_with_what_would_do(embed_dim, heads, above):
    with pytest.raises(InputError, match=rf"even number.*embed_dim = {above} would do"):
        small_config(positions="rotary", embed_dim=embed_dim, heads=heads)
    assert small_config(positions="rotary", embed_dim=above, heads=heads).head_dim % 2 == 0
