"""Averages and entropies of heads' attention weights."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer.experiments.heads import attention_entropy, head_average


def test_entropy_is_zero_for_one_key_and_the_logarithm_for_all_alike():
    weights = torch.stack([torch.eye(8)[0], torch.full((8,), 1 / 8), torch.zeros(8)])
    assert torch.allclose(attention_entropy(weights), torch.tensor([0.0, 3.0, 0.0]))


@given(st.integers(1, 6), st.integers(0, 99))
def test_entropy_lies_between_its_bounds_and_ignores_the_order_of_keys(keys, seed):
    energy = 3 * torch.randn(2, 3, 4, keys, generator=torch.Generator().manual_seed(seed))
    weights = energy.softmax(dim=-1)
    entropy = attention_entropy(weights)
    assert entropy.shape == (2, 3, 4)
    assert ((entropy > -1e-6) & (entropy < torch.tensor(keys).log2() + 1e-5)).all()
    assert torch.allclose(entropy, attention_entropy(weights.flip(-1)), atol=1e-6)


def test_the_average_of_heads_is_a_distribution_and_of_equal_heads_each_of_them():
    weights = torch.randn(2, 3, 4, 5).softmax(dim=-1)
    average = head_average(weights)
    assert average.shape == (2, 1, 4, 5)
    assert torch.allclose(average.sum(dim=-1), torch.ones(2, 1, 4))
    assert torch.allclose(head_average(weights[:, :1].expand(2, 3, 4, 5)), weights[:, :1])
