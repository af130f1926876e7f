"""Positions of tokens: encodings added to the embeddings, and the interface for relative positions."""

import math

import torch
from torch import Tensor, nn

from transformer.errors import InputError
from transformer.model.config import TransformerConfig
from transformer.model.trace import Trace, record


def frequencies(
    embed_dim: int,
    base: float = 10000.0,
    *,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str | None = None,
) -> Tensor:
    """The angle per position in each pair of dimensions, in radians: [ceil(D / 2)].

    `exp(arange(0, D, 2) * -(ln base / D))` = 1 / base^(2i / D): low dimensions turn fast, high ones slowly.
    """
    return torch.exp(
        torch.arange(0, embed_dim, 2, dtype=dtype, device=device) * -(math.log(base) / embed_dim)
    )


def sinusoidal_encoding(max_len: int, embed_dim: int, base: float = 10000.0) -> Tensor:
    """PE(pos, 2i) = sin(pos / base^(2i/D)), PE(pos, 2i+1) = cos(the same): [max_len, D].

    Vaswani et al. 2017, section 3.5. With an odd D the last sine has no cosine. Angles are in double
    precision: in single precision, an angle of 200 radians would be off by 0.00001.
    """
    position = torch.arange(max_len).unsqueeze(1)  # [max_len, 1]
    angle = position * frequencies(embed_dim, base)  # [max_len, ceil(D / 2)]
    pe = torch.zeros(max_len, embed_dim)
    pe[:, 0::2] = torch.sin(angle)
    pe[:, 1::2] = torch.cos(angle[:, : embed_dim // 2])
    return pe


class PositionalEncoding(nn.Module):
    """Adds an encoding of its position to each token: `sinusoidal`, `learned`, or zeros otherwise."""

    def __init__(self, config: TransformerConfig) -> None:
        """Create `pe` of shape [1, max_len, D]."""
        super().__init__()
        self.max_len = config.max_len
        self.pe: Tensor | nn.Parameter
        if config.positions == "learned":
            self.pe = nn.Parameter(torch.empty(1, config.max_len, config.embed_dim))
            nn.init.normal_(self.pe, std=0.02)
        else:
            size = config.max_len, config.embed_dim
            codes = sinusoidal_encoding(*size) if config.positions == "sinusoidal" else torch.zeros(size)
            self.register_buffer("pe", codes.unsqueeze(0), persistent=False)

    def codes(self, length: int) -> Tensor:
        """The first `length` encodings: [1, length, D]. Raises `InputError` if there are fewer."""
        if length > self.max_len:
            raise InputError(
                "The sequence has {length} tokens, this model accepts at most {max_len}: shorten it, or "
                "train a model with a larger max_len.",
                length=length,
                max_len=self.max_len,
            )
        return self.pe[:, :length, :]

    def forward(self, x: Tensor, trace: Trace | None = None, start: int = 0) -> Tensor:
        """`x` [B, L, D] plus the encodings [1, L, D] of the positions start, start + 1, ...: [B, L, D]."""
        return x + record(trace, "position", self.codes(start + x.size(1))[:, start:])


class RelativePositions:
    """How self-attention takes distances into account: not at all here; see `rotary.py` and `alibi.py`."""

    def turn(self, q: Tensor, k: Tensor, start: int, trace: Trace | None) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, Dh] at positions start, start + 1, ..., changed by their positions."""
        return q, k

    def bias(self, q: Tensor, k: Tensor) -> Tensor | None:
        """The bias [1, H, L, S] to add to the energies of queries at the last L of S positions, if any."""
        return None
