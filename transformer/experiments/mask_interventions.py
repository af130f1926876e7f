"""Experiments on masks: put another mask into a running model, and see what changes, where, and why.

Nothing here touches a model. A `Trace` with edits replaces the mask of one attention on its way through the
forward pass (`Intervention`); everything else is comparing the traces of two passes.
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
    """Which attention an experiment works on: of one layer or all, in one head or all (None)."""

    attention: Attention
    layer: int | None = None
    head: int | None = None

    def places(self, config: TransformerConfig) -> list[str]:
        """Its names in a trace, one a layer: `encoder.0.self_attention`."""
        layers = range(config.num_layers) if self.layer is None else [self.layer]
        return [Attention(self.attention).place(layer) for layer in layers]

    def heads(self, config: TransformerConfig) -> list[int]:
        """The heads it works on."""
        return list(range(config.heads)) if self.head is None else [self.head]


# --- masks -----------------------------------------------------------------------------------------------


def queries_and_keys(batch: Batch, attention: Attention) -> tuple[Tensor, Tensor]:
    """The token ids that stand for an attention's rows [B, L] and columns [B, S]."""
    tokens = {"source": batch.src, "target": batch.trg_input}
    return tokens[Attention(attention).queries], tokens[Attention(attention).keys]


def own_mask(model: Transformer, batch: Batch, attention: Attention) -> Tensor:
    """The mask that the model itself uses there, with all its rows: [B, 1, L, S]."""
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
    """A mask [B, 1, L, S] to put in the place of the model's own.

    `window` lets a query see keys at most `width` positions away, where the model's own mask allows it.
    With `rows_too` the rows of PAD queries are masked as well, not only the columns of PAD keys.
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
    """What fills up an attention's keys."""
    config = model.config
    return config.trg_pad_idx if attention == Attention.SELF else config.src_pad_idx


def _query_pad(model: Transformer, attention: Attention) -> int:
    config = model.config
    return config.src_pad_idx if attention == Attention.ENCODER else config.trg_pad_idx


Cell = tuple[int, int, int]
"""Sentence, query, key."""


def toggled(mask: Tensor, cells: Sequence[Cell]) -> Tensor:
    """A copy of `mask` [B, 1, L, S] in which these cells are the other way round."""
    edited = mask.clone()
    for sentence, query, key in cells:
        edited[sentence, 0, query, key] ^= True
    return edited


# --- running the model under another mask ----------------------------------------------------------------


@dataclass(frozen=True)
class Intervention:
    """A mask laid over the model's own at one site."""

    site: Site
    keep: Tensor
    """[B, 1, L, S], True = may attend. Rows and columns beyond it keep the model's own mask."""
    plain_softmax: bool = False
    """Softmax as it is, which makes NaN of a fully masked row; the model itself gives zeros there."""
    own: Tensor | None = None
    """The model's own mask that `keep` was made from, if only the cells in which they differ are to change.

    It matters while the model writes freely: where the right answer has a PAD, the model may write a word.
    """
    fill: float = -math.inf
    """What takes the place of a forbidden score at this site before softmax; the model itself uses -inf."""

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """What a `Trace` needs for it; made anew for every run."""
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
    """Edits of one attention's mask: the mask comes as stored, so its full shape is read off the energy."""

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
        """The model's mask -> [B, 1 or H, L, S], overwritten where `keep` has something to say."""
        share = 1 if len(self.heads) == self.all_heads else self.all_heads
        heads = [0] if share == 1 else self.heads
        full = mask.expand(self.keep.size(0), share, *self.size).clone()
        rows, columns = min(self.size[0], self.keep.size(-2)), min(self.size[1], self.keep.size(-1))
        keep, replaced = self.keep[..., :rows, :columns], self.replaced[..., :rows, :columns]
        full[:, heads, :rows, :columns] = torch.where(replaced, keep, full[:, heads, :rows, :columns])
        self.mask = full
        return full

    def fill(self, masked_energy: Tensor) -> Tensor:
        """The fill value in the place of -inf in the site's heads: [B, H, L, S]."""
        forbidden = ~self.mask.expand_as(masked_energy)
        filled = masked_energy.clone()
        heads = self.heads
        filled[:, heads] = filled[:, heads].masked_fill(forbidden[:, heads], self.value)
        return filled


class _PlainSoftmax:
    """Edits of one attention's weights: softmax of the masked energy, whatever comes of it."""

    def read(self, masked_energy: Tensor) -> Tensor:
        self.masked_energy = masked_energy
        return masked_energy

    def apply(self, weights: Tensor) -> Tensor:
        return self.masked_energy.softmax(dim=-1)


@torch.inference_mode()
def run(model: Transformer, batch: Batch, change: Intervention | None = None) -> Trace:
    """One pass over a batch, all target positions at once, with or without an intervention."""
    trace = Trace(change.edits(model.config) if change else None)
    model(batch.src, batch.trg_input, trace=trace)
    return trace


def decoded(model: Transformer, batch: Batch, change: Intervention | None = None) -> list[list[int]]:
    """What the model writes freely for each source, from SOS to EOS or a few tokens past the right length."""
    edits = change.edits(model.config) if change else None
    limit = batch.trg.size(1) + 3
    *_, last = decode(model, batch.src, max_new_tokens=limit, edits=edits)
    return [until_eos(row) for row in last.tokens.tolist()]


# --- what changed ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How far two passes are apart at one place."""

    place: str
    by_position: Tensor
    """Largest difference at each position: [B, L] or [B, S]; NaN where one pass alone has NaN."""

    @property
    def largest(self) -> float:
        """Over all positions; NaN if there is one."""
        return float(self.by_position.max())  # max returns NaN if there is one

    @property
    def where(self) -> tuple[int, int]:
        """Sentence and position of the largest."""
        flat = int(self.by_position.nan_to_num(math.inf).argmax())
        return divmod(flat, self.by_position.size(1))


def landmarks(config: TransformerConfig) -> list[str]:
    """Places that a token's state passes, in order: [B, S, D], [B, L, D], at last the logits [B, L, V]."""
    found: list[str] = []
    for stack in STACKS:
        for layer in range(config.num_layers):
            *attentions, _ = sublayers(config, stack, layer)
            found += [*(one.gave for one in attentions), block_output(config, stack, layer)]
        if config.norm == "pre":  # the last norm of a stack; else its output is the last block's
            found.append(f"{stack}.output")
    return [*found, "decoder.logits"]


def change_at(before: Trace, after: Trace, place: str) -> Change:
    """The difference of two passes at a place [B, T, D], per position."""
    return Change(place, apart(after[place], before[place]).amax(dim=-1))


def changes(before: Trace, after: Trace, config: TransformerConfig) -> list[Change]:
    """The difference at every landmark, the largest first, NaN before all; unchanged ones last."""
    found = [change_at(before, after, place) for place in landmarks(config)]
    return sorted(found, key=lambda change: -_size(change.largest))


def _size(difference: float) -> float:
    return math.inf if math.isnan(difference) else difference


def leaked_mass(weights: Tensor, own: Tensor) -> Tensor:
    """Share of each row's attention on keys that the model's own mask forbids: [..., L, S] -> [..., L]."""
    return weights.masked_fill(own, 0.0).sum(dim=-1)


# --- leak probe ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """One token exchanged for another, in the source or in what the decoder reads."""

    side: Literal["source", "target"]
    sentence: int
    position: int


@dataclass(frozen=True)
class Leak:
    """What came of a probe at the positions that must not notice it."""

    change: Change
    """Of the logits, at all positions [B, L]."""
    must_not_notice: Tensor
    """[B, L], bool."""
    largest: float
    """Largest difference of the logits at those positions: exactly 0 if nothing leaks."""
    path: tuple[tuple[str, float], ...]
    """Landmarks where such a position noticed, in the order of the pass, with the difference."""


def probes(batch: Batch, pad_idx: int = PAD) -> list[Probe]:
    """What can be probed: every `pad_idx` of the sources, every target token that is somebody's future."""
    pads = [Probe("source", b, int(s)) for b, row in enumerate(batch.src) for s in (row == pad_idx).nonzero()]
    targets = range(1, batch.trg_input.size(1))
    return pads + [Probe("target", b, i) for b in range(len(batch.src)) for i in targets]


@torch.inference_mode()
def probe_leak(
    model: Transformer, batch: Batch, probe: Probe, token: int, change: Intervention | None = None
) -> Leak:
    """Exchange one token while all masks stay as they were, and compare.

    Not on `transformer.probe`: an intervention is an edit of a `Trace`, and hooks on modules see none.

    A PAD of the source must not be noticed by anybody but itself; a target token not by the positions
    before it.
    """
    src, trg = batch.src.clone(), batch.trg_input.clone()
    (src if probe.side == "source" else trg)[probe.sentence, probe.position] = token
    masks = model.make_src_mask(batch.src), model.make_trg_mask(batch.trg_input)  # of the tokens as they were
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
    """[B, T], bool: the positions at a place that a probe must leave exactly as they were."""
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
    """One way to mask padding, and what the model makes of it."""

    name: PaddingRunName
    trace: Trace
    loss: float
    """Cross-entropy with the padding as `ignore_index`."""
    difference: float
    """Of the logits at real target tokens, from masking columns only."""
    difference_at_pad: float
    """At PAD positions, in what the last layer of that encoder or decoder hands on; 0 if there is no PAD."""
    nan_share: float
    """Share of the logits that are NaN."""
    nan_enters: str | None
    """The first place in the trace with a NaN."""


def columns_or_rows(model: Transformer, batch: Batch, site: Site) -> Iterator[PaddingRun]:
    """Padding masked by columns; by rows too; by rows too with a plain softmax."""
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
