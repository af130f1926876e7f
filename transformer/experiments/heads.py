"""Statistics of attention weights: the average over heads, and the entropy."""

import math

import torch
from torch import Tensor


def head_average(weights: Tensor) -> Tensor:
    """The mean over heads: [..., H, L, S] -> [..., 1, L, S]. Its rows sum to 1 like those of each head."""
    return weights.mean(dim=-3, keepdim=True)


def attention_entropy(weights: Tensor) -> Tensor:
    """The entropy of each query's weights, in bits (Shannon 1948): [..., L, S] -> [..., L].

    0 if one key has all the weight, log2 of the number of keys if all have the same weight. Also 0 for a
    query that may attend to nothing.
    """
    nats: Tensor = torch.special.entr(weights).sum(dim=-1)
    return nats / math.log(2)
