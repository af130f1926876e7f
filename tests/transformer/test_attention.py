import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import (
    assert_same_gradients,
    attention_pairs,
    seeds,
    small_config,
    torch_attention,
)
from transformer import MultiHeadAttention, Trace
from transformer.model.attention import SHORT
from transformer.model.mask_conventions import from_key_padding_mask, to_attn_mask, to_key_padding_mask
from transformer.model.masks import causal_mask

TOLERANCES = [(torch.float32, 1e-5), (torch.float64, 1e-10)]
SHORT_AND_LONG = [5, SHORT + 6]
"""Lengths on both sides of where training goes over to the fused kernel."""


def make_attention(dtype=torch.float32, **values):
    torch.manual_seed(1)
    return MultiHeadAttention(small_config(**values)).to(dtype)


def padding(length):
    """Two sequences: one whole, one whose last two keys are padding. [2, 1, 1, S]"""
    keep = torch.ones(2, 1, 1, length, dtype=torch.bool)
    keep[1, ..., -2:] = False
    return keep


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("length", SHORT_AND_LONG)
@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_self_attention_and_its_gradients_are_those_of_pytorch(
    dtype, tolerance, length, traced, causal, padded
):
    ours = make_attention(dtype)
    peer = torch_attention(ours)
    x = torch.randn(2, length, 12, dtype=dtype, requires_grad=True)
    x_peer = x.detach().clone().requires_grad_()
    probe = torch.randn(2, length, 12, dtype=dtype)

    pad, rows = padding(length), causal_mask(length)
    mask = {(False, False): None, (True, False): rows, (False, True): pad, (True, True): rows & pad}
    output = ours(x, x, x, mask[causal, padded], Trace() if traced else None)
    theirs = peer(
        x_peer,
        x_peer,
        x_peer,
        key_padding_mask=to_key_padding_mask(pad) if padded else None,
        attn_mask=~rows[0, 0] if causal else None,
        need_weights=False,
    )[0]
    torch.testing.assert_close(output, theirs, atol=tolerance, rtol=0)

    (output * probe).mean().backward()
    (theirs * probe).mean().backward()
    torch.testing.assert_close(x.grad, x_peer.grad, atol=tolerance, rtol=0)
    assert_same_gradients(attention_pairs(ours, peer), tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("traced", [False, True])
def test_cross_attention_with_a_mask_per_head_and_its_gradients_are_those_of_pytorch(
    dtype, tolerance, traced
):
    ours = make_attention(dtype)
    peer = torch_attention(ours)
    inputs = [torch.randn(2, length, 12, dtype=dtype, requires_grad=True) for length in (4, 6, 6)]
    copies = [x.detach().clone().requires_grad_() for x in inputs]
    mask = torch.rand(2, 3, 4, 6) > 0.5
    mask[..., 1] = True
    output = ours(*inputs, mask, Trace() if traced else None)
    theirs = peer(*copies, attn_mask=to_attn_mask(mask, 2, 3), need_weights=False)[0]
    torch.testing.assert_close(output, theirs, atol=tolerance, rtol=0)
    output.square().mean().backward()
    theirs.square().mean().backward()
    for x, copy in zip(inputs, copies, strict=True):
        torch.testing.assert_close(x.grad, copy.grad, atol=tolerance, rtol=0)
    assert_same_gradients(attention_pairs(ours, peer), tolerance)


def test_recorded_weights_are_those_pytorch_returns_per_head():
    ours = make_attention().eval()
    x, mask, trace = torch.randn(2, 5, 12), padding(5), Trace()
    ours(x, x, x, mask, trace)
    key_padding = to_key_padding_mask(mask)
    assert torch.equal(from_key_padding_mask(key_padding), mask)
    _, weights = torch_attention(ours)(x, x, x, key_padding_mask=key_padding, average_attn_weights=False)
    torch.testing.assert_close(trace["weights"], weights, atol=1e-5, rtol=0)


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
@given(seeds, st.sampled_from([1, 4, SHORT + 6]), st.booleans())
def test_all_paths_agree_in_value_and_gradient_where_distances_count(positions, seed, L, masked):
    attention = make_attention(torch.float64, positions=positions)
    torch.manual_seed(seed)
    x, probe = torch.randn(2, L, 12, dtype=torch.float64), torch.randn(2, L, 12, dtype=torch.float64)
    mask = torch.rand(2, 3, L, L) > 0.4 if masked else None  # rows with no key left among them
    gradients = []
    for trace in (Trace(), None):
        inputs = x.clone().requires_grad_()
        output = attention(inputs, inputs, inputs, mask, trace)
        gradients += torch.autograd.grad((output * probe).sum(), inputs)
    with torch.no_grad():
        fused = attention(x, x, x, mask)
    torch.testing.assert_close(output, fused, atol=1e-10, rtol=0)
    torch.testing.assert_close(*gradients, atol=1e-10, rtol=0)


@given(seeds, st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_traced_training_and_fused_paths_agree(seed, L, S, masked):
    attention = make_attention()
    torch.manual_seed(seed)
    query, key = torch.randn(2, L, 12), torch.randn(2, S, 12)
    mask = torch.rand(2, 3, L, S) > 0.4 if masked else None  # rows with no key left among them
    traced = attention(query, key, key, mask, Trace())
    training = attention(query, key, key, mask)
    with torch.no_grad():
        fused = attention(query, key, key, mask)
    torch.testing.assert_close(traced, training, atol=1e-5, rtol=0)
    torch.testing.assert_close(traced, fused, atol=1e-5, rtol=0)


@pytest.mark.parametrize("length", SHORT_AND_LONG)
@pytest.mark.parametrize("path", ["traced", "training", "fused"])
@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
def test_a_fully_masked_row_gathers_nothing_and_has_finite_gradients(length, path, positions):
    attention = make_attention(positions=positions)
    x = torch.randn(2, length, 12, requires_grad=True)
    mask = torch.ones(2, 1, length, length, dtype=torch.bool)
    mask[0, :, 1] = False  # one row
    mask[1] = False  # a whole sequence
    with torch.set_grad_enabled(path != "fused"):
        output = attention(x, x, x, mask, Trace() if path == "traced" else None)
    nothing = attention.fc_out.bias  # what fc_out makes of zeros
    assert torch.equal(output[0, 1], nothing)
    assert torch.equal(output[1], nothing.expand(length, 12))
    assert not torch.equal(output[0, 0], nothing)
    if path != "fused":
        output.square().sum().backward()
        gradients = [x.grad, *(weight.grad for weight in attention.parameters())]
        assert all(gradient.isfinite().all() for gradient in gradients)


@given(seeds)
def test_heads_are_separate_projections_side_by_side(seed):
    attention = make_attention().eval()
    x, trace = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(seed)), Trace()
    attention(x, x, x, None, trace)
    for head in range(3):
        mine = slice(4 * head, 4 * head + 4)
        query = x @ attention.fc_q.weight[mine].T + attention.fc_q.bias[mine]
        torch.testing.assert_close(trace["query"][:, head], query, atol=1e-5, rtol=0)
    assert torch.equal(attention.merge_heads(attention.split_heads(x)), x)


def test_without_a_mask_the_trace_says_that_everything_may_be_seen():
    trace, x = Trace(), torch.randn(1, 2, 12)
    make_attention()(x, x, x, None, trace)
    assert trace["mask"].all()
    assert torch.equal(trace["energy"], trace["masked_energy"])


@pytest.mark.parametrize("traced", [False, True])
def test_dropout_acts_on_the_weights_in_training_only(traced):
    attention = make_attention(dropout=0.5)
    x = torch.randn(1, 5, 12)
    first, second = (attention.train()(x, x, x, None, Trace() if traced else None) for _ in range(2))
    assert not torch.equal(first, second)
    first, second = (attention.eval()(x, x, x, None, Trace() if traced else None) for _ in range(2))
    assert torch.equal(first, second)
