"""Checks before a training's first step that refuse one that is bound to fail."""

from pathlib import Path

import torch

from transformer import limits
from transformer.errors import InputError
from transformer.learning.resources import disk_free, total_memory
from transformer.learning.savable import check_task, check_vocabularies, header_too_long
from transformer.learning.shapes import names_length, parameter_count
from transformer.learning.steps import Optimizer, TrainConfig
from transformer.model.config import TransformerConfig
from transformer.tasks import Task

MOMENTS: dict[Optimizer, int] = {"adam": 2, "sgd": 1}
"""Numbers that an optimiser stores per weight."""

NUMBER = 4
"""Bytes of a float32."""

ENTRY = 150
"""The most bytes that a tensor takes in a checkpoint's header, in addition to its name in the model."""


def check_feasible(model: TransformerConfig, task: Task) -> None:
    """Raise `InputError` if the model cannot read the task's sequences, or could not be saved with it."""
    check_task(task)
    check_vocabularies(model, task)
    needed = max(task.max_length + 2, task.longest_target + 1)  # the decoder does not read EOS
    if needed > model.max_len:
        raise InputError(
            "The longest source has {source} tokens and the longest target {target}, SOS and EOS not "
            "counted: max_len = {max_len} is too short for them, and {needed} would do.",
            source=task.max_length,
            target=task.longest_target,
            max_len=model.max_len,
            needed=needed,
        )


def check_file(folder: Path, model: TransformerConfig, training: TrainConfig) -> None:
    """Raise `InputError` if a checkpoint could not be written into `folder`.

    Either its header would be longer than safetensors allows, as with thousands of layers, or the disk has
    less space left than one checkpoint needs.
    """
    if _header_bytes(model, training) > limits.MAX_OWN_HEADER_BYTES:
        raise header_too_long()
    needed = NUMBER * (1 + MOMENTS[training.optimizer]) * parameter_count(model)
    free = disk_free(folder)
    if free is not None and needed > free:
        raise InputError(
            "A checkpoint of this training takes {needed} MB, and the disk has {free} MB left. Free some "
            "space; a smaller width or fewer layers would do, too.",
            needed=f"{needed // 2**20:,}",
            free=f"{free // 2**20:,}",
        )


def _header_bytes(model: TransformerConfig, training: TrainConfig) -> int:
    """The size of a checkpoint's header, rounded up: the weights and the optimiser's moments."""
    return (1 + MOMENTS[training.optimizer]) * names_length(model, ENTRY)


def check_memory(device: torch.device, model: TransformerConfig, training: TrainConfig) -> None:
    """Raise `InputError` if a device has less memory than weights, gradients and moments alone take."""
    needed = NUMBER * (2 + MOMENTS[training.optimizer]) * parameter_count(model)
    there = torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else total_memory()
    if there is not None and needed > there:
        raise InputError(
            "The weights, their gradients and what the optimiser remembers of them take {needed} MB, and "
            "{device} has {there} MB of memory. A smaller width or fewer layers would do.",
            needed=f"{needed // 2**20:,}",
            device=device,
            there=f"{there // 2**20:,}",
        )


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether this is an out-of-memory error; on the CPU, PyTorch has no class of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
