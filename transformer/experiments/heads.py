"""What a head's attention weights come to: how spread they are, and the average over heads."""

import math

import torch
from torch import Tensor


def head_average(weights: Tensor) -> Tensor:
    """The mean over heads: [..., H, L, S] -> [..., 1, L, S]. Its rows sum to 1 like those of each head."""
    return weights.mean(dim=-3, keepdim=True)


def attention_entropy(weights: Tensor) -> Tensor:
    """How spread each query's weights are, in bits: [..., L, S] -> [..., L].

    0 where one key has all the weight, log2 of the number of keys where all have the same (Shannon 1948);
    0 too for a query that may attend to nothing.
    """
    nats: Tensor = torch.special.entr(weights).sum(dim=-1)
    return nats / math.log(2)
