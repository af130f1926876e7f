"""Experiments on masks: replace a mask in a forward pass, and see what changes and where.

The model itself is not changed. A `Trace` with edits replaces the mask of one attention in the forward pass
(`Intervention`); the rest compares the traces of two passes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from transformer.decoding.loop import decode
from transformer.model.config import TransformerConfig
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import Attention
from transformer.model.trace import Edit, Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import until_eos
from transformer.tasks import Batch

MaskKind = Literal["own", "none", "padding", "causal", "both", "window"]
MASK_KINDS: tuple[MaskKind, ...] = get_args(MaskKind)


@dataclass(frozen=True)
class Site:
    """The attention that an experiment alters, in one layer or all (None), and in one head or all (None)."""

    attention: Attention
    layer: int | None = None
    head: int | None = None

    def places(self, config: TransformerConfig) -> list[str]:
        """Its places in a trace, one per layer: `encoder.0.self_attention`."""
        layers = range(config.num_layers) if self.layer is None else [self.layer]
        return [Attention(self.attention).place(layer) for layer in layers]

    def heads(self, config: TransformerConfig) -> list[int]:
        """The indices of the heads."""
        return list(range(config.heads)) if self.head is None else [self.head]


def queries_and_keys(batch: Batch, attention: Attention) -> tuple[Tensor, Tensor]:
    """The token ids of an attention's queries [B, L] and keys [B, S]."""
    tokens = {"source": batch.src, "target": batch.trg_input}
    return tokens[Attention(attention).queries], tokens[Attention(attention).keys]


def own_mask(model: Transformer, batch: Batch, attention: Attention) -> Tensor:
    """The model's own mask for an attention, with all rows: [B, 1, L, S]."""
    queries, keys = queries_and_keys(batch, attention)
    mask = model.make_trg_mask(keys) if attention == Attention.SELF else model.make_src_mask(keys)
    return mask.expand(len(keys), -1, queries.size(1), -1)


def sliding_window_mask(queries: int, keys: int, width: int) -> Tensor:
    """True where a key is at most `width` positions away from the query: [1, 1, L, S]."""
    distance = torch.arange(queries)[:, None] - torch.arange(keys)[None, :]
    return (distance.abs() <= width)[None, None]


def make_mask(
    model: Transformer,
    batch: Batch,
    attention: Attention,
    kind: MaskKind = "own",
    *,
    rows_too: bool = False,
    width: int = 1,
) -> Tensor:
    """A mask [B, 1, L, S] to replace the model's own.

    `window` lets a query attend to keys at most `width` positions away, if the model's own mask allows it.
    `rows_too` masks the rows of PAD queries as well, not only the columns of PAD keys.
    """
    queries, keys = queries_and_keys(batch, attention)
    own = own_mask(model, batch, attention)
    rows, columns = own.shape[-2:]
    everything = torch.ones_like(own)
    padding = padding_mask(keys, _pad_idx(model, attention))  # [B, 1, 1, S]
    causal = causal_mask(max(rows, columns))[..., :rows, :columns]  # [1, 1, L, S]
    mask = {
        "own": own,
        "none": everything,
        "padding": everything & padding,
        "causal": everything & causal,
        "both": causal & padding,
        "window": own & sliding_window_mask(rows, columns, width),
    }[kind]
    real_rows = queries != query_pad_idx(model, attention)  # [B, L]
    return mask & real_rows[:, None, :, None] if rows_too else mask.clone()


def _pad_idx(model: Transformer, attention: Attention) -> int:
    """The padding id of an attention's keys."""
    config = model.config
    return config.trg_pad_idx if attention == Attention.SELF else config.src_pad_idx


def query_pad_idx(model: Transformer, attention: Attention) -> int:
    """The id that fills up an attention's queries."""
    config = model.config
    return config.src_pad_idx if attention == Attention.ENCODER else config.trg_pad_idx


Cell = tuple[int, int, int]
"""Indices of sentence, query and key."""


def toggled(mask: Tensor, cells: Sequence[Cell]) -> Tensor:
    """A copy of `mask` [B, 1, L, S] with these cells inverted."""
    edited = mask.clone()
    for sentence, query, key in cells:
        edited[sentence, 0, query, key] ^= True
    return edited


@dataclass(frozen=True)
class Intervention:
    """A mask that replaces the model's own at one site."""

    site: Site
    keep: Tensor
    """[B, 1, L, S], True = may attend. Rows and columns beyond its size keep the model's own mask."""
    plain_softmax: bool = False
    """Use plain softmax, which gives NaN for a fully masked row; the model itself gives zeros."""
    own: Tensor | None = None
    """The model's own mask that `keep` was made from, if only cells in which they differ are to change.

    This matters in free running: the model may write a word where the right answer has PAD.
    """
    fill: float = -math.inf
    """The value of masked scores at this site before softmax; the model itself uses -inf."""

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """The edits for one run of a `Trace`; they keep state, so make new ones for each run."""
        heads = self.site.heads(config)
        edits: dict[str, Edit] = {}
        for place in self.site.places(config):
            replace = _MaskReplacement(self, heads, config.heads)
            edits |= {f"{place}.energy": replace.measure, f"{place}.mask": replace.apply}
            if self.fill != -math.inf:
                edits[f"{place}.masked_energy"] = replace.fill
            if self.plain_softmax:
                softmax = _PlainSoftmax()
                edits[f"{place}.masked_energy"] = _both(edits.get(f"{place}.masked_energy"), softmax.read)
                edits[f"{place}.weights"] = softmax.apply
        return edits


def _both(first: Edit | None, second: Edit) -> Edit:
    """One edit after the other."""
    return second if first is None else lambda tensor: second(first(tensor))


class _MaskReplacement:
    """Edits of one attention's mask.

    The mask arrives unexpanded, so its full shape is taken from the energy.
    """

    def __init__(self, change: Intervention, heads: list[int], all_heads: int) -> None:
        self.keep, self.heads, self.all_heads = change.keep, heads, all_heads
        own = change.own
        self.replaced = torch.ones_like(change.keep) if own is None else change.keep != own
        self.size = (0, 0)
        self.value = change.fill

    def measure(self, energy: Tensor) -> Tensor:
        self.size = (energy.size(-2), energy.size(-1))
        return energy

    def apply(self, mask: Tensor) -> Tensor:
        """The model's mask -> [B, 1 or H, L, S], with `keep` in the cells and heads to be replaced."""
        share = 1 if len(self.heads) == self.all_heads else self.all_heads
        heads = [0] if share == 1 else self.heads
        full = mask.expand(self.keep.size(0), share, *self.size).clone()
        rows, columns = min(self.size[0], self.keep.size(-2)), min(self.size[1], self.keep.size(-1))
        keep, replaced = self.keep[..., :rows, :columns], self.replaced[..., :rows, :columns]
        full[:, heads, :rows, :columns] = torch.where(replaced, keep, full[:, heads, :rows, :columns])
        self.mask = full
        return full

    def fill(self, masked_energy: Tensor) -> Tensor:
        """The masked energy with the fill value instead of -inf in the site's heads: [B, H, L, S]."""
        forbidden = ~self.mask.expand_as(masked_energy)
        filled = masked_energy.clone()
        heads = self.heads
        filled[:, heads] = filled[:, heads].masked_fill(forbidden[:, heads], self.value)
        return filled


class _PlainSoftmax:
    """Edits of one attention's weights: plain softmax of the masked energy, even if that gives NaN."""

    def read(self, masked_energy: Tensor) -> Tensor:
        self.masked_energy = masked_energy
        return masked_energy

    def apply(self, weights: Tensor) -> Tensor:
        return self.masked_energy.softmax(dim=-1)


@torch.inference_mode()
def run(model: Transformer, batch: Batch, change: Intervention | None = None) -> Trace:
    """The trace of one teacher-forced pass over a batch, with or without an intervention."""
    trace = Trace(change.edits(model.config) if change else None)
    model(batch.src, batch.trg_input, trace=trace)
    return trace


def decoded(model: Transformer, batch: Batch, change: Intervention | None = None) -> list[list[int]]:
    """Free-running answers to each source, from SOS to EOS or until a few tokens past the right length."""
    edits = change.edits(model.config) if change else None
    limit = batch.trg.size(1) + 3
    *_, last = decode(model, batch.src, max_new_tokens=limit, edits=edits)
    return [until_eos(row) for row in last.tokens.tolist()]
