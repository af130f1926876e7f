"""Padding masked by columns only, or by rows as well: what each does to loss, outputs and NaN."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from transformer.experiments.changes import change_at, landmarks
from transformer.experiments.mask_interventions import (
    Intervention,
    Site,
    make_mask,
    queries_and_keys,
    query_pad_idx,
    run,
)
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.tasks import Batch

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
    is_pad = queries == query_pad_idx(model, site.attention)
    for name, keep in ways.items():
        trace = run(model, batch, Intervention(site, keep, plain_softmax=name == "rows_plain"))
        at_pad = change_at(reference, trace, last).by_position[is_pad]
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
