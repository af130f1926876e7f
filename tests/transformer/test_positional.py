import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import POSITIONS, small_config
from transformer import InputError, PositionalEncoding, Trace
from transformer.experiments.position_interventions import shift_matrix
from transformer.model.positional import frequencies, sinusoidal_encoding


@given(st.integers(1, 33), st.integers(1, 40))
def test_every_entry_is_the_formula_of_the_paper_also_for_odd_dimensions(embed_dim, max_len):
    pe = sinusoidal_encoding(max_len, embed_dim)
    assert pe.shape == (max_len, embed_dim)
    for position in {0, max_len // 2, max_len - 1}:
        for dimension in range(embed_dim):
            angle = position / 10000 ** ((dimension - dimension % 2) / embed_dim)
            expected = math.cos(angle) if dimension % 2 else math.sin(angle)
            assert pe[position, dimension].item() == pytest.approx(expected, abs=1e-5)


@given(st.integers(1, 8), st.integers(0, 30), st.integers(-10, 10))
def test_moving_by_k_is_the_same_rotation_at_every_position(pairs, position, k):
    pe = sinusoidal_encoding(64, 2 * pairs).double()
    there = min(max(position + k, 0), 63)
    angle = frequencies(2 * pairs).double() * (there - position)
    sine, cosine = pe[position, 0::2], pe[position, 1::2]
    turned = sine * angle.cos() + cosine * angle.sin()
    torch.testing.assert_close(pe[there, 0::2], turned, atol=1e-4, rtol=0)


def test_low_dimensions_turn_fast_and_high_ones_slowly():
    turns = frequencies(64)
    assert turns[0] == 1
    assert (turns.diff() < 0).all()
    assert turns[-1] == pytest.approx(10000 ** (-62 / 64), rel=1e-5)


def test_sinusoidal_codes_are_a_buffer_and_learned_ones_a_parameter():
    for positions in set(POSITIONS) - {"learned"}:
        assert not list(PositionalEncoding(small_config(positions=positions)).parameters())
    learned = PositionalEncoding(small_config(positions="learned"))
    assert [weight.shape for weight in learned.parameters()] == [(1, 24, 12)]
    for positions in POSITIONS:
        assert PositionalEncoding(small_config(positions=positions)).pe.shape == (1, 24, 12)


@pytest.mark.parametrize("positions", POSITIONS)
def test_adds_the_first_codes_to_every_sequence_of_the_batch(positions):
    encoding = PositionalEncoding(small_config(positions=positions))
    x, trace = torch.randn(2, 5, 12), Trace()
    y = encoding(x, trace)
    assert torch.equal(y, x + encoding.pe[:, :5, :])
    assert trace["position"].shape == (1, 5, 12)
    assert torch.equal(y, x) == (positions in ("none", "rotary", "alibi"))


def test_a_sequence_longer_than_max_len_is_refused_with_both_lengths():
    encoding = PositionalEncoding(small_config())
    assert encoding(torch.zeros(1, 24, 12)).shape == (1, 24, 12)
    with pytest.raises(InputError, match=r"25 tokens.* at most 24"):
        encoding(torch.zeros(1, 25, 12))


@given(st.integers(1, 33), st.integers(-20, 60), st.sampled_from([10, 1000, 10_000]))
def test_one_matrix_moves_every_code_by_k_and_only_turns_it(embed_dim, steps, base):
    pe = sinusoidal_encoding(200, embed_dim, base).double()[:, : embed_dim // 2 * 2]
    matrix = shift_matrix(steps, embed_dim, base)
    first, last = max(0, -steps), min(200, 200 - steps)
    moved = pe[first:last] @ matrix.T
    torch.testing.assert_close(moved, pe[first + steps : last + steps], atol=3e-7, rtol=0)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(len(matrix)).double(), atol=1e-12, rtol=0)


def test_far_positions_are_as_exact_as_near_ones():
    exact = [math.sin(5000 / 10000 ** (2 * i / 64)) for i in range(32)]
    assert sinusoidal_encoding(5001, 64)[5000, 0::2].tolist() == pytest.approx(exact, abs=1e-7)
