"""Models that were trained with a mistake, or with none, for somebody to find out; and what gives it away."""

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
"""Held-out sequences that answers are measured and predictions are probed on; PADs put behind a source."""


@dataclass(frozen=True)
class Symptoms:
    """What was measured of a model."""

    alone: float
    """Share of answers exactly right, running free."""
    filled_up: float
    """The same with more PADs behind each source."""
    looked_up: float
    """Share of tokens that depend on the right answer in the decoder's input."""


@cache
def suspects() -> tuple[str, ...]:
    """The mistakes that there is a model of, `none` among them, by the names of their folders."""
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
    """Measured once in a process."""
    model, batch = suspect(name).model, batch_of(name, MEASURED)
    return Symptoms(
        exact_match(model, batch),
        exact_match_filled_up(model, batch, MORE_PADS),
        share_looked_up(model, batch_of(name, PROBED)),
    )


def recorded(name: str) -> list[dict[str, float]]:
    """Step, loss, accuracy with teacher forcing and free exact match, wherever the training was measured."""
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
    """A pass over sources [B, S] and right answers [B, L + 1], as the model was trained."""
    batch = (NotShifted if name == "not_shifted" else Batch)(src, trg)
    trace = Trace()
    suspect(name).model(batch.src, batch.trg_input, trace=trace)
    return trace


def right_mask(keys: Tensor, attention: Attention) -> Tensor:
    """What a right model lets an attention see, [B, 1, 1, S] or [B, 1, L, L]: keys [B, S] are token ids."""
    padding = padding_mask(keys, 0)
    return causal_mask(keys.size(1)) & padding if attention is Attention.SELF else padding
