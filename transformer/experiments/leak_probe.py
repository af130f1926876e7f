"""The leak probe: exchange one token that a mask hides, and measure where the model is affected."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from transformer.experiments.changes import Change, change_at, landmarks
from transformer.experiments.mask_interventions import Intervention
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD
from transformer.tasks import Batch


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
