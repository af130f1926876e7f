"""Multi-head attention (Vaswani et al. 2017, section 3.2)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.model.alibi import alibi_bias
from transformer.model.config import TransformerConfig
from transformer.model.dropout import dropout
from transformer.model.masks import check_mask, is_known, mask_energy, softmax_or_zeros
from transformer.model.rotary import rotate
from transformer.model.trace import Trace, record

SHORT = 64
"""Up to this many keys, training on a CPU is faster with plain matrix products (`benchmarks training`)."""


class MultiHeadAttention(nn.Module):
    """H attentions side by side, each looking at the sequence through its own Dh-wide projection."""

    def __init__(self, config: TransformerConfig, *, cross: bool = False) -> None:
        """Four D x D projections: `fc_q`, `fc_k`, `fc_v` hold H heads' D x Dh ones side by side.

        `cross` says that queries and keys belong to different sequences: then there are no distances between
        them, and `rotary` and `alibi` positions do nothing.
        """
        super().__init__()
        self.heads = config.heads
        self.head_dim = config.head_dim
        self.dropout = config.dropout
        self.rotary = config.positions == "rotary" and not cross
        self.alibi = config.positions == "alibi" and not cross
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
    ) -> Tensor:
        """Each query gathers the values of the keys it attends to: [B, L, D].

        `query` is [B, L, D], `key` and `value` are [B, S, D]; `mask` (bool, True = may attend) has four axes
        and broadcasts to [B, H, L, S]. Raises `InputError` for any other mask.
        """
        q = self.split_heads(self.fc_q(query))  # [B, H, L, Dh]
        k = self.split_heads(self.fc_k(key))  # [B, H, S, Dh]
        v = self.split_heads(self.fc_v(value))  # [B, H, S, Dh]
        if self.rotary:
            q = rotate(record(trace, "unrotated_query", q))
            k = rotate(record(trace, "unrotated_key", k))
        return self.attend(q, k, v, mask, trace)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, trace: Trace | None) -> Tensor:
        """Attention of queries [B, H, L, Dh] over keys and values [B, H, S, Dh]: [B, L, D].

        With a trace it is done step by step, and every step is recorded; without one PyTorch's fused kernel
        does it in one go, or plain products where they are quicker. All agree as long as energies are finite
        numbers. Where they are not:

        - A masked energy that is NaN or inf counts for nothing, but the fused kernel adds -inf to it: NaN. A
          value that is NaN or inf makes the result NaN even if it is masked, since its weight 0 times it is.
        - Numbers of half precision end at 65,504. Step by step Q K^T must stay below, in plain products
          Q K^T / sqrt(Dh); the fused kernel computes energies in single precision.
        """
        if mask is not None:
            check_mask(mask, (*q.shape[:3], k.size(2)))
        bias = alibi_bias(self.heads, k.size(2), q) if self.alibi else None  # [1, H, L, S], added to energies
        if trace is not None:
            context = self.attend_in_the_open(q, k, v, mask, bias, trace)
        elif q.requires_grad and q.is_cpu and k.size(2) <= SHORT:
            context = self.attend_in_plain_products(q, k, v, mask, bias)
        else:
            share = self.dropout if self.training else 0.0
            bias_and_mask = mask if bias is None else bias if mask is None else mask_energy(bias, mask)
            context = F.scaled_dot_product_attention(q, k, v, attn_mask=bias_and_mask, dropout_p=share)
        output: Tensor = self.fc_out(self.merge_heads(context))  # [B, L, D]
        return record(trace, "output", output)

    def attend_in_the_open(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None, trace: Trace
    ) -> Tensor:
        """softmax(Q K^T / sqrt(Dh)) V, one line a step, each recorded: [B, H, L, Dh]."""
        q, k, v = trace.record("query", q), trace.record("key", k), trace.record("value", v)
        energy = q @ k.transpose(-2, -1) / math.sqrt(self.head_dim)  # [B, H, L, S]
        if bias is not None:
            energy = energy + trace.record("bias", bias)
        energy = trace.record("energy", energy)
        if mask is None:
            mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=q.device)
        mask = trace.record("mask", mask)  # broadcasts to [B, H, L, S]
        check_mask(mask, energy.shape)  # an edit may have put another one here
        masked_energy = trace.record("masked_energy", self.fill(energy, mask))
        weights = trace.record("weights", softmax_or_zeros(masked_energy))
        weights = dropout(weights, self.dropout, self.training)
        return trace.record("context", weights @ v)  # [B, H, L, Dh]

    def fill(self, energy: Tensor, mask: Tensor) -> Tensor:
        """What becomes of the scores [B, H, L, S] that the mask forbids."""
        return mask_energy(energy, mask)

    def attend_in_plain_products(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None
    ) -> Tensor:
        """The same, sparing what can be: fully masked rows are looked for in the mask, which is small."""
        energy = (q / math.sqrt(self.head_dim)) @ k.transpose(-2, -1)  # [B, H, L, S]
        if bias is not None:
            energy += bias
        if mask is not None:  # unseen by autograd: the gradient of an energy whose weight is 0 is 0 anyway
            energy.detach().masked_fill_(~mask, float("-inf"))
        every_row_has_a_key = mask is None or is_known(mask.any(dim=-1))
        weights = energy.softmax(dim=-1) if every_row_has_a_key else softmax_or_zeros(energy)
        return dropout(weights, self.dropout, self.training) @ v  # [B, H, L, Dh]

    def split_heads(self, x: Tensor) -> Tensor:
        """[B, L, D] -> [B, H, L, Dh]: the same numbers, seen as H heads."""
        return x.view(x.size(0), x.size(1), self.heads, self.head_dim).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        """[B, H, L, Dh] -> [B, L, D]: the heads side by side again; `contiguous` moves the numbers there."""
        return x.transpose(1, 2).contiguous().view(x.size(0), x.size(2), self.heads * self.head_dim)
