"""Which of several tokens is the best: of equally probable ones, the one with the lowest id.

That is what `argmax` takes, so greedy decoding, sampling (at temperature 0, within top-k and top-p) and beam
search agree. Neither `topk` nor an unstable sort promises any order among equals.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Best(NamedTuple):
    """The largest numbers of each row and where they stand, the largest first."""

    values: Tensor
    indices: Tensor


def best(x: Tensor, count: int | None = None) -> Best:
    """The `count` largest numbers along the last axis (all by default), of equals the first; NaN before all.

    The order among -inf, the logarithm of a probability of 0, is left open.
    """
    size = x.size(-1)
    if count is not None and count < size:
        top = x.topk(count + 1)
        higher, lower = top.values[..., :-1], top.values[..., 1:]
        if ((higher > lower) | (lower == -math.inf)).all():  # no equals: there is one order only
            return Best(higher, top.indices[..., :-1])
    in_order = x.sort(dim=-1, descending=True, stable=True)
    return Best(in_order.values[..., :count], in_order.indices[..., :count])


def probabilities(logits: Tensor) -> Tensor:
    """Softmax over the last axis, [..., V]; infinite logits share the whole of it, as in the limit."""
    return _finite_above(logits).softmax(dim=-1)


def log_probabilities(logits: Tensor) -> Tensor:
    """The logarithm of `probabilities`, [..., V], exact where those are too small for their type."""
    logs = _finite_above(logits).log_softmax(dim=-1)
    return logs.masked_fill(logs < torch.finfo(logs.dtype).min / 2, -math.inf)


def _finite_above(logits: Tensor) -> Tensor:
    """inf - inf would be NaN; the largest number less itself is 0, less any other one far below 0."""
    return logits.clamp(max=torch.finfo(logits.dtype).max)
