"""A quicker `CachedDecoder`, for where many inputs are decoded: evaluation, accuracy, beam search.

Read `stepper.py` first: both give the same logits. In a model of this size calling a module takes as long as
its arithmetic, and so does adding a bias. So the decoder's arithmetic stands here once more, without modules:
weights are looked up once, the scale of queries is folded into them, and biases into those that follow.
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
"""How many positions there is memory for at first, and how many are added when it is full.

Softmax and the products are several times slower over fewer than 16 and 25 numbers. So attention runs over
the whole capacity, with -inf added to the energies of positions where nothing is yet: their weight is 0. Not
more than 25: what a step reads then fits a processor's cache.
"""


class FoldedDecoder:
    """Decodes sources [B, S] step by step: `step` takes the newest tokens [R], gives logits [R, V].

    R = B * `width` rows: for each source, one after the other, `width` targets that are continued side by
    side, as in beam search.
    """

    trace: Trace | None = None
    """Never one: what happens here is not what `Trace` names."""

    def __init__(self, model: Transformer, src: Tensor, max_len: int, width: int = 1) -> None:
        """Encodes the sources.

        Raises `InputError` if the model has no positions for `max_len` tokens, or is not causal.
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
        # The heads of one source read the same positions; only ALiBi weighs them differently in each.
        self._alike = len(src) == 1 and self._slopes is None
        self._hypothesis_mask = encoded.new_full((len(src), width, width, CAPACITY), -math.inf)
        """What each row reads of the rows of its source, itself included, and their positions: added to
        energies, 0 where it continues what was written there, -inf elsewhere."""
        words = torch.arange(model.config.trg_vocab_size, device=src.device)
        may_be_read = model.make_trg_mask(words[:, None]).expand(len(words), 1, 1, 1).flatten()
        self._own = to_additive(may_be_read, encoded.dtype)  # [V]: -inf for PAD, if the model masks it
        self.length = 0
        """Target tokens seen so far."""
        self._embedding = decoder.embed.weight * decoder.scale
        self._codes = decoder.position.codes(max_len)[0]  # [max_len, D]
        self._norm = decoder.norm
        self._fc_out, self._bias = _linear(decoder.fc_out)

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [R] at the next position -> logits [R, V] for the token after them.

        Raises `InputError` if the first ones are masked as padding: they would have nothing to attend to.
        """
        if self.length == self._hypothesis_mask.size(-1):
            self._grow()
        own = self._own.index_select(0, newest).view(-1, self.width)  # each row reads what it writes itself
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
        """From here on row i continues what row `rows[i]` [R], of the same source, has read so far.

        Keys and values stay where they are; what changes is which of them a row reads.
        """
        if self.width > 1:
            before = self._hypothesis_mask
            self._hypothesis_mask = before.flatten(0, 1).index_select(0, rows).view_as(before)

    def _biases(self, slopes: Tensor) -> Tensor:
        """ALiBi's bias of the newest tokens on all positions: [B * H, 1, width * capacity]."""
        capacity = self._hypothesis_mask.size(-1)
        distance = self.length - torch.arange(capacity, device=slopes.device, dtype=slopes.dtype)
        bias = -slopes[:, None] * distance  # [H, capacity]
        return bias.repeat(len(self._hypothesis_mask), self.width).unsqueeze(1)

    def _grow(self) -> None:
        self._hypothesis_mask = F.pad(self._hypothesis_mask, (0, MORE), value=-math.inf)
        for layer in self.layers:
            layer.remember_in(F.pad(layer.own_cache, (0, 0, 0, MORE)))


class _FoldedBlock:
    """A `DecoderBlock` for one new token, beside the keys and values of all earlier ones.

    What can be done once is not done at each step, where it would take longer than the arithmetic: weights
    are looked up, the scale of the queries is worked into them, and biases are left out where something
    later makes up for them:

    - a key's bias adds the same to all energies of a query, which softmax does not see;
    - a value's bias goes through attention as it is, since weights sum to 1: into the bias after it;
    - relu(x + b) = max(x, -b) + b, of which the last b goes into the bias after it.
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
        """Weights of the attention over the target; keys that are turned keep their bias, which turns too."""
        query, key, value = map(_linear, (own.fc_q, own.fc_k, own.fc_v))
        self.qkv = torch.cat([query[0] * self.scale, key[0], value[0]], dim=-1)  # [D, 3 * D]
        biases = torch.stack([query[1] * self.scale, key[1], value[1]])
        self.biases = biases.view(3, 1, self.heads, 1, self.head_dim)
        self.own_out = _linear(own.fc_out, value[1])

    def read_source(self, cross: MultiHeadAttention, encoded: Tensor, mask: Tensor | None) -> None:
        """Keys and values of the source [B * H, capacity, Dh], and what is added to the energies of its keys.

        That is the mask, and the bias of the queries times each key.
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
        """Keys (turned, if rotary) and values of the target so far: [2, B, H, width, capacity, Dh]."""
        self.own_cache = cache
        self.places = cache.unbind(4)  # one view [2, B, H, width, Dh] for each position
        self.own_keys, self.own_values = cache.flatten(3, 4).flatten(
            1, 2
        )  # views [B * H, width * capacity, Dh]

    def forbid(self, mask: Tensor | None, encoded: Tensor, empty: int) -> Tensor:
        """The source's mask [B, 1, 1, S] as numbers to be added to energies, [(B * H, 1,) capacity].

        Where it leaves nothing to attend to, the values become zeros instead, and so does what is gathered.
        """
        if mask is None:
            return F.pad(encoded.new_zeros(encoded.size(1)), (0, empty), value=-math.inf)
        mask = mask.expand(-1, self.heads, -1, -1).flatten(0, 1)  # [B * H, 1, S]
        nothing_left = ~mask.any(dim=-1, keepdim=True)  # [B * H, 1, 1]
        self.source_values = self.source_values.masked_fill(nothing_left, 0.0)
        return F.pad(to_additive(mask | nothing_left, encoded.dtype), (0, empty), value=-math.inf)

    def step(self, x: Tensor, position: int, mask: Tensor) -> Tensor:
        """[R, D] -> [R, D]."""
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
        """The newest tokens over themselves and all before them; nothing later is there to be masked."""
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
        """The newest tokens over the encoded source, which the rows of a source share."""
        query = self.split(torch.mm(x, self.query))
        return self.merge(attend(query, self.source_keys, self.source_values, self.mask))

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

    def widened(self, x: Tensor) -> Tensor:
        """The inside of the feed-forward network, less its bias: [R, D] -> [R, FF]."""
        wide = torch.mm(x, self.wide)
        return torch.maximum(wide, self.threshold, out=wide)


def fast_stepper(model: Transformer, src: Tensor, max_len: int, width: int = 1) -> Stepper:
    """The quickest way that gives what a pass over all tokens gives, for up to `max_len` tokens.

    `width` targets are continued for each source, as in `FoldedDecoder`. That one cannot begin where SOS
    itself is masked as padding, which leaves nothing to attend to.
    """
    if is_cacheable(model, src.device) and model.config.trg_pad_idx != SOS:
        return FoldedDecoder(model, src, max_len, width)
    return RecomputingDecoder(model, src.repeat_interleave(width, dim=0))


def attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Scaled queries [N, L, Dh] over keys and values [N, S, Dh], a mask added to their energies: [N, L, Dh].

    For so few queries two matrix products are quicker than the fused kernel.
    """
    weights = torch.baddbmm(mask, query, keys.transpose(1, 2)).softmax(dim=-1)  # [N, L, S]
    return torch.bmm(weights, values)


def added(x: Tensor, inner: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`x + inner @ weight + bias` for a weight [in, out]: [R, out]."""
    return (x + bias).addmm_(inner, weight)


def _linear(module: nn.Module, earlier: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weight [in, out] and bias [out]; `earlier` [in] is a bias that was left out of what comes in."""
    layer = cast(nn.Linear, module)
    bias = layer.bias if earlier is None else torch.addmv(layer.bias, layer.weight, earlier)
    return layer.weight.t(), bias


def _norm(norm: nn.LayerNorm) -> tuple[tuple[int, ...], Tensor, Tensor, float]:
    """What `torch.layer_norm` takes after its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps
