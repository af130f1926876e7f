"""Checks of the model's arguments: masks must fit the scores, tokens must be ids."""

from collections.abc import Sequence

import torch
from torch import Tensor

from transformer.errors import InputError


def check_mask(mask: Tensor, size: Sequence[int]) -> None:
    """Raise `InputError` unless `mask` is boolean and broadcasts to `size`, [B, H, L, S], axis by axis.

    Fewer axes are refused: PyTorch would broadcast [B, S] as [L, S], and fail only if B != L.
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
    """Raise `InputError` unless `mask` is boolean: on integers, `~` turns 0 and 1 into -1 and -2."""
    if mask.dtype != torch.bool:
        raise InputError(
            "A mask must be boolean; this one is {dtype}. `mask.bool()` makes one of the numbers 0 and 1, "
            "`from_additive` one of -inf and 0.",
            dtype=str(mask.dtype).removeprefix("torch."),
        )


def check_tokens(tokens: Tensor) -> None:
    """Raise `InputError` unless `tokens` are integers [B, L], with at least one sequence and one position."""
    if tokens.dim() != 2 or tokens.numel() == 0:
        raise InputError(
            "Tokens need the shape [B, L], with at least one sequence and one position; these have {shape}.",
            shape=list(tokens.shape),
        )
    if tokens.dtype not in (torch.int64, torch.int32):
        raise InputError(
            "Tokens are ids, whole numbers of type int64 or int32; these are {dtype}.",
            dtype=str(tokens.dtype).removeprefix("torch."),
        )
