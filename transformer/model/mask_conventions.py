"""Convert the masks of `masks.py` to PyTorch's other mask conventions, and back.

`nn.MultiheadAttention` takes boolean masks of the opposite polarity (True = masked out), or float masks that
are *added* to the scores (0 keeps, -inf masks).
"""

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.model.argument_checks import check_boolean, check_mask


def to_additive(mask: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """The float `attn_mask` that is added to the scores: 0 where `mask` is True, -inf elsewhere."""
    check_boolean(mask)
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, float("-inf"))


def from_additive(additive: Tensor) -> Tensor:
    """The boolean mask of a float mask: True wherever it is not -inf.

    A finite bias (such as ALiBi's) counts as True; its value is lost. Raises `InputError` if the mask is not
    of floats, since adding it would mask nothing.
    """
    if not additive.is_floating_point():
        raise InputError(
            "An additive mask holds floats, 0 or -inf; this one is {dtype}.",
            dtype=str(additive.dtype).removeprefix("torch."),
        )
    return additive != float("-inf")


def to_key_padding_mask(mask: Tensor) -> Tensor:
    """[B, 1, 1, S] -> `nn.MultiheadAttention`'s `key_padding_mask` [B, S], True = masked out.

    Raises `InputError` for a mask of another shape.
    """
    check_boolean(mask)
    if mask.dim() != 4 or mask.size(1) != 1 or mask.size(2) != 1:
        raise InputError(
            "A key_padding_mask can only say which keys are padding: it needs a mask of shape [B, 1, 1, S], "
            "this one is {shape}. Give it as attn_mask instead.",
            shape=list(mask.shape),
        )
    return ~mask[:, 0, 0, :]


def from_key_padding_mask(key_padding_mask: Tensor) -> Tensor:
    """[B, S], True = masked out -> [B, 1, 1, S], True = may attend. Raises `InputError` for anything else."""
    check_boolean(key_padding_mask)
    if key_padding_mask.dim() != 2:
        raise InputError(
            "A key_padding_mask has two axes, [B, S]; this one is of shape {shape}.",
            shape=list(key_padding_mask.shape),
        )
    return ~key_padding_mask[:, None, None, :]


def to_attn_mask(mask: Tensor, batch: int, heads: int) -> Tensor:
    """`nn.MultiheadAttention`'s boolean `attn_mask` [B * H, L, S], True = masked out.

    The last two axes of `mask` must have the sizes L and S (not 1); batch and heads are broadcast. Raises
    `InputError` if they cannot be.
    """
    rows, columns = mask.shape[-2:]
    check_mask(mask, (batch, heads, rows, columns))
    return ~mask.expand(batch, heads, rows, columns).reshape(batch * heads, rows, columns)


def from_attn_mask(attn_mask: Tensor, heads: int) -> Tensor:
    """[L, S] or [B * H, L, S], True = masked out -> [1, 1, L, S] or [B, H, L, S], True = may attend.

    Raises `InputError` for anything else.
    """
    check_boolean(attn_mask)
    if attn_mask.dim() == 2:
        return ~attn_mask[None, None]
    if attn_mask.dim() != 3 or attn_mask.size(0) % heads:
        raise InputError(
            "An attn_mask of shape {shape} does not hold a whole number of batches of {heads} heads.",
            shape=list(attn_mask.shape),
            heads=heads,
        )
    return ~attn_mask.view(-1, heads, *attn_mask.shape[-2:])
