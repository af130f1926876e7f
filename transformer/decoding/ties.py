"""Tie-breaking: of equally probable tokens, the one with the lowest id is the best.

`argmax` does the same, so greedy decoding, sampling (temperature 0, top-k, top-p) and beam search agree.
`topk` and unstable sorting guarantee no order among equal values.
"""

import math

import torch
from torch import Tensor


def best_first(logits: Tensor) -> Tensor:
    """All tokens, the most probable first, ties by id: logits [..., V] -> ids [..., V].

    NaN comes before all numbers, as in `argmax`.
    """
    return logits.sort(dim=-1, descending=True, stable=True).indices


def best(values: Tensor, count: int) -> list[tuple[int, float]]:
    """The `count` highest of these values [V], or all if there are fewer: id and value, ties by id."""
    ids = best_first(values)[:count]
    return list(zip(ids.tolist(), values[ids].tolist(), strict=True))


def in_one_order(descending: Tensor) -> bool:
    """Whether the order of each row of descending numbers is unique: no two are equal, and none is NaN.

    Repeated -inf, the logarithm of a probability of 0, is allowed: its order does not matter.
    """
    higher, lower = descending[..., :-1], descending[..., 1:]
    in_order = higher > lower
    return bool(in_order.all()) or bool((in_order | (lower == -math.inf)).all())


def probabilities(logits: Tensor) -> Tensor:
    """Softmax over the last axis, [..., V]; infinite logits share the whole probability, as in the limit."""
    return _finite_above(logits).softmax(dim=-1)


def log_probabilities(logits: Tensor) -> Tensor:
    """The logarithm of `probabilities`, [..., V], also where those underflow to 0."""
    logs = _finite_above(logits).log_softmax(dim=-1)
    return logs.masked_fill(logs < torch.finfo(logs.dtype).min / 2, -math.inf)


def _finite_above(logits: Tensor) -> Tensor:
    """Replace inf by the largest finite number: softmax subtracts the maximum, and inf - inf is NaN."""
    return logits.clamp(max=torch.finfo(logits.dtype).max)
