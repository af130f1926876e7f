"""The decoder one token at a time, remembering keys and values instead of computing them again.

A token's key and value never change once computed: earlier positions do not see later ones. So each step
needs to push only the newest token through the decoder. The result is that of `Transformer.decode` on the
whole prefix; the arithmetic here is the same, written without modules because at this size calling a
module costs as much as its arithmetic.
"""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.alibi import alibi_slopes
from transformer.errors import InputError
from transformer.masks import to_additive
from transformer.mistakes import CACHEABLE
from transformer.model import DecoderBlock, Transformer
from transformer.rotary import rotary_turns, turn


class CachedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [B], gives logits [B, V]."""

    def __init__(self, model: Transformer, src: Tensor, max_len: int) -> None:
        """Encodes the sources and makes room for `max_len` target tokens.

        Raises `InputError` for a model whose earlier positions see later ones (see `step_decoder`).
        """
        if model.config.mistake not in CACHEABLE:
            raise InputError(
                "In a model with mistake = {mistake} each new token changes what earlier ones see: there is "
                "nothing that a cache could keep.",
                mistake=model.config.mistake,
            )
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
        # Weights are looked up once, and what scales the queries is worked into them: at each step that
        # would take longer than the arithmetic.
        scale = 1 / math.sqrt(self.head_dim)
        query, key, value = map(_linear, (own.fc_q, own.fc_k, own.fc_v))
        self.qkv = tuple(torch.cat([q * scale, k, v]) for q, k, v in zip(query, key, value, strict=True))
        self.query = tuple(weights * scale for weights in _linear(cross.fc_q))
        self.own_out, self.cross_out = _linear(own.fc_out), _linear(cross.fc_out)
        self.wide, self.narrow = _linear(inner.feed_forward[0]), _linear(inner.feed_forward[3])
        self.norm, self.norm1, self.norm2 = map(_norm, (block.norm, inner.norm1, inner.norm2))
        self.turns = rotary_turns(max_len, self.head_dim, encoded) if own.rotary else None
        self.bias = self.biases(max_len, encoded) if own.alibi else None  # [B * H, 1, max_len]
        self.own_cache = encoded.new_empty(2, encoded.size(0), self.heads, max_len, self.head_dim)
        """The keys (turned, if rotary) and the values so far."""
        self.source_keys = cross.split_heads(cross.fc_k(encoded)).flatten(0, 1)  # [B * H, S, Dh]
        self.source_values = cross.split_heads(cross.fc_v(encoded)).flatten(0, 1)
        self.mask = None if mask is None else self.forbid(mask)  # [B * H, 1, S]

    def forbid(self, mask: Tensor) -> Tensor:
        """The source's mask [B, 1, 1, S] as numbers to be added to energies: [B * H, 1, S].

        Where it leaves nothing to attend to, the values become zeros instead, and so does what is gathered.
        """
        mask = mask.expand(-1, self.heads, -1, -1).flatten(0, 1)  # [B * H, 1, S]
        nothing_left = ~mask.any(dim=-1, keepdim=True)  # [B * H, 1, 1]
        self.source_values = self.source_values.masked_fill(nothing_left, 0.0)
        return to_additive(mask | nothing_left, self.source_keys.dtype)

    def biases(self, max_len: int, encoded: Tensor) -> Tensor:
        """ALiBi's bias of a newest token on all before it, the farthest first: [B * H, 1, max_len].

        It speaks of distances alone, so the token at position p takes the last p + 1 columns.
        """
        distance = torch.arange(max_len - 1, -1, -1, device=encoded.device)
        bias = -alibi_slopes(self.heads, encoded)[:, None] * distance  # [H, max_len]
        return bias.repeat(encoded.size(0), 1).unsqueeze(1)

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
        if self.turns is not None:
            qkv[:, :2] = turn(qkv[:, :2], self.turns[:, position])
        self.own_cache[:, :, :, position] = qkv[:, 1:].transpose(0, 1)
        keys, values = self.own_cache.flatten(1, 2)[:, :, : position + 1]  # [B * H, L, Dh]
        bias = None if self.bias is None else self.bias[..., -position - 1 :]
        return F.linear(self.attend(qkv[:, 0], keys, values, bias), *self.own_out)

    def attend_to_source(self, x: Tensor) -> Tensor:
        """The newest token over the encoded source."""
        q = F.linear(x, *self.query)
        return F.linear(self.attend(q, self.source_keys, self.source_values, self.mask), *self.cross_out)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Scaled queries of B tokens over keys and values [B * H, S, Dh]: [B, D].

        For a single query per head two matrix products are quicker than the fused kernel.
        """
        q = q.reshape(-1, 1, self.head_dim)  # [B * H, 1, Dh]
        keys = k.transpose(1, 2)
        energy = torch.bmm(q, keys) if mask is None else torch.baddbmm(mask, q, keys)  # [B * H, 1, S]
        return torch.bmm(energy.softmax(dim=-1), v).view(-1, self.heads * self.head_dim)

    def feed_forward(self, x: Tensor) -> Tensor:
        """[B, D] -> [B, D]."""
        return F.linear(F.linear(x, *self.wide).relu_(), *self.narrow)

    def reorder(self, rows: Tensor) -> None:
        """Go on with these rows of the batch."""
        self.own_cache = self.own_cache[:, rows]
        self.source_keys = self._rows(self.source_keys, rows)
        self.source_values = self._rows(self.source_values, rows)
        self.mask = None if self.mask is None else self._rows(self.mask, rows)
        self.bias = None if self.bias is None else self._rows(self.bias, rows)

    def _rows(self, x: Tensor, rows: Tensor) -> Tensor:
        """[B * H, ...] -> [B' * H, ...]."""
        return x.view(-1, self.heads, *x.shape[1:])[rows].flatten(0, 1)


def _linear(module: nn.Module) -> tuple[Tensor, Tensor]:
    """What `F.linear` takes after its input."""
    linear = cast(nn.Linear, module)
    return linear.weight, linear.bias


def _norm(norm: nn.LayerNorm) -> tuple[tuple[int, ...], Tensor, Tensor, float]:
    """What `F.layer_norm` takes after its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps
