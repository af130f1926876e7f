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
        """Encodes the sources.

        Raises `InputError` if the model has no positions for `max_len` tokens, and for a model whose earlier
        positions see later ones (see `step_decoder`).
        """
        if model.config.mistake not in CACHEABLE:
            raise InputError(
                "In a model with mistake = {mistake} each new token changes what earlier ones see: there is "
                "nothing that a cache could keep.",
                mistake=model.config.mistake,
            )
        decoder = model.decoder
        src_mask = model.make_src_mask(src)
        mask = None if src_mask.all() else src_mask
        encoded = model.encoder(src, mask)
        self.layers = [
            _CachedBlock(cast(DecoderBlock, layer), encoded, mask, max_len, width) for layer in decoder.layers
        ]
        self.heads, self.width = model.config.heads, width
        self._slopes = alibi_slopes(self.heads, encoded) if model.config.positions == "alibi" else None
        # Single rows have all read the same positions; ALiBi weighs them differently in each head.
        self._alike = width == 1 and self._slopes is None
        sources = 1 if self._alike else len(src)
        self._reach = encoded.new_full((sources, width, width, ROOM), -math.inf)
        """What each row reads of the rows of its source, itself included, and their positions: added to
        energies, 0 where it continues what was written there, -inf elsewhere."""
        self.length = 0
        """Target tokens seen so far."""
        self._embedding = decoder.embed.weight
        self._scale = decoder.scale
        self._codes = decoder.position.codes(max_len)[0]  # [max_len, D]
        self._norm = decoder.norm
        self._fc_out = decoder.fc_out

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [R] at the next position -> logits [R, V] for the token after them."""
        if self.length == self._reach.size(-1):
            self._make_room()
        self._reach.diagonal(dim1=1, dim2=2)[:, self.length] = 0  # each row reads what it writes itself
        reach = self._reach.flatten(2)  # [B, width, width * room]
        if not self._alike:
            reach = reach.repeat_interleave(self.heads, dim=0)  # [B * H, width, width * room]
        if self._slopes is not None:
            reach = reach + self._biases(self._slopes)
        x = F.embedding(newest, self._embedding)  # [R, D]
        if self._scale != 1.0:
            x = x * self._scale
        x = x + self._codes[self.length]
        for layer in self.layers:
            x = layer.step(x, self.length, reach)
        self.length += 1
        return F.linear(self._norm(x), self._fc_out.weight, self._fc_out.bias)

    def reorder(self, rows: Tensor) -> None:
        """From here on row i continues what row `rows[i]` [R], of the same source, has read so far.

        Keys and values stay where they are; what changes is which of them a row reads.
        """
        if self.width > 1:
            self._reach = self._reach.flatten(0, 1).index_select(0, rows).view_as(self._reach)

    def remembered(self) -> tuple[Tensor, Tensor]:
        """Keys and values of all tokens read, of each layer's first source and row: [layers, H, L, Dh]."""
        caches = torch.stack([layer.own_cache[:, 0, :, 0, : self.length] for layer in self.layers])
        return caches[:, 0], caches[:, 1]

    def _biases(self, slopes: Tensor) -> Tensor:
        """ALiBi's bias of the newest tokens on all positions: [B * H, 1, width * room]."""
        room = self._reach.size(-1)
        distance = self.length - torch.arange(room, device=slopes.device, dtype=slopes.dtype)
        bias = -slopes[:, None] * distance  # [H, room]
        return bias.repeat(len(self._reach), self.width).unsqueeze(1)

    def _make_room(self) -> None:
        self._reach = F.pad(self._reach, (0, MORE), value=-math.inf)
        for layer in self.layers:
            layer.own_cache = F.pad(layer.own_cache, (0, 0, 0, MORE))


class _CachedBlock:
    """A `DecoderBlock` for one new token, beside the keys and values of all earlier ones."""

    def __init__(
        self, block: DecoderBlock, encoded: Tensor, mask: Tensor | None, max_len: int, width: int
    ) -> None:
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
        self.turns = rotary_turns(max_len, self.head_dim, encoded) if own.rotary else None
        self.own_cache = encoded.new_zeros(2, len(encoded), self.heads, width, ROOM, self.head_dim)
        """The keys (turned, if rotary) and the values of the target so far: [2, B, H, width, room, Dh]."""
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

    def step(self, x: Tensor, position: int, reach: Tensor) -> Tensor:
        """[R, D] -> [R, D]."""
        if self.pre_norm:
            x = x + self.attend_to_target(F.layer_norm(x, *self.norm), position, reach)
            x = x + self.attend_to_source(F.layer_norm(x, *self.norm1))
            return x + self.feed_forward(F.layer_norm(x, *self.norm2))
        x = F.layer_norm(x + self.attend_to_target(x, position, reach), *self.norm)
        x = F.layer_norm(x + self.attend_to_source(x), *self.norm1)
        return F.layer_norm(x + self.feed_forward(x), *self.norm2)

    def attend_to_target(self, x: Tensor, position: int, reach: Tensor) -> Tensor:
        """The newest tokens over themselves and all before them; nothing later is there to be masked."""
        qkv = F.linear(x, *self.qkv).view(-1, self.width, 3, self.heads, self.head_dim)
        qkv = qkv.permute(2, 0, 3, 1, 4)  # [3, B, H, width, Dh]
        if self.turns is not None:
            qkv = torch.cat([turn(qkv[:2], self.turns[:, position]), qkv[2:]])
        self.own_cache[:, :, :, :, position] = qkv[1:]
        keys, values = self.own_cache.view(2, -1, reach.size(-1), self.head_dim)  # [B * H, width * room, Dh]
        query = qkv[0].reshape(-1, self.width, self.head_dim)  # [B * H, width, Dh]
        return F.linear(self.merge(attend(query, keys, values, reach)), *self.own_out)

    def attend_to_source(self, x: Tensor) -> Tensor:
        """The newest tokens over the encoded source, which the rows of a source share."""
        query = self.split(F.linear(x, *self.query))
        context = attend(query, self.source_keys, self.source_values, self.mask)
        return F.linear(self.merge(context), *self.cross_out)

    def split(self, x: Tensor) -> Tensor:
        """[R, D] -> [B * H, width, Dh]: the heads of a source beside each other, its rows in each."""
        if self.width > 1:
            x = x.view(-1, self.width, self.heads, self.head_dim).transpose(1, 2)
        return x.reshape(-1, self.width, self.head_dim)

    def merge(self, x: Tensor) -> Tensor:
        """[B * H, width, Dh] -> [R, D]: back again."""
        if self.width > 1:
            x = x.view(-1, self.heads, self.width, self.head_dim).transpose(1, 2)
        return x.reshape(-1, self.heads * self.head_dim)

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
