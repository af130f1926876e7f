"""A faster `CachedDecoder`, for decoding many inputs: evaluation, accuracy, beam search.

Read `stepper.py` first: both give the same logits. In a model of this size, calling a module takes as long as
its arithmetic, and so does adding a bias. So this file repeats the decoder's arithmetic without modules:
weights are looked up once, the scale of the queries is folded into the weights, and biases into later biases.
"""

import math
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.decoding.stepper import RecomputingDecoder, Stepper, check_causal, is_cacheable
from transformer.errors import InputError
from transformer.model.alibi import AlibiPositions, alibi_slopes
from transformer.model.attention import MultiHeadAttention
from transformer.model.mask_conventions import to_additive
from transformer.model.rotary import RotaryPositions, rotary_turns, turn
from transformer.model.trace import Trace
from transformer.model.transformer import DecoderBlock, Transformer
from transformer.model.vocabulary import SOS

CAPACITY, MORE = 25, 16
"""The number of positions allocated at first, and the number added when they are full.

Softmax is several times slower over fewer than 16 numbers, and the products over fewer than 25. So attention
always runs over the whole capacity; -inf is added to the energies of unused positions, so their weight is 0.
With 25 positions, what a step reads still fits into the processor's cache.
"""


class FoldedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [R] and returns logits [R, V].

    R = B * `width` rows: `width` targets per source, which are continued in parallel, as in beam search.
    """

    trace: Trace | None = None
    """Always None: the tensors computed here are not those that a `Trace` names."""

    def __init__(self, model: Transformer, src: Tensor, max_len: int, width: int = 1) -> None:
        """Encode the sources.

        Raises `InputError` if the model has fewer than `max_len` positions or is not causal.
        """
        check_causal(model)
        decoder = model.decoder
        src_mask = model.make_src_mask(src)
        mask = None if src_mask.all() else src_mask
        encoded = model.encoder(src, mask)
        self.layers = [
            _FoldedBlock(cast(DecoderBlock, layer), encoded, mask, max_len, width) for layer in decoder.layers
        ]
        self.heads, self.width = model.config.heads, width
        positions = cast(DecoderBlock, decoder.layers[0]).attention.positions
        self._slopes = alibi_slopes(self.heads, encoded) if isinstance(positions, AlibiPositions) else None
        # All heads of a source have the same mask, except with ALiBi.
        self._alike = len(src) == 1 and self._slopes is None
        self._hypothesis_mask = encoded.new_full((len(src), width, width, CAPACITY), -math.inf)
        """Added to energies: which positions, of all rows of the same source, each row attends to. 0 where it
        continues what was written there, -inf elsewhere."""
        words = torch.arange(model.config.trg_vocab_size, device=src.device)
        may_be_read = model.make_trg_mask(words[:, None]).expand(len(words), 1, 1, 1).flatten()
        self._own = to_additive(may_be_read, encoded.dtype)  # [V]: -inf for PAD, if the model masks it
        self.length = 0
        """Target tokens read so far."""
        self._embedding = decoder.embed.weight * decoder.scale
        self._codes = decoder.position.codes(max_len)[0]  # [max_len, D]
        self._norm = decoder.norm
        self._fc_out, self._bias = _linear(decoder.fc_out)

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [R] at the next position -> logits [R, V] for the token after them.

        Raises `InputError` if a first token is masked as padding: it would have nothing to attend to.
        """
        if self.length == self._hypothesis_mask.size(-1):
            self._grow()
        own = self._own.index_select(0, newest).view(-1, self.width)  # each row attends to its own token
        if self.length == 0 and own.isinf().any():
            raise InputError("The first token is PAD, which is masked: there is nothing to attend to.")
        self._hypothesis_mask.diagonal(dim1=1, dim2=2)[:, self.length] = own
        mask = self._hypothesis_mask.flatten(2)  # [B, width, width * capacity]
        if not self._alike:  # [B * H, width, width * capacity]
            mask = mask.unsqueeze(1).expand(-1, self.heads, -1, -1).flatten(0, 1)
        if self._slopes is not None:
            mask = mask + self._biases(self._slopes)
        x = torch.embedding(self._embedding, newest) + self._codes[self.length]  # [R, D]
        for layer in self.layers:
            x = layer.step(x, self.length, mask)
        self.length += 1
        return torch.addmm(self._bias, self._norm(x), self._fc_out)

    def reorder(self, rows: Tensor) -> None:
        """Make row i continue what row `rows[i]` [R], of the same source, has read so far.

        Keys and values stay in place; only the mask changes.
        """
        if self.width > 1:
            before = self._hypothesis_mask
            self._hypothesis_mask = before.flatten(0, 1).index_select(0, rows).view_as(before)

    def _biases(self, slopes: Tensor) -> Tensor:
        """ALiBi's bias for the newest tokens over all positions: [B * H, 1, width * capacity]."""
        capacity = self._hypothesis_mask.size(-1)
        distance = self.length - torch.arange(capacity, device=slopes.device, dtype=slopes.dtype)
        bias = -slopes[:, None] * distance  # [H, capacity]
        return bias.repeat(len(self._hypothesis_mask), self.width).unsqueeze(1)

    def _grow(self) -> None:
        self._hypothesis_mask = F.pad(self._hypothesis_mask, (0, MORE), value=-math.inf)
        for layer in self.layers:
            layer.remember_in(F.pad(layer.own_cache, (0, 0, 0, MORE)))


class _FoldedBlock:
    """A `DecoderBlock` for one new token per row, with the keys and values of all earlier tokens.

    Work that would take longer at each step than the arithmetic is done once: weights are looked up, the
    scale of the queries is folded into them, and biases are dropped or moved to a later bias:

    - a key's bias adds the same number to all energies of a query, which softmax ignores;
    - a value's bias passes attention unchanged, since weights sum to 1, so it moves to the output bias;
    - relu(x + b) = max(x, -b) + b, so the last b moves to the bias of the next layer.
    """

    def __init__(
        self, block: DecoderBlock, encoded: Tensor, mask: Tensor | None, max_len: int, width: int
    ) -> None:
        own, inner = block.attention, block.transformer_block
        self.pre_norm, self.heads, self.head_dim = block.pre_norm, own.heads, own.head_dim
        self.width, self.scale = width, 1 / math.sqrt(own.head_dim)
        self.turns = (
            rotary_turns(max_len, self.head_dim, encoded)
            if isinstance(own.positions, RotaryPositions)
            else None
        )
        self.prepare(own)
        self.remember_in(encoded.new_zeros(2, len(encoded), self.heads, width, CAPACITY, self.head_dim))
        self.read_source(inner.attention, encoded, mask)
        self.wide, wide_bias = _linear(inner.feed_forward[0])
        self.threshold = -wide_bias
        self.narrow = _linear(inner.feed_forward[3], wide_bias)
        self.norm, self.norm1, self.norm2 = map(_norm, (block.norm, inner.norm1, inner.norm2))

    def prepare(self, own: MultiHeadAttention) -> None:
        """Weights of self-attention; with rotary positions, keys keep their bias, which is rotated too."""
        query, key, value = map(_linear, (own.fc_q, own.fc_k, own.fc_v))
        self.qkv = torch.cat([query[0] * self.scale, key[0], value[0]], dim=-1)  # [D, 3 * D]
        biases = torch.stack([query[1] * self.scale, key[1], value[1]])
        self.biases = biases.view(3, 1, self.heads, 1, self.head_dim)
        self.own_out = _linear(own.fc_out, value[1])

    def read_source(self, cross: MultiHeadAttention, encoded: Tensor, mask: Tensor | None) -> None:
        """Keys and values of the source [B * H, capacity, Dh], and what is added to the energies of its keys.

        The latter is the mask plus the product of the queries' bias and each key.
        """
        empty = max(0, CAPACITY - encoded.size(1))
        self.source_keys, self.source_values = (
            F.pad(cross.split_heads(project(encoded)).flatten(0, 1), (0, 0, 0, empty))
            for project in (cross.fc_k, cross.fc_v)
        )
        query, bias = _linear(cross.fc_q)
        self.query = query * self.scale
        bias = (bias * self.scale).view(1, self.heads, 1, self.head_dim).expand(len(encoded), -1, -1, -1)
        self.mask = torch.baddbmm(
            self.forbid(mask, encoded, empty), bias.flatten(0, 1), self.source_keys.transpose(1, 2)
        )  # [B * H, 1, capacity]
        self.cross_out = _linear(cross.fc_out)

    def remember_in(self, cache: Tensor) -> None:
        """Use `cache` [2, B, H, width, capacity, Dh] for the target's keys (rotated if rotary) and values."""
        self.own_cache = cache
        self.places = cache.unbind(4)  # one view [2, B, H, width, Dh] for each position
        self.own_keys, self.own_values = cache.flatten(3, 4).flatten(
            1, 2
        )  # views [B * H, width * capacity, Dh]

    def forbid(self, mask: Tensor | None, encoded: Tensor, empty: int) -> Tensor:
        """The source's mask [B, 1, 1, S] as numbers to add to energies, [(B * H, 1,) capacity].

        Where it leaves nothing to attend to, it sets the values to zero, so the attention's result is zero.
        """
        if mask is None:
            return F.pad(encoded.new_zeros(encoded.size(1)), (0, empty), value=-math.inf)
        mask = mask.expand(-1, self.heads, -1, -1).flatten(0, 1)  # [B * H, 1, S]
        nothing_left = ~mask.any(dim=-1, keepdim=True)  # [B * H, 1, 1]
        self.source_values = self.source_values.masked_fill(nothing_left, 0.0)
        return F.pad(to_additive(mask | nothing_left, encoded.dtype), (0, empty), value=-math.inf)

    def step(self, x: Tensor, position: int, mask: Tensor) -> Tensor:
        """The block's output for the token at `position` of each row: [R, D] -> [R, D]."""
        if self.pre_norm:
            own = self.attend_to_target(torch.layer_norm(x, *self.norm), position, mask)
            x = added(x, own, *self.own_out)
            x = added(x, self.attend_to_source(torch.layer_norm(x, *self.norm1)), *self.cross_out)
            return added(x, self.widened(torch.layer_norm(x, *self.norm2)), *self.narrow)
        own = self.attend_to_target(x, position, mask)
        x = torch.layer_norm(added(x, own, *self.own_out), *self.norm)
        x = torch.layer_norm(added(x, self.attend_to_source(x), *self.cross_out), *self.norm1)
        return torch.layer_norm(added(x, self.widened(x), *self.narrow), *self.norm2)

    def attend_to_target(self, x: Tensor, position: int, mask: Tensor) -> Tensor:
        """Self-attention of the newest tokens over all tokens so far: [R, D] -> [R, D]."""
        qkv = torch.mm(x, self.qkv).view(-1, self.width, 3, self.heads, self.head_dim)
        qkv = qkv.permute(2, 0, 3, 1, 4)  # [3, B, H, width, Dh]
        if self.turns is None:
            query = qkv[0] + self.biases[0]
        else:
            query, key = turn(qkv[:2] + self.biases[:2], self.turns[:, position])
            qkv = torch.stack([query, key, qkv[2]])
        self.places[position].copy_(qkv[1:])
        query = query.reshape(-1, self.width, self.head_dim)
        return self.merge(attend(query, self.own_keys, self.own_values, mask))

    def attend_to_source(self, x: Tensor) -> Tensor:
        """Cross-attention of the newest tokens over their encoded source: [R, D] -> [R, D]."""
        query = self.split(torch.mm(x, self.query))
        return self.merge(attend(query, self.source_keys, self.source_values, self.mask))

    def split(self, x: Tensor) -> Tensor:
        """[R, D] -> [B * H, width, Dh]: for each source and head, its `width` rows."""
        if self.width > 1:
            x = x.view(-1, self.width, self.heads, self.head_dim).transpose(1, 2)
        return x.reshape(-1, self.width, self.head_dim)

    def merge(self, x: Tensor) -> Tensor:
        """[B * H, width, Dh] -> [R, D]: the inverse of `split`."""
        if self.width > 1:
            x = x.view(-1, self.heads, self.width, self.head_dim).transpose(1, 2)
        return x.reshape(-1, self.heads * self.head_dim)

    def widened(self, x: Tensor) -> Tensor:
        """The hidden layer of the feed-forward network, minus its bias: [R, D] -> [R, feed_forward_dim]."""
        wide = torch.mm(x, self.wide)
        return torch.maximum(wide, self.threshold, out=wide)


def fast_stepper(model: Transformer, src: Tensor, max_len: int, width: int = 1) -> Stepper:
    """The fastest stepper that is correct for this model, for up to `max_len` tokens.

    It continues `width` targets per source, as in `FoldedDecoder`, which cannot start if SOS itself is masked
    as padding.
    """
    if is_cacheable(model, src.device) and model.config.trg_pad_idx != SOS:
        return FoldedDecoder(model, src, max_len, width)
    return RecomputingDecoder(model, src.repeat_interleave(width, dim=0))


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Attention of scaled queries [N, L, Dh] over keys and values [N, S, Dh], additive mask: [N, L, Dh].

    For so few queries, two matrix products are faster than the fused kernel.
    """
    weights = torch.baddbmm(mask, query, keys.transpose(1, 2)).softmax(dim=-1)  # [N, L, S]
    return torch.bmm(weights, values)


def added(x: Tensor, inner: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`x + inner @ weight + bias` for a weight [in, out]: [R, out]."""
    return (x + bias).addmm_(inner, weight)


def _linear(module: nn.Module, earlier: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weight [in, out] and bias [out] of a linear layer; `earlier` [in] is a bias missing from its input."""
    layer = cast(nn.Linear, module)
    bias = layer.bias if earlier is None else torch.addmv(layer.bias, layer.weight, earlier)
    return layer.weight.t(), bias


def _norm(norm: nn.LayerNorm) -> tuple[tuple[int, ...], Tensor, Tensor, float]:
    """The arguments of `torch.layer_norm` after its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps
