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

from transformer.masks import to_additive
from transformer.model import DecoderBlock, Transformer

ROOM, MORE = 32, 16
"""How many positions a cache has room for at first, and how many are added when it is full.

Softmax and the products are several times slower over fewer than 16 and 25 numbers. So attention runs over
the whole room, with -inf added to the energies of positions where nothing is yet: their weight is 0.
"""


class CachedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [R], gives logits [R, V].

    R = B * `width` rows: for each source, one after the other, `width` targets that are continued side by
    side, as in beam search.
    """

    def __init__(self, model: Transformer, src: Tensor, max_len: int, width: int = 1) -> None:
        """Encodes the sources. Raises `InputError` if the model has no positions for `max_len` tokens."""
        decoder = model.decoder
        src_mask = model.make_src_mask(src)
        mask = None if src_mask.all() else src_mask
        encoded = model.encoder(src, mask)
        self.layers = [
            _CachedBlock(cast(DecoderBlock, layer), encoded, mask, width) for layer in decoder.layers
        ]
        self._unwritten = encoded.new_full((ROOM,), -math.inf)
        """Added to the energies of all positions: 0 where a token was read, -inf where none is yet."""
        self.length = 0
        """Target tokens seen so far."""
        self._embedding = decoder.embed.weight
        self._scale = decoder.scale
        self._codes = decoder.position.codes(max_len)[0]  # [max_len, D]
        self._norm = decoder.norm
        self._fc_out = decoder.fc_out

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [R] at the next position -> logits [R, V] for the token after them."""
        if self.length == len(self._unwritten):
            self._make_room()
        self._unwritten[self.length] = 0
        x = F.embedding(newest, self._embedding)  # [R, D]
        if self._scale != 1.0:
            x = x * self._scale
        x = x + self._codes[self.length]
        for layer in self.layers:
            x = layer.step(x, self.length, self._unwritten)
        self.length += 1
        return F.linear(self._norm(x), self._fc_out.weight, self._fc_out.bias)

    def reorder(self, rows: Tensor) -> None:
        """From here on row i continues what row `rows[i]` [R], of the same source, has read so far."""
        for layer in self.layers:
            layer.own_cache = layer.own_cache.index_select(1, rows)

    def _make_room(self) -> None:
        self._unwritten = F.pad(self._unwritten, (0, MORE), value=-math.inf)
        for layer in self.layers:
            layer.own_cache = F.pad(layer.own_cache, (0, 0, 0, MORE))


class _CachedBlock:
    """A `DecoderBlock` for one new token, beside the keys and values of all earlier ones."""

    def __init__(self, block: DecoderBlock, encoded: Tensor, mask: Tensor | None, width: int) -> None:
        own, inner = block.attention, block.transformer_block
        cross = inner.attention
        self.pre_norm, self.heads, self.head_dim = block.pre_norm, own.heads, own.head_dim
        self.width = width
        # Weights are looked up once, and what scales the queries is worked into them: at each step that
        # would take longer than the arithmetic.
        scale = 1 / math.sqrt(self.head_dim)
        query, key, value = map(_linear, (own.fc_q, own.fc_k, own.fc_v))
        self.qkv = tuple(torch.cat([q * scale, k, v]) for q, k, v in zip(query, key, value, strict=True))
        self.query = tuple(weights * scale for weights in _linear(cross.fc_q))
        self.own_out, self.cross_out = _linear(own.fc_out), _linear(cross.fc_out)
        self.wide, self.narrow = _linear(inner.feed_forward[0]), _linear(inner.feed_forward[3])
        self.norm, self.norm1, self.norm2 = map(_norm, (block.norm, inner.norm1, inner.norm2))
        self.own_cache = encoded.new_zeros(2, encoded.size(0) * width, self.heads, ROOM, self.head_dim)
        """The keys and the values of the target so far: [2, R, H, room, Dh]."""
        room = max(0, ROOM - encoded.size(1))
        self.source_keys, self.source_values = (
            F.pad(cross.split_heads(linear(encoded)).flatten(0, 1), (0, 0, 0, room))
            for linear in (cross.fc_k, cross.fc_v)
        )  # [B * H, room, Dh]
        self.mask = self.forbid(mask, encoded, room)

    def forbid(self, mask: Tensor | None, encoded: Tensor, room: int) -> Tensor:
        """The source's mask [B, 1, 1, S] as numbers to be added to energies: [room] or [B * H, 1, room].

        Where it leaves nothing to attend to, the values become zeros instead, and so does what is gathered.
        """
        if mask is None:
            return F.pad(encoded.new_zeros(encoded.size(1)), (0, room), value=-math.inf)
        mask = mask.expand(-1, self.heads, -1, -1).flatten(0, 1)  # [B * H, 1, S]
        nothing_left = ~mask.any(dim=-1, keepdim=True)  # [B * H, 1, 1]
        self.source_values = self.source_values.masked_fill(nothing_left, 0.0)
        return F.pad(to_additive(mask | nothing_left, encoded.dtype), (0, room), value=-math.inf)

    def step(self, x: Tensor, position: int, unwritten: Tensor) -> Tensor:
        """[R, D] -> [R, D]."""
        if self.pre_norm:
            x = x + self.attend_to_target(F.layer_norm(x, *self.norm), position, unwritten)
            x = x + self.attend_to_source(F.layer_norm(x, *self.norm1))
            return x + self.feed_forward(F.layer_norm(x, *self.norm2))
        x = F.layer_norm(x + self.attend_to_target(x, position, unwritten), *self.norm)
        x = F.layer_norm(x + self.attend_to_source(x), *self.norm1)
        return F.layer_norm(x + self.feed_forward(x), *self.norm2)

    def attend_to_target(self, x: Tensor, position: int, unwritten: Tensor) -> Tensor:
        """The newest token over itself and all before it; nothing later is there to be masked."""
        qkv = F.linear(x, *self.qkv).view(-1, 3, self.heads, self.head_dim)
        self.own_cache[:, :, :, position] = qkv[:, 1:].transpose(0, 1)
        keys, values = self.own_cache.flatten(1, 2)  # [R * H, room, Dh]
        query = qkv[:, 0].reshape(-1, 1, self.head_dim)  # [R * H, 1, Dh]
        context = attend(query, keys, values, unwritten)
        return F.linear(context.view(len(x), -1), *self.own_out)

    def attend_to_source(self, x: Tensor) -> Tensor:
        """The newest tokens over the encoded source, which the rows of a source share."""
        query = F.linear(x, *self.query)
        if self.width > 1:
            query = query.view(-1, self.width, self.heads, self.head_dim).transpose(1, 2)
        query = query.reshape(-1, self.width, self.head_dim)  # [B * H, width, Dh]
        context = attend(query, self.source_keys, self.source_values, self.mask)
        if self.width > 1:
            context = context.view(-1, self.heads, self.width, self.head_dim).transpose(1, 2)
        return F.linear(context.reshape(len(x), -1), *self.cross_out)

    def feed_forward(self, x: Tensor) -> Tensor:
        """[R, D] -> [R, D]."""
        return F.linear(F.linear(x, *self.wide).relu_(), *self.narrow)


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Scaled queries [N, L, Dh] over keys and values [N, S, Dh], a mask added to their energies: [N, L, Dh].

    For so few queries two matrix products are quicker than the fused kernel.
    """
    weights = torch.baddbmm(mask, query, keys.transpose(1, 2)).softmax(dim=-1)  # [N, L, S]
    return torch.bmm(weights, values)


def _linear(module: nn.Module) -> tuple[Tensor, Tensor]:
    """What `F.linear` takes after its input."""
    linear = cast(nn.Linear, module)
    return linear.weight, linear.bias


def _norm(norm: nn.LayerNorm) -> tuple[tuple[int, ...], Tensor, Tensor, float]:
    """What `F.layer_norm` takes after its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps
