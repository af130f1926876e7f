"""Who may attend to whom: making masks, combining them, and speaking PyTorch's other conventions.

Here a mask is boolean, **True means "may attend"**, and it broadcasts to [B, H, L, S]: row i, column j
says whether query i may look at key j. `scaled_dot_product_attention` reads boolean masks the same way.
`nn.MultiheadAttention` reads them the other way round (True = masked out), or takes float masks that are
*added* to the scores (0 keeps, -inf masks).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from transformer.errors import InputError


def check_mask(mask: Tensor, size: Sequence[int]) -> None:
    """Raise `InputError` unless `mask` is boolean and broadcasts to `size`, [B, H, L, S], axis by axis.

    Fewer axes are refused: PyTorch would align [B, S] with queries and keys, and say so only if B != L.
    """
    check_boolean(mask)
    if mask.dim() != 4 or not all(own in (1, wanted) for own, wanted in zip(mask.shape, size, strict=True)):
        raise InputError(
            "A mask of shape {shape} does not fit scores of shape {size}. It needs four axes, [B, H, L, S], "
            "each of the same size as there or 1.",
            shape=list(mask.shape),
            size=list(size),
        )


def check_boolean(mask: Tensor) -> None:
    """Raise `InputError` unless `mask` holds booleans: `~` makes -1 and -2 of the numbers 0 and 1."""
    if mask.dtype != torch.bool:
        raise InputError(
            "A mask must be boolean; this one is {dtype}. `mask.bool()` makes one of the numbers 0 and 1, "
            "`from_additive` one of -inf and 0.",
            dtype=str(mask.dtype).removeprefix("torch."),
        )


def padding_mask(tokens: Tensor, pad_idx: int) -> Tensor:
    """True where a key is a real token: [B, S] -> [B, 1, 1, S].

    It speaks of keys only, so the same columns are blanked for every head and every query.
    """
    return (tokens != pad_idx).unsqueeze(1).unsqueeze(2)  # [B, 1, 1, S]


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """True on and below the diagonal, [1, 1, L, L]: position i sees positions 0..i, itself included."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()[None, None]


def sliding_window_mask(queries: int, keys: int, width: int) -> Tensor:
    """True where a key is at most `width` positions away from the query: [1, 1, L, S]."""
    distance = torch.arange(queries)[:, None] - torch.arange(keys)[None, :]
    return (distance.abs() <= width)[None, None]


def combine(*masks: Tensor | None) -> Tensor | None:
    """May attend only where every mask allows it; None allows everything."""
    combined: Tensor | None = None
    for mask in masks:
        if mask is not None:
            check_boolean(mask)
            combined = mask if combined is None else combined & mask
    return combined


def mask_energy(energy: Tensor, mask: Tensor) -> Tensor:
    """-inf wherever `mask` (broadcastable to energy, [B, H, L, S]) forbids: softmax makes that exactly 0."""
    check_boolean(mask)
    return energy.masked_fill(~mask, float("-inf"))


def softmax_or_zeros(masked_energy: Tensor) -> Tensor:
    """Softmax over the last axis, zeros (and zero gradients) for a row that is -inf throughout.

    Softmax alone would divide 0 by 0 there: NaN, which then spreads through the whole model.
    """
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


def to_additive(mask: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """0 where one may attend, -inf elsewhere: the float `attn_mask`, added to the scores."""
    check_boolean(mask)
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, float("-inf"))


def from_additive(additive: Tensor) -> Tensor:
    """The keep-mask of a float mask: True wherever it is not -inf.

    A finite bias (ALiBi's, say) keeps its key; what it adds to the score is lost here. Raises `InputError`
    for a mask that is not of floats: adding it would mask nothing.
    """
    if not additive.is_floating_point():
        raise InputError(
            "An additive mask holds floats, 0 or -inf; this one is {dtype}.",
            dtype=str(additive.dtype).removeprefix("torch."),
        )
    return additive != float("-inf")


def to_key_padding_mask(mask: Tensor) -> Tensor:
    """`nn.MultiheadAttention`'s `key_padding_mask` [B, S], True = masked out, from a mask [B, 1, 1, S]."""
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

    The mask must have its true number of rows and columns (not 1); batch and heads are stretched. Raises
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
