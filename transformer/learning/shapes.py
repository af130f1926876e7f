"""The sizes of a model that is never made: no memory is taken, however large it would be."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model


def parameter_shapes(config: TransformerConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every weight that such a model learns, by its name."""
    if config.positions != "learned":  # codes that are computed are no weights, and need not be
        config = replace(config, positions="none")
    with torch.device("meta"), _NoValues():
        return {name: tuple(weight.shape) for name, weight in build_model(config).named_parameters()}


@lru_cache(maxsize=256)
def parameter_count(config: TransformerConfig) -> int:
    """How many numbers such a model learns. Every layer has as many, so that two tell of a million."""
    one, two = (
        sum(
            torch.Size(shape).numel()
            for shape in parameter_shapes(replace(config, num_layers=layers)).values()
        )
        for layers in (1, 2)
    )
    return one + (config.num_layers - 1) * (two - one)


class _NoValues(TorchFunctionMode):
    """Leaves out initial values, which tensors on the meta device do not hold anyway.

    For drawing some of them there PyTorch imports its compiler: as long as importing PyTorch itself, and
    66 MiB.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return None  # nobody looks at what it gives back
        return func(*args, **(kwargs or {}))
