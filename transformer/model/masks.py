"""Attention masks: how they are made, and what they do to the scores.

A mask is boolean, **True means "may attend"**, and it broadcasts to [B, H, L, S]: row i, column j says
whether query i may attend to key j. `scaled_dot_product_attention` reads boolean masks the same way;
`mask_conventions.py` converts to other conventions.
"""

import torch
from torch import Tensor

from transformer.model.argument_checks import check_boolean


def padding_mask(tokens: Tensor, pad_idx: int) -> Tensor:
    """True where a key is a real token: [B, S] -> [B, 1, 1, S].

    It depends on the key only, so it masks the same columns for every head and every query.
    """
    return (tokens != pad_idx).unsqueeze(1).unsqueeze(2)  # [B, 1, 1, S]


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """True on and below the diagonal, [1, 1, L, L]: position i may attend to positions 0..i."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()[None, None]


def mask_energy(energy: Tensor, mask: Tensor) -> Tensor:
    """`energy` [B, H, L, S] with -inf where `mask` (broadcast) is False: softmax makes that exactly 0."""
    check_boolean(mask)
    return energy.masked_fill(~mask, float("-inf"))


def softmax_or_zeros(masked_energy: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax over the last axis, but zeros (and zero gradients) for a row that is -inf throughout.

    Softmax alone gives 0 / 0 = NaN for such a row, which then spreads through the whole model. Pass the
    `mask` that produced `masked_energy` if there is one: it is smaller, so checking it for such rows is
    faster.
    """
    if mask is not None and is_known(mask.any(dim=-1)):
        return masked_energy.softmax(dim=-1)
    no_key_left = (masked_energy == float("-inf")).all(dim=-1, keepdim=True)
    if is_known(~no_key_left):
        return masked_energy.softmax(dim=-1)
    # Fill before softmax: otherwise the gradient is NaN even though the result is overwritten.
    weights = masked_energy.masked_fill(no_key_left, 0.0).softmax(dim=-1)
    return weights.masked_fill(no_key_left, 0.0)


def is_known(everywhere: Tensor) -> bool:
    """Whether a boolean tensor is known to be True throughout, so that work can be skipped.

    False while a model is compiled or exported, because tensors have no values then.
    """
    return not torch.compiler.is_compiling() and bool(everywhere.all())
