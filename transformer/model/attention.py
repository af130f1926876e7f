"""Multi-head attention (Vaswani et al. 2017, section 3.2)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.model.alibi import AlibiPositions
from transformer.model.argument_checks import check_mask
from transformer.model.cache import KeyValues
from transformer.model.config import TransformerConfig
from transformer.model.dropout import dropout
from transformer.model.masks import mask_energy, softmax_or_zeros
from transformer.model.positional import RelativePositions
from transformer.model.rotary import RotaryPositions
from transformer.model.trace import Trace, record

SHORT = 64
"""Up to this many keys, training on a CPU is faster step by step than fused (`benchmarks training`)."""

RELATIVE: dict[str, type[RelativePositions]] = {"rotary": RotaryPositions, "alibi": AlibiPositions}
"""The values of `config.positions` that act inside self-attention."""


class MultiHeadAttention(nn.Module):
    """H attention heads in parallel, each with its own Dh-wide projections of queries, keys and values."""

    def __init__(self, config: TransformerConfig, *, cross: bool = False) -> None:
        """Four D x D projections; each of `fc_q`, `fc_k`, `fc_v` holds the D x Dh projections of all H heads.

        With `cross`, queries and keys come from different sequences, so relative positions are not used.
        """
        super().__init__()
        self.heads = config.heads
        self.head_dim = config.head_dim
        self.dropout = config.dropout
        self.cross = cross
        self.positions = RELATIVE.get("none" if cross else config.positions, RelativePositions)()
        self.fc_q = nn.Linear(config.embed_dim, config.embed_dim)
        self.fc_k = nn.Linear(config.embed_dim, config.embed_dim)
        self.fc_v = nn.Linear(config.embed_dim, config.embed_dim)
        self.fc_out = nn.Linear(config.embed_dim, config.embed_dim)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None = None,
        trace: Trace | None = None,
        cache: KeyValues | None = None,
    ) -> Tensor:
        """For each query, the weighted sum of the values, through `fc_out`: [B, L, D].

        `query` is [B, L, D], `key` and `value` are [B, S, D]; `mask` (bool, True = may attend) has four axes
        and broadcasts to [B, H, L, S]. Raises `InputError` for any other mask. With a `cache`, self-attention
        is given only the new tokens; S in the mask then counts the cached ones too.
        """
        q = self.split_heads(self.fc_q(query))  # [B, H, L, Dh]
        if cache is not None and cache.both is not None and self.cross:
            return self.attend(q, *cache.both, mask, trace)  # the source does not change
        k = self.split_heads(self.fc_k(key))  # [B, H, S, Dh]
        v = self.split_heads(self.fc_v(value))  # [B, H, S, Dh]
        q, k = self.positions.turn(q, k, 0 if cache is None else cache.length, trace)
        if cache is not None:
            k, v = cache.extended(k, v)
        return self.attend(q, k, v, mask, trace)

    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, trace: Trace | None = None
    ) -> Tensor:
        """Attention of queries [B, H, L, Dh] over keys and values [B, H, S, Dh]: [B, L, D].

        Uses `step_by_step` for a trace or if that is faster, else `fused`. Both agree as long as all energies
        are finite. If a masked energy is NaN or inf, `step_by_step` ignores it, but the fused kernel adds
        -inf to it, which gives NaN. In half precision, `step_by_step` needs Q K^T below 65,504.
        """
        bias = self.positions.bias(q, k)  # [1, H, L, S] or None
        if trace is not None or (q.requires_grad and q.is_cpu and k.size(2) <= SHORT):
            context = self.step_by_step(q, k, v, mask, bias, trace)
        else:
            context = self.fused(q, k, v, mask, bias)
        output: Tensor = self.fc_out(self.merge_heads(context))  # [B, L, D]
        return record(trace, "output", output)

    def step_by_step(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None, trace: Trace | None
    ) -> Tensor:
        """softmax(Q K^T / sqrt(Dh)) V, one line per step, each recorded: [B, H, L, Dh]."""
        q, k, v = record(trace, "query", q), record(trace, "key", k), record(trace, "value", v)
        energy = q @ k.transpose(-2, -1) / math.sqrt(self.head_dim)  # [B, H, L, S]
        if bias is not None:
            energy = energy + record(trace, "bias", bias)
        energy = record(trace, "energy", energy)
        if mask is None:
            mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=q.device)
        mask = record(trace, "mask", mask)  # broadcasts to [B, H, L, S]
        check_mask(mask, energy.shape)
        masked_energy = record(trace, "masked_energy", self.fill(energy, mask))
        weights = record(trace, "weights", softmax_or_zeros(masked_energy, mask))
        weights = dropout(weights, self.dropout, self.training)
        return record(trace, "context", weights @ v)  # [B, H, L, Dh]

    def fill(self, energy: Tensor, mask: Tensor) -> Tensor:
        """The scores [B, H, L, S] with -inf where the mask is False; `TinyFillAttention` overrides this."""
        return mask_energy(energy, mask)

    def fused(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None) -> Tensor:
        """The same in PyTorch's fused kernel, which does not store the energies: [B, H, L, Dh]."""
        if mask is not None:
            check_mask(mask, (*q.shape[:3], k.size(2)))
        if bias is not None:
            mask = bias if mask is None else mask_energy(bias, mask)
        share = self.dropout if self.training else 0.0
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=share)

    def split_heads(self, x: Tensor) -> Tensor:
        """[B, L, D] -> [B, H, L, Dh]: a view of the same numbers as H heads."""
        return x.view(x.size(0), x.size(1), self.heads, self.head_dim).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        """[B, H, L, Dh] -> [B, L, D]: concatenate the heads; `contiguous` copies, since `view` needs it."""
        return x.transpose(1, 2).contiguous().view(x.size(0), x.size(2), self.heads * self.head_dim)


AttentionClass = type[MultiHeadAttention]
