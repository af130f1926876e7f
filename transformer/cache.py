"""The decoder one token at a time, remembering keys and values instead of computing them again.

A token's key and value never change once computed: earlier positions do not see later ones. So each step
needs to push only the newest token through the decoder. The result is that of `Transformer.decode` on the
whole prefix; the arithmetic here is the same, written without modules because at this size calling a
module costs as much as its arithmetic.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.attention import MultiHeadAttention
from transformer.masks import to_additive
from transformer.model import DecoderBlock, Transformer


class CachedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [B], gives logits [B, V]."""

    def __init__(self, model: Transformer, src: Tensor, max_len: int) -> None:
        """Encodes the sources and makes room for `max_len` target tokens."""
        decoder = model.decoder
        src_mask = model.make_src_mask(src)
        encoded = model.encode(src, src_mask)
        mask = None if src_mask.all() else to_additive(src_mask, encoded.dtype)  # [B, 1, 1, S]
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
        own, self.cross = block.attention, block.transformer_block.attention
        self.block, self.heads, self.head_dim = block, own.heads, own.head_dim
        self.qkv_weight = torch.cat([own.fc_q.weight, own.fc_k.weight, own.fc_v.weight])  # [3 D, D]
        self.qkv_bias = torch.cat([own.fc_q.bias, own.fc_k.bias, own.fc_v.bias])
        self.mask = mask
        batch = encoded.size(0)
        # The keys and values so far: [B, 2, H, max_len, Dh].
        self.own_cache = encoded.new_empty(batch, 2, self.heads, max_len, self.head_dim)
        self.source_keys = self.cross.split_heads(self.cross.fc_k(encoded)).contiguous()  # [B, H, S, Dh]
        self.source_values = self.cross.split_heads(self.cross.fc_v(encoded)).contiguous()

    def step(self, x: Tensor, position: int) -> Tensor:
        """[B, D] -> [B, D]."""
        block, inner = self.block, self.block.transformer_block
        if block.pre_norm:
            x = x + self.attend_to_target(_norm(block.norm, x), position)
            x = x + self.attend_to_source(_norm(inner.norm1, x))
            return x + _feed_forward(inner.feed_forward, _norm(inner.norm2, x))
        x = _norm(block.norm, x + self.attend_to_target(x, position))
        x = _norm(inner.norm1, x + self.attend_to_source(x))
        return _norm(inner.norm2, x + _feed_forward(inner.feed_forward, x))

    def attend_to_target(self, x: Tensor, position: int) -> Tensor:
        """The newest token over itself and all before it; no mask, since nothing later is there."""
        qkv = F.linear(x, self.qkv_weight, self.qkv_bias).view(-1, 3, self.heads, self.head_dim)
        self.own_cache[:, :, :, position] = qkv[:, 1:]
        cached = self.own_cache[:, :, :, : position + 1]  # [B, 2, H, L, Dh]
        return self.attend(self.block.attention, qkv[:, 0], cached[:, 0], cached[:, 1], None)

    def attend_to_source(self, x: Tensor) -> Tensor:
        """The newest token over the encoded source."""
        q = F.linear(x, self.cross.fc_q.weight, self.cross.fc_q.bias).view(-1, self.heads, self.head_dim)
        return self.attend(self.cross, q, self.source_keys, self.source_values, self.mask)

    def attend(
        self, attention: MultiHeadAttention, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None
    ) -> Tensor:
        """Query [B, H, Dh] over keys and values [B, H, S, Dh]: [B, D]."""
        context = F.scaled_dot_product_attention(q.unsqueeze(2), k, v, attn_mask=mask)  # [B, H, 1, Dh]
        return F.linear(context.reshape(q.size(0), -1), attention.fc_out.weight, attention.fc_out.bias)

    def reorder(self, rows: Tensor) -> None:
        self.own_cache = self.own_cache[rows]
        self.source_keys, self.source_values = self.source_keys[rows], self.source_values[rows]
        self.mask = None if self.mask is None else self.mask[rows]


def _norm(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def _feed_forward(network: nn.Sequential, x: Tensor) -> Tensor:
    wide, narrow = cast(nn.Linear, network[0]), cast(nn.Linear, network[3])
    return F.linear(F.relu(F.linear(x, wide.weight, wide.bias)), narrow.weight, narrow.bias)
