"""Experiments on masks: replace a mask in a forward pass, and see what changes and where.

The model itself is not changed. A `Trace` with edits replaces the mask of one attention in the forward pass
(`Intervention`); the rest compares the traces of two passes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.decoding.loop import decode
from transformer.experiments.finite import apart
from transformer.model.config import TransformerConfig
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import STACKS, Attention, block_output, sublayers
from transformer.model.trace import Edit, Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD, until_eos
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


# --- masks -----------------------------------------------------------------------------------------------


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
    real_rows = queries != _query_pad(model, attention)  # [B, L]
    return mask & real_rows[:, None, :, None] if rows_too else mask.clone()


def _pad_idx(model: Transformer, attention: Attention) -> int:
    """The padding id of an attention's keys."""
    config = model.config
    return config.trg_pad_idx if attention == Attention.SELF else config.src_pad_idx


def _query_pad(model: Transformer, attention: Attention) -> int:
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


# --- running the model under another mask ----------------------------------------------------------------


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


# --- what changed ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """The difference of two passes at one place."""

    place: str
    by_position: Tensor
    """Largest difference at each position: [B, L] or [B, S]; NaN where only one pass has NaN."""

    @property
    def largest(self) -> float:
        """The largest difference over all positions; NaN if any is NaN."""
        return float(self.by_position.max())  # max returns NaN if there is one

    @property
    def where(self) -> tuple[int, int]:
        """Sentence and position of the largest difference."""
        flat = int(self.by_position.nan_to_num(math.inf).argmax())
        return divmod(flat, self.by_position.size(1))


def landmarks(config: TransformerConfig) -> list[str]:
    """The places of a token's state in the order of the pass: [B, S, D], [B, L, D], and logits [B, L, V]."""
    found: list[str] = []
    for stack in STACKS:
        for layer in range(config.num_layers):
            *attentions, _ = sublayers(config, stack, layer)
            found += [*(one.gave for one in attentions), block_output(config, stack, layer)]
        if config.norm == "pre":  # a final norm; otherwise the stack's output is the last block's
            found.append(f"{stack}.output")
    return [*found, "decoder.logits"]


def change_at(before: Trace, after: Trace, place: str) -> Change:
    """The difference of two passes at a place [B, T, D], for each position."""
    return Change(place, apart(after[place], before[place]).amax(dim=-1))


def changes(before: Trace, after: Trace, config: TransformerConfig) -> list[Change]:
    """The differences at all landmarks, in descending order; NaN counts as the largest."""
    found = [change_at(before, after, place) for place in landmarks(config)]
    return sorted(found, key=lambda change: -_size(change.largest))


def _size(difference: float) -> float:
    return math.inf if math.isnan(difference) else difference


def leaked_mass(weights: Tensor, own: Tensor) -> Tensor:
    """Share of each query's attention on keys that the model's own mask forbids: [..., L, S] -> [..., L]."""
    return weights.masked_fill(own, 0.0).sum(dim=-1)


# --- leak probe ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """The position of a token to be replaced, in the source or in the decoder's input."""

    side: Literal["source", "target"]
    sentence: int
    position: int


@dataclass(frozen=True)
class Leak:
    """The effect of a probe on positions that must not depend on it."""

    change: Change
    """The change of the logits, at all positions [B, L]."""
    must_not_notice: Tensor
    """Which positions must not change: [B, L], bool."""
    largest: float
    """Largest difference of the logits at those positions: exactly 0 if nothing leaks."""
    path: tuple[tuple[str, float], ...]
    """Landmarks at which such a position changed, in the order of the pass, with the largest difference."""


def probes(batch: Batch, pad_idx: int = PAD) -> list[Probe]:
    """All possible probes: every `pad_idx` of the sources, and every target token but the first."""
    pads = [Probe("source", b, int(s)) for b, row in enumerate(batch.src) for s in (row == pad_idx).nonzero()]
    targets = range(1, batch.trg_input.size(1))
    return pads + [Probe("target", b, i) for b in range(len(batch.src)) for i in targets]


@torch.inference_mode()
def probe_leak(
    model: Transformer, batch: Batch, probe: Probe, token: int, change: Intervention | None = None
) -> Leak:
    """Replace one token while all masks stay the same, and compare.

    A PAD of the source must affect only its own position; a target token must not affect positions before it.
    This does not use `transformer.probe`, whose module hooks do not see interventions (edits of a `Trace`).
    """
    src, trg = batch.src.clone(), batch.trg_input.clone()
    (src if probe.side == "source" else trg)[probe.sentence, probe.position] = token
    masks = model.make_src_mask(batch.src), model.make_trg_mask(batch.trg_input)  # of the original tokens
    edits = change.edits(model.config) if change else {}
    before, after = Trace(edits), Trace(edits)
    model(batch.src, batch.trg_input, *masks, trace=before)
    model(src, trg, *masks, trace=after)
    path = []
    for place in landmarks(model.config):
        difference = change_at(before, after, place)
        bystanders = _must_not_notice(probe, place, difference.by_position)
        largest = float(difference.by_position[bystanders].max()) if bystanders.any() else 0.0
        path.append((place, largest))
    logits = change_at(before, after, "decoder.logits")
    return Leak(
        logits,
        _must_not_notice(probe, "decoder.logits", logits.by_position),
        path[-1][1],
        tuple((place, largest) for place, largest in path if largest != 0),
    )


def _must_not_notice(probe: Probe, place: str, by_position: Tensor) -> Tensor:
    """The positions at a place that a probe must not change: [B, T], bool."""
    bystanders = torch.ones_like(by_position, dtype=torch.bool)
    if place.startswith("encoder") and probe.side == "source":
        bystanders[probe.sentence, probe.position] = False
    if place.startswith("decoder") and probe.side == "target":
        bystanders[probe.sentence, probe.position :] = False
    return bystanders


# --- columns or rows -------------------------------------------------------------------------------------


PaddingRunName = Literal["columns", "rows_zeros", "rows_plain"]


@dataclass(frozen=True)
class PaddingRun:
    """One way to mask padding, and the result of a pass with it."""

    name: PaddingRunName
    trace: Trace
    loss: float
    """Cross-entropy with the padding as `ignore_index`."""
    difference: float
    """Largest difference to masking columns only, of the logits at real target tokens."""
    difference_at_pad: float
    """The same of the stack's output at PAD positions; 0 if there is no PAD."""
    nan_share: float
    """Share of the logits that are NaN."""
    nan_enters: str | None
    """The first place in the trace with a NaN."""


def columns_or_rows(model: Transformer, batch: Batch, site: Site) -> Iterator[PaddingRun]:
    """Passes with padding masked by columns, by rows too, and by rows too with a plain softmax."""
    columns = make_mask(model, batch, site.attention)
    rows_too = make_mask(model, batch, site.attention, rows_too=True)
    reference = run(model, batch, Intervention(site, columns))
    queries, _ = queries_and_keys(batch, site.attention)
    stack = site.attention.stack
    last = [place for place in landmarks(model.config) if place.startswith(stack)][-1]
    ways: dict[PaddingRunName, Tensor] = {"columns": columns, "rows_zeros": rows_too, "rows_plain": rows_too}
    for name, keep in ways.items():
        trace = run(model, batch, Intervention(site, keep, plain_softmax=name == "rows_plain"))
        at_pad = change_at(reference, trace, last).by_position[queries == _query_pad(model, site.attention)]
        yield _padding_run(name, batch, trace, reference, at_pad, model.config.trg_pad_idx)


def _padding_run(
    name: PaddingRunName, batch: Batch, trace: Trace, reference: Trace, at_pad: Tensor, pad: int
) -> PaddingRun:
    logits = trace["decoder.logits"]
    difference = change_at(reference, trace, "decoder.logits").by_position
    return PaddingRun(
        name,
        trace,
        float(F.cross_entropy(logits.flatten(0, 1), batch.trg_target.flatten(), ignore_index=pad)),
        float(difference[batch.trg_target != pad].max()),
        float(at_pad.max()) if at_pad.numel() else 0.0,
        float(logits.isnan().float().mean()),
        next((place for place in trace if trace[place].isnan().any()), None),
    )
