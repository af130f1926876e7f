"""Models trained with or without a mistake that the user is to find, and the symptoms of the mistakes."""

import json
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from transformer.experiments.symptoms import exact_match_filled_up, share_looked_up
from transformer.learning.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from transformer.learning.folder import CHECKPOINT, METRICS
from transformer.learning.steps import exact_match
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import Attention
from transformer.model.trace import Trace
from transformer.tasks import Batch, NotShifted, held_out_batch

FOLDER = SHIPPED / "suspects"

MEASURED, PROBED, MORE_PADS = 128, 64, 16
"""Numbers of held-out sequences for exact match and for `share_looked_up`; number of PADs added to
sources."""


@dataclass(frozen=True)
class Symptoms:
    """Measurements of a model."""

    alone: float
    """Free-running exact match."""
    filled_up: float
    """The same with more PADs after each source."""
    looked_up: float
    """Share of tokens that depend on the right answer in the decoder's input."""


@cache
def suspects() -> tuple[str, ...]:
    """The mistakes for which there is a model, including `none`, by the names of their folders."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if (path / CHECKPOINT).exists()))


@cache
def suspect(name: str) -> Checkpoint:
    """The model that was trained with this mistake."""
    return load_checkpoint(FOLDER / name / CHECKPOINT)


def batch_of(name: str, count: int) -> Batch:
    """Held-out sequences as the model was trained to read them."""
    batch = held_out_batch(suspect(name).task, count)
    return NotShifted(batch.src, batch.trg) if name == "not_shifted" else batch


@cache
def symptoms(name: str) -> Symptoms:
    """The symptoms of a model, measured once per process."""
    model, batch = suspect(name).model, batch_of(name, MEASURED)
    return Symptoms(
        exact_match(model, batch),
        exact_match_filled_up(model, batch, MORE_PADS),
        share_looked_up(model, batch_of(name, PROBED)),
    )


def recorded(name: str) -> list[dict[str, float]]:
    """Step, loss, teacher-forced accuracy and free-running exact match of each evaluation in training."""
    lines = (FOLDER / name / METRICS).read_text(encoding="utf-8").splitlines()
    steps = [json.loads(line) for line in lines]
    return [
        {
            "step": step["step"],
            "loss": step["evaluation"]["loss"],
            "forced": step["evaluation"]["token_accuracy"],
            "free": step["evaluation"]["exact_match"],
        }
        for step in steps
        if step["evaluation"]
    ]


@torch.inference_mode()
def attention_of(name: str, src: Tensor, trg: Tensor) -> Trace:
    """The trace of a pass over sources [B, S] and right answers [B, L + 1], fed as in training."""
    batch = (NotShifted if name == "not_shifted" else Batch)(src, trg)
    trace = Trace()
    suspect(name).model(batch.src, batch.trg_input, trace=trace)
    return trace


def right_mask(keys: Tensor, attention: Attention) -> Tensor:
    """The correct mask of an attention, [B, 1, 1, S] or [B, 1, L, L], for keys with the token ids [B, S]."""
    padding = padding_mask(keys, 0)
    return causal_mask(keys.size(1)) & padding if attention is Attention.SELF else padding
