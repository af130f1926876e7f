"""A mask that is not boolean, or whose four axes do not fit, is refused wherever a mask can be passed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import example_pair, make_model, seeds, small_config
from transformer import InputError, MultiHeadAttention, Trace
from transformer.model.mask_conventions import (
    from_additive,
    from_attn_mask,
    from_key_padding_mask,
    to_additive,
    to_attn_mask,
    to_key_padding_mask,
)
from transformer.model.masks import mask_energy

PATHS = ["traced", "training", "fused"]
DTYPES = [torch.float32, torch.float64, torch.int64, torch.uint8]
B, H, L, S = 2, 3, 4, 4


def attend(path, mask):
    attention = MultiHeadAttention(small_config())
    query, key = torch.randn(B, L, 12), torch.randn(B, S, 12)
    with torch.set_grad_enabled(path != "fused"):
        return attention(query, key, key, mask, Trace() if path == "traced" else None)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_attention_refuses_a_mask_that_is_not_boolean(path, dtype):
    with pytest.raises(InputError, match="must be boolean"):
        attend(path, torch.ones(B, 1, L, S, dtype=dtype))


@pytest.mark.parametrize("path", PATHS)
@given(st.lists(st.integers(1, 5), max_size=5))
def test_attention_takes_a_mask_if_and_only_if_its_four_axes_fit(path, shape):
    fits = len(shape) == 4 and all(size in (1, own) for size, own in zip(shape, (B, H, L, S), strict=True))
    mask = torch.ones(shape, dtype=torch.bool)
    if fits:
        assert attend(path, mask).shape == (B, L, 12)
    else:
        with pytest.raises(InputError, match="four axes"):
            attend(path, mask)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("side", ["src_mask", "trg_mask"])
@pytest.mark.parametrize("shape", ["additive", "two axes"])
def test_the_model_refuses_them_in_forward_and_encode(path, side, shape):
    model = make_model(small_config(embed_dim=12))
    src, trg = example_pair()
    wrong = torch.zeros(3, 1, 1, 1) if shape == "additive" else torch.ones(6, 6).bool()
    trace = Trace() if path == "traced" else None
    with torch.set_grad_enabled(path != "fused"):
        with pytest.raises(InputError, match="mask"):
            model(src, trg, **{side: wrong}, trace=trace)
        with pytest.raises(InputError, match="mask"):
            model.encode(src, wrong, trace=trace)


def test_a_mask_that_an_edit_puts_in_is_looked_at_too():
    model, (src, trg) = make_model(small_config()), example_pair()
    with pytest.raises(InputError, match="must be boolean"):
        model(src, trg, trace=Trace({"encoder.0.self_attention.mask": lambda mask: mask.float()}))


def test_numbers_in_the_place_of_booleans_are_refused_not_inverted_bit_by_bit():
    for convert in (from_key_padding_mask, to_key_padding_mask, to_additive):
        with pytest.raises(InputError, match="must be boolean"):
            convert(torch.tensor([[0, 0, 1]]))
    with pytest.raises(InputError, match="must be boolean"):
        from_attn_mask(torch.zeros(2, 2), heads=1)
    with pytest.raises(InputError, match="must be boolean"):
        to_attn_mask(torch.zeros(1, 1, 2, 2), 1, 1)
    with pytest.raises(InputError, match="must be boolean"):
        mask_energy(torch.zeros(2, 2), torch.zeros(2, 2))
    with pytest.raises(InputError, match="holds floats"):
        from_additive(torch.ones(2, 2, dtype=torch.bool))


@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 3), (2, 1, 1, 3)])
def test_a_key_padding_mask_has_two_axes_and_an_attn_mask_two_or_three(shape):
    with pytest.raises(InputError, match="two axes"):
        from_key_padding_mask(torch.ones(shape, dtype=torch.bool))
    if len(shape) != 3:
        with pytest.raises(InputError, match="attn_mask"):
            from_attn_mask(torch.ones(shape, dtype=torch.bool), heads=1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@given(seed=seeds)
def test_what_a_masked_key_holds_counts_for_nothing_step_by_step_and_in_training(bad, seed):
    torch.manual_seed(seed)
    attention = MultiHeadAttention(small_config())
    q, k, v = torch.randn(3, B, H, L, 4).unbind()
    mask = torch.rand(B, H, L, S) > 0.3
    mask[..., 1] = False
    hidden = ~mask.any(dim=2)  # [B, H, S]: keys that no query may see
    damaged = k.masked_fill(hidden[..., None], bad)
    for trace in (None, Trace()):
        start = q.clone().requires_grad_()
        whole, spoilt = (
            attention.attend(start, k, v, mask, trace),
            attention.attend(start, damaged, v, mask, trace),
        )
        assert torch.equal(whole, spoilt)
        assert whole.isfinite().all()


def test_half_precision_overflows_where_the_docstring_says():
    attention = MultiHeadAttention(small_config(embed_dim=2, heads=1)).half()
    attention.fc_out = torch.nn.Identity()
    for width, finite in ((1, {"traced", "training", "fused"}), (2, {"fused"}), (4, {"fused"})):
        attention.head_dim = width
        q = torch.full((1, 1, 2, width), 200.0, dtype=torch.half)
        v = torch.ones_like(q)
        found = {
            "traced": attention.attend(q, q, v, None, Trace()),
            "training": attention.attend(q.clone().requires_grad_(), q, v, None, None),
            "fused": attention.attend(q, q, v, None, None),
        }
        assert {path for path, output in found.items() if output.isfinite().all()} == finite
        assert all((found[path] == 1).all() for path in finite)
