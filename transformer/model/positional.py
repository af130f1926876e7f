"""Where a token stands: codes that are added to the embeddings, or what self-attention is told instead."""

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
    """The angle one position turns in each pair of dimensions, in radians: [ceil(D / 2)].

    `exp(arange(0, D, 2) * -(ln base / D))` = 1 / base^(2i / D): low dimensions turn fast, high ones slowly.
    """
    return torch.exp(
        torch.arange(0, embed_dim, 2, dtype=dtype, device=device) * -(math.log(base) / embed_dim)
    )


def sinusoidal_encoding(max_len: int, embed_dim: int, base: float = 10000.0) -> Tensor:
    """PE(pos, 2i) = sin(pos / base^(2i/D)), PE(pos, 2i+1) = cos(the same): [max_len, D].

    Vaswani et al. 2017, section 3.5. With an odd D the last sine has no cosine beside it. The angles are
    in double precision: in single precision one of 200 radians would be off by 0.00001.
    """
    position = torch.arange(max_len).unsqueeze(1)  # [max_len, 1]
    angle = position * frequencies(embed_dim, base)  # [max_len, ceil(D / 2)]
    pe = torch.zeros(max_len, embed_dim)
    pe[:, 0::2] = torch.sin(angle)
    pe[:, 1::2] = torch.cos(angle[:, : embed_dim // 2])
    return pe


class PositionalEncoding(nn.Module):
    """Adds to each token a code of its position: fixed if `sinusoidal`, trained if `learned`, else zeros."""

    def __init__(self, config: TransformerConfig) -> None:
        """Makes `pe` of shape [1, max_len, D]."""
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
        """The codes of the first `length` positions: [1, length, D]. Raises `InputError` past `max_len`."""
        if length > self.max_len:
            raise InputError(
                "The sequence has {length} tokens, this model accepts at most {max_len}: shorten it, or "
                "train a model with a larger max_len.",
                length=length,
                max_len=self.max_len,
            )
        return self.pe[:, :length, :]

    def forward(self, x: Tensor, trace: Trace | None = None, start: int = 0) -> Tensor:
        """`x + self.pe[:, :x.size(1), :]`: [B, L, D], with the codes [1, L, D] from position `start` on."""
        return x + record(trace, "position", self.codes(start + x.size(1))[:, start:])


class RelativePositions:
    """What self-attention is told about distances: here nothing. `rotary.py` and `alibi.py` differ."""

    def turn(self, q: Tensor, k: Tensor, start: int, trace: Trace | None) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, Dh] of the positions start, start + 1, ... as the energies need them."""
        return q, k

    def bias(self, q: Tensor, k: Tensor) -> Tensor | None:
        """What is added to the energies of the last L of S positions, [1, H, L, S]."""
        return None
