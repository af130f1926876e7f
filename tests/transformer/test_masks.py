import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import seeds, small_config, torch_attention
from transformer import InputError, MultiHeadAttention
from transformer.model.mask_conventions import (
    from_additive,
    from_attn_mask,
    from_key_padding_mask,
    to_additive,
    to_attn_mask,
    to_key_padding_mask,
)
from transformer.model.masks import (
    causal_mask,
    mask_energy,
    padding_mask,
    softmax_or_zeros,
)

sizes = st.integers(1, 5)


def random_mask(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) > 0.4


def leaving_each_row_a_key(mask):
    """Row i keeps key 0, since PyTorch's own attention gives NaN for a row that sees nothing."""
    mask = mask.clone()
    mask[..., 0] = True
    return mask


def test_padding_mask_blanks_the_columns_of_padding_only():
    tokens = torch.tensor([[1, 5, 2, 0, 0], [1, 5, 6, 2, 0]])
    mask = padding_mask(tokens, 0)
    assert mask.shape == (2, 1, 1, 5)
    assert mask.expand(2, 3, 4, 5)[0, 2].tolist() == [[True, True, True, False, False]] * 4
    assert padding_mask(tokens, 5)[1, 0, 0].tolist() == [True, False, True, True, True]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_causal_mask_hides_the_future_and_shows_the_token_itself(length):
    mask = causal_mask(length)
    assert mask.shape == (1, 1, length, length)
    for row in range(length):
        assert mask[0, 0, row].nonzero().flatten().tolist() == list(range(row + 1))


def test_causal_mask_is_the_one_pytorch_generates():
    theirs = torch.nn.Transformer.generate_square_subsequent_mask(5)
    assert torch.equal(to_additive(causal_mask(5))[0, 0], theirs)


@given(sizes, sizes, sizes, sizes, seeds)
def test_attn_mask_round_trip(batch, heads, rows, columns, seed):
    mask = random_mask(batch, heads, rows, columns, seed=seed)
    there = to_attn_mask(mask, batch, heads)
    assert there.shape == (batch * heads, rows, columns)
    assert torch.equal(from_attn_mask(there, heads), mask)
    assert torch.equal(from_attn_mask(~mask[0, 0], heads), mask[:1, :1])


@given(sizes, sizes, seeds)
def test_key_padding_mask_round_trip(batch, columns, seed):
    mask = random_mask(batch, 1, 1, columns, seed=seed)
    assert torch.equal(from_key_padding_mask(to_key_padding_mask(mask)), mask)


@given(sizes, sizes, seeds, st.sampled_from([torch.float16, torch.float32, torch.float64]))
def test_additive_round_trip(rows, columns, seed, dtype):
    mask = random_mask(1, 1, rows, columns, seed=seed)
    additive = to_additive(mask, dtype)
    assert additive.dtype == dtype
    assert set(additive.unique().tolist()) <= {0.0, float("-inf")}
    assert torch.equal(from_additive(additive), mask)


def test_a_finite_bias_keeps_its_key():
    assert from_additive(torch.tensor([0.0, -5.0, float("-inf"), -1e20])).tolist() == [
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("shape", [(2, 5), (2, 1, 5), (2, 3, 1, 5), (2, 1, 5, 5)])
def test_a_mask_about_more_than_keys_is_no_key_padding_mask(shape):
    with pytest.raises(InputError, match=r"\[B, 1, 1, S\]"):
        to_key_padding_mask(torch.ones(shape, dtype=torch.bool))


def test_an_attn_mask_of_half_a_batch_is_refused():
    with pytest.raises(InputError, match="4 heads"):
        from_attn_mask(torch.ones(6, 2, 2, dtype=torch.bool), heads=4)


def attention_and_peer(seed):
    torch.manual_seed(seed)
    attention = MultiHeadAttention(small_config()).eval()
    return attention, torch_attention(attention), torch.randn(2, 4, 12), torch.randn(2, 5, 12)


@given(seeds)
def test_multihead_attention_reads_converted_masks_as_we_read_ours(seed):
    attention, peer, query, key = attention_and_peer(seed)
    padding = leaving_each_row_a_key(random_mask(2, 1, 1, 5, seed=seed))
    rows = leaving_each_row_a_key(random_mask(2, 3, 4, 5, seed=seed + 1))
    theirs = peer(
        query, key, key, key_padding_mask=to_key_padding_mask(padding), attn_mask=to_attn_mask(rows, 2, 3)
    )[0]
    torch.testing.assert_close(attention(query, key, key, padding & rows), theirs, atol=1e-5, rtol=0)
    additive = to_additive(rows).reshape(6, 4, 5)
    theirs = peer(query, key, key, attn_mask=additive)[0]
    torch.testing.assert_close(attention(query, key, key, rows), theirs, atol=1e-5, rtol=0)


@given(seeds)
def test_scaled_dot_product_attention_reads_boolean_and_additive_masks_as_we_do(seed):
    torch.manual_seed(seed)
    q, k, v = torch.randn(2, 3, 4, 6), torch.randn(2, 3, 5, 6), torch.randn(2, 3, 5, 6)
    mask = random_mask(2, 1, 4, 5, seed=seed)
    ours = softmax_or_zeros(mask_energy(q @ k.transpose(-2, -1) / 6**0.5, mask)) @ v
    for given_mask in (mask, to_additive(mask)):
        theirs = F.scaled_dot_product_attention(q, k, v, attn_mask=given_mask)
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@given(seeds)
def test_masked_keys_get_exactly_no_weight_and_the_rest_sums_to_one(seed):
    mask = random_mask(2, 1, 4, 5, seed=seed)
    energy = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(seed)) * 10
    weights = softmax_or_zeros(mask_energy(energy, mask))
    assert (weights.masked_select(~mask) == 0).all()
    expected = mask.any(dim=-1).expand(2, 3, 4).float()
    torch.testing.assert_close(weights.sum(dim=-1), expected)


def test_a_fully_masked_row_has_zero_weights_and_zero_gradients():
    energy = torch.randn(2, 3, requires_grad=True)
    weights = softmax_or_zeros(mask_energy(energy, torch.tensor([[False] * 3, [True, True, False]])))
    (weights * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert weights[0].tolist() == [0, 0, 0]
    assert energy.grad[0].tolist() == [0, 0, 0]
    assert energy.grad[1, 0] != 0
    assert energy.grad.isfinite().all()
