"""The sizes of a model, computed without allocating it."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model


def parameter_shapes(config: TransformerConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every trainable weight, by its name."""
    if config.positions != "learned":  # encodings that are not learned need not be computed
        config = replace(config, positions="none")
    with torch.device("meta"), _NoValues():
        return {name: tuple(weight.shape) for name, weight in build_model(config).named_parameters()}


@lru_cache(maxsize=256)
def parameter_count(config: TransformerConfig) -> int:
    """The number of trainable parameters."""
    return _sum(config, lambda _, shape: torch.Size(shape).numel())


@lru_cache(maxsize=256)
def names_length(config: TransformerConfig, extra: int) -> int:
    """The letters in the names of all trainable weights, with `extra` added for each name."""
    return _sum(config, lambda name, _: len(name) + extra)


def _sum(config: TransformerConfig, size: Callable[[str, tuple[int, ...]], int]) -> int:
    """The sum of `size(name, shape)` over all weights. Layers are alike, so models of 1 and 2 suffice."""
    one, two = (
        sum(size(*weight) for weight in parameter_shapes(replace(config, num_layers=layers)).items())
        for layers in (1, 2)
    )
    return one + (config.num_layers - 1) * (two - one)


class _NoValues(TorchFunctionMode):
    """Skips the initialisation of weights, which has no effect on the meta device.

    Some initialisations make PyTorch import its compiler there, which takes as long as importing PyTorch
    itself, and 66 MiB.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return None  # the result is never used
        return func(*args, **(kwargs or {}))
