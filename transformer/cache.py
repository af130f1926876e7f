"""The decoder one token at a time, remembering keys and values instead of computing them again.

A token's key and value never change once computed: earlier positions do not see later ones. So each step
needs to push only the newest token through the decoder. The result is that of `Transformer.decode` on the
whole prefix; the arithmetic here is the same, written without modules because at this size calling a
module costs as much as its arithmetic.

Keys and values are kept as [S, B, H, Dh], the position first: a new one is then one block of memory.
"""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.masks import to_additive
from transformer.model import DecoderBlock, Transformer

MANY = 16
"""With this many queries on a CPU, plain arithmetic beats the fused kernel (`benchmarks decoding`)."""


class CachedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [B], gives logits [B, V]."""

    def __init__(self, model: Transformer, src: Tensor, max_len: int) -> None:
        """Encodes the sources and makes room for `max_len` target tokens."""
        decoder = model.decoder
        src_mask = model.make_src_mask(src)
        encoded = model.encode(src, src_mask)
        mask = None if src_mask.all() else src_mask
        self.layers = [
            _CachedBlock(cast(DecoderBlock, layer), encoded, mask, max_len) for layer in decoder.layers
        ]
        self.length = 0
        """Target tokens seen so far."""
        self._embedding = decoder.embed.weight
        self._scale = decoder.scale
        self._codes = decoder.position.codes(max_len)[0]  # [max_len, D]
        self._norm = decoder.norm
        self._fc_out = decoder.fc_out

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [B] at the next position -> logits [B, V] for the token after them."""
        x = F.embedding(newest, self._embedding)  # [B, D]
        if self._scale != 1.0:
            x = x * self._scale
        x = x + self._codes[self.length]
        for layer in self.layers:
            x = layer.step(x, self.length)
        self.length += 1
        return F.linear(self._norm(x), self._fc_out.weight, self._fc_out.bias)

    def reorder(self, rows: Tensor) -> None:
        """Go on with these rows [B'] of the batch: what beam search keeps."""
        for layer in self.layers:
            layer.reorder(rows)


class _CachedBlock:
    """A `DecoderBlock` for one new token, beside the keys and values of all earlier ones."""

    def __init__(self, block: DecoderBlock, encoded: Tensor, mask: Tensor | None, max_len: int) -> None:
        own, inner = block.attention, block.transformer_block
        cross = inner.attention
        self.pre_norm, self.heads, self.head_dim = block.pre_norm, own.heads, own.head_dim
        # Weights are looked up once: at each step that would take longer than the arithmetic.
        projections = (own.fc_q, own.fc_k, own.fc_v)
        self.qkv = torch.cat([fc.weight for fc in projections]), torch.cat([fc.bias for fc in projections])
        self.own_out, self.query, self.cross_out = map(_linear, (own.fc_out, cross.fc_q, cross.fc_out))
        self.wide, self.narrow = _linear(inner.feed_forward[0]), _linear(inner.feed_forward[3])
        self.norm, self.norm1, self.norm2 = map(_norm, (block.norm, inner.norm1, inner.norm2))
        self.own_cache = encoded.new_empty(max_len, 2, encoded.size(0), self.heads, self.head_dim)
        """The keys and values so far."""
        self.source_keys = self.split_heads(cross.fc_k(encoded))  # [S, B, H, Dh]
        self.source_values = self.split_heads(cross.fc_v(encoded))
        self.mask = None if mask is None else self.forbid(mask)  # [S, B, 1]

    def split_heads(self, x: Tensor) -> Tensor:
        """[B, S, D] -> [S, B, H, Dh]."""
        return x.view(x.size(0), -1, self.heads, self.head_dim).transpose(0, 1).contiguous()

    def forbid(self, mask: Tensor) -> Tensor:
        """The source's mask [B, 1, 1, S] as numbers to be added to energies: [S, B, 1].

        Where it leaves nothing to attend to, the values become zeros instead, and so does what is gathered.
        """
        nothing_left = ~mask.any(dim=-1, keepdim=True)  # [B, 1, 1, 1]
        self.source_values.masked_fill_(nothing_left.view(1, -1, 1, 1), 0.0)
        return to_additive(mask | nothing_left, self.source_keys.dtype).permute(3, 0, 1, 2).squeeze(-1)

    def step(self, x: Tensor, position: int) -> Tensor:
        """[B, D] -> [B, D]."""
        if self.pre_norm:
            x = x + self.attend_to_target(F.layer_norm(x, *self.norm), position)
            x = x + self.attend_to_source(F.layer_norm(x, *self.norm1))
            return x + self.feed_forward(F.layer_norm(x, *self.norm2))
        x = F.layer_norm(x + self.attend_to_target(x, position), *self.norm)
        x = F.layer_norm(x + self.attend_to_source(x), *self.norm1)
        return F.layer_norm(x + self.feed_forward(x), *self.norm2)

    def attend_to_target(self, x: Tensor, position: int) -> Tensor:
        """The newest token over itself and all before it; no mask, since nothing later is there."""
        qkv = F.linear(x, *self.qkv).view(-1, 3, self.heads, self.head_dim)
        self.own_cache[position] = qkv[:, 1:].transpose(0, 1)
        keys, values = self.own_cache[: position + 1].unbind(1)  # [L, B, H, Dh]
        return F.linear(self.attend(qkv[:, 0], keys, values, None), *self.own_out)

    def attend_to_source(self, x: Tensor) -> Tensor:
        """The newest token over the encoded source."""
        q = F.linear(x, *self.query).view(-1, self.heads, self.head_dim)
        return F.linear(self.attend(q, self.source_keys, self.source_values, self.mask), *self.cross_out)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Query [B, H, Dh] over keys and values [S, B, H, Dh]: [B, D]."""
        if q.is_cpu and q.size(0) >= MANY:
            return _gather(q / math.sqrt(self.head_dim), k, v, mask).flatten(1)
        keys, values = k.permute(1, 2, 0, 3), v.permute(1, 2, 0, 3)  # [B, H, S, Dh]
        mask = None if mask is None else mask.permute(1, 2, 0).unsqueeze(2)  # [B, 1, 1, S]
        return F.scaled_dot_product_attention(q.unsqueeze(2), keys, values, attn_mask=mask).flatten(1)

    def feed_forward(self, x: Tensor) -> Tensor:
        """[B, D] -> [B, D]."""
        return F.linear(F.linear(x, *self.wide).relu_(), *self.narrow)

    def reorder(self, rows: Tensor) -> None:
        self.own_cache = self.own_cache[:, :, rows]
        self.source_keys, self.source_values = self.source_keys[:, rows], self.source_values[:, rows]
        self.mask = None if self.mask is None else self.mask[:, rows]


def _gather(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Scaled queries [B, H, Dh] over keys and values [S, B, H, Dh]: [B, H, Dh]."""
    energy = (k * q).sum(dim=-1)  # [S, B, H]
    weights = (energy if mask is None else energy + mask).softmax(dim=0)
    return (weights.unsqueeze(-1) * v).sum(dim=0)


def _linear(module: nn.Module) -> tuple[Tensor, Tensor]:
    """What `F.linear` takes after its input."""
    linear = cast(nn.Linear, module)
    return linear.weight, linear.bias


def _norm(norm: nn.LayerNorm) -> tuple[tuple[int, ...], Tensor, Tensor, float]:
    """What `F.layer_norm` takes after its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps
