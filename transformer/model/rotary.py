"""Rotary positions (RoPE): queries and keys are rotated by their position (Su et al. 2021, section 3.4).

Each pair of numbers is a point in the plane; at position p it is rotated by p times the pair's frequency. A
score is a sum over pairs: length times length times the cosine of the angle between them. Rotating query i by
i steps and key j by j steps changes that angle by i - j steps, so positions enter the score only through the
distance of the two tokens.
"""

import torch
from torch import Tensor

from transformer.model.positional import RelativePositions, frequencies
from transformer.model.trace import Trace, record


class RotaryPositions(RelativePositions):
    """Rotates queries and keys before their scores are computed."""

    def turn(self, q: Tensor, k: Tensor, start: int, trace: Trace | None) -> tuple[Tensor, Tensor]:
        """Queries and keys, each rotated by its position: [B, H, L, Dh]."""
        q, k = record(trace, "unrotated_query", q), record(trace, "unrotated_key", k)
        return rotate(q, start), rotate(k, start)


def rotate(x: Tensor, start: int = 0) -> Tensor:
    """Queries or keys at positions start, start + 1, ..., each rotated by its position: [B, H, L, Dh]."""
    return turn(x, rotary_turns(start + x.size(-2), x.size(-1), x)[:, start:])


def rotary_turns(length: int, head_dim: int, like: Tensor, base: float = 10000.0) -> Tensor:
    """Cosine and sine of the angle of each position and pair: [2, L, Dh / 2], on the device of `like`.

    The frequencies are those of the sinusoidal encoding with Dh instead of D.
    """
    dtype = torch.promote_types(like.dtype, torch.float32)  # half precision cannot count past 2,048
    position = torch.arange(length, dtype=dtype, device=like.device).unsqueeze(1)  # [L, 1]
    angle = position * frequencies(head_dim, base, dtype=dtype, device=like.device)  # [L, Dh / 2]
    return torch.stack([angle.cos(), angle.sin()]).to(like.dtype)


def turn(x: Tensor, turns: Tensor) -> Tensor:
    """Rotate each pair (x[2i], x[2i + 1]) of [..., Dh] by its angle; `turns` [2, ..., Dh / 2] broadcasts."""
    cosine, sine = turns
    a, b = x[..., 0::2], x[..., 1::2]  # [..., Dh / 2]
    return torch.stack([a * cosine - b * sine, a * sine + b * cosine], dim=-1).flatten(-2)  # [..., Dh]
