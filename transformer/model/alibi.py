"""Attention with linear biases (ALiBi): the score falls with the distance (Press et al. 2022, section 3).

Nothing is added to the embeddings. Before softmax, `slope * distance` is subtracted from every score; each
head has its own slope. A head with a steep slope looks at near tokens, one with a gentle slope can look far.
"""

import torch
from torch import Tensor

from transformer.model.positional import RelativePositions


class AlibiPositions(RelativePositions):
    """Lowers each energy in proportion to the distance between query and key."""

    def bias(self, q: Tensor, k: Tensor) -> Tensor:
        """-slope * distance for queries at the last L of S positions: [1, H, L, S]."""
        return alibi_bias(q.size(1), k.size(2), q)[:, :, k.size(2) - q.size(2) :]


def alibi_slopes(heads: int, like: Tensor | None = None) -> Tensor:
    """The slope of each head, [H]: 2^(-8/H), 2^(-16/H), ..., 2^-8 if H is a power of two.

    Otherwise the slopes for the next lower power of two P, then every other slope for 2P heads until there
    are H, as in the authors' code. `like` gives the dtype and the device (default: float64, CPU).
    """
    power = 2 ** (heads.bit_length() - 1)
    return torch.cat([_geometric(power, like), _geometric(2 * power, like)[0::2]])[:heads]


def _geometric(count: int, like: Tensor | None) -> Tensor:
    """2^(-8/n), 2^(-16/n), ..., 2^-8: [n]."""
    dtype, device = (torch.float64, None) if like is None else (like.dtype, like.device)
    return torch.exp2(-8 / count * torch.arange(1, count + 1, dtype=dtype, device=device))


def alibi_bias(heads: int, length: int, like: Tensor | None = None) -> Tensor:
    """The bias added to the scores: -slope * |i - j|, [1, H, L, L] for query i and key j.

    In the encoder it falls off on both sides; in the decoder the causal mask leaves only the lower triangle,
    which is the paper's -slope * (i - j).
    """
    slopes = alibi_slopes(heads, like)
    position = torch.arange(length, dtype=slopes.dtype, device=slopes.device)
    distance = (position[:, None] - position[None, :]).abs()  # [L, L]
    return (-slopes[:, None, None] * distance).unsqueeze(0)
