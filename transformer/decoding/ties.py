"""Which of several tokens is the best: of equally probable ones, the one with the lowest id.

That is what `argmax` takes, so greedy decoding, sampling (at temperature 0, within top-k and top-p) and beam
search agree. Neither `topk` nor an unstable sort promises any order among equals.
"""

import math

import torch
from torch import Tensor


def best_first(logits: Tensor) -> Tensor:
    """All tokens, the most probable first, of equals the lowest id: logits [..., V] -> ids [..., V].

    NaN stands before all numbers, as for `argmax`.
    """
    return logits.sort(dim=-1, descending=True, stable=True).indices


def in_one_order(descending: Tensor) -> bool:
    """Whether rows of numbers, largest first, could be in no other order: no two are equal, none is NaN.

    -inf, the logarithm of a probability of 0, does not count: its order does not matter.
    """
    higher, lower = descending[..., :-1], descending[..., 1:]
    in_order = higher > lower
    return bool(in_order.all()) or bool((in_order | (lower == -math.inf)).all())


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
