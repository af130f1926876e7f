"""Interpret the user's own mask: its likely convention, what it hides, and likely mistakes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.errors import InputError, Remark
from transformer.model.mask_conventions import to_additive, to_attn_mask, to_key_padding_mask

Meaning = Literal["keeps", "drops", "added"]
"""What True (or 1) means, or that the numbers are added to the scores."""


FAR_BELOW = -1e4
"""Numbers up to this one, when added to scores, count as masking, like -inf."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of the scores that the mask is for."""

    batch: int
    heads: int


@dataclass(frozen=True)
class Reading:
    """One possible interpretation of a mask."""

    letters: str
    """Its axes, such as [B, S]."""
    meaning: Meaning
    keep: Tensor
    """[B, H, L, S], True = may attend."""
    fits: bool
    """Whether it is plausible."""
    why: Remark
    """The reason for or against it."""
    rank: int = 2
    """The likeliest have the lowest: 0 causal, 1 padding on the right, 2 anything else, 3 left padding."""


def readings(mask: Tensor, sizes: Sizes) -> list[Reading]:
    """All possible interpretations of the mask, the likely ones first.

    Raises `InputError` if its shape fits the sizes in no way.
    """
    shapes = _shapes(mask, sizes)
    if not shapes:
        raise InputError(
            "A mask of shape {shape} fits no scores of {batch} sentences and {heads} heads: three axes are "
            "[B·H, L, S] or [B, L, S], four are [B, H, L, S] with the same sizes or 1.",
            shape=list(mask.shape),
            batch=sizes.batch,
            heads=sizes.heads,
        )
    found = [
        _reading(letters, meaning, _keep(full, meaning))
        for letters, full in shapes
        for meaning in _meanings(mask)
    ]
    return sorted(found, key=lambda reading: (not reading.fits, reading.rank))


def _shapes(mask: Tensor, sizes: Sizes) -> list[tuple[str, Tensor]]:
    """All possible readings of the axes: their letters, and the mask expanded to [B, H, L, S]."""
    batch, heads = sizes.batch, sizes.heads
    *first, rows, columns = mask.shape
    whole = (batch, heads, rows, columns)
    if mask.dim() == 2:
        found = [("[L, S]", mask.expand(whole))]
        if rows == batch:
            found.append(("[B, S]", mask[:, None, None, :].expand(batch, heads, columns, columns)))
        return found
    if mask.dim() == 3:
        found = []
        if first[0] == batch * heads:
            found.append(("[B·H, L, S]", mask.reshape(whole)))
        if first[0] == batch:
            found.append(("[B, L, S]", mask[:, None].expand(whole)))
        return found
    if all(own in (1, wanted) for own, wanted in zip(first, (batch, heads), strict=True)):
        size = (batch, heads, columns if rows == 1 and columns > 1 and first[1] == 1 else rows, columns)
        letters = [name if own > 1 else "1" for name, own in zip("BHLS", mask.shape, strict=True)]
        return [(f"[{', '.join(letters)}]", mask.expand(size))]
    return []


def _meanings(mask: Tensor) -> tuple[Meaning, ...]:
    if mask.is_floating_point() and not bool(((mask == 0) | (mask == 1)).all()):
        return ("added",)
    return ("keeps", "drops")


def _keep(full: Tensor, meaning: Meaning) -> Tensor:
    if meaning == "added":
        return full > FAR_BELOW
    return full.bool() if meaning == "keeps" else ~full.bool()


def _reading(letters: str, meaning: Meaning, keep: Tensor) -> Reading:
    fits, rank, why = _judged(keep)
    return Reading(letters, meaning, keep, fits, why, rank)


def _judged(keep: Tensor) -> tuple[bool, int, Remark]:
    """Whether a mask [B, H, L, S] is plausible, its rank, and why."""
    if empty := int((~keep.any(-1)).sum()):
        return False, 2, Remark("{count} rows would have no key at all", count=empty)
    if keep.size(-1) == keep.size(-2):
        if not keep.triu(1).any():
            return True, 0, Remark("no query sees a later key: causal")
        if not keep.tril(-1).any():
            return False, 2, Remark("every query would see only itself and later keys")
    if bool(keep.all()) or not bool((keep == keep[..., :1, :]).all()):
        return True, 2, Remark("every row has a key")
    seen = keep[:, 0, 0]  # [B, S]: all rows alike, so padding
    if bool(seen[:, 0].all()):
        return True, 1, Remark("the same keys for every query, from the first on: padding")
    if bool(seen[:, -1].all()):
        return True, 3, Remark("the same keys for every query, to the last: padding on the left")
    return False, 2, Remark("the sentences would neither begin nor end with a real token")


# --- what is in it ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What a mask [B, H, L, S] hides."""

    empty_rows: Tensor
    """[B, H, L], bool: queries without any key; softmax gives NaN for them, some functions 0."""
    unseen_columns: Tensor
    """[B, H, S], bool: keys that no query sees."""
    future: Tensor
    """[B, H, L, S], bool: a query sees a later key; the last query is aligned with the last key."""
    heads: tuple[tuple[int, ...], ...]
    """Groups of heads that have the same mask in every sentence; one group if all are equal."""
    sentences: tuple[tuple[int, ...], ...]
    """Groups of sentences that have the same mask in every head."""

    marked: Tensor
    """[B, H, L, S], bool: cells of empty rows and unseen columns, and those that show the future.

    The latter are left out if all queries see the same keys, since a padding mask has no order."""


def facts(keep: Tensor) -> Facts:
    """The facts of a mask [B, H, L, S], True = may attend."""
    rows, columns = keep.shape[-2:]
    later = torch.ones(rows, columns, dtype=torch.bool).triu(1 + columns - rows)
    empty, unseen, future = ~keep.any(-1), ~keep.any(-2), keep & later
    ordered = (keep != keep[..., :1, :]).any()
    return Facts(
        empty,
        unseen,
        future,
        _alike(keep.transpose(0, 1)),
        _alike(keep),
        empty[..., None] | unseen[..., None, :] | future & ordered,
    )


def _alike(parts: Tensor) -> tuple[tuple[int, ...], ...]:
    """Groups of equal parts [N, ...], as their indices, in the order of their first."""
    groups: dict[bytes, list[int]] = {}
    for number, part in enumerate(parts):
        groups.setdefault(part.contiguous().numpy().tobytes(), []).append(number)
    return tuple(map(tuple, groups.values()))


def mistakes(mask: Tensor, sizes: Sizes, keep: Tensor) -> list[Remark]:
    """Likely mistakes in a mask, for the interpretation that gives `keep`."""
    return [*_of_numbers(mask), *_of_axes(mask, sizes), *_of_the_diagonal(keep), *_of_rows(keep)]


def _of_numbers(mask: Tensor) -> list[Remark]:
    found = []
    if mask.is_floating_point() and bool(((mask == 0) | (mask == 1)).all()):
        found.append(
            Remark(
                "The mask holds the floats 0 and 1. Where a float mask is added to the scores, as in "
                "scaled_dot_product_attention, 1 only favours a key a little and 0 hides nothing."
            )
        )
    if mask.is_floating_point() and bool(((mask < 0) & (mask > FAR_BELOW)).any()):
        found.append(
            Remark(
                "Some numbers are negative, but not far below the scores: such a key is made less likely, "
                "not hidden. -inf hides it."
            )
        )
    if bool(mask.isnan().any()):
        found.append(Remark("Some cells are NaN: softmax makes NaN of their whole row."))
    return found


def _of_axes(mask: Tensor, sizes: Sizes) -> list[Remark]:
    """Axes of equal size, which broadcasting may confuse."""
    if mask.dim() == 2 and mask.size(0) == mask.size(1) == sizes.batch:
        return [
            Remark(
                "B, L and S are equal, so that [B, S] and [L, S] cannot be told apart, and PyTorch takes one "
                "for the other without an error. Write [B, 1, 1, S] for padding."
            )
        ]
    if mask.dim() == 3 and mask.size(0) == sizes.batch == sizes.heads:
        return [
            Remark(
                "Broadcasting aligns a mask [B, L, S] with the heads, and B equals H here, so that no error "
                "says so. Write [B, 1, L, S]."
            )
        ]
    return []


def _of_the_diagonal(keep: Tensor) -> list[Remark]:
    """A causal mask off by one diagonal, or of the wrong triangle."""
    rows, columns = keep.shape[-2:]
    if rows != columns or columns < 3:
        return []
    ones = torch.ones_like(keep)
    if bool((keep == ones.tril(1)).all()):
        return [
            Remark(
                "Every query sees one key after itself: the diagonal is counted one too far. Causal is "
                "tril(), or triu(1) of what is masked."
            )
        ]
    if bool((keep == ones.tril(-1)).all()):
        return [
            Remark("No query sees itself, and the first sees nothing: causal is tril(), with the diagonal.")
        ]
    if bool((keep == ones.triu()).all()) or bool((keep == ones.triu(1)).all()):
        return [
            Remark(
                "Queries see later keys only: triu stands where tril is meant, or the polarity is inverted."
            )
        ]
    return []


def _of_rows(keep: Tensor) -> list[Remark]:
    """An inverted padding mask, or one that masks the rows of PADs as well as their columns."""
    empty, unseen = ~keep.any(-1), ~keep.any(-2)
    if bool(empty.all(-1).any()) and not bool(keep[..., 0].any()):
        return [
            Remark("Whole sentences see nothing, and no first key is seen: the polarity may be inverted.")
        ]
    if keep.size(-1) == keep.size(-2) and bool(empty.any()) and torch.equal(empty, unseen):
        return [
            Remark(
                "The rows of PADs are masked as well as their columns. Only keys need masking: a row without "
                "a key becomes NaN in softmax, and so does its gradient."
            )
        ]
    return []


# --- in PyTorch's own words ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """The mask in one convention, and how far PyTorch's result with it is from softmax by hand."""

    name: str
    meaning: Meaning
    values: Tensor | None
    """None if this convention cannot express the mask."""
    code: str
    difference: float
    """Largest difference of outputs or weights, over rows with a key; NaN if `values` is None."""


def conversions(keep: Tensor) -> list[Written]:
    """A mask [B, H, L, S], True = may attend, in PyTorch's conventions, each tested on random numbers."""
    batch, heads, rows, columns = keep.shape
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(batch, heads, n, 4, generator=generator) for n in (rows, columns, columns))
    dropped = to_attn_mask(keep, batch, heads)
    written = [
        _sdpa(
            "SDPA attn_mask, bool",
            "keeps",
            keep,
            "F.scaled_dot_product_attention(q, k, v, attn_mask=keep)",
            (q, k, v),
        ),
        _sdpa(
            "SDPA attn_mask, float",
            "added",
            to_additive(keep),
            "attn_mask=torch.zeros(keep.shape).masked_fill(~keep, float('-inf'))",
            (q, k, v),
        ),
        _mha(
            "MHA attn_mask, bool", keep, {"attn_mask": dropped}, "mha(x, y, y, attn_mask=~keep.flatten(0, 1))"
        ),
    ]
    same = bool((keep == keep[:, :1, :1]).all())
    padding = to_key_padding_mask(keep[:, :1, :1]) if same else None
    name, code = "MHA key_padding_mask", "mha(x, y, y, key_padding_mask=~keep[:, 0, 0])"
    if padding is None:
        return [*written, Written(name, "drops", None, code, math.nan)]
    return [*written, _mha(name, keep, {"key_padding_mask": padding}, code)]


def _by_hand(scores: Tensor, keep: Tensor) -> Tensor:
    return scores.masked_fill(~keep, float("-inf")).softmax(-1)


@torch.no_grad()
def _sdpa(
    name: str, meaning: Meaning, mask: Tensor, code: str, qkv: tuple[Tensor, Tensor, Tensor]
) -> Written:
    q, k, v = qkv
    keep = mask if mask.dtype == torch.bool else mask == 0
    expected = _by_hand(q @ k.transpose(-2, -1) / math.sqrt(q.size(-1)), keep) @ v
    got = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return Written(name, meaning, mask, code, _apart(got, expected, keep.any(-1)))


@torch.no_grad()
def _mha(name: str, keep: Tensor, masks: dict[str, Tensor], code: str) -> Written:
    """Test the weights of an `nn.MultiheadAttention` with random projections."""
    batch, heads, rows, columns = keep.shape
    torch_state = torch.get_rng_state()
    torch.manual_seed(0)
    mha = nn.MultiheadAttention(4 * heads, heads, batch_first=True).eval()
    x, y = torch.randn(batch, rows, 4 * heads), torch.randn(batch, columns, 4 * heads)
    torch.set_rng_state(torch_state)
    weights = mha(x, y, y, average_attn_weights=False, **masks)[1]
    plain = mha(x, y, y, average_attn_weights=False)[1]
    kept = plain.masked_fill(~keep, 0.0)
    expected = kept / kept.sum(-1, keepdim=True)
    return Written(name, "drops", next(iter(masks.values())), code, _apart(weights, expected, keep.any(-1)))


def _apart(got: Tensor, expected: Tensor, alive: Tensor) -> float:
    difference = (got - expected).abs()[alive]
    return float(difference.max()) if difference.numel() else 0.0
