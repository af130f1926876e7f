"""Who may attend to whom: making masks, combining them, and what they do to the scores.

Here a mask is boolean, **True means "may attend"**, and it broadcasts to [B, H, L, S]: row i, column j
says whether query i may look at key j. `scaled_dot_product_attention` reads boolean masks the same way;
`mask_conventions.py` translates to other ways.
"""

import torch
from torch import Tensor

from transformer.model.argument_checks import check_boolean


def padding_mask(tokens: Tensor, pad_idx: int) -> Tensor:
    """True where a key is a real token: [B, S] -> [B, 1, 1, S].

    It speaks of keys only, so the same columns are blanked for every head and every query.
    """
    return (tokens != pad_idx).unsqueeze(1).unsqueeze(2)  # [B, 1, 1, S]


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """True on and below the diagonal, [1, 1, L, L]: position i sees positions 0..i, itself included."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()[None, None]


def mask_energy(energy: Tensor, mask: Tensor) -> Tensor:
    """-inf wherever `mask` (broadcastable to energy, [B, H, L, S]) forbids: softmax makes that exactly 0."""
    check_boolean(mask)
    return energy.masked_fill(~mask, float("-inf"))


def softmax_or_zeros(masked_energy: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax over the last axis, zeros (and zero gradients) for a row that is -inf throughout.

    Softmax alone would divide 0 by 0 there: NaN, which then spreads through the whole model. With the `mask`
    that was filled in, which is smaller, it takes less to see that there is no such row.
    """
    if mask is not None and is_known(mask.any(dim=-1)):
        return masked_energy.softmax(dim=-1)
    no_key_left = (masked_energy == float("-inf")).all(dim=-1, keepdim=True)
    if is_known(~no_key_left):
        return masked_energy.softmax(dim=-1)
    # Softmax must not see such a row: its gradient is NaN even where the result is overwritten.
    weights = masked_energy.masked_fill(no_key_left, 0.0).softmax(dim=-1)
    return weights.masked_fill(no_key_left, 0.0)


def is_known(everywhere: Tensor) -> bool:
    """Whether a boolean tensor is True throughout, so that work can be left out.

    While a program is compiled or exported no tensor has values yet: then that is not known.
    """
    return not torch.compiler.is_compiling() and bool(everywhere.all())
