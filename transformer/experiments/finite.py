"""Find NaN and infinity in a model's weights and in its forward pass."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from transformer.learning.steps import NOT_FINITE
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import SOS


def apart(first: Tensor, second: Tensor) -> Tensor:
    """The absolute difference of two tensors of the same shape, elementwise.

    0 where both are the same, even NaN or infinity; NaN where only one of them is NaN.
    """
    same = (first == second) | (first.isnan() & second.isnan())
    return (first - second).abs().masked_fill(same, 0.0)


@dataclass(frozen=True)
class NotFinite:
    """Where a model's numbers are NaN or infinite."""

    weights: Mapping[str, int]
    """The number of such weights per parameter; empty if only the forward pass overflows."""
    size: int
    """The number of weights of the model."""
    place: str
    """The first place of a pass (see `Trace`) with such a number; empty if there is none."""


@torch.inference_mode()
def not_finite(model: Transformer, src: Tensor) -> NotFinite | None:
    """Check the weights and a pass over sources [B, S]; None if every number is finite."""
    weights = {name: int((~weight.isfinite()).sum()) for name, weight in model.named_parameters()}
    weights = {name: count for name, count in weights.items() if count}
    trace = Trace()
    model(src, src.new_full((src.size(0), 1), SOS), trace=trace)
    computed = ((place, tensor) for place, tensor in trace.items() if not place.endswith(".masked_energy"))
    place = next((place for place, tensor in computed if not tensor.isfinite().all()), "")
    if not weights and not place:
        return None
    return NotFinite(weights, sum(weight.numel() for weight in model.parameters()), place)


def first_step_not_finite(records: Iterable[Mapping[str, Any]]) -> int | None:
    """The first recorded step (as `Run.metrics` gives them) whose loss or gradient is not finite."""
    return next((record["step"] for record in records if _is_lost(record)), None)


def _is_lost(record: Mapping[str, Any]) -> bool:
    return any(
        value in NOT_FINITE or (isinstance(value, float) and not math.isfinite(value))
        for value in (record["loss"], record["grad_norm"])
    )
